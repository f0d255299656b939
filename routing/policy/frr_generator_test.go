package policy

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
)

// generator makes route maps in FRR's language and in the model's, side by side.
type generator struct {
	r        *rand.Rand
	policies []*network.Policy
	text     map[string]string
	order    []string
}

// clause is one line and what it means.
type frrClause struct {
	line string
	m    network.Condition
	a    network.Action
}

func (g *generator) routes() []Route {
	var out []Route
	for _, p := range []string{"10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.2.3.0/25", "172.16.0.0/12", "0.0.0.0/0"} {
		for i, a := range []network.PathAttributes{
			{ASPath: path("65001")},
			{ASPath: path("65001 65002"), MED: 50, HasMED: true, Communities: comms("65000:1")},
			{ASPath: path("65001 65003 65002"), Communities: comms("65000:1", "65000:2"), Origin: network.OriginIncomplete},
			{ASPath: path("65001 65002 {65003,65004}"), Communities: comms("65000:1", "65000:2", "65000:33"), MED: 7, HasMED: true},
			{ASPath: path("65001 65001 4200000000"), Communities: comms("65000:9", "no-peer"), Large: []network.LargeCommunity{{Global: 65000, Data1: 1, Data2: 2}, {Global: 65000, Data1: 3, Data2: 4}}, Origin: network.OriginEGP},
		} {
			prefix := netip.MustParsePrefix(p)
			if i > 0 { // the same prefix a little longer, to have one path for each
				if prefix.Bits() == 0 {
					continue
				}
				prefix = netip.PrefixFrom(prefix.Addr(), prefix.Bits()+i)
			}
			a.NextHop = addr([]string{"192.0.2.9", "198.51.100.1"}[i%2])
			out = append(out, Route{Prefix: prefix.Masked(), Attributes: &a})
		}
	}
	slices.SortFunc(out, func(a, b Route) int { return strings.Compare(a.Prefix.String(), b.Prefix.String()) })
	return slices.CompactFunc(out, func(a, b Route) bool { return a.Prefix == b.Prefix })
}

func (g *generator) prefixes() []netip.Prefix {
	var out []netip.Prefix
	for _, r := range g.routes() {
		out = append(out, r.Prefix)
	}
	return out
}

func (g *generator) matches() [][]frrClause {
	m := func(line string, c network.Condition) frrClause { return frrClause{line: "match " + line, m: c} }
	return [][]frrClause{
		{m("ip address prefix-list TEN", network.MatchPrefix{Set: "TEN"}), m("ip address prefix-list EXCEPT", network.MatchPrefix{Set: "EXCEPT"}),
			m("ip address prefix-list NOWHERE", network.MatchPrefix{Set: "NOWHERE"}), m("ip address prefix-list TEN", network.MatchPrefix{Set: "TEN"})},
		{m("as-path FROM2", network.MatchASPath{Set: "FROM2"}), m("as-path NOT2", network.MatchASPath{Set: "NOT2"}), m("as-path ANY", network.MatchASPath{Set: "ANY"}),
			m("as-path NUMBERS", network.MatchASPath{Set: "NUMBERS"}), m("as-path NOWHERE", network.MatchASPath{Set: "NOWHERE"})},
		{m("community BOTH", network.MatchCommunity{Set: "BOTH"}), m("community BOTH exact-match", network.MatchCommunity{Set: "BOTH", Option: network.MatchExact}),
			m("community EITHER", network.MatchCommunity{Set: "EITHER"}), m("community EXPANDED", network.MatchCommunity{Set: "EXPANDED"}),
			m("community DENY1", network.MatchCommunity{Set: "DENY1"}), m("community EITHER exact-match", network.MatchCommunity{Set: "EITHER", Option: network.MatchExact})},
		{m("large-community LARGE", network.MatchCommunity{Set: "LARGE", Kind: network.LargeCommunityKind}),
			m("large-community LARGE exact-match", network.MatchCommunity{Set: "LARGE", Kind: network.LargeCommunityKind, Option: network.MatchExact})},
		{m("metric 50", network.MatchMED{Value: 50})},
		{m("local-preference 200", network.MatchLocalPref{Value: 200}), m("local-preference 100", network.MatchLocalPref{Value: 100}), m("local-preference 0", network.MatchLocalPref{Value: 0})},
		{m("origin egp", network.MatchOrigin{Value: network.OriginEGP}), m("origin igp", network.MatchOrigin{})},
		{m("ip next-hop prefix-list HOSTS", network.MatchNextHop{Set: "HOSTS"}), m("ip next-hop address 198.51.100.1", network.MatchNextHop{Address: addr("198.51.100.1")})},
		{m("peer 127.0.0.2", network.MatchNeighbor{Address: addr("127.0.0.2")}), m("peer 127.0.0.9", network.MatchNeighbor{Address: addr("127.0.0.9")}), m("peer local", network.MatchNeighbor{Local: true})},
	}
}

