package gobgp

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/osrg/gobgp/v3/pkg/config/oc"

	"github.com/routegate/routegate/network"
)

// policies reads the policy definitions as they reach GoBGP's policy engine: through the structures of
// its API (toStatementApi in internal/pkg/table/policy.go), on which way some conditions get lost.
func (p *parser) policies() {
	list := p.root.get("policy-definitions")
	statements := map[string]bool{}
	for i, d := range p.conf.PolicyDefinitions {
		at := list.item(i)
		switch {
		case d.Name == "":
			p.fail(at, "name = \"...\" under [[policy-definitions]]", "a policy without a name: gobgpd would drop all policies without a word")
		case slices.ContainsFunc(p.router.Policies, func(x *network.Policy) bool { return x.Name == d.Name }):
			p.fail(at, "gobgpd would log \"duplicated policy name\" and run on without any policy at all: everything is accepted and announced", "%s", duplicate("policy", d.Name))
		}
		if p.err != nil {
			return
		}
		policy := &network.Policy{Name: d.Name, Default: network.Next, Span: p.span(at)}
		for j := range d.Statements {
			s := &d.Statements[j]
			n := at.get("statements").item(j)
			if s.Name == "" {
				s.Name = fmt.Sprintf("%s_stmt%d", d.Name, j)
			}
			if statements[s.Name] {
				p.fail(n, "names of statements are unique in the whole file: gobgpd would log \"duplicated statement name\" and run on without any policy at all", "%s", duplicate("statement", s.Name))
				return
			}
			statements[s.Name] = true
			policy.Statements = append(policy.Statements, p.statement(s, j, n))
		}
		p.router.Policies = append(p.router.Policies, policy)
	}
	slices.SortFunc(p.router.Policies, func(a, b *network.Policy) int { return cmp.Compare(a.Name, b.Name) })
}

func (p *parser) statement(s *oc.Statement, index int, n *node) network.Statement {
	out := network.Statement{Name: s.Name, Sequence: index + 1, Span: p.span(n)}
	out.Match = p.conditions(&s.Conditions, s, n.get("conditions"))
	out.Set = p.actions(&s.Actions.BgpActions, n.get("actions", "bgp-actions"))
	switch d := s.Actions.RouteDisposition; d {
	case oc.ROUTE_DISPOSITION_ACCEPT_ROUTE:
		out.Result = network.Accept
	case oc.ROUTE_DISPOSITION_REJECT_ROUTE:
		out.Result = network.Reject
	case "", oc.ROUTE_DISPOSITION_NONE:
	default:
		p.not(n.get("actions", "route-disposition"), network.AffectsRoutes, "GoBGP does not know %q and goes on with the next statement", string(d))
	}
	return out
}

// missing notes a condition on a set that does not exist: gobgpd then loads none of the policies and opens its sessions
// without them (tried with 3.10 and 3.37), unless it was started with --config-strict. The router is read as it runs: such a
// network can be mended, and what the loss of the policies does is seen.
func (p *parser) missing(there bool) { p.unloaded = p.unloaded || !there }

func inBrackets(hint string) string {
	if hint == "" {
		return ""
	}
	return " (" + hint + ")"
}

// unload takes every policy from where it is applied, where gobgpd loads none.
func (p *parser) unload() {
	if !p.unloaded {
		return
	}
	p.bgp.LocalImport = network.PolicyChain{}
	p.bgp.Missing.PoliciesUnloaded = true
	bare := func(n *network.Neighbor) {
		for f := range n.Families {
			n.Families[f].Import, n.Families[f].Export = network.PolicyChain{}, network.PolicyChain{}
		}
	}
	for _, list := range append(slices.Collect(maps.Values(p.enslaved)), p.bgp.Neighbors) {
		for _, n := range list {
			bare(n)
		}
	}
	for _, g := range p.bgp.PeerGroups {
		bare(&g.Template)
	}
}

