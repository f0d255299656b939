package policy

import (
	"net/netip"
	"reflect"
	"testing"

	"github.com/routegate/routegate/network"
)

func pfx(s string) netip.Prefix    { return netip.MustParsePrefix(s) }
func addr(s string) netip.Addr     { return netip.MustParseAddr(s) }
func path(s string) network.ASPath { p, _ := parsePath(s); return p }

func comms(s ...string) []network.Community {
	var out []network.Community
	for _, x := range s {
		c, err := network.ParseCommunity(x)
		if err != nil {
			panic(err)
		}
		out = append(out, c)
	}
	return out
}

// entry is a permit statement with a sequence number.
func entry(seq int, mods ...func(*network.Statement)) network.Statement {
	s := network.Statement{Name: itoa(seq), Sequence: seq, Result: network.Accept, Span: network.At("frr.conf", seq)}
	for _, m := range mods {
		m(&s)
	}
	return s
}

func itoa(n int) string { return numbers([]uint32{uint32(n)}) }

func when(c ...network.Condition) func(*network.Statement) {
	return func(s *network.Statement) { s.Match = append(s.Match, c...) }
}

func set(a ...network.Action) func(*network.Statement) {
	return func(s *network.Statement) { s.Set = append(s.Set, a...) }
}

func deny(s *network.Statement)   { s.Result = network.Reject }
func none(s *network.Statement)   { s.Result = network.Next }
func onNext(s *network.Statement) { s.Continue = network.Continue{Kind: network.ContinueNext} }

func goTo(n int) func(*network.Statement) {
	return func(s *network.Statement) { s.Continue = network.Continue{Kind: network.ContinueTo, To: n} }
}

func calls(name string) func(*network.Statement) {
	return func(s *network.Statement) { s.Call = network.Ref{Name: name} }
}

// routeMap is a policy as FRR has it: what nothing matches is rejected.
func routeMap(name string, st ...network.Statement) *network.Policy {
	return &network.Policy{Name: name, Statements: st, Default: network.Reject}
}

func chain(names ...string) network.PolicyChain {
	var c network.PolicyChain
	for _, n := range names {
		c.Policies = append(c.Policies, network.Ref{Name: n})
	}
	return c
}

func router(policies ...*network.Policy) *network.Router {
	return &network.Router{Name: "r1", VRFs: []*network.VRF{{BGP: &network.BGP{AS: 65000}}}, Policies: policies,
		PrefixSets: []*network.PrefixSet{
			{Name: "TEN", Entries: []network.PrefixRange{{Sequence: 5, Prefix: pfx("10.0.0.0/8"), Min: 8, Max: 24}}},
			{Name: "EXCEPT", Entries: []network.PrefixRange{
				{Sequence: 5, Deny: true, Prefix: pfx("10.1.0.0/16"), Min: 16, Max: 32}, {Sequence: 10, Prefix: pfx("10.0.0.0/8"), Min: 8, Max: 32}}},
			{Name: "EMPTY", EmptyAccepts: true},
			{Name: "HOSTS", Entries: []network.PrefixRange{{Prefix: pfx("192.0.2.0/24"), Min: 24, Max: 32}}},
			{Name: "SIX", Kind: network.PrefixList6, Entries: []network.PrefixRange{{Prefix: pfx("2001:db8::/32"), Min: 32, Max: 48}}},
		},
		ASPathSets: []*network.ASPathSet{
			{Name: "FROM1", Entries: []network.ASPathEntry{{Pattern: `^65001(?:^|[,{}() ]|$)`}}},
			{Name: "NOT2", Entries: []network.ASPathEntry{{Deny: true, Pattern: `(?:^|[,{}() ]|$)65002(?:^|[,{}() ]|$)`}, {Pattern: `.*`}}},
			{Name: "LOCAL", Entries: []network.ASPathEntry{{Pattern: `^$`}}},
			{Name: "BAD", Entries: []network.ASPathEntry{{Pattern: `(`}}},
		},
		CommunitySets: []*network.CommunitySet{
			{Name: "BOTH", Entries: []network.CommunityEntry{{Values: comms("65000:1", "65000:2")}}},
			{Name: "EITHER", Entries: []network.CommunityEntry{{Values: comms("65000:1")}, {Values: comms("65000:2")}}},
			{Name: "DENY1", Entries: []network.CommunityEntry{{Deny: true, Values: comms("65000:1")}, {Internet: true}}},
			{Name: "EXPANDED", Entries: []network.CommunityEntry{{Deny: true, Pattern: `65000:9`}, {Pattern: `65000:[0-9]+`}}},
			{Name: "NAMED", Entries: []network.CommunityEntry{{Pattern: `no-export`}}},
			{Name: "NONE", Entries: []network.CommunityEntry{{Pattern: `^$`}}},
			{Name: "UNION", Unordered: true, Entries: []network.CommunityEntry{{Pattern: `^65000:1$`, Each: true}, {Pattern: `^65000:2$`, Each: true}}},
			{Name: "LARGE", Kind: network.LargeCommunityKind, Entries: []network.CommunityEntry{{Large: []network.LargeCommunity{{Global: 65000, Data1: 1, Data2: 2}}}}},
		},
		NeighborSets: []*network.NeighborSet{{Name: "PEERS", Prefixes: []netip.Prefix{pfx("10.0.0.1/32")}}, {Name: "NOBODY"}},
	}
}

