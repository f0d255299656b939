package journal

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain is also the other process that holds a lock.
func TestMain(m *testing.M) {
	if dir := os.Getenv("JOURNAL_TEST_HOLD"); dir != "" {
		j, err := Open(dir, Options{Owner: "other@here"})
		if err != nil {
			os.Exit(1)
		}
		j.Append(Entry{At: time.Now(), Kind: "event", Text: "held"})
		os.Stdout.WriteString("held\n")
		time.Sleep(time.Hour) // until it is killed
	}
	os.Exit(m.Run())
}

// written makes a journal of n lines.
func written(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	j, err := Open(dir, Options{Owner: "ann@here"})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for i := range n {
		if err := j.Append(Entry{At: time.Unix(int64(i), 0), Rollout: "r1", Kind: "event", Text: "step", Data: map[string]int{"n": i}}); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestVerify: every way to make a journal say something else is found, and where.
func TestVerify(t *testing.T) {
	cut := func(n int) func([]byte) []byte { return func(b []byte) []byte { return b[:len(b)-n] } }
	swap := func(b []byte) []byte {
		l := bytes.SplitAfter(b, []byte("\n"))
		l[1], l[2] = l[2], l[1]
		return bytes.Join(l, nil)
	}
	drop := func(i int) func([]byte) []byte {
		return func(b []byte) []byte {
			l := bytes.SplitAfter(b, []byte("\n"))
			return bytes.Join(append(l[:i:i], l[i+1:]...), nil)
		}
	}
	alter := func(old, now string) func([]byte) []byte {
		return func(b []byte) []byte { return bytes.Replace(b, []byte(old), []byte(now), 1) }
	}
	for _, c := range []struct {
		name   string
		do     func([]byte) []byte
		broken string // "" for none
		lines  int64
		torn   bool
	}{
		{"nothing", func(b []byte) []byte { return b }, "", 5, false},
		{"a value altered", alter(`"n":2`, `"n":7`), "line 4: the hash of line 3 is", 3, false},
		{"the last value altered", alter(`"n":4`, `"n":7`), "line 5: its hash is", 5, false},
		{"a line missing", drop(2), "line 3: it is number 4", 2, false},
		{"the first line missing", drop(0), "line 1: it is number 2", 0, false},
		{"the last line missing", drop(4), "line 5: missing: the journal once had 5 lines", 4, false},
		{"two lines in another order", swap, "line 2: it is number 3", 1, false},
		{"a line twice", func(b []byte) []byte { return append(b, bytes.SplitAfter(b, []byte("\n"))[4]...) }, "line 6: it is number 5", 5, false},
		{"a line of another kind", func(b []byte) []byte { return append(b, "hello\n"...) }, "line 6: it is not a line of a journal", 5, false},
		{"a key added", alter(`"seq":3,`, `"seq":3,"more":1,`), `line 3: it is not a line of a journal: json: unknown field "more"`, 2, false},
		{"the end cut off a line that was whole", cut(5), "line 5: ", 4, false},
		{"a line that was being written", func(b []byte) []byte { return append(b, `{"seq":6,"at":"20`...) }, "", 5, true},
		{"all of it gone", func([]byte) []byte { return nil }, "line 1: missing", 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := written(t, 5)
			name := filepath.Join(dir, linesFile)
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, c.do(text), 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := Verify(dir)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case c.broken == "" && len(r.Broken) > 0:
				t.Errorf("broken: %v", r.Broken)
			case c.broken != "" && (len(r.Broken) == 0 || !strings.HasPrefix(r.Broken[0].String(), c.broken)):
				t.Errorf("broken: %v, want %q first", r.Broken, c.broken)
			}
			if r.Lines != c.lines || r.Torn > 0 != c.torn {
				t.Errorf("%d lines, torn %d; want %d, torn %v", r.Lines, r.Torn, c.lines, c.torn)
			}
			j, err := Open(dir, Options{Owner: "ann@here"})
			if broken := new(BrokenError); errors.As(err, &broken) != (c.broken != "") {
				t.Errorf("opening it to write: %v", err)
			}
			if err != nil {
				return
			}
			defer j.Close()
			if (j.Torn() != nil) != c.torn {
				t.Errorf("torn is %q", j.Torn())
			}
			if err := j.Append(Entry{Kind: "event", Text: "on"}); err != nil {
				t.Errorf("the next line: %v", err)
			}
			if r, err := Verify(dir); err != nil || len(r.Broken) > 0 || r.Lines != 6 || r.Torn != 0 {
				t.Errorf("after that: %+v, %v", r, err)
			}
		})
	}
}

