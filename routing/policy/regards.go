package policy

import "github.com/routegate/routegate/network"

// Regards are the values by which policies tell AS paths and standard communities apart: two routes that differ in others alone
// fare alike, and what a policy adds or takes away it adds to or takes away from both. The zero value is that of policies that look at neither.
type Regards struct {
	ASes        []uint32
	Communities []network.Community
	// Lengths: the length of the AS path is matched. Rewrites: ASes are put in front of it.
	Lengths, Rewrites bool
	// Whole: there is more to it (expressions over text, programs, counts, clauses that are not simulated): nothing that differs is alike.
	Whole bool
}

// Regards says by which values the policies of a chain tell routes apart, through every policy that it calls.
func (e *Evaluator) Regards(c network.PolicyChain) Regards {
	g := regarder{e: e, seen: map[string]bool{}}
	for _, ref := range c.Policies {
		g.policy(ref.Name)
	}
	return g.out
}

// PathSetRegards is Regards of a filter list.
func (e *Evaluator) PathSetRegards(name string) Regards {
	g := regarder{e: e}
	g.paths(name)
	return g.out
}

type regarder struct {
	e    *Evaluator
	seen map[string]bool
	out  Regards
}

func (g *regarder) policy(name string) {
	if g.seen[name] {
		return
	}
	g.seen[name] = true
	p := g.e.policies[name]
	if p == nil {
		return
	}
	g.out.Whole = g.out.Whole || p.Program != nil
	for i := range p.Statements {
		s := &p.Statements[i]
		for _, c := range s.Match {
			g.condition(c)
		}
		for _, a := range s.Set {
			g.action(a)
		}
		if s.Call.IsSet() {
			g.policy(s.Call.Name)
		}
	}
}

func (g *regarder) condition(c network.Condition) {
	switch c := c.(type) {
	case network.MatchASPath:
		g.paths(c.Set)
	case network.MatchASPathLength:
		g.out.Lengths = true
	case network.MatchCommunity:
		if c.Kind == network.StandardCommunity {
			g.communities(c.Set)
		}
	case network.MatchPrefix, network.MatchPrefixLength, network.MatchNextHop, network.MatchRouteSource, network.MatchNeighbor, network.MatchLocalPref, network.MatchMED,
		network.MatchTag, network.MatchOrigin, network.MatchInterface, network.MatchRouteType, network.MatchSource, network.MatchFamily, network.MatchNever:
	default: // a count of communities, RPKI, which asks for the origin, and what is not simulated
		g.out.Whole = true
	}
}

func (g *regarder) action(a network.Action) {
	switch a := a.(type) {
	case network.PrependASPath:
		g.out.Rewrites = true
		g.out.ASes = append(g.out.ASes, a.AS...)
	case network.SetCommunity:
		g.out.Whole = g.out.Whole || len(a.Patterns) > 0
		g.out.Communities = append(g.out.Communities, a.Values...)
		if a.Set != "" {
			g.communities(a.Set)
		}
	case network.SetLocalPref, network.SetMED, network.SetWeight, network.SetTag, network.SetOrigin, network.SetDistance, network.SetMetricType, network.SetNextHop,
		network.SetLargeCommunity, network.SetExtCommunity, network.SetAtomicAggregate, network.SetAggregator, network.SetOriginatorID:
	default: // ASes that are taken out or replaced, and what is not simulated
		g.out.Whole = true
	}
}

// paths are those of an AS path set: of its expressions only those about one AS are understood.
func (g *regarder) paths(name string) {
	s := g.e.asPathSets[name]
	if s == nil {
		return
	}
	for _, p := range s.patterns {
		switch {
		case p.simple == nil:
			g.out.Whole = true
		case p.simple.kind == simpleAS:
			g.out.ASes = append(g.out.ASes, p.simple.as)
		}
	}
}

func (g *regarder) communities(name string) {
	s := g.e.communitySets[communitySetKey{network.StandardCommunity, name}]
	if s == nil {
		return
	}
	for i := range s.Entries {
		x := &s.Entries[i]
		g.out.Whole = g.out.Whole || x.Pattern != ""
		g.out.Communities = append(g.out.Communities, x.Values...)
	}
}