func (g *generator) sets() [][]frrClause {
	s := func(line string, a network.Action) frrClause { return frrClause{line: "set " + line, a: a} }
	return [][]frrClause{
		{s("local-preference 200", network.SetLocalPref{Value: 200}), s("local-preference +20", network.SetLocalPref{Op: network.Add, Value: 20}), s("local-preference -20", network.SetLocalPref{Op: network.Subtract, Value: 20})},
		{s("metric 50", network.SetMED{Value: 50}), s("metric +5", network.SetMED{Op: network.Add, Value: 5}), s("metric -60", network.SetMED{Op: network.Subtract, Value: 60}),
			s("metric +4294967290", network.SetMED{Op: network.Add, Value: 4294967290})},
		{s("as-path prepend 65010 65011", network.PrependASPath{AS: []uint32{65010, 65011}, ConfedGoes: true}), s("as-path prepend last-as 2", network.PrependASPath{LastAS: true, Repeat: 2, ConfedGoes: true})},
		{s("as-path exclude 65002", network.ExcludeASPath{AS: []uint32{65002}}), s("as-path exclude 65001 65003", network.ExcludeASPath{AS: []uint32{65001, 65003}})},
		{s("community 65000:5 65000:1", network.SetCommunity{Values: comms("65000:1", "65000:5")}), s("community 65000:5 additive", network.SetCommunity{Mode: network.AddTo, Values: comms("65000:5")}),
			s("community none", network.SetCommunity{})},
		{s("comm-list BOTH delete", network.SetCommunity{Mode: network.RemoveFrom, Set: "BOTH"}), s("comm-list EXPANDED delete", network.SetCommunity{Mode: network.RemoveFrom, Set: "EXPANDED"}),
			s("comm-list DENY1 delete", network.SetCommunity{Mode: network.RemoveFrom, Set: "DENY1"})},
		{s("large-community 65000:9:9 additive", network.SetLargeCommunity{Mode: network.AddTo, Values: []network.LargeCommunity{{Global: 65000, Data1: 9, Data2: 9}}}),
			s("large-community none", network.SetLargeCommunity{})},
		{s("large-comm-list LARGE delete", network.SetLargeCommunity{Mode: network.RemoveFrom, Set: "LARGE"})},
		{s("origin incomplete", network.SetOrigin{Value: network.OriginIncomplete})},
		{s("weight 7", network.SetWeight{Value: 7})},
		{s("ip next-hop 192.0.2.77", network.SetNextHop{Address: addr("192.0.2.77")})},
	}
}

// pick takes one variant from each of a few kinds.
func (g *generator) pick(kinds [][]frrClause, most int) []frrClause {
	var out []frrClause
	for _, i := range g.r.Perm(len(kinds))[:g.r.IntN(most+1)] {
		out = append(out, kinds[i][g.r.IntN(len(kinds[i]))])
	}
	return out
}

func (g *generator) routeMap(name string) {
	p := routeMap(name)
	var b strings.Builder
	entries := 1 + g.r.IntN(4)
	for i := 1; i <= entries; i++ {
		st := entry(10 * i)
		kind := "permit"
		if g.r.IntN(4) == 0 {
			kind, st.Result = "deny", network.Reject
		}
		fmt.Fprintf(&b, "route-map %s %s %d\n", name, kind, 10*i)
		for _, c := range g.pick(g.matches(), 2) {
			fmt.Fprintf(&b, " %s\n", c.line)
			st.Match = append(st.Match, c.m)
		}
		for _, c := range g.pick(g.sets(), 3) {
			fmt.Fprintf(&b, " %s\n", c.line)
			st.Set = append(st.Set, c.a)
		}
		if st.Result == network.Reject { // bgpd refuses on-match on a deny entry
			p.Statements = append(p.Statements, st)
			continue
		}
		switch g.r.IntN(8) {
		case 0, 1:
			b.WriteString(" on-match next\n")
			onNext(&st)
		case 2:
			to := 10*i + 5 + g.r.IntN(20)
			fmt.Fprintf(&b, " on-match goto %d\n", to)
			goTo(to)(&st)
		case 3:
			if len(g.order) > 0 {
				to := g.order[g.r.IntN(min(len(g.order), 10))] // deep chains take bgpd minutes to read
				if g.r.IntN(5) == 0 {
					to = "NOWHERE"
				}
				fmt.Fprintf(&b, " call %s\n", to)
				calls(to)(&st)
			}
		}
		p.Statements = append(p.Statements, st)
	}
	if g.text == nil {
		g.text = map[string]string{}
	}
	g.order = append(g.order, name)
	g.text[name] = b.String()
	g.policies = append(g.policies, p)
}

func (g *generator) router() *network.Router {
	r := router(g.policies...)
	under := `(?:^|[,{}() ]|$)`
	r.ASPathSets = append(r.ASPathSets,
		&network.ASPathSet{Name: "FROM2", Entries: []network.ASPathEntry{{Pattern: under + "65002$"}}},
		&network.ASPathSet{Name: "ANY", Entries: []network.ASPathEntry{{Pattern: ".*"}}},
		&network.ASPathSet{Name: "NUMBERS", Entries: []network.ASPathEntry{{Pattern: `^65001( [0-9]+)?( 6500[23])+` + under}}})
	return r
}

func (g *generator) config() string {
	var b strings.Builder
	b.WriteString(`ip prefix-list TEN seq 5 permit 10.0.0.0/8 le 24
ip prefix-list EXCEPT seq 5 deny 10.1.0.0/16 le 32
ip prefix-list EXCEPT seq 10 permit 10.0.0.0/8 le 32
ip prefix-list HOSTS seq 5 permit 192.0.2.0/24 le 32
bgp as-path access-list FROM2 permit _65002$
bgp as-path access-list NOT2 deny _65002_
bgp as-path access-list NOT2 permit .*
bgp as-path access-list ANY permit .*
bgp as-path access-list NUMBERS permit ^65001( [0-9]+)?( 6500[23])+_
bgp community-list standard BOTH permit 65000:1 65000:2
bgp community-list standard EITHER permit 65000:1
bgp community-list standard EITHER permit 65000:2
bgp community-list standard DENY1 deny 65000:1
bgp community-list standard DENY1 permit internet
bgp community-list expanded EXPANDED deny 65000:9
bgp community-list expanded EXPANDED permit 65000:[0-9]+
bgp large-community-list standard LARGE permit 65000:1:2
`)
	for _, n := range g.order {
		b.WriteString(g.text[n])
		b.WriteString("exit\n")
	}
	return b.String()
}
