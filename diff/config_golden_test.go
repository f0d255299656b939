package diff_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/routegate/routegate/config/frr"
	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
)

var update = flag.Bool("update", false, "write the golden sections of testdata")

// TestConfiguration compares the FRR configurations of every archive in testdata/config:
// sections before/ROUTER and after/ROUTER, and what comes out in the section want.
func TestConfiguration(t *testing.T) {
	files, err := filepath.Glob("testdata/config/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no archives: ", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := renderDiff(diff.Configuration(networkOf(t, a, "before/"), networkOf(t, a, "after/")))
			for i := range a.Files {
				if f := &a.Files[i]; f.Name == "want" {
					if *update {
						f.Data = []byte(got)
						if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
							t.Fatal(err)
						}
					} else if string(f.Data) != got {
						t.Errorf("got\n%s\nwant\n%s", got, f.Data)
					}
					return
				}
			}
			t.Error("the archive has no section want")
		})
	}
}

// networkOf parses the sections of one side.
func networkOf(t *testing.T, a *txtar.Archive, side string) *network.Network {
	t.Helper()
	n := &network.Network{}
	for _, f := range a.Files {
		if name, ok := strings.CutPrefix(f.Name, side); ok {
			n.Routers = append(n.Routers, parse(t, name, f.Data))
		}
	}
	return n
}

func parse(t testing.TB, name string, text []byte) *network.Router {
	t.Helper()
	r, err := frr.Parse(name, []frr.Source{{Path: "devices/" + name + "/frr.conf", Text: text}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// renderDiff writes everything that a ConfigDiff says.
func renderDiff(d *diff.ConfigDiff) string {
	var b strings.Builder
	for _, r := range d.RoutersAdded {
		fmt.Fprintf(&b, "router added %s\n", r)
	}
	for _, r := range d.RoutersRemoved {
		fmt.Fprintf(&b, "router removed %s\n", r)
	}
	for _, r := range d.RoutersChanged {
		fmt.Fprintf(&b, "router changed %s\n", r)
	}
	for _, c := range d.Changes {
		effect := ""
		if c.Effect == diff.NoEffect {
			effect = " [no effect]"
		}
		fmt.Fprintf(&b, "\n%s %s %s%s\n  at %s -> %s\n  %q -> %q\n  %s\n", c.Kind, c.Object, c.Path, effect, short(c.BeforeSpan), short(c.AfterSpan), c.Before, c.After, c.Summary)
		if len(c.Members) > 0 {
			fmt.Fprintf(&b, "  members %s\n", strings.Join(c.Members, " "))
		}
	}
	for _, s := range d.Spaces {
		fmt.Fprintf(&b, "\nspace %s (%s) grew=%v shrank=%v alters=%v complete=%v\n  at %s -> %s\n  %s\n", s.Path, s.Name, s.Grew, s.Shrank, s.Alters, s.Complete, short(s.BeforeSpan), short(s.AfterSpan), s.Summary)
		if len(s.Users) > 1 {
			fmt.Fprintf(&b, "  users %s\n", strings.Join(s.Users, "; "))
		}
		for _, w := range []struct {
			word string
			w    *diff.SpaceWitness
		}{{"grew by", s.GrewBy}, {"shrank by", s.ShrankBy}, {"alters", s.AltersBy}} {
			if w.w != nil {
				fmt.Fprintf(&b, "  %s %s\n    before %s (%s)\n    after  %s (%s)\n", w.word, w.w.Route, w.w.Before, short(w.w.BeforeSpan), w.w.After, short(w.w.AfterSpan))
			}
		}
		for _, u := range s.Uncertain {
			fmt.Fprintf(&b, "  uncertain: %s\n", u)
		}
	}
	for _, l := range d.Ledger {
		fmt.Fprintf(&b, "\nledger %s %s %q in %q: %s (affects %s)\n", l.Kind, short(l.Span), l.Text, l.Context, l.Reason, l.Affects)
	}
	for _, n := range d.NotModelled {
		fmt.Fprintf(&b, "\nnot modelled and unchanged: %s %d lines %v\n", n.Router, n.Lines, n.Affects)
	}
	return b.String()
}

// short is a span without its folder.
func short(s network.Span) string { return strings.TrimPrefix(s.String(), "devices/") }