// TestHeadBehind: the controller was killed after the line was on the disk and before the head was.
func TestHeadBehind(t *testing.T) {
	dir := written(t, 5)
	head, err := os.ReadFile(filepath.Join(dir, headFile))
	if err != nil {
		t.Fatal(err)
	}
	j, err := Open(dir, Options{Owner: "ann@here"})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Append(Entry{Kind: "event", Text: "six"}); err != nil {
		t.Fatal(err)
	}
	j.Close()
	if err := os.WriteFile(filepath.Join(dir, headFile), head, 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := Verify(dir); err != nil || len(r.Broken) > 0 || r.Lines != 6 {
		t.Errorf("%+v, %v; want 6 whole lines", r, err)
	}
}

// TestLock: one writer at a time; a holder that is killed holds no longer; one that is only slow does.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	other := exec.Command(exe)
	other.Env = append(os.Environ(), "JOURNAL_TEST_HOLD="+dir)
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer other.Process.Kill()
	if _, err := out.Read(make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	var held *HeldError
	// Its lease is long over; it lives.
	late := func() time.Time { return time.Now().Add(time.Hour) }
	if _, err := Open(dir, Options{Owner: "ann@here", Now: late}); !errors.As(err, &held) || held.Owner != "other@here" || held.PID != other.Process.Pid {
		t.Errorf("while another process holds it: %v", err)
	}
	if h, err := Held(dir); err != nil || h == nil || h.PID != other.Process.Pid {
		t.Errorf("held by %v, %v", h, err)
	}
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	other.Wait()
	if h, err := Held(dir); err != nil || h != nil {
		t.Errorf("after the kill it is held by %v, %v", h, err)
	}
	j, err := Open(dir, Options{Owner: "ann@here"})
	if err != nil {
		t.Fatalf("after the kill: %v", err)
	}
	j.Close()
}

// TestLease: between machines the lease decides, and who has lost it writes no more.
func TestLease(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	j, err := Open(dir, Options{Owner: "ann@here", Lease: time.Minute, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	// Another machine shares the folder, not the kernel: its lock stands in the file alone.
	theirs := holder{Owner: "bob@there", Host: "there", PID: 7, Since: now, Until: now.Add(time.Minute)}
	if err := j.lock.write(theirs); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(Entry{Kind: "event", Text: "late"}); !errors.Is(err, ErrLost) {
		t.Errorf("a writer that was taken over from wrote: %v", err)
	}
	if err := j.Append(Entry{Kind: "event", Text: "again"}); !errors.Is(err, ErrLost) {
		t.Errorf("and goes on writing: %v", err)
	}
	j.lock.file.Close()
	var held *HeldError
	if _, err := Open(dir, Options{Owner: "eve@here", Now: func() time.Time { return now.Add(59 * time.Second) }}); !errors.As(err, &held) || held.Host != "there" {
		t.Errorf("before their lease is over: %v", err)
	}
	k, err := Open(dir, Options{Owner: "eve@here", Now: func() time.Time { return now.Add(61 * time.Second) }})
	if err != nil {
		t.Fatalf("after their lease is over: %v", err)
	}
	k.Close()
}

// TestObjects: what is stored is what its name says, or an error.
func TestObjects(t *testing.T) {
	dir := t.TempDir()
	j, err := Open(dir, Options{Owner: "ann@here"})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	name, err := j.Put([]byte("router bgp 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Object(dir, name); err != nil || string(got) != "router bgp 1\n" {
		t.Errorf("%q, %v", got, err)
	}
	file := filepath.Join(dir, objects, name)
	if err := os.WriteFile(file, []byte("router bgp 2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Object(dir, name); err == nil || !strings.Contains(err.Error(), "was altered") {
		t.Errorf("an altered object: %v", err)
	}
	if again, err := j.Put([]byte("router bgp 1\n")); err != nil || again != name {
		t.Fatal(err)
	}
	if _, err := Object(dir, name); err != nil {
		t.Errorf("stored anew: %v", err)
	}
	if _, err := Object(dir, "../lock"); err == nil {
		t.Error("a path is no name")
	}
}