func (p *parser) conditions(c *oc.Conditions, s *oc.Statement, n *node) []network.Condition {
	var out []network.Condition
	r := p.router
	if name := c.MatchPrefixSet.PrefixSet; name != "" {
		at := n.get("match-prefix-set")
		p.missing(r.PrefixSet(network.PrefixList, name) != nil)
		out = append(out, network.MatchPrefix{Pos: p.pos(at), Set: name, Kind: network.PrefixList, Option: p.restricted(c.MatchPrefixSet.MatchSetOptions, at)})
	}
	if name := c.MatchNeighborSet.NeighborSet; name != "" {
		at := n.get("match-neighbor-set")
		set := r.NeighborSet(name)
		p.missing(set != nil)
		// An empty set matches every neighbor, inverted or not.
		if set == nil || len(set.Prefixes) > 0 {
			out = append(out, network.MatchNeighbor{Pos: p.pos(at), Set: name, Option: p.restricted(c.MatchNeighborSet.MatchSetOptions, at)})
		}
	}
	b, bn := &c.BgpConditions, n.get("bgp-conditions")
	if op, ok := p.comparison(b.CommunityCount.Operator, b.CommunityCount.Value, bn.get("community-count")); ok {
		out = append(out, network.MatchCommunityCount{Pos: p.pos(bn.get("community-count")), Op: op, Value: b.CommunityCount.Value})
	}
	if op, ok := p.comparison(b.AsPathLength.Operator, b.AsPathLength.Value, bn.get("as-path-length")); ok {
		out = append(out, network.MatchASPathLength{Pos: p.pos(bn.get("as-path-length")), Op: op, Value: b.AsPathLength.Value})
	}
	out = p.routeConditions(out, b, bn)
	p.origin(&out, s, bn)
	if name := b.MatchAsPathSet.AsPathSet; name != "" {
		at := bn.get("match-as-path-set")
		p.missing(r.ASPathSet(name) != nil)
		out = append(out, network.MatchASPath{Pos: p.pos(at), Set: name, Option: p.option(b.MatchAsPathSet.MatchSetOptions, at)})
	}
	out = p.matchCommunity(out, network.StandardCommunity, b.MatchCommunitySet.CommunitySet, b.MatchCommunitySet.MatchSetOptions, bn.get("match-community-set"))
	out = p.matchCommunity(out, network.ExtCommunityKind, b.MatchExtCommunitySet.ExtCommunitySet, b.MatchExtCommunitySet.MatchSetOptions, bn.get("match-ext-community-set"))
	out = p.matchCommunity(out, network.LargeCommunityKind, b.MatchLargeCommunitySet.LargeCommunitySet, b.MatchLargeCommunitySet.MatchSetOptions, bn.get("match-large-community-set"))
	return p.inLists(out, b, bn)
}

// matchCommunity reads a condition on communities of a kind.
func (p *parser) matchCommunity(out []network.Condition, kind network.CommunityKind, name string, o oc.MatchSetOptionsType, at *node) []network.Condition {
	if name == "" {
		return out
	}
	r := p.router
	p.missing(r.CommunitySet(kind, name) != nil)
	option := p.option(o, at)
	if kind == network.ExtCommunityKind && option != network.MatchAny {
		// ExtCommunityCondition.Evaluate goes over the route's communities, and keeps the answer of the last.
		p.not(at.get("match-set-options"), network.AffectsRoutes, "what GoBGP makes of %s over extended communities depends on their order, which is not simulated", option)
	}
	return append(out, network.MatchCommunity{Pos: p.pos(at), Set: name, Kind: kind, Option: option})
}

// routeConditions reads route-type and rpki-validation-result.
func (p *parser) routeConditions(out []network.Condition, b *oc.BgpConditions, n *node) []network.Condition {
	switch v := b.RpkiValidationResult; v {
	case "", oc.RPKI_VALIDATION_RESULT_TYPE_NONE:
	case oc.RPKI_VALIDATION_RESULT_TYPE_VALID, oc.RPKI_VALIDATION_RESULT_TYPE_INVALID:
		out = append(out, network.MatchRPKI{Pos: p.pos(n.get("rpki-validation-result")), State: string(v)})
	case oc.RPKI_VALIDATION_RESULT_TYPE_NOT_FOUND:
		out = append(out, network.MatchRPKI{Pos: p.pos(n.get("rpki-validation-result")), State: "notfound"})
	default:
		p.not(n.get("rpki-validation-result"), network.AffectsRoutes, "GoBGP does not know %q and leaves the condition out", string(v))
	}
	at := n.get("route-type")
	switch v := b.RouteType; v {
	case "", oc.ROUTE_TYPE_NONE:
	case oc.ROUTE_TYPE_INTERNAL:
		out = append(out, network.MatchRouteType{Pos: p.pos(at), Type: network.RouteInternal})
	case oc.ROUTE_TYPE_EXTERNAL:
		out = append(out, network.MatchRouteType{Pos: p.pos(at), Type: network.RouteExternal})
	case oc.ROUTE_TYPE_LOCAL:
		out = append(out, network.MatchRouteType{Pos: p.pos(at), Type: network.RouteLocal})
	default:
		p.fail(at, "internal, external or local", "route-type %q: gobgpd would drop all policies without a word", string(v))
	}
	return out
}

