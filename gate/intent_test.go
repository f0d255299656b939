package gate

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// withdrawal takes a prefix out of what edge1 originates; edge2 goes on originating it.
var withdrawal = []edit{{edge1, "  network 203.0.113.0/24\n", ""}, {edge1, "ip route 203.0.113.0/24 Null0\n", ""}}

// declaring writes a change.yaml beside the network.
func declaring(t *testing.T, dir, text string) string {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "change.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// held are the findings about the intent.
func held(v *Verdict) (out []string) {
	for _, f := range v.Findings {
		if strings.HasPrefix(f.Policy, "intent/") {
			out = append(out, f.Policy+": "+f.Message)
		}
	}
	slices.Sort(out)
	return out
}

// TestDeclaredIntent: what is declared must happen, and what happens is to be declared.
func TestDeclaredIntent(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string // beginnings of the findings about the intent
	}{
		{"all that happens", `
effects:
  - {name: origin, effect: move, prefixes: [203.0.113.0/24], at: [edge1]}
  - {name: outside, effect: attributes, prefixes: [203.0.113.0/24], at: [edge1], neighbors: [provider]}
`, nil},
		{"nothing", "effects: []", []string{"intent/undeclared-effect: not declared: prefixes"}},
		{"a router where it does not happen", `
effects:
  - {name: origin, effect: move, prefixes: [203.0.113.0/24], at: [edge1, edge2]}
  - {name: outside, effect: attributes, prefixes: [203.0.113.0/24], neighbors: [outside]}
`, []string{"intent/declared-effect-missing: declared, and does not happen: origin (203.0.113.0/24 at edge2)"}},
		{"another prefix", `
effects:
  - {name: origin, effect: move, prefixes: [203.0.113.0/24 ge 25, 203.0.113.0/24]}
  - {name: outside, effect: attributes, prefixes: [203.0.113.0/24], neighbors: [AS64496]}
`, []string{"intent/declared-effect-missing: declared, and does not happen: origin (203.0.113.0/24 ge 25)"}},
		{"the configuration, and more of it than is declared", `
effects:
  - {effect: move, prefixes: [0.0.0.0/0 orlonger]}
  - {effect: attributes, prefixes: [0.0.0.0/0 orlonger], neighbors: [outside]}
  - {name: policies, effect: configure, paths: ["policy *"]}
`, []string{"intent/declared-effect-missing: declared, and does not happen: policies (nothing of it)",
			"intent/undeclared-effect: not declared: 2 paths of the configuration are changed at edge1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := checked(t, Options{Before: twoEdges(t), After: declaring(t, twoEdges(t, withdrawal...), c.text)})
			got := held(v)
			if !v.Intent.Declared || len(got) < len(c.want) || len(c.want) == 0 && len(got) > 0 {
				t.Fatalf("declared %v, findings %q; want %q", v.Intent.Declared, got, c.want)
			}
			for _, w := range c.want {
				if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, w) }) {
					t.Errorf("no finding %q in %q", w, got)
				}
			}
		})
	}
}

// TestEffectsNameTheirDeclaration: effects and findings say which declaration they are of.
func TestEffectsNameTheirDeclaration(t *testing.T) {
	v := checked(t, Options{Before: twoEdges(t), After: declaring(t, twoEdges(t, withdrawal...), `
effects:
  - {name: origin, effect: move, prefixes: [203.0.113.0/24]}
`)})
	if len(v.Effects.Routes) == 0 || !slices.Equal(v.Effects.Routes[0].Declared, []string{"origin"}) {
		t.Errorf("routes: %+v", v.Effects.Routes)
	}
	if len(v.Effects.Outside) == 0 || len(v.Effects.Outside[0].Declared) > 0 {
		t.Errorf("outside: %+v", v.Effects.Outside)
	}
	for _, f := range v.Findings {
		if f.Policy == "blast/protected-prefix" && (!f.Denies || !slices.Equal(f.Declared, []string{"origin"})) {
			t.Errorf("finding: %+v", f)
		}
	}
}

// TestIntentOfAnEarlierChange: a change.yaml that stands unchanged says nothing of this change.
func TestIntentOfAnEarlierChange(t *testing.T) {
	const old = "effects: [{effect: session-down}]"
	v := checked(t, Options{Before: declaring(t, twoEdges(t), old), After: declaring(t, twoEdges(t, withdrawal...), old)})
	if v.Intent.Declared || len(held(v)) > 0 || !strings.Contains(strings.Join(v.Warnings, "\n"), "change.yaml is the same before and after") {
		t.Errorf("declared %v, findings %q, warnings %q", v.Intent.Declared, held(v), v.Warnings)
	}
	required := edit{known, "network: example", "network: example\npolicy: {params: {require-declared-intent: true}}"}
	v = checked(t, Options{Before: declaring(t, twoEdges(t, required), old), After: declaring(t, twoEdges(t, append([]edit{required}, withdrawal...)...), old)})
	if got := held(v); len(got) != 1 || !strings.HasPrefix(got[0], "intent/no-declaration: the change to edge1 does not declare") {
		t.Errorf("findings %q", got)
	}
	// A file of --change is read whatever the snapshots have.
	file := filepath.Join(declaring(t, t.TempDir(), old), "change.yaml")
	v = checked(t, Options{Before: twoEdges(t), After: twoEdges(t, withdrawal...), Change: file})
	if !v.Intent.Declared || v.Intent.File != file || len(v.Intent.Declarations) != 1 || v.Intent.Declarations[0].Source == nil || len(v.Intent.Declarations[0].Source.Lines) != 1 {
		t.Errorf("%+v", v.Intent)
	}
}
