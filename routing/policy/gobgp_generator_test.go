package policy

import (
	"fmt"
	"math/rand/v2"
	"net/netip"

	"github.com/osrg/gobgp/v3/pkg/config/oc"

	"github.com/routegate/routegate/network"
)

// gobgpSets are the defined sets in GoBGP's terms, and gobgpRouter the same in ours.
func gobgpSets() oc.DefinedSets {
	d := oc.DefinedSets{
		PrefixSets:   []oc.PrefixSet{{PrefixSetName: "ten", PrefixList: []oc.Prefix{{IpPrefix: "10.0.0.0/8", MasklengthRange: "8..20"}, {IpPrefix: "172.16.0.0/12", MasklengthRange: "12..12"}}}},
		NeighborSets: []oc.NeighborSet{{NeighborSetName: "peers", NeighborInfoList: []string{"10.0.0.1"}}},
	}
	d.BgpDefinedSets.AsPathSets = []oc.AsPathSet{{AsPathSetName: "two", AsPathList: []string{"_65002_", "^65001 65003"}}, {AsPathSetName: "one", AsPathList: []string{"^65001_"}}}
	d.BgpDefinedSets.CommunitySets = []oc.CommunitySet{{CommunitySetName: "both", CommunityList: []string{"65000:1", "65000:2"}}, {CommunitySetName: "nines", CommunityList: []string{"^65000:[39]"}}}
	d.BgpDefinedSets.LargeCommunitySets = []oc.LargeCommunitySet{{LargeCommunitySetName: "large", LargeCommunityList: []string{"65000:1:2"}}}
	return d
}

func gobgpRouter(policies []*network.Policy) *network.Router {
	under := `(?:^|[,{}() ]|$)`
	each := func(p ...string) (out []network.CommunityEntry) {
		for _, x := range p {
			out = append(out, network.CommunityEntry{Pattern: x, Each: true})
		}
		return out
	}
	return &network.Router{Name: "g", VRFs: []*network.VRF{{BGP: &network.BGP{AS: 65000}}}, Policies: policies,
		PrefixSets: []*network.PrefixSet{{Name: "ten", Entries: []network.PrefixRange{
			{Prefix: pfx("10.0.0.0/8"), Min: 8, Max: 20}, {Prefix: pfx("172.16.0.0/12"), Min: 12, Max: 12}}}},
		NeighborSets: []*network.NeighborSet{{Name: "peers", Prefixes: []netip.Prefix{pfx("10.0.0.1/32")}}},
		ASPathSets: []*network.ASPathSet{
			{Name: "two", Entries: []network.ASPathEntry{{Pattern: under + "65002" + under}, {Pattern: "^65001 65003"}}},
			{Name: "one", Entries: []network.ASPathEntry{{Pattern: "^65001" + under}}}},
		CommunitySets: []*network.CommunitySet{
			{Name: "both", Unordered: true, Entries: each("^65000:1$", "^65000:2$")}, {Name: "nines", Unordered: true, Entries: each("^65000:[39]")},
			{Name: "large", Kind: network.LargeCommunityKind, Unordered: true, Entries: each("^65000:1:2$")}}}
}

// gobgpGenerator makes statements in GoBGP's terms and in ours, side by side.
type gobgpGenerator struct {
	r *rand.Rand
	n int
}

func (g *gobgpGenerator) policy(name string) (oc.PolicyDefinition, *network.Policy) {
	d, p := oc.PolicyDefinition{Name: name}, &network.Policy{Name: name}
	for range 1 + g.r.IntN(4) {
		g.n++
		s, m := oc.Statement{Name: fmt.Sprintf("s%d", g.n)}, network.Statement{Name: fmt.Sprintf("s%d", g.n), Sequence: g.n}
		for range g.r.IntN(3) {
			g.condition(&s.Conditions, &m)
		}
		for range g.r.IntN(3) {
			g.action(&s.Actions.BgpActions, &m)
		}
		switch g.r.IntN(4) {
		case 0:
			s.Actions.RouteDisposition, m.Result = oc.ROUTE_DISPOSITION_ACCEPT_ROUTE, network.Accept
		case 1:
			s.Actions.RouteDisposition, m.Result = oc.ROUTE_DISPOSITION_REJECT_ROUTE, network.Reject
		}
		d.Statements, p.Statements = append(d.Statements, s), append(p.Statements, m)
	}
	return d, p
}

var options = []struct {
	oc oc.MatchSetOptionsType
	m  network.MatchOption
}{{oc.MATCH_SET_OPTIONS_TYPE_ANY, network.MatchAny}, {oc.MATCH_SET_OPTIONS_TYPE_ALL, network.MatchAll}, {oc.MATCH_SET_OPTIONS_TYPE_INVERT, network.MatchInvert}}

