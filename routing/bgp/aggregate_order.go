package bgp

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// Why an aggregate is uncertain.
const (
	refusedAggregate = "the aggregate's own route map refuses it for some of its parts: what the router makes of that depends on the order in which they came"
	refusedPart      = "the aggregate's own route map refuses it: the part of it that came last may stay suppressed"
	likeAggregate    = "another route to the aggregate's prefix has the AS path, origin and communities that the aggregate would have: where it comes before the parts, bgpd makes no aggregate"
	atomicAggregate  = "whether the aggregate is marked atomic for its parts depends on whether they were there before its route map"
)

// aggregateDoubts says where the order in which routes came decides about an aggregate (read in 8.4.4's bgp_aggregate_install, seen in
// networks). bgpd makes it anew with every part. Where the aggregate's route map refuses it then, bgpd takes back what it suppressed and counted, but
// not of the part that has just come, which is not in the table yet; and an aggregate that stood until then stays in the
// table, for nothing looks at it again. And to see whether it has the aggregate already, bgpd looks at the newest path to
// the prefix, whosever it is: a neighbor's that is like the aggregate is taken for it, and neither makes room for it later.
func (s *solver) aggregateDoubts() {
	for _, a := range s.aggregates {
		parts, hides := s.parts(a)
		if len(parts) == 0 {
			continue
		}
		doubt := func(p netip.Prefix, why string) {
			s.uncertain[Uncertainty{Router: a.in.router, Prefix: p, Why: why, Arrival: true, Span: a.config.Span}] = true
		}
		if a.path != nil && s.resembled(a, a.gather(parts)) {
			doubt(a.config.Prefix, likeAggregate)
		}
		if !a.config.Policy.IsSet() {
			continue
		}
		refused, accepted, atomic := false, false, false
		judge := func(some []*attrs) {
			if s.combine(a, some) == nil {
				refused = true
			} else {
				accepted = true
			}
		}
		judge(parts)
		seen := map[*attrs]bool{}
		for i, x := range parts {
			if !seen[x] {
				seen[x] = true
				judge(parts[i : i+1])
			}
			atomic = atomic || x.AtomicAggregate
		}
		if refused {
			for _, p := range hides {
				doubt(p, refusedPart)
			}
		}
		switch {
		case refused && accepted:
			doubt(a.config.Prefix, refusedAggregate)
		case accepted && a.asSet() && atomic:
			doubt(a.config.Prefix, atomicAggregate)
		}
	}
}

// resembled reports that a usable path to the aggregate's prefix that is none of its own has what bgpd compares of it: the
// attributes before the aggregate's policy, of which it looks at these alone.
func (s *solver) resembled(a *aggregate, n *network.PathAttributes) bool {
	t := s.tables[a.config.Prefix]
	if t == nil {
		return false
	}
	paths, _ := s.at(t, a.in.id)
	return slices.ContainsFunc(paths, func(c path) bool {
		return c.ok && c.source != FromAggregate && c.attrs.Origin == n.Origin && c.attrs.ASPath.String() == n.ASPath.String() &&
			slices.Equal(c.attrs.Communities, n.Communities) && slices.Equal(c.attrs.Ext, n.Ext) && slices.Equal(c.attrs.Large, n.Large)
	})
}