// origin reads origin-eq, which v3.37 loses on the way: toStatementApi looks at the statement's
// set-route-origin instead, so that the condition holds for that origin, or is not there.
func (p *parser) origin(out *[]network.Condition, s *oc.Statement, n *node) {
	at := n.get("origin-eq")
	if s.Conditions.BgpConditions.OriginEq.ToInt() == -1 {
		if at != nil {
			p.not(at, network.AffectsRoutes, "GoBGP does not know this origin and leaves the condition out")
		}
		return
	}
	p.not(at, network.AffectsRoutes, "GoBGP v3.37 loses this condition when it loads the file")
	if o, ok := originOf(s.Actions.BgpActions.SetRouteOrigin); ok {
		*out = append(*out, network.MatchOrigin{Pos: p.pos(at), Value: o})
	}
}

func originOf(o oc.BgpOriginAttrType) (network.Origin, bool) {
	i := o.ToInt()
	return network.Origin(max(i, 0)), i >= 0
}

// inLists reads next-hop-in-list and afi-safi-in-list.
func (p *parser) inLists(out []network.Condition, b *oc.BgpConditions, n *node) []network.Condition {
	if len(b.NextHopInList) > 0 {
		at := n.get("next-hop-in-list")
		out = append(out, network.MatchNextHop{Pos: p.pos(at), Prefixes: p.prefixes(b.NextHopInList, at)})
	}
	if b.AfiSafiInList == nil {
		return out
	}
	at := n.get("afi-safi-in-list")
	match := network.MatchFamily{Pos: p.pos(at)}
	for i, name := range b.AfiSafiInList {
		if f, ok := familyOf(name); ok {
			match.Families = append(match.Families, f)
		} else if name.Validate() != nil {
			p.not(at.item(i), network.AffectsRoutes, "GoBGP does not know the address family %q and leaves it out", string(name))
		}
	}
	return append(out, match)
}

// comparison reads eq, ge and le, also in OpenConfig's long forms.
func (p *parser) comparison(o oc.AttributeComparison, value uint32, n *node) (network.Comparison, bool) {
	if o == "" {
		if n != nil && value != 0 {
			p.not(n, network.AffectsRoutes, "without an operator GoBGP leaves the condition out")
		}
		return 0, false
	}
	i := o.ToInt()
	if i < 0 {
		p.fail(n.get("operator"), "eq, ge or le", "operator %q: gobgpd would drop all policies without a word", string(o))
		return 0, false
	}
	return network.Comparison(i % 3), true
}

// restricted reads any and invert; what GoBGP does not know it takes for any.
func (p *parser) restricted(o oc.MatchSetOptionsRestrictedType, at *node) network.MatchOption {
	switch o {
	case oc.MATCH_SET_OPTIONS_RESTRICTED_TYPE_INVERT:
		return network.MatchInvert
	case "", oc.MATCH_SET_OPTIONS_RESTRICTED_TYPE_ANY:
	default:
		p.not(at.get("match-set-options"), network.AffectsRoutes, "GoBGP does not know %q here and takes it for any", string(o))
	}
	return network.MatchAny
}

// option reads any, all and invert.
func (p *parser) option(o oc.MatchSetOptionsType, at *node) network.MatchOption {
	switch o {
	case "", oc.MATCH_SET_OPTIONS_TYPE_ANY:
	case oc.MATCH_SET_OPTIONS_TYPE_ALL:
		return network.MatchAll
	case oc.MATCH_SET_OPTIONS_TYPE_INVERT:
		return network.MatchInvert
	default:
		p.fail(at.get("match-set-options"), "any, all or invert", "match-set-options %q: gobgpd would drop all policies without a word", string(o))
	}
	return network.MatchAny
}