// condition adds one condition of a kind that the statement does not have yet. Not origin-eq:
// v3.37.0 loses that condition on the way from its file to its table, and the statement
// then matches without it.
func (g *gobgpGenerator) condition(c *oc.Conditions, m *network.Statement) {
	o, name := options[g.r.IntN(3)], []string{"both", "nines"}[g.r.IntN(2)]
	b := &c.BgpConditions
	switch g.r.IntN(8) {
	case 0:
		if c.MatchPrefixSet.PrefixSet == "" {
			c.MatchPrefixSet = oc.MatchPrefixSet{PrefixSet: "ten"}
			mp := network.MatchPrefix{Set: "ten"}
			if g.r.IntN(2) == 0 {
				c.MatchPrefixSet.MatchSetOptions, mp.Option = oc.MATCH_SET_OPTIONS_RESTRICTED_TYPE_INVERT, network.MatchInvert
			}
			m.Match = append(m.Match, mp)
		}
	case 1:
		if b.MatchAsPathSet.AsPathSet == "" {
			set := []string{"one", "two"}[g.r.IntN(2)]
			b.MatchAsPathSet = oc.MatchAsPathSet{AsPathSet: set, MatchSetOptions: o.oc}
			m.Match = append(m.Match, network.MatchASPath{Set: set, Option: o.m})
		}
	case 2:
		if b.MatchCommunitySet.CommunitySet == "" {
			b.MatchCommunitySet = oc.MatchCommunitySet{CommunitySet: name, MatchSetOptions: o.oc}
			m.Match = append(m.Match, network.MatchCommunity{Set: name, Option: o.m})
		}
	case 3:
		if b.MatchLargeCommunitySet.LargeCommunitySet == "" {
			b.MatchLargeCommunitySet = oc.MatchLargeCommunitySet{LargeCommunitySet: "large", MatchSetOptions: o.oc}
			m.Match = append(m.Match, network.MatchCommunity{Set: "large", Kind: network.LargeCommunityKind, Option: o.m})
		}
	case 4:
		if b.AsPathLength.Operator == "" {
			b.AsPathLength = oc.AsPathLength{Operator: oc.ATTRIBUTE_COMPARISON_GE, Value: 3}
			m.Match = append(m.Match, network.MatchASPathLength{Op: network.AtLeast, Value: 3})
		}
	case 5:
		if b.CommunityCount.Operator == "" {
			b.CommunityCount = oc.CommunityCount{Operator: oc.ATTRIBUTE_COMPARISON_LE, Value: 1}
			m.Match = append(m.Match, network.MatchCommunityCount{Op: network.AtMost, Value: 1})
		}
	case 6:
		if b.NextHopInList == nil {
			b.NextHopInList = []string{"192.0.2.0/24"}
			m.Match = append(m.Match, network.MatchNextHop{Prefixes: []netip.Prefix{pfx("192.0.2.0/24")}})
		}
	case 7:
		if b.RouteType == "" {
			b.RouteType = []oc.RouteType{oc.ROUTE_TYPE_LOCAL, oc.ROUTE_TYPE_EXTERNAL}[g.r.IntN(2)]
			m.Match = append(m.Match, network.MatchRouteType{Type: map[oc.RouteType]network.RouteType{oc.ROUTE_TYPE_LOCAL: network.RouteLocal, oc.ROUTE_TYPE_EXTERNAL: network.RouteExternal}[b.RouteType]})
		}
	}
}

// action adds one action of a kind that the statement does not have yet.
func (g *gobgpGenerator) action(b *oc.BgpActions, m *network.Statement) {
	do := func(a network.Action) { m.Set = append(m.Set, a) }
	switch g.r.IntN(7) {
	case 0:
		if b.SetMed == "" {
			i := g.r.IntN(4)
			b.SetMed = []oc.BgpSetMedType{"70", "+5", "-6", "-60"}[i]
			do([]network.SetMED{{Value: 70}, {Op: network.Add, Value: 5, KeepOutOfRange: true}, {Op: network.Subtract, Value: 6, KeepOutOfRange: true}, {Op: network.Subtract, Value: 60, KeepOutOfRange: true}}[i])
		}
	case 1:
		if b.SetLocalPref == 0 {
			b.SetLocalPref = 200
			do(network.SetLocalPref{Value: 200})
		}
	case 2:
		if b.SetAsPathPrepend.As == "" {
			if g.r.IntN(2) == 0 {
				b.SetAsPathPrepend = oc.SetAsPathPrepend{As: "last-as", RepeatN: 2}
				do(network.PrependASPath{LastAS: true, Repeat: 2})
			} else {
				b.SetAsPathPrepend = oc.SetAsPathPrepend{As: "65010", RepeatN: 3}
				do(network.PrependASPath{AS: []uint32{65010}, Repeat: 3})
			}
		}
	case 3, 4:
		if b.SetCommunity.Options == "" {
			switch g.r.IntN(3) {
			case 0:
				b.SetCommunity.Options, b.SetCommunity.SetCommunityMethod.CommunitiesList = "add", []string{"65000:5", "no-export"}
				do(network.SetCommunity{Mode: network.AddTo, Values: comms("65000:5", "no-export")})
			case 1:
				b.SetCommunity.Options, b.SetCommunity.SetCommunityMethod.CommunitiesList = "remove", []string{"65000:1", "^65535:"}
				do(network.SetCommunity{Mode: network.RemoveFrom, Patterns: []string{"^65000:1$", "^65535:"}})
			case 2:
				// With an empty list v3.37.0 loses the action as well.
				b.SetCommunity.Options, b.SetCommunity.SetCommunityMethod.CommunitiesList = "replace", []string{"65000:7"}
				do(network.SetCommunity{Values: comms("65000:7")})
			}
		}
	case 5:
		if b.SetNextHop == "" {
			b.SetNextHop = "192.0.2.200"
			do(network.SetNextHop{Address: addr("192.0.2.200")})
		}
	case 6:
		if b.SetLargeCommunity.Options == "" {
			b.SetLargeCommunity.Options, b.SetLargeCommunity.SetLargeCommunityMethod.CommunitiesList = oc.BGP_SET_COMMUNITY_OPTION_TYPE_ADD, []string{"65000:9:9"}
			do(network.SetLargeCommunity{Mode: network.AddTo, Values: []network.LargeCommunity{{Global: 65000, Data1: 9, Data2: 9}}})
		}
	}
}
