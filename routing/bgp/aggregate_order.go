package bgp

import (
	"net/netip"
)

// Why an aggregate is uncertain.
const (
	refusedAggregate = "the aggregate's own route map refuses it for some of its parts: what the router makes of that depends on the order in which they came"
	refusedPart      = "the aggregate's own route map refuses it: the part of it that came last may stay suppressed"
	atomicAggregate  = "whether the aggregate is marked atomic for its parts depends on whether they were there before its route map"
)

// aggregateDoubts says where the order in which its parts came decides about an aggregate. bgpd makes it anew with every part. Where
// the aggregate's route map refuses it then, bgpd takes back what it suppressed and counted, but not of the part that has
// just come, which is not in the table yet; and an aggregate that stood until then stays in the table, for nothing looks
// at it again (read in 8.4.4's bgp_aggregate_install, seen in networks).
func (s *solver) aggregateDoubts() {
	for _, a := range s.aggregates {
		if !a.config.Policy.IsSet() {
			continue
		}
		parts, hides := s.parts(a)
		if len(parts) == 0 {
			continue
		}
		doubt := func(p netip.Prefix, why string) {
			s.uncertain[Uncertainty{Router: a.in.router, Prefix: p, Why: why, Arrival: true, Span: a.config.Span}] = true
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
