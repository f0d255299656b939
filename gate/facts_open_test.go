package gate

import "testing"

// TestOpenExports: an export that refuses by community alone refuses something; one without any condition does not.
func TestOpenExports(t *testing.T) {
	const own = " match ip address prefix-list OWN\n"
	for _, c := range []struct {
		name          string
		edits         []edit
		all, nothing  bool
		importForeign bool
	}{
		{"what may pass is named", nil, false, false, true},
		{"no condition", []edit{{edge1, own, ""}}, true, true, true},
		{"a community is refused", []edit{{edge1, "route-map PROVIDER-OUT permit 10\n" + own,
			"bgp community-list standard PEERS seq 5 permit 65001:300\nroute-map PROVIDER-OUT deny 5\n match community PEERS\nroute-map PROVIDER-OUT permit 10\n"}}, true, false, true},
		{"an import by AS path", []edit{{edge1, "route-map PROVIDER-IN permit 10\n",
			"bgp as-path access-list ITS seq 5 permit ^64496$\nroute-map PROVIDER-IN permit 10\n match as-path ITS\n"}}, false, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := solvedSide(t, c.edits...)
			for _, n := range s.routerFacts(map[string]bool{"edge1": true}, nil)[0].Neighbors {
				if f := n.Families[0]; n.Key == "192.0.2.0" &&
					(f.ExportAcceptsAll != c.all || f.ExportRefusesNothing != c.nothing || f.ImportAcceptsForeign != c.importForeign) {
					t.Errorf("accepts all %v, refuses nothing %v, imports foreign %v; want %v, %v, %v",
						f.ExportAcceptsAll, f.ExportRefusesNothing, f.ImportAcceptsForeign, c.all, c.nothing, c.importForeign)
				}
			}
		})
	}
}
