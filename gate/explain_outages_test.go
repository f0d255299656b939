package gate_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/routegate/routegate/gate"
)

// TestExplainOutages: whatever refuses a change of the museum is followed to where it begins: a line that the change alters, or one of which the chain says that the
// change does not.
func TestExplainOutages(t *testing.T) {
	dirs, err := filepath.Glob("../testdata/outages/*/after")
	if err != nil || len(dirs) < 6 {
		t.Fatalf("%d exhibits, want at least six (%v)", len(dirs), err)
	}
	for _, after := range dirs {
		dir := filepath.Dir(after)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			v, all, err := gate.Explain(t.Context(), gate.Options{Before: dir + "/before", After: after}, "")
			if err != nil {
				t.Fatal(err)
			}
			if len(all) != len(v.Findings) || len(all) == 0 {
				t.Fatalf("%d of %d findings are explained", len(all), len(v.Findings))
			}
			for i := range all {
				f := &all[i].Finding
				if f.Level != "hard" && f.Level != "soft" {
					continue
				}
				if len(all[i].Chains) == 0 {
					t.Errorf("%d %s: no chain: %s", i+1, f.Policy, f.Message)
				}
				for k := range all[i].Chains {
					if why := flawed(&all[i].Chains[k]); why != "" {
						t.Errorf("%d %s, chain %d: %s\n%s\n%s", i+1, f.Policy, k+1, why, f.Message, told(&all[i].Chains[k]))
					}
				}
			}
		})
	}
}

var refers = regexp.MustCompile(`refers to \S+ (\S+), which`)

// flawed says what is wrong with a chain; "" for nothing.
func flawed(c *gate.Chain) string {
	if len(c.Causes) == 0 {
		return "it has no causes"
	}
	if c.Loss == "" {
		return "it does not say where it leads"
	}
	first := &c.Causes[0]
	if len(first.Sources) == 0 || first.Sources[0].File == "" || first.Sources[0].First == 0 {
		return "it does not begin at a line"
	}
	changed := func(l gate.Line) bool { return l.Changed }
	if !slices.ContainsFunc(first.Sources, func(s gate.Source) bool { return len(s.Removed) > 0 || slices.ContainsFunc(s.Lines, changed) }) && !strings.Contains(first.Text, "unchanged") {
		return "it begins at a line that the change does not alter, and does not say so"
	}
	seen := map[string]bool{}
	for _, x := range c.Causes {
		if x.Text == "" || seen[x.Router+" "+x.Text] {
			return "it says a thing twice, or nothing: " + x.Text
		}
		seen[x.Router+" "+x.Text] = true
		if m := refers.FindStringSubmatch(x.Text); m != nil { // quoted from the wrong side, it would be another line
			for _, s := range x.Sources {
				if !slices.ContainsFunc(s.Lines, func(l gate.Line) bool { return strings.Contains(l.Text, m[1]) }) {
					return fmt.Sprintf("%s:%d does not name %s", s.File, s.First, m[1])
				}
			}
		}
	}
	return ""
}

func told(c *gate.Chain) string {
	var b strings.Builder
	for _, x := range c.Causes {
		b.WriteString("    " + x.Router + ": " + x.Text + "\n")
	}
	return b.String()
}