// TestConditions runs one statement that accepts when the condition holds.
func TestConditions(t *testing.T) {
	at := func(p string, mods ...func(*Route, *network.PathAttributes)) Route {
		a := &network.PathAttributes{ASPath: path("65001 65002"), NextHop: addr("192.0.2.9")}
		rt := Route{Prefix: pfx(p), Attributes: a, Peer: addr("10.0.0.1"), LocalAS: 65000}
		for _, m := range mods {
			m(&rt, a)
		}
		return rt
	}
	with := func(c ...string) func(*Route, *network.PathAttributes) {
		return func(_ *Route, a *network.PathAttributes) { a.Communities = comms(c...) }
	}
	along := func(s string) func(*Route, *network.PathAttributes) {
		return func(_ *Route, a *network.PathAttributes) { a.ASPath = path(s) }
	}
	community := func(set string, o network.MatchOption) network.Condition {
		return network.MatchCommunity{Set: set, Option: o}
	}
	for _, tt := range []struct {
		name  string
		c     network.Condition
		rt    Route
		holds bool
	}{
		{"prefix inside the range", network.MatchPrefix{Set: "TEN"}, at("10.3.0.0/16"), true},
		{"prefix longer than le", network.MatchPrefix{Set: "TEN"}, at("10.3.0.0/25"), false},
		{"prefix outside", network.MatchPrefix{Set: "TEN"}, at("11.0.0.0/16"), false},
		{"a deny entry before a permit", network.MatchPrefix{Set: "EXCEPT"}, at("10.1.2.0/24"), false},
		{"inverted", network.MatchPrefix{Set: "TEN", Option: network.MatchInvert}, at("11.0.0.0/16"), true},
		{"inverted, other family: does not match either", network.MatchPrefix{Set: "TEN", Option: network.MatchInvert}, at("2001:db8::/32"), false},
		{"an empty list accepts", network.MatchPrefix{Set: "EMPTY"}, at("11.0.0.0/16"), true},
		{"an empty IPv4 list says nothing of IPv6", network.MatchPrefix{Set: "EMPTY"}, at("2001:db8::/32"), false},
		{"an IPv6 list", network.MatchPrefix{Set: "SIX", Kind: network.PrefixList6}, at("2001:db8:1::/48"), true},
		{"a list that does not exist", network.MatchPrefix{Set: "NOWHERE"}, at("10.3.0.0/16"), false},
		{"prefix length", network.MatchPrefixLength{Family: network.IPv4Unicast, Length: 16}, at("10.3.0.0/16"), true},
		{"prefix length of the other family", network.MatchPrefixLength{Family: network.IPv6Unicast, Length: 16}, at("10.3.0.0/16"), false},
		{"next hop in a list", network.MatchNextHop{Set: "HOSTS"}, at("10.3.0.0/16"), true},
		{"next hop by address", network.MatchNextHop{Address: addr("192.0.2.9")}, at("10.3.0.0/16"), true},
		{"next hop before the export rewrote it", network.MatchNextHop{Address: addr("192.0.2.9")},
			at("10.3.0.0/16", func(r *Route, _ *network.PathAttributes) { r.OriginalNextHop = addr("192.0.2.1") }), false},
		{"next hop in prefixes", network.MatchNextHop{Prefixes: []netip.Prefix{pfx("192.0.2.8/29")}}, at("10.3.0.0/16"), true},
		{"neighbor in a set", network.MatchNeighbor{Set: "PEERS"}, at("10.3.0.0/16"), true},
		{"neighbor not in a set", network.MatchNeighbor{Set: "PEERS", Option: network.MatchInvert}, at("10.3.0.0/16"), false},
		{"the empty neighbor set holds everybody", network.MatchNeighbor{Set: "NOBODY"}, at("10.3.0.0/16"), true},
		{"a route of one's own is in no set and outside of none", network.MatchNeighbor{Set: "PEERS", Option: network.MatchInvert},
			at("10.3.0.0/16", func(r *Route, _ *network.PathAttributes) { r.Peer = netip.Addr{} }), false},
		{"match peer local in a redistribution", network.MatchNeighbor{Local: true}, at("10.3.0.0/16", func(r *Route, _ *network.PathAttributes) { r.Direction = Redistribute }), true},
		{"match peer local on import", network.MatchNeighbor{Local: true}, at("10.3.0.0/16"), false},
		{"AS path from 65001", network.MatchASPath{Set: "FROM1"}, at("10.0.0.0/8"), true},
		{"AS path not from 65001", network.MatchASPath{Set: "FROM1"}, at("10.0.0.0/8", along("65011 65001")), false},
		{"AS path with a deny entry", network.MatchASPath{Set: "NOT2"}, at("10.0.0.0/8"), false},
		{"AS path with a set", network.MatchASPath{Set: "NOT2"}, at("10.0.0.0/8", along("65001 {65002,65003}")), false},
		{"the empty path", network.MatchASPath{Set: "LOCAL"}, at("10.0.0.0/8", along("")), true},
		{"AS path length counts a set once", network.MatchASPathLength{Op: network.Equal, Value: 2}, at("10.0.0.0/8", along("65001 {65002,65003}")), true},
		{"AS path at most", network.MatchASPathLength{Op: network.AtMost, Value: 1}, at("10.0.0.0/8"), false},
		{"both communities", community("BOTH", 0), at("10.0.0.0/8", with("65000:1", "65000:2", "65000:3")), true},
		{"one of both", community("BOTH", 0), at("10.0.0.0/8", with("65000:1")), false},
		{"exactly both", community("BOTH", network.MatchExact), at("10.0.0.0/8", with("65000:1", "65000:2")), true},
		{"both and another is not exact", community("BOTH", network.MatchExact), at("10.0.0.0/8", with("65000:1", "65000:2", "65000:3")), false},
		{"no community", community("EITHER", 0), at("10.0.0.0/8"), false},
		{"deny, then internet", community("DENY1", 0), at("10.0.0.0/8", with("65000:1")), false},
		{"internet matches a route without communities", community("DENY1", 0), at("10.0.0.0/8"), true},
		{"expanded", community("EXPANDED", 0), at("10.0.0.0/8", with("65000:10")), true},
		{"expanded, on the whole attribute: the deny entry sees another community", community("EXPANDED", 0), at("10.0.0.0/8", with("65000:10", "65000:99")), false},
		{"expanded, well-known names", community("NAMED", 0), at("10.0.0.0/8", with("no-export")), true},
		{"expanded, no communities is the empty text", community("NONE", 0), at("10.0.0.0/8"), true},
		{"union, any", community("UNION", network.MatchAny), at("10.0.0.0/8", with("65000:2", "65000:3")), true},
		{"union, all", community("UNION", network.MatchAll), at("10.0.0.0/8", with("65000:2", "65000:3")), false},
		{"union, all present", community("UNION", network.MatchAll), at("10.0.0.0/8", with("65000:1", "65000:2")), true},
		{"union, invert", community("UNION", network.MatchInvert), at("10.0.0.0/8", with("65000:3")), true},
		{"large", network.MatchCommunity{Set: "LARGE", Kind: network.LargeCommunityKind}, at("10.0.0.0/8", func(_ *Route, a *network.PathAttributes) {
			a.Large = []network.LargeCommunity{{Global: 65000, Data1: 1, Data2: 2}}
		}), true},
		{"large, absent", network.MatchCommunity{Set: "LARGE", Kind: network.LargeCommunityKind}, at("10.0.0.0/8"), false},
		{"number of communities", network.MatchCommunityCount{Op: network.AtLeast, Value: 2}, at("10.0.0.0/8", with("65000:1", "65000:2")), true},
		{"metric", network.MatchMED{Value: 10}, at("10.0.0.0/8", func(_ *Route, a *network.PathAttributes) { a.MED = 10 }), true},
		{"local preference", network.MatchLocalPref{Value: 10}, at("10.0.0.0/8"), false},
		{"tag", network.MatchTag{Value: 7}, at("10.0.0.0/8", func(_ *Route, a *network.PathAttributes) { a.Tag = 7 }), true},
		{"origin", network.MatchOrigin{Value: network.OriginIncomplete}, at("10.0.0.0/8", func(_ *Route, a *network.PathAttributes) { a.Origin = network.OriginIncomplete }), true},
		{"interface", network.MatchInterface{Interface: "eth0"}, at("10.0.0.0/8", func(r *Route, _ *network.PathAttributes) { r.Interface = "eth0" }), true},
		{"route type", network.MatchRouteType{Type: network.RouteLocal}, at("10.0.0.0/8", func(r *Route, _ *network.PathAttributes) { r.Type = network.RouteLocal }), true},
		{"source protocol", network.MatchSource{Protocol: network.Static}, at("10.0.0.0/8", func(r *Route, _ *network.PathAttributes) { r.Protocol = network.Static }), true},
		{"family", network.MatchFamily{Families: []network.Family{network.IPv6Unicast}}, at("10.0.0.0/8"), false},
		{"validation unknown", network.MatchRPKI{State: "valid"}, at("10.0.0.0/8"), false},
		{"never", network.MatchNever{}, at("10.0.0.0/8"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := Compile(router(routeMap("T", entry(10, when(tt.c)))))
			r := e.Chain(chain("T"), tt.rt, network.Reject)
			if got := r.Disposition == network.Accept; got != tt.holds || len(r.Uncertain) > 0 {
				t.Errorf("%s: %s is %v (uncertain %v), want %v", tt.rt.Prefix, Describe(tt.c), got, r.Uncertain, tt.holds)
			}
		})
	}
}

