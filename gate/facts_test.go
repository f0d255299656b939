package gate

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/routegate/routegate/policies"
)

func all(s *side) map[string]bool {
	out := map[string]bool{}
	for _, r := range s.net.Routers {
		out[r.Name] = true
	}
	return out
}

// TestWhereRoutesWereLearned: what is announced outside is followed back, hop by hop, to where it came from.
func TestWhereRoutesWereLearned(t *testing.T) {
	s := solvedSide(t, edit{edge1, " match ip address prefix-list OWN\n", ""})
	var leak, own *policies.ExportFacts
	facts := s.exportFacts(all(s))
	for i := range facts {
		switch f := &facts[i]; {
		case f.Router == "edge1" && f.LearnedFrom == "own":
			own = f
		case f.Router == "edge1" && slices.Contains(f.Examples, "198.18.0.0/15"):
			leak = f
		}
	}
	if own == nil || !own.InsideOwned || own.Count != 1 {
		t.Errorf("edge1 announces its own prefix: %+v", own)
	}
	if leak == nil {
		t.Fatalf("edge1 announces 198.18.0.0/15: %+v", facts)
	}
	if leak.LearnedFrom != "provider" || leak.LearnedAS != 64497 || leak.Relation != "provider" || leak.NeighborAS != 64496 {
		t.Errorf("198.18.0.0/15 is learned from %s AS%d and goes to %s AS%d", leak.LearnedFrom, leak.LearnedAS, leak.Relation, leak.NeighborAS)
	}
	if got := strings.Join(leak.Path, " "); got != "edge2 edge1" {
		t.Errorf("carried by %q, want edge2 edge1", got)
	}
	if leak.Span.File != edge1 || leak.Span.First == 0 {
		t.Errorf("the line that lets it out is %+v", leak.Span)
	}
}

// TestProtection: who originates a protected prefix, and who reaches it.
func TestProtection(t *testing.T) {
	for _, c := range []struct {
		name    string
		edits   []edit
		origins string
		outside int
		reached bool
	}{
		{"as it is", nil, "edge1 edge2", 2, true},
		{"one origin less; its null route still swallows packets", []edit{{edge1, "  network 203.0.113.0/24\n", ""}}, "edge2", 2, false},
		{"one origin less, and no null route", []edit{{edge1, "  network 203.0.113.0/24\n", ""}, {edge1, "ip route 203.0.113.0/24 Null0\n", ""}}, "edge2", 2, true},
		{"one provider less: the origin behind the other edge still counts", []edit{{edge1, "neighbor 192.0.2.0 remote-as 64496", "neighbor 192.0.2.0 remote-as 64496\n neighbor 192.0.2.0 shutdown"}}, "edge1 edge2", 1, true},
		{"the edges have no route inside, only the default to their providers", []edit{{edge1, "ip route 203.0.113.0/24 Null0\n", "ip route 203.0.113.128/25 Null0\n"},
			{edge2, "ip route 203.0.113.0/24 Null0\n", "ip route 203.0.113.128/25 Null0\n"}, {edge1, " bgp router-id", " no bgp network import-check\n bgp router-id"},
			{edge2, " bgp router-id", " no bgp network import-check\n bgp router-id"}}, "edge1 edge2", 2, false},
		{"nobody announces it", []edit{{edge1, "route-map PROVIDER-OUT permit 10", "route-map PROVIDER-OUT deny 10"}, {edge2, "route-map PROVIDER-OUT permit 10", "route-map PROVIDER-OUT deny 10"}}, "", 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, s := solvedSide(t), solvedSide(t, c.edits...)
			facts := s.protectFacts(before)
			if len(facts) != 1 || len(facts[0].From) != 1 {
				t.Fatalf("facts %+v, want one about outside", facts)
			}
			f := facts[0]
			if got := strings.Join(f.Origins, " "); got != c.origins || f.OutsideNeighbors != c.outside || f.From[0].OK != c.reached {
				t.Errorf("origins %q, %d neighbors outside, reached %v (%s at %s); want %q, %d, %v",
					got, f.OutsideNeighbors, f.From[0].OK, f.From[0].Outcome, f.From[0].At, c.origins, c.outside, c.reached)
			}
		})
	}
}

