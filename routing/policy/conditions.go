package policy

import (
	"net/netip"

	"github.com/routegate/routegate/network"
)

// compileCondition resolves names and expressions once.
func (e *Evaluator) compileCondition(c network.Condition) func(*evaluation) verdict {
	switch c := c.(type) {
	case network.MatchPrefix:
		return e.matchPrefix(c)
	case network.MatchPrefixLength:
		return func(ev *evaluation) verdict {
			p := ev.route.Prefix
			return verdictOf(p.IsValid() && network.FamilyOf(p) == c.Family && p.Bits() == int(c.Length))
		}
	case network.MatchNextHop:
		return e.matchNextHop(c)
	case network.MatchRouteSource:
		s := e.prefixSets[prefixSetKey{c.Kind, c.Set}]
		if s == nil {
			return e.missing()
		}
		return func(ev *evaluation) verdict { return s.holdsAddress(ev.route.Peer) }
	case network.MatchNeighbor:
		return e.matchNeighbor(c)
	case network.MatchASPath:
		s := e.asPathSets[c.Set]
		if s == nil {
			return e.missing()
		}
		return func(ev *evaluation) verdict { return s.match(ev.route.Attributes.ASPath, c.Option) }
	case network.MatchASPathLength:
		return func(ev *evaluation) verdict {
			return compare(uint32(ev.route.Attributes.ASPath.Length(false)), c.Op, c.Value)
		}
	case network.MatchCommunity:
		s := e.communitySets[communitySetKey{c.Kind, c.Set}]
		if s == nil {
			return e.missing()
		}
		return func(ev *evaluation) verdict { return s.match(ev.route.Attributes, c.Option) }
	case network.MatchCommunityCount:
		return func(ev *evaluation) verdict {
			return compare(uint32(len(ev.route.Attributes.Communities)), c.Op, c.Value)
		}
	case network.MatchLocalPref:
		// FRR compares the attribute's value and takes an absent one for 0.
		return func(ev *evaluation) verdict { return verdictOf(ev.route.Attributes.LocalPref == c.Value) }
	case network.MatchMED:
		return func(ev *evaluation) verdict { return verdictOf(ev.route.Attributes.MED == c.Value) }
	case network.MatchTag:
		return func(ev *evaluation) verdict { return verdictOf(ev.route.Attributes.Tag == c.Value) }
	case network.MatchOrigin:
		return func(ev *evaluation) verdict { return verdictOf(ev.route.Attributes.Origin == c.Value) }
	case network.MatchInterface:
		return func(ev *evaluation) verdict { return verdictOf(ev.route.Interface == c.Interface) }
	case network.MatchRouteType:
		return func(ev *evaluation) verdict { return verdictOf(ev.route.Type == c.Type) }
	case network.MatchSource:
		return func(ev *evaluation) verdict { return verdictOf(ev.route.Protocol == c.Protocol) }
	case network.MatchFamily:
		return func(ev *evaluation) verdict {
			for _, f := range c.Families {
				if network.FamilyOf(ev.route.Prefix) == f {
					return yes
				}
			}
			return no
		}
	case network.MatchRPKI:
		return func(ev *evaluation) verdict { return verdictOf(ev.route.RPKI == c.State) }
	case network.MatchNever:
		return func(*evaluation) verdict { return no }
	}
	// MatchUnmodelled, and any condition that this package does not know.
	return func(*evaluation) verdict { return unknown }
}

// missing is a condition on a set that does not exist.
func (e *Evaluator) missing() func(*evaluation) verdict {
	v := verdictOf(e.conditionHolds)
	return func(*evaluation) verdict { return v }
}

func compare(have uint32, op network.Comparison, want uint32) verdict {
	switch op {
	case network.AtLeast:
		return verdictOf(have >= want)
	case network.AtMost:
		return verdictOf(have <= want)
	}
	return verdictOf(have == want)
}

// matchPrefix: a set of the other family does not match, inverted or not (GoBGP
// compares the families first; FRR has a command for each).
func (e *Evaluator) matchPrefix(c network.MatchPrefix) func(*evaluation) verdict {
	s := e.prefixSets[prefixSetKey{c.Kind, c.Set}]
	if s == nil {
		return e.missing()
	}
	invert := c.Option == network.MatchInvert
	return func(ev *evaluation) verdict {
		p := ev.route.Prefix
		return verdictOf(s.family(p) && s.accepts(p) != invert)
	}
}

func (e *Evaluator) matchNextHop(c network.MatchNextHop) func(*evaluation) verdict {
	nextHop := func(ev *evaluation) netip.Addr {
		if o := ev.route.OriginalNextHop; o.IsValid() {
			return o
		}
		return ev.route.Attributes.NextHop
	}
	switch {
	case c.Set != "":
		s := e.prefixSets[prefixSetKey{c.Kind, c.Set}]
		if s == nil {
			return e.missing()
		}
		return func(ev *evaluation) verdict { return s.holdsAddress(nextHop(ev)) }
	case c.Address.IsValid():
		return func(ev *evaluation) verdict { return verdictOf(nextHop(ev) == c.Address) }
	}
	return func(ev *evaluation) verdict {
		nh := nextHop(ev)
		for _, p := range c.Prefixes {
			if p.Contains(nh) {
				return yes
			}
		}
		return verdictOf(len(c.Prefixes) == 0)
	}
}

func (e *Evaluator) matchNeighbor(c network.MatchNeighbor) func(*evaluation) verdict {
	invert := c.Option == network.MatchInvert
	switch {
	case c.Local:
		// FRR `match peer local` asks for the place of the route map (network statement,
		// redistribution, default-originate), not for where the route came from.
		return func(ev *evaluation) verdict {
			d := ev.route.Direction
			return verdictOf((d == Redistribute || d == Condition) != invert)
		}
	case c.Interface != "":
		return func(ev *evaluation) verdict { return verdictOf((ev.route.PeerIface == c.Interface) != invert) }
	case c.Address.IsValid():
		return func(ev *evaluation) verdict {
			return verdictOf((ev.route.Peer.WithZone("") == c.Address) != invert)
		}
	}
	s := e.neighborSets[c.Set]
	if s == nil {
		return e.missing()
	}
	return func(ev *evaluation) verdict {
		switch {
		case len(s.Prefixes) == 0: // GoBGP: holds for everybody, inverted or not
			return yes
		case !ev.route.Peer.IsValid(): // a route of one's own has no neighbor to be in or out
			return no
		}
		return verdictOf(neighborIn(s, ev.route.Peer) != invert)
	}
}

func neighborIn(s *network.NeighborSet, a netip.Addr) bool {
	a = a.WithZone("").Unmap()
	for _, p := range s.Prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return len(s.Prefixes) == 0
}
