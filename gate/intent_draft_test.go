package gate

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// drafted is the draft of a change.
func drafted(t *testing.T, before, after string) string {
	t.Helper()
	text := ""
	checked(t, Options{Before: before, After: after, Draft: func(s string) { text = s }})
	return text
}

// TestDraftsHold: a change that is checked with its own draft breaks no policy about its intent; and with one declaration less
// it does, so that none is there for nothing. For every change of the museum.
func TestDraftsHold(t *testing.T) {
	dirs, err := filepath.Glob("../testdata/outages/*/before")
	if err != nil || len(dirs) < 17 {
		t.Fatalf("%d exhibits (%v)", len(dirs), err)
	}
	for _, before := range dirs {
		for _, after := range []string{"after", "benign"} {
			after = filepath.Join(filepath.Dir(before), after)
			t.Run(filepath.Base(filepath.Dir(before))+"/"+filepath.Base(after), func(t *testing.T) {
				text := drafted(t, before, after)
				if text == "" {
					t.Fatal("no draft")
				}
				file := filepath.Join(t.TempDir(), "change.yaml")
				with := func(text string) *Verdict {
					if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
						t.Fatal(err)
					}
					return checked(t, Options{Before: before, After: after, Change: file})
				}
				v := with(text)
				if got := held(v); !v.Intent.Declared || len(got) > 0 {
					t.Fatalf("%q\n%s", got, text)
				}
				for _, c := range v.Changes.Items {
					if c.HasEffect && len(c.Declared) == 0 {
						t.Errorf("%s %s is not declared", c.Router, c.Path)
					}
				}
				for _, r := range v.Effects.Routes {
					if len(r.Declared) == 0 {
						t.Errorf("%s of %v on %v is not declared", r.Kind, r.Prefixes, r.Routers)
					}
				}
				if n := strings.Count(text, "\n"); n > 200 {
					t.Errorf("the draft has %d lines", n)
				}
				entries := strings.Split(text, "\n  - effect: ")
				if len(entries) < 3 || filepath.Base(after) == "benign" {
					return // without effects, or with one; and half of them are enough
				}
				less := slices.Delete(slices.Clone(entries), 1, 2) // the first declaration
				if got := held(with(strings.Join(less, "\n  - effect: "))); len(got) == 0 {
					t.Errorf("without its first declaration nothing is undeclared:\n%s", text)
				}
			})
		}
	}
}

// TestDraftOfNothing: a change without effects declares that; and an empty file, into which its draft is written, is none.
func TestDraftOfNothing(t *testing.T) {
	if text := drafted(t, twoEdges(t), twoEdges(t)); !strings.HasSuffix(text, "effects: []   # no route and no session changes\n") {
		t.Error(text)
	}
	if text := drafted(t, badGadget(t, true), badGadget(t, false)); text != "" {
		t.Errorf("a draft of a network that never settles: %s", text)
	}
	dir := declaring(t, twoEdges(t, withdrawal...), "")
	if text := drafted(t, twoEdges(t), dir); !strings.Contains(text, "- effect: move\n    at: [edge1]\n    prefixes: [203.0.113.0/24]\n") {
		t.Error(text)
	}
}

func TestPrefixSets(t *testing.T) {
	many := func(n int) (out []string) {
		for i := range n {
			out = append(out, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i), byte(7 * i), 0}), 24).String())
		}
		return out
	}
	for _, c := range []struct {
		in, want []string
		wider    bool
	}{
		{[]string{"10.0.0.0/24"}, []string{"10.0.0.0/24"}, false},
		{[]string{"10.0.1.0/24", "10.0.0.0/24"}, []string{"10.0.0.0/23 ge 24 le 24"}, false},
		{[]string{"10.0.1.0/24", "10.0.2.0/24"}, []string{"10.0.1.0/24", "10.0.2.0/24"}, false},
		{[]string{"10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24", "10.0.0.0/22"}, []string{"10.0.0.0/22", "10.0.0.0/22 ge 24 le 24"}, false},
		{[]string{"2001:db8::/33", "2001:db8:8000::/33", "0.0.0.0/0"}, []string{"0.0.0.0/0", "2001:db8::/32 ge 33 le 33"}, false},
		{[]string{"10.0.0.0/32", "10.0.0.1/32"}, []string{"10.0.0.0/31 ge 32"}, false},
		{many(100), []string{"10.0.0.0/12 orlonger", "10.16.0.0/12 orlonger", "10.32.0.0/12 orlonger", "10.48.0.0/12 orlonger",
			"10.64.0.0/12 orlonger", "10.80.0.0/12 orlonger", "10.96.0.0/12 orlonger"}, true},
	} {
		var list []netip.Prefix
		for _, s := range c.in {
			list = append(list, netip.MustParsePrefix(s))
		}
		got, wider := prefixSets(list)
		if d := cmp.Diff(c.want, got); d != "" || wider != c.wider {
			t.Errorf("%v: %s, wider %v", c.in, d, wider)
		}
	}
}