// TestActions applies one action to a route and compares the attributes.
func TestActions(t *testing.T) {
	base := network.PathAttributes{ASPath: path("65001 65002"), NextHop: addr("192.0.2.9"), MED: 50, HasMED: true, Communities: comms("65000:1", "65000:2")}
	rt := Route{Prefix: pfx("10.0.0.0/8"), Peer: addr("10.0.0.1"), LocalAddr: addr("10.0.0.2"), LocalAS: 65000, IGPMetric: 33}
	type A = network.PathAttributes
	for _, tt := range []struct {
		name string
		a    network.Action
		rt   func(*Route)
		want func(*A)
	}{
		{"local preference", network.SetLocalPref{Value: 200}, nil, func(a *A) { a.LocalPref, a.HasLocalPref = 200, true }},
		{"local preference added to an absent one", network.SetLocalPref{Op: network.Add, Value: 20}, nil, func(a *A) { a.LocalPref, a.HasLocalPref = 20, true }},
		{"metric added", network.SetMED{Op: network.Add, Value: 5}, nil, func(a *A) { a.MED = 55 }},
		{"metric clamped at the top", network.SetMED{Op: network.Add, Value: 1<<32 - 1}, nil, func(a *A) { a.MED = 1<<32 - 1 }},
		{"metric clamped at 0", network.SetMED{Op: network.Subtract, Value: 60}, nil, func(a *A) { a.MED = 0 }},
		{"metric kept where the sum is out of range", network.SetMED{Op: network.Subtract, Value: 60, KeepOutOfRange: true}, nil, func(*A) {}},
		{"metric of the IGP", network.SetMED{IGP: true}, nil, func(a *A) { a.MED = 33 }},
		{"weight", network.SetWeight{Value: 7}, nil, func(a *A) { a.Weight = 7 }},
		{"origin", network.SetOrigin{Value: network.OriginEGP}, nil, func(a *A) { a.Origin = network.OriginEGP }},
		{"prepend keeps the order", network.PrependASPath{AS: []uint32{1, 2}}, nil, func(a *A) { a.ASPath = path("1 2 65001 65002") }},
		{"prepend the last AS", network.PrependASPath{LastAS: true, Repeat: 2}, nil, func(a *A) { a.ASPath = path("65001 65001 65001 65002") }},
		{"exclude", network.ExcludeASPath{AS: []uint32{65001}}, nil, func(a *A) { a.ASPath = path("65002") }},
		{"exclude all", network.ExcludeASPath{All: true}, nil, func(a *A) { a.ASPath = nil }},
		{"exclude by list", network.ExcludeASPath{Set: "FROM1"}, nil, func(a *A) { a.ASPath = path("65002") }},
		{"replace one", network.ReplaceASPath{AS: []uint32{65002}}, nil, func(a *A) { a.ASPath = path("65001 65000") }},
		{"replace every", network.ReplaceASPath{Any: true, With: 9}, nil, func(a *A) { a.ASPath = path("9 9") }},
		{"communities replaced", network.SetCommunity{Values: comms("65000:9")}, nil, func(a *A) { a.Communities = comms("65000:9") }},
		{"communities none", network.SetCommunity{}, nil, func(a *A) { a.Communities = nil }},
		{"communities added", network.SetCommunity{Mode: network.AddTo, Values: comms("65000:0", "65000:1")}, nil, func(a *A) { a.Communities = comms("65000:0", "65000:1", "65000:2") }},
		{"communities deleted by a list, each of its values", network.SetCommunity{Mode: network.RemoveFrom, Set: "BOTH"}, nil, func(a *A) { a.Communities = nil }},
		{"communities deleted by an expression", network.SetCommunity{Mode: network.RemoveFrom, Patterns: []string{"^65000:2$"}}, nil, func(a *A) { a.Communities = comms("65000:1") }},
		{"large added", network.SetLargeCommunity{Mode: network.AddTo, Values: []network.LargeCommunity{{Global: 1}}}, nil, func(a *A) { a.Large = []network.LargeCommunity{{Global: 1}} }},
		{"next hop", network.SetNextHop{Address: addr("192.0.2.1")}, nil, func(a *A) { a.NextHop = addr("192.0.2.1") }},
		{"next hop of the peer on import", network.SetNextHop{Kind: network.NextHopPeer}, nil, func(a *A) { a.NextHop = addr("10.0.0.1") }},
		{"next hop of the neighbor on export", network.SetNextHop{Kind: network.NextHopNeighbor}, func(r *Route) { r.Direction = Export }, func(a *A) { a.NextHop = addr("10.0.0.1") }},
		{"next hop of the peer on export is none yet", network.SetNextHop{Kind: network.NextHopPeer}, func(r *Route) { r.Direction = Export }, func(a *A) { a.NextHop = addr("0.0.0.0") }},
		{"next hop unchanged takes the one before", network.SetNextHop{Kind: network.NextHopUnchanged}, func(r *Route) { r.OriginalNextHop = addr("192.0.2.77") }, func(a *A) { a.NextHop = addr("192.0.2.77") }},
		{"atomic aggregate", network.SetAtomicAggregate{}, nil, func(a *A) { a.AtomicAggregate = true }},
		{"originator id", network.SetOriginatorID{Value: addr("1.1.1.1")}, nil, func(a *A) { a.OriginatorID = addr("1.1.1.1") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in, want := base, base
			tt.want(&want)
			r := rt
			r.Attributes = &in
			if tt.rt != nil {
				tt.rt(&r)
			}
			got := Compile(router(routeMap("T", entry(10, set(tt.a))))).Chain(chain("T"), r, network.Reject)
			if !reflect.DeepEqual(*got.Route.Attributes, want) {
				t.Errorf("%s:\n got %+v\nwant %+v", DescribeAction(tt.a), *got.Route.Attributes, want)
			}
			if !reflect.DeepEqual(in, base) {
				t.Error("the input was changed")
			}
		})
	}
}