// TestFiltersAreProbed: a filter that lets everything through is none.
func TestFiltersAreProbed(t *testing.T) {
	for _, c := range []struct {
		name             string
		edits            []edit
		importAll, expAl bool
	}{
		{"policies that name what may pass", nil, false, false},
		{"an import policy without a condition", []edit{{edge1, " match ip address prefix-list TRANSIT\n", ""}}, true, false},
		{"a prefix list of everything", []edit{{edge1, "ip prefix-list OWN seq 5 permit 203.0.113.0/24", "ip prefix-list OWN seq 5 permit any"}}, false, true},
		{"a policy that does not exist accepts nothing", []edit{{edge1, "route-map PROVIDER-IN in", "route-map NONE in"}}, false, false},
		{"no policy at all: RFC 8212 lets nothing pass", []edit{{edge1, "  neighbor 192.0.2.0 route-map PROVIDER-IN in\n", ""}}, false, false},
		{"no policy at all, and RFC 8212 switched off", []edit{{edge1, "  neighbor 192.0.2.0 route-map PROVIDER-IN in\n", ""}, {edge1, " bgp router-id", " no bgp ebgp-requires-policy\n bgp router-id"}}, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := solvedSide(t, c.edits...)
			for _, r := range s.routerFacts(map[string]bool{"edge1": true}, nil) {
				for _, n := range r.Neighbors {
					if n.Key != "192.0.2.0" {
						continue
					}
					f := n.Families[0]
					if f.ImportAcceptsAll != c.importAll || f.ExportAcceptsAll != c.expAl {
						t.Errorf("accepts all: import %v, export %v; want %v, %v", f.ImportAcceptsAll, f.ExportAcceptsAll, c.importAll, c.expAl)
					}
					return
				}
			}
			t.Fatal("edge1 has no neighbor 192.0.2.0")
		})
	}
}

// TestRedistributionFilters: a route map that refuses anything is a filter, whatever it asks for.
func TestRedistributionFilters(t *testing.T) {
	for _, c := range []struct {
		name, redistribute, routeMap string
		want                         bool
	}{
		{"no route map", "redistribute static", "", false},
		{"a route map that permits everything", "redistribute static route-map R", "route-map R permit 10\n", false},
		{"a tag is refused", "redistribute static route-map R", "route-map R deny 10\n match tag 666\nroute-map R permit 20\n", true},
		{"a tag is asked for", "redistribute static route-map R", "route-map R permit 10\n match tag 100\n", true},
		{"a metric is refused", "redistribute static route-map R", "route-map R deny 10\n match metric 7\nroute-map R permit 20\n", true},
		{"an unlikely prefix is refused", "redistribute static route-map R",
			"ip prefix-list P permit 203.0.113.77/32\nroute-map R deny 10\n match ip address prefix-list P\nroute-map R permit 20\n", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := solvedSide(t, edit{edge1, "  network 203.0.113.0/24", "  " + c.redistribute}, edit{edge1, "router bgp 65001", c.routeMap + "router bgp 65001"})
			facts := s.routerFacts(map[string]bool{"edge1": true}, nil)[0].Redistributions
			if len(facts) != 1 || facts[0].Filtered != c.want {
				t.Errorf("redistributions %+v, want one with filtered %v", facts, c.want)
			}
		})
	}
}

// TestFiltersIntoAnIGP: what refuses a single prefix of BGP lets everything in.
func TestFiltersIntoAnIGP(t *testing.T) {
	for _, c := range []struct {
		name, routeMap string
		want           bool
	}{
		{"all but one prefix", "ip prefix-list P permit 203.0.113.77/32\nroute-map R deny 10\n match ip address prefix-list P\nroute-map R permit 20\n", false},
		{"the default route alone", "ip prefix-list P permit 0.0.0.0/0\nroute-map R permit 10\n match ip address prefix-list P\n", true},
		{"what carries a community", "bgp community-list standard C permit 65001:1\nroute-map R permit 10\n match community C\n", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := solvedSide(t, edit{edge1, "router bgp 65001", c.routeMap + "router ospf\n redistribute bgp route-map R\nrouter bgp 65001"})
			facts := s.routerFacts(map[string]bool{"edge1": true}, nil)[0].Redistributions
			if len(facts) != 1 || facts[0].Into != "ospf" || facts[0].Filtered != c.want {
				t.Errorf("redistributions %+v, want one into ospf with filtered %v", facts, c.want)
			}
		})
	}
}

// TestDanglingReferences: every reference to what is not defined is found, with what the daemon does then.
func TestDanglingReferences(t *testing.T) {
	for _, c := range []struct {
		name       string
		edit       edit
		want, what string
	}{
		{"a neighbor's route map", edit{edge1, "route-map PROVIDER-OUT out", "route-map NONE out"}, "route-map NONE", "announces nothing"},
		{"a prefix list of a route map", edit{edge1, "match ip address prefix-list OWN", "match ip address prefix-list NONE"}, "prefix-list NONE", "never matches"},
		{"a neighbor's prefix list", edit{edge1, "neighbor 192.0.2.0 maximum-prefix 10", "neighbor 192.0.2.0 prefix-list NONE in"}, "prefix-list NONE", "accepts"},
		{"an AS path list", edit{edge1, " match ip address prefix-list OWN", " match as-path NONE"}, "as-path access-list NONE", "never matches"},
		{"a community list", edit{edge1, " match ip address prefix-list OWN", " match community NONE"}, "community-list NONE", "never matches"},
		{"a redistribution's route map", edit{edge1, "  network 203.0.113.0/24", "  redistribute static route-map NONE"}, "route-map NONE", "redistributes nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := solvedSide(t, c.edit)
			r := s.net.Router("edge1")
			found := s.dangling(r, references(r))
			if len(found) != 1 {
				t.Fatalf("found %+v, want one", found)
			}
			if got := found[0].Kind + " " + found[0].Name; got != c.want || !strings.Contains(found[0].Effect, c.what) || found[0].Span.First == 0 {
				t.Errorf("found %s: %s at %v; want %s: %s with a line", got, found[0].Effect, found[0].Span, c.want, c.what)
			}
		})
	}
	s := solvedSide(t)
	if r := s.net.Router("edge1"); len(s.dangling(r, references(r))) != 0 {
		t.Errorf("a sound configuration has dangling references: %+v", s.dangling(r, references(r)))
	}
}

