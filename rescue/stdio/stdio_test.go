package stdio_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/rescue"
	"github.com/routegate/routegate/rescue/stdio"
)

// router is a rescue.Reached in memory.
type router struct {
	mu       sync.Mutex
	running  device.Hash
	holder   string
	restores int
	hold     chan struct{} // a restore waits for it where it is not nil
	begun    chan struct{} // closed when the first restore begins
	err      error
}

func (r *router) Status(context.Context) (device.Status, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return device.Status{}, r.err
	}
	return device.Status{Router: "edge1", Phase: device.Idle, Confirmed: r.running, Remaining: 3 * time.Second, Detail: "näher \x7f 🙂\r\n", Agent: "v1"}, nil
}

func (r *router) Stored(context.Context) ([]device.Stored, error) {
	return []device.Stored{{Hash: "sha256:aa", Change: "c-1", At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Files: []string{"frr.conf"}}}, r.err
}

func (r *router) Lease(_ context.Context, holder string, term time.Duration) (rescue.Lease, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.holder != "" && r.holder != holder {
		return rescue.Lease{Holder: r.holder, Left: term}, &device.Refusal{Code: device.RefusedPhase, Detail: r.holder + " holds it"}
	}
	r.holder = holder
	return rescue.Lease{Holder: holder, Left: term}, nil
}

func (r *router) Release(context.Context, string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.holder = ""
	return nil
}

func (r *router) RestoreFor(ctx context.Context, to device.Hash, _, _ string) (device.Status, error) {
	r.mu.Lock()
	r.restores++
	if r.begun != nil && r.restores == 1 {
		close(r.begun)
	}
	hold := r.hold
	r.mu.Unlock()
	if hold != nil {
		<-hold
	}
	if ctx.Err() != nil {
		return device.Status{}, ctx.Err()
	}
	r.mu.Lock()
	r.running = to
	r.mu.Unlock()
	return r.Status(ctx)
}

func (r *router) Close() error { return nil }

// served is a server on pipes, and what a client needs to speak to it.
type served struct {
	in  io.ReadCloser
	out io.WriteCloser
	end chan error
}

func serve(r rescue.Reached, o stdio.Options) *served {
	if o.Router == "" {
		o.Router = "edge1"
	}
	ask, asked := io.Pipe()
	say, said := io.Pipe()
	s := &served{in: say, out: asked, end: make(chan error, 1)}
	go func() {
		s.end <- stdio.Serve(context.Background(), ask, said, r, o)
		said.Close()
	}()
	return s
}

func (s *served) close() error { return errors.Join(s.out.Close(), s.in.Close()) }