// TestFlow follows routes through whole policies.
func TestFlow(t *testing.T) {
	lp := func(v uint32) func(*network.Statement) { return set(network.SetLocalPref{Value: v}) }
	med := func(v uint32) func(*network.Statement) { return set(network.SetMED{Value: v}) }
	ten := when(network.MatchPrefix{Set: "TEN"})
	never := when(network.MatchNever{})
	for _, tt := range []struct {
		name    string
		p       []*network.Policy
		c       network.PolicyChain
		want    network.Disposition
		lp, med uint32
		by      string // "" where a default decides
	}{
		{"first match ends", []*network.Policy{routeMap("A", entry(10, ten, lp(1)), entry(20, lp(2)))}, chain("A"), network.Accept, 1, 0, "A 10"},
		{"deny", []*network.Policy{routeMap("A", entry(10, ten, deny), entry(20))}, chain("A"), network.Reject, 0, 0, "A 10"},
		{"nothing matches", []*network.Policy{routeMap("A", entry(10, never))}, chain("A"), network.Reject, 0, 0, ""},
		{"on-match next keeps changes and goes on", []*network.Policy{routeMap("A", entry(10, lp(1), onNext), entry(20, med(2)))}, chain("A"), network.Accept, 1, 2, "A 20"},
		{"on-match next, then a deny", []*network.Policy{routeMap("A", entry(10, lp(1), onNext), entry(20, deny))}, chain("A"), network.Reject, 0, 0, "A 20"},
		{"on-match next, then nothing matches: FRR refuses", []*network.Policy{routeMap("A", entry(10, lp(1), onNext), entry(20, never))}, chain("A"), network.Reject, 0, 0, ""},
		{"on-match next on the last entry", []*network.Policy{routeMap("A", entry(10, lp(1), onNext))}, chain("A"), network.Accept, 1, 0, "A 10"},
		{"goto past an entry that would not match", []*network.Policy{routeMap("A", entry(10, lp(1), goTo(30)), entry(20, never), entry(30))}, chain("A"), network.Accept, 1, 0, "A 30"},
		{"goto skips", []*network.Policy{routeMap("A", entry(10, lp(1), goTo(30)), entry(20, deny), entry(30, med(3)))}, chain("A"), network.Accept, 1, 3, "A 30"},
		{"goto a number between two", []*network.Policy{routeMap("A", entry(10, lp(1), goTo(25)), entry(20, deny), entry(30, med(3)))}, chain("A"), network.Accept, 1, 3, "A 30"},
		{"goto beyond the end", []*network.Policy{routeMap("A", entry(10, lp(1), goTo(99)), entry(20, deny))}, chain("A"), network.Accept, 1, 0, "A 10"},
		{"call accepts and its changes stay", []*network.Policy{routeMap("A", entry(10, lp(1), calls("B"))), routeMap("B", entry(5, med(9)))}, chain("A"), network.Accept, 1, 9, "B 5"},
		{"call denies", []*network.Policy{routeMap("A", entry(10, calls("B"), onNext), entry(20)), routeMap("B", entry(5, deny))}, chain("A"), network.Reject, 0, 0, "B 5"},
		{"call falls off the end, which denies", []*network.Policy{routeMap("A", entry(10, calls("B"))), routeMap("B", entry(5, never))}, chain("A"), network.Reject, 0, 0, ""},
		{"call of a policy that is not there", []*network.Policy{routeMap("A", entry(10, lp(1), calls("B")))}, chain("A"), network.Accept, 1, 0, "A 10"},
		{"a statement without a disposition changes and goes on", []*network.Policy{{Name: "A", Statements: []network.Statement{entry(1, none, lp(1)), entry(2, med(2))}}}, chain("A"), network.Accept, 1, 2, "A 2"},
		{"a policy that does not decide hands on its changes", []*network.Policy{{Name: "A", Statements: []network.Statement{entry(1, none, lp(1))}}, routeMap("B", entry(5, med(5)))}, chain("A", "B"), network.Accept, 1, 5, "B 5"},
		{"conditions see what was changed", []*network.Policy{{Name: "A", Statements: []network.Statement{entry(1, none, lp(7)), entry(2, when(network.MatchLocalPref{Value: 7}))}}}, chain("A"), network.Accept, 7, 0, "A 2"},
		{"the chain's default", []*network.Policy{{Name: "A"}}, network.PolicyChain{Policies: []network.Ref{{Name: "A"}}, Default: network.Accept}, network.Accept, 0, 0, ""},
		{"a missing policy", nil, chain("NOWHERE"), network.Reject, 0, 0, ""},
		{"no chain", nil, network.PolicyChain{}, network.Next, 0, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := Compile(router(tt.p...))
			rt := Route{Prefix: pfx("10.2.0.0/16"), Attributes: &network.PathAttributes{}}
			r := e.Chain(tt.c, rt, network.Reject)
			if r.Disposition != tt.want || r.Route.Attributes.LocalPref != tt.lp || r.Route.Attributes.MED != tt.med {
				t.Errorf("%s with local preference %d and metric %d, want %s with %d and %d", r.Disposition, r.Route.Attributes.LocalPref, r.Route.Attributes.MED, tt.want, tt.lp, tt.med)
			}
			by := ""
			if !r.Default && len(r.Matched) > 0 {
				by = r.Matched[len(r.Matched)-1].String()
			}
			if by != tt.by {
				t.Errorf("decided by %q, want %q", by, tt.by)
			}
			steps, again := e.Explain(tt.c, rt, network.Reject)
			if again.Disposition != r.Disposition || !reflect.DeepEqual(again.Matched, r.Matched) {
				t.Errorf("explained as %s, evaluated as %s: %v", again.Disposition, r.Disposition, steps)
			}
		})
	}
}

