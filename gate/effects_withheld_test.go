package gate

import (
	"fmt"
	"slices"
	"testing"

	"github.com/routegate/routegate/diff"
)

// TestWithheld: a filter that lets nothing of ours pass any more withholds it from the world; where it is withdrawn, where
// another edge still announces it, and where a session is shut, nothing is withheld.
func TestWithheld(t *testing.T) {
	mistyped := func(file string) edit {
		return edit{file, "OWN seq 5 permit 203.0.113.0/24", "OWN seq 5 permit 203.0.112.0/24"}
	}
	gone := func(file, line string) edit { return edit{file, line, ""} }
	shut := func(file, neighbor string) edit {
		return edit{file, " neighbor " + neighbor + " password hunter2\n", " neighbor " + neighbor + " shutdown\n"}
	}
	const network, null = "  network 203.0.113.0/24\n", "ip route 203.0.113.0/24 Null0\n"
	for _, c := range []struct {
		name     string
		edits    []edit
		withheld string
		emptied  string
	}{
		{"the list has another mask at both edges", []edit{mistyped(edge1), mistyped(edge2)},
			"[203.0.113.0/24 own still originated at edge1]", "[edge1 export 1 edge2 export 1]"},
		{"at one edge", []edit{mistyped(edge1)}, "[]", "[edge1 export 1]"},
		{"withdrawn where it originates", []edit{gone(edge1, network), gone(edge2, network)}, "[]", "[]"},
		{"the route behind the network statements is gone", []edit{gone(edge1, null), gone(edge2, null)},
			"[203.0.113.0/24 own edge1 is still told to announce it (network 203.0.113.0/24) and has no route to it]", "[]"},
		{"the sessions are shut", []edit{shut(edge1, "192.0.2.0"), shut(edge2, "198.51.100.0")}, "[]", "[]"},
		{"what we hear is refused", []edit{{edge2, "permit 0.0.0.0/0 le 24", "permit 8.0.0.0/8 le 24"}}, "[]", "[edge2 import 2]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, after := solvedSide(t), solvedSide(t, c.edits...)
			e := effectFacts(diff.Behave(before.res, after.res), before, after)
			var withheld, emptied []string
			for _, w := range e.Withheld {
				withheld = append(withheld, w.Prefix+" "+w.LearnedFrom+" "+w.Still)
			}
			for _, x := range e.Emptied {
				emptied = append(emptied, fmt.Sprint(x.Router, " ", x.Direction, " ", x.Before))
			}
			slices.Sort(emptied)
			if fmt.Sprint(withheld) != c.withheld || fmt.Sprint(emptied) != c.emptied {
				t.Errorf("withheld %v, want %s\nemptied %v, want %s", withheld, c.withheld, emptied, c.emptied)
			}
		})
	}
}

// TestACustomersRouteIsWithheld: the customer still sends it, and our import refuses it.
func TestACustomersRouteIsWithheld(t *testing.T) {
	customer := []edit{
		{known, "{as: 64496, is: provider}", "{as: 64496, is: customer}"},
		{known, "to: edge1, prefixes: [0.0.0.0/0]", "to: edge1, prefixes: [100.100.0.0/16]"},
		{edge2, "OWN seq 5 permit 203.0.113.0/24", "OWN seq 5 permit 0.0.0.0/0 le 24"},
	}
	before := solvedSide(t, customer...)
	after := solvedSide(t, append(customer, edit{edge1, "permit 0.0.0.0/0 le 24", "permit 100.100.0.0/17"})...)
	e := effectFacts(diff.Behave(before.res, after.res), before, after)
	if len(e.Withheld) != 1 || e.Withheld[0].LearnedFrom != "customer" || e.Withheld[0].Still != "customer AS64496 (192.0.2.0) still announces it to edge1" {
		t.Errorf("withheld: %+v", e.Withheld)
	}
}