func open(t *testing.T, s *served, in io.Reader) *stdio.Client {
	t.Helper()
	c, err := stdio.Open(t.Context(), in, s.out, s.close)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestCalls: each call arrives, and each kind of error comes back as itself.
func TestCalls(t *testing.T) {
	r := &router{running: "sha256:bb", holder: "bob@laptop"}
	s := serve(r, stdio.Options{Program: "v9"})
	c := open(t, s, s.in)
	ctx := t.Context()
	if c.Router != "edge1" || c.Program != "v9" {
		t.Errorf("hello of %q, %q", c.Router, c.Program)
	}
	st, err := c.Status(ctx)
	if want, _ := r.Status(ctx); err != nil || st != want {
		t.Errorf("status %+v, %v, want %+v", st, err, want)
	}
	all, err := c.Stored(ctx)
	if want, _ := r.Stored(ctx); err != nil || len(all) != 1 || all[0].Hash != want[0].Hash || !all[0].At.Equal(want[0].At) || !slices.Equal(all[0].Files, want[0].Files) {
		t.Errorf("stored %+v, %v", all, err)
	}
	l, err := c.Lease(ctx, "eve@laptop", time.Minute)
	var refusal *device.Refusal
	if !errors.As(err, &refusal) || refusal.Code != device.RefusedPhase || l.Holder != "bob@laptop" || l.Left != time.Minute {
		t.Errorf("lease %+v, %v: want bob's, and a refusal", l, err)
	}
	if err := c.Release(ctx, "bob@laptop"); err != nil {
		t.Error(err)
	}
	if st, err := c.RestoreFor(ctx, "sha256:cc", "eve@laptop", strings.Repeat("why ", 100)); err != nil || st.Confirmed != "sha256:cc" {
		t.Errorf("restore: %+v, %v", st, err)
	}
	if _, err := c.RestoreFor(ctx, "sha256:cc", "eve@laptop", strings.Repeat("why ", 1000)); !errors.As(err, &refusal) || refusal.Code != device.RefusedInvalid {
		t.Errorf("a line longer than a terminal takes: %v", err)
	}
	for _, want := range []error{&device.Failure{Status: device.Status{Phase: device.Stuck}, Detail: "disk full"}, device.ErrUnreachable} {
		r.err = want
		_, err := c.Status(ctx)
		var failure *device.Failure
		switch {
		case errors.Is(want, device.ErrUnreachable):
			if !errors.Is(err, device.ErrUnreachable) || c.Broken() {
				t.Errorf("%v (broken: %v)", err, c.Broken())
			}
		case !errors.As(err, &failure) || failure.Status.Phase != device.Stuck || failure.Detail != "disk full":
			t.Errorf("failure: %v", err)
		}
	}
	if c.Close(); <-s.end != nil {
		t.Error("the server did not end with its client")
	}
}

// terminal passes on what a server says as a serial console would: with CR LF, the echo of what is typed, and a kernel that
// writes into the middle of every nth line.
type terminal struct {
	io.Reader
	rest  []byte
	lines int
	nth   int
}

func (t *terminal) Read(p []byte) (int, error) {
	if len(t.rest) == 0 {
		buf := make([]byte, 64<<10)
		n, err := t.Reader.Read(buf)
		if err != nil {
			return 0, err
		}
		t.lines++
		text := bytes.ReplaceAll(buf[:n], []byte("\n"), []byte("\r\n"))
		if t.nth > 0 && t.lines%t.nth == 0 {
			text = slices.Insert(text, n/2, []byte("\r\n[ 12.3] eth0: link is down\r\n")...)
		}
		t.rest = slices.Concat([]byte("root@edge1:~# @routegate-ask 00000000 {\"v\":1}\r\nLast login: Mon\r\n# "), text)
	}
	n := copy(p, t.rest)
	t.rest = t.rest[n:]
	return n, nil
}

// TestNoise: echo, prompts and a kernel's messages cost a repetition and nothing else; a line that never arrives whole is an
// error.
func TestNoise(t *testing.T) {
	r := &router{running: "sha256:bb"}
	s := serve(r, stdio.Options{})
	c := open(t, s, &terminal{Reader: s.in, nth: 2})
	for range 5 {
		if st, err := c.Status(t.Context()); err != nil || st.Confirmed != "sha256:bb" {
			t.Fatalf("%+v, %v", st, err)
		}
	}
	if _, err := c.RestoreFor(t.Context(), "sha256:cc", "eve", ""); err != nil || r.running != "sha256:cc" {
		t.Errorf("restore: %v, %s", err, r.running)
	}
	// What is typed is garbled too, in both directions from here on.
	if _, err := s.out.Write([]byte("@routegate-ask 00000000 {\"v\":1}\nwho is there\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Status(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestClientGoes: what was begun is ended, and who comes next is told how it stands.
func TestClientGoes(t *testing.T) {
	r := &router{running: "sha256:bb", hold: make(chan struct{}), begun: make(chan struct{})}
	s := serve(r, stdio.Options{})
	c := open(t, s, s.in)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-r.begun
		cancel()
	}()
	if _, err := c.RestoreFor(ctx, "sha256:cc", "eve", ""); !errors.Is(err, device.ErrUnreachable) || !c.Broken() {
		t.Fatalf("the connection died: %v", err)
	}
	select {
	case err := <-s.end:
		t.Fatalf("the server left a restore half-way: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(r.hold)
	if err := <-s.end; err != nil {
		t.Error(err)
	}
	again := serve(r, stdio.Options{})
	if st, err := open(t, again, again.in).Status(t.Context()); err != nil || st.Confirmed != "sha256:cc" {
		t.Errorf("%+v, %v", st, err)
	}
}

// TestBeats: a restore that takes longer than a client waits in silence is waited for.
func TestBeats(t *testing.T) {
	r := &router{hold: make(chan struct{}), begun: make(chan struct{})}
	s := serve(r, stdio.Options{Beat: 5 * time.Millisecond})
	c := open(t, s, s.in)
	go func() {
		<-r.begun
		time.Sleep(50 * time.Millisecond)
		close(r.hold)
	}()
	if _, err := c.RestoreFor(t.Context(), "sha256:cc", "eve", ""); err != nil {
		t.Error(err)
	}
}

// TestConsoleTakenUpAgain: a server that still runs at a console greets who types the command there.
func TestConsoleTakenUpAgain(t *testing.T) {
	r := &router{running: "sha256:bb"}
	s := serve(r, stdio.Options{})
	console := bufio.NewReader(s.in)
	if line, err := console.ReadString('\n'); err != nil || !strings.Contains(line, "hello") {
		t.Fatalf("%q, %v", line, err)
	}
	// The first client dies here, and the serial line does not hang up.
	time.Sleep(600 * time.Millisecond) // a server greets at most twice a second
	go func() { _, _ = s.out.Write([]byte("\r\nroutegate rollback --local --stdio\r\n")) }()
	if st, err := open(t, s, console).Status(t.Context()); err != nil || st.Confirmed != "sha256:bb" {
		t.Errorf("%+v, %v", st, err)
	}
}

// TestNobody: other programs, and versions, are named.
func TestNobody(t *testing.T) {
	for _, c := range []struct{ said, want string }{
		{"bash: routegate: command not found\r\n", "command not found"},
		{"", "no routegate answers there"},
		{"login: ", "login:"},
		{"@routegate-say 5f5d0ab1 {\"v\":7,\"hello\":{\"router\":\"edge1\"}}\n", "no routegate answers"}, // the sum is wrong
	} {
		_, err := stdio.Open(t.Context(), strings.NewReader(c.said), io.Discard, func() error { return nil })
		var gone *stdio.NotThereError
		if !errors.As(err, &gone) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.said, err, c.want)
		}
	}
}

// FuzzServe: whatever is written to a server, it neither panics nor restores anything.
func FuzzServe(f *testing.F) {
	f.Add([]byte("@routegate-ask 00000000 {}\n"))
	f.Add([]byte("\r\n\x00\xff@routegate-ask @routegate-ask 1 2"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r := &router{}
		if err := stdio.Serve(t.Context(), bytes.NewReader(text), io.Discard, r, stdio.Options{Router: "edge1"}); err != nil {
			t.Error(err)
		}
		if r.restores > 0 && !bytes.Contains(text, []byte(`"restore"`)) {
			t.Error("it restored")
		}
	})
}