// TestUncertain: what is not simulated counts as not matching and makes the result uncertain,
// but only where it can matter.
func TestUncertain(t *testing.T) {
	unknown := network.MatchUnmodelled{Text: "match moon full", Pos: network.Pos{Span: network.At("frr.conf", 3)}}
	for _, tt := range []struct {
		name   string
		p      *network.Policy
		want   network.Disposition
		doubts int
	}{
		{"met", routeMap("A", entry(10, when(unknown), deny), entry(20)), network.Accept, 1},
		{"behind a condition that fails", routeMap("A", entry(10, when(unknown, network.MatchNever{}), deny), entry(20)), network.Accept, 0},
		{"after the decision", routeMap("A", entry(10), entry(20, when(unknown))), network.Accept, 0},
		{"an action", routeMap("A", entry(10, set(network.SetUnmodelled{Text: "set moon"}))), network.Accept, 1},
		{"an expression that cannot be read", routeMap("A", entry(10, when(network.MatchASPath{Set: "BAD"}), deny), entry(20)), network.Accept, 1},
		{"policies that call each other", routeMap("A", entry(10, calls("A"))), network.Reject, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := Compile(router(tt.p)).Chain(chain("A"), Route{Prefix: pfx("10.0.0.0/8")}, network.Reject)
			if r.Disposition != tt.want || len(r.Uncertain) != tt.doubts {
				t.Errorf("%s with doubts %v, want %s with %d", r.Disposition, r.Uncertain, tt.want, tt.doubts)
			}
		})
	}
}
