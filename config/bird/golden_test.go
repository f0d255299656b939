package bird

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/network/dump"
)

var update = flag.Bool("update", false, "rewrite golden files")

// folder reads a router's folder of testdata, bird.conf first.
func folder(t testing.TB, dir string) []Source {
	t.Helper()
	var out []Source
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".conf") {
			return err
		}
		text, err := os.ReadFile(name)
		src := Source{Path: "devices/r1" + strings.TrimPrefix(filepath.ToSlash(name), dir), Text: text}
		if filepath.Base(name) == "bird.conf" {
			out = append([]Source{src}, out...)
		} else {
			out = append(out, src)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func folders(t testing.TB) []string {
	t.Helper()
	all, err := filepath.Glob("testdata/*/bird.conf")
	if err != nil || len(all) == 0 {
		t.Fatal("no test data")
	}
	for i := range all {
		all[i] = filepath.Dir(all[i])
	}
	return all
}

// parse reads one text, which must be accepted.
func parse(t testing.TB, text string) *network.Router {
	t.Helper()
	r, err := Parse("r1", []Source{{Path: "devices/r1/bird.conf", Text: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Each router of testdata gives its model and its ledger.
func TestGolden(t *testing.T) {
	for _, dir := range folders(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			r, err := Parse("r1", folder(t, dir))
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			b.WriteString(dump.Text(r, true))
			for _, f := range r.Files {
				m, i, n := f.Count()
				b.WriteString("\n" + f.Path + ": ")
				for _, s := range f.Support {
					b.WriteByte("_MI?"[s])
				}
				b.WriteString("\n")
				if m+i+n == 0 {
					t.Errorf("nothing in %s is understood", f.Path)
				}
				for _, n := range f.Notes {
					b.WriteString(n.Span.String() + ": " + n.Context + ": " + n.Text + ": " + n.Reason + "\n")
				}
			}
			golden := dir + "/bird.golden"
			if *update {
				if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := dump.Difference(string(want), b.String()); d != "" {
				t.Errorf("%s is out of date (run with -update and read the difference): %s", golden, d)
			}
		})
	}
}

// A password stands nowhere in what is reported.
func TestPasswordsAreConcealed(t *testing.T) {
	r := parse(t, "protocol bgp b { local as 1; neighbor 10.0.0.1 as 1; password \"geheim\"; ipv4; }\nprotocol rip r { password \"geheim\"; }\n")
	for _, n := range r.Files[0].Notes {
		if strings.Contains(n.Text, "geheim") {
			t.Errorf("the note %q has the password", n.Text)
		}
	}
	if n := r.Default().BGP.Neighbors[0]; strings.Contains(n.ResetKey, "geheim") || n.Password != "geheim" {
		t.Errorf("the key %q has the password, or the model %q has not", n.ResetKey, n.Password)
	}
}

func FuzzParse(f *testing.F) {
	for _, dir := range folders(f) {
		f.Add(string(folder(f, dir)[0].Text))
	}
	f.Add("filter x { case 1 { 1..2: for int a in bgp_path do if a = 1 then accept; else: reject; } }")
	f.Add("define A = [(1,2..3), (rt,1,*), (1,*,*), 10.0.0.0/8{1,9}];")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Parse("r1", []Source{{Path: "devices/r1/bird.conf", Text: []byte(text)}})
		var e *Error
		switch {
		case err != nil && !errors.As(err, &e):
			t.Fatalf("%T is not an *Error", err)
		case err == nil && len(r.Files[0].Support) != countLines([]byte(text)):
			t.Fatal("the ledger leaves lines out")
		}
	})
}
