package gate

import "testing"

// TestOpenExports: an export that refuses by community alone refuses something; one without any condition does not; one that refuses
// bogons and the network's own alone lets everybody else's routes out.
func TestOpenExports(t *testing.T) {
	const own = " match ip address prefix-list OWN\n"
	for _, c := range []struct {
		name          string
		edits         []edit
		all, nothing  bool
		foreign       bool
		importForeign bool
	}{
		{"what may pass is named", nil, false, false, false, true},
		{"no condition", []edit{{edge1, own, ""}}, true, true, true, true},
		{"bogons are refused", []edit{{edge1, "route-map PROVIDER-OUT permit 10\n" + own,
			"ip prefix-list BOGONS seq 5 permit 10.0.0.0/8 le 32\nroute-map PROVIDER-OUT deny 5\n match ip address prefix-list BOGONS\nroute-map PROVIDER-OUT permit 10\n"}}, false, false, true, true},
		{"bogons and a community are refused", []edit{{edge1, "route-map PROVIDER-OUT permit 10\n" + own,
			"ip prefix-list BOGONS seq 5 permit 10.0.0.0/8 le 32\nbgp community-list standard PEERS seq 5 permit 65001:300\n" +
				"route-map PROVIDER-OUT deny 5\n match ip address prefix-list BOGONS\nroute-map PROVIDER-OUT deny 7\n match community PEERS\nroute-map PROVIDER-OUT permit 10\n"}}, false, false, false, true},
		{"bogons are refused by a prefix list alone", []edit{{edge1, "neighbor 192.0.2.0 route-map PROVIDER-OUT out", "neighbor 192.0.2.0 prefix-list BOGONS out"},
			{edge1, "ip prefix-list OWN", "ip prefix-list BOGONS seq 5 deny 10.0.0.0/8 le 32\nip prefix-list BOGONS seq 10 permit any\nip prefix-list OWN"}}, false, false, true, true},
		{"and by the AS path", []edit{{edge1, "neighbor 192.0.2.0 route-map PROVIDER-OUT out", "neighbor 192.0.2.0 prefix-list BOGONS out\n  neighbor 192.0.2.0 filter-list OURS out"},
			{edge1, "ip prefix-list OWN", "bgp as-path access-list OURS seq 5 permit ^$\nip prefix-list BOGONS seq 5 deny 10.0.0.0/8 le 32\nip prefix-list BOGONS seq 10 permit any\nip prefix-list OWN"}}, false, false, false, true},
		{"no policy at all", []edit{{edge1, "  neighbor 192.0.2.0 route-map PROVIDER-OUT out\n", ""}, {edge1, " bgp router-id", " no bgp ebgp-requires-policy\n bgp router-id"}}, true, false, false, true},
		{"a community is refused", []edit{{edge1, "route-map PROVIDER-OUT permit 10\n" + own,
			"bgp community-list standard PEERS seq 5 permit 65001:300\nroute-map PROVIDER-OUT deny 5\n match community PEERS\nroute-map PROVIDER-OUT permit 10\n"}}, true, false, false, true},
		{"an import by AS path", []edit{{edge1, "route-map PROVIDER-IN permit 10\n",
			"bgp as-path access-list ITS seq 5 permit ^64496$\nroute-map PROVIDER-IN permit 10\n match as-path ITS\n"}}, false, false, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := solvedSide(t, c.edits...)
			for _, n := range s.routerFacts(map[string]bool{"edge1": true}, nil)[0].Neighbors {
				if f := n.Families[0]; n.Key == "192.0.2.0" &&
					(f.ExportAcceptsAll != c.all || f.ExportRefusesNothing != c.nothing || f.ExportAcceptsForeign != c.foreign || f.ImportAcceptsForeign != c.importForeign) {
					t.Errorf("accepts all %v, refuses nothing %v, exports foreign %v, imports foreign %v; want %v, %v, %v, %v",
						f.ExportAcceptsAll, f.ExportRefusesNothing, f.ExportAcceptsForeign, f.ImportAcceptsForeign, c.all, c.nothing, c.foreign, c.importForeign)
				}
			}
		})
	}
}