// TestManagement: there and back, in the simulated network or not looked at.
func TestManagement(t *testing.T) {
	managed := edit{known, "protect:", "devices:\n  edge1: {mgmt: 10.255.0.1}\n  edge2: {mgmt: 10.255.0.2}\nmanagement: {prefixes: [10.255.0.0/24], stations: [172.31.0.5]}\nprotect:"}
	station := edit{edge1, "interface eth1\n", "interface eth7\n ip address 172.31.0.1/24\n!\ninterface eth1\n"}
	answer := edit{edge2, "!\nip route", "!\nip route 172.31.0.0/24 10.0.0.0\nip route"}
	for _, c := range []struct {
		name  string
		edits []edit
		known bool
		ok    string
	}{
		{"the station is in another network", []edit{managed}, false, ""},
		{"there and back", []edit{managed, station, answer}, true, "edge1 edge2"},
		{"edge2 sends the answer to its provider, who is somebody else", []edit{managed, station, {edge2, "!\nip route", "!\nip route 172.31.0.0/24 198.51.100.0\nip route"}}, true, "edge1"},
		{"edge1 has no route to edge2", []edit{managed, station, answer, {edge1, "ip route 10.255.0.2/32 10.0.0.1\n", "ip route 10.255.0.2/32 Null0\n"}}, true, "edge1"},
		{"edge2 drops the answer", []edit{managed, station, {edge2, "!\nip route", "!\nip route 172.31.0.0/24 Null0\nip route"}}, true, "edge1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := solvedSide(t, c.edits...)
			var ok []string
			for _, f := range s.managementFacts(s) {
				if f.Known != c.known {
					t.Errorf("%s: known %v, want %v", f.Router, f.Known, c.known)
				}
				if f.OK {
					ok = append(ok, f.Router)
				}
			}
			if got := strings.Join(ok, " "); got != c.ok {
				t.Errorf("reaches %q, want %q", got, c.ok)
			}
		})
	}
}

// TestLimits: the limit that tears a session down says with how many prefixes; the other end's does not.
func TestLimits(t *testing.T) {
	s := solvedSide(t, edit{edge2, "neighbor 10.255.0.1 next-hop-self", "neighbor 10.255.0.1 next-hop-self\n  neighbor 10.255.0.1 maximum-prefix 1"},
		edit{edge1, "neighbor 10.255.0.2 next-hop-self", "neighbor 10.255.0.2 next-hop-self\n  neighbor 10.255.0.2 maximum-prefix 100"})
	for _, f := range s.limitFacts(all(s)) {
		trips := f.Router == "edge2" && f.Neighbor == "10.255.0.1"
		if f.Tripped != trips || trips && f.Received != 2 {
			t.Errorf("%s from %s: tripped %v with %d of %d prefixes", f.Router, f.Neighbor, f.Tripped, f.Received, f.Limit)
		}
	}
}

// TestDeliberate: what the change itself shuts down, on either end and at any level.
func TestDeliberate(t *testing.T) {
	for _, c := range []struct {
		name string
		edit edit
		want string // sessions lost on purpose
	}{
		{"a neighbor shut down at the other end", edit{edge2, " neighbor 10.255.0.1 update-source lo", " neighbor 10.255.0.1 update-source lo\n neighbor 10.255.0.1 shutdown"}, "edge1-edge2"},
		{"a neighbor removed", edit{edge1, " neighbor 192.0.2.0 remote-as 64496\n", " no neighbor 192.0.2.0\n"}, "edge1-"},
		{"the whole instance shut down", edit{edge2, " bgp router-id", " bgp shutdown\n bgp router-id"}, "edge1-edge2 edge2-"},
		{"no route to the peer", edit{edge1, "ip route 10.255.0.2/32 10.0.0.1\n", ""}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := checked(t, Options{Before: twoEdges(t), After: twoEdges(t, c.edit)})
			var got []string
			for _, s := range v.Effects.Sessions {
				if s.Deliberate {
					got = append(got, s.Router+"-"+s.Remote)
				}
			}
			if strings.Join(got, " ") != c.want || len(v.Effects.Sessions) == 0 {
				t.Errorf("on purpose %v of %d, want %s", got, len(v.Effects.Sessions), c.want)
			}
		})
	}
}

func TestRepresentative(t *testing.T) {
	for prefix, want := range map[string]string{"192.0.2.0/24": "192.0.2.1", "192.0.2.8/31": "192.0.2.8", "192.0.2.7/32": "192.0.2.7", "2001:db8::/32": "2001:db8::1"} {
		if got := representative(netip.MustParsePrefix(prefix)).String(); got != want {
			t.Errorf("representative of %s is %s, want %s", prefix, got, want)
		}
	}
}
