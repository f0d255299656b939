package gate

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/bgp"
)

// lostHere is a route that a router of the finding has no more.
func (q *inquiry) lostHere(f *Finding, routers []string, x netip.Prefix) (Chain, bool) {
	return q.routeOf(f, routers, x, false)
}

// newHere is a route that a router of the finding has for the first time.
func (q *inquiry) newHere(f *Finding, routers []string, x netip.Prefix) (Chain, bool) {
	return q.routeOf(f, routers, x, true)
}

func (q *inquiry) routeOf(f *Finding, routers []string, x netip.Prefix, gain bool) (Chain, bool) {
	c := q.follow(gain)
	for _, router := range routers {
		for _, vrf := range vrfNames(c.with.net.Router(router)) {
			_, had := c.with.res.Best(router, vrf, x)
			if _, has := c.without.res.Best(router, vrf, x); !had || has {
				continue
			}
			c.lostRoute(router, vrf, x)
			if out, ok := q.tabled(f, c.lossWords(router, vrf, x), router, vrf, x, c); ok {
				return out, true
			}
		}
	}
	return Chain{}, false
}

// lossWords says what a chain about a BGP route of a router ends with. A route of the main table that stands in its place is named.
func (c *causes) lossWords(router, vrf string, x netip.Prefix) string {
	if c.before {
		return fmt.Sprintf("%s has a route to %s now", router, x)
	}
	if r, ok := c.without.res.Route(router, vrf, x); ok {
		return fmt.Sprintf("%s has no BGP route to %s any more, and uses the %s route in its place", router, x, r.Protocol)
	}
	return fmt.Sprintf("%s has no route to %s any more", router, x)
}

func vrfNames(r *network.Router) []string {
	var out []string
	if r != nil {
		for _, v := range r.VRFs {
			out = append(out, v.Name)
		}
	}
	return out
}

// withdrawn is an announcement that a neighbor outside does not hear any more.
func (q *inquiry) withdrawn(f *Finding, routers []string, x netip.Prefix) (Chain, bool) {
	return q.announcement(f, routers, x, false)
}

// leaked is an announcement that a neighbor outside hears for the first time.
func (q *inquiry) leaked(f *Finding, routers []string, x netip.Prefix) (Chain, bool) {
	return q.announcement(f, routers, x, true)
}

func (q *inquiry) announcement(f *Finding, routers []string, x netip.Prefix, gain bool) (Chain, bool) {
	c := q.follow(gain)
	for _, s := range c.with.res.Receivers(x) {
		if len(routers) > 0 && !slices.Contains(routers, s.Router) || hears(c.without, x, s) {
			continue
		}
		c.notTold(s, x)
		loss := fmt.Sprintf("%s does not tell %s about %s any more", s.Router, c.with.neighborWords(s), x)
		if gain {
			loss = fmt.Sprintf("%s now tells %s about %s", s.Router, c.with.neighborWords(s), x)
		}
		return q.tabled(f, loss, s.Router, s.VRF, x, c)
	}
	return Chain{}, false
}

// notTold is why a neighbor outside does not hear of a prefix any more: x is the session on the side that tells it.
func (c *causes) notTold(x *bgp.Session, p netip.Prefix) {
	y := c.without.session(x.Router, x.VRF, x.Neighbor)
	if y == nil || y.State != bgp.Established {
		c.lostSession(x, y)
		if best, ok := c.with.res.Best(x.Router, x.VRF, p); ok {
			rt := exportOf(x, p, &best)
			c.passes(x, &rt, "sends "+p.String()+" to "+c.named(x))
		}
		return
	}
	if y.Remote != "" && x.Remote == "" {
		c.alteredEnds(x, y)
		c.add(x.Router, x.Config.Span, y.Config.Span, "neighbor %s is %s, and so not outside", y.Neighbor, y.Remote)
		return
	}
	if _, has := c.without.res.Best(x.Router, x.VRF, p); has {
		c.notSent(y, p)
		return
	}
	c.lostRoute(x.Router, x.VRF, p)
}

func hears(s *side, x netip.Prefix, of *bgp.Session) bool {
	return slices.ContainsFunc(s.res.Receivers(x), func(y *bgp.Session) bool {
		return y.Router == of.Router && y.VRF == of.VRF && y.Neighbor == of.Neighbor
	})
}

// unreached is a packet from a router of the finding that does not arrive any more.
func (q *inquiry) unreached(f *Finding, routers []string, x netip.Prefix) (Chain, bool) {
	to := representative(x)
	if probes := q.before.probes(x); len(probes) > 0 {
		to = probes[0]
	}
	if len(routers) == 0 {
		routers = q.routerNames()
	}
	good := func(*side) func(*routing.Trace) bool { return anywhere }
	if q.before.isOurs(x) {
		good = func(s *side) func(*routing.Trace) bool { return s.toOurs(s.originators(x)) }
	}
	for _, router := range routers {
		if c, ok := q.lostPacket(f, seat{router: router}, x, to, good); ok {
			return c, true
		}
	}
	return Chain{}, false
}

// lostPacket is why a packet does not get to where it got: a route that the router has no more at which it ends, else a part of its way that is gone, else one where
// it goes elsewhere. good says which ends count as arriving; x is the prefix whose table is shown.
func (q *inquiry) lostPacket(f *Finding, from seat, x netip.Prefix, to netip.Addr, good func(*side) func(*routing.Trace) bool) (Chain, bool) {
	if q.before.net.Router(from.router) == nil || q.after.net.Router(from.router) == nil || !q.before.arrivesIn(from, to, good(q.before)).ok {
		return Chain{}, false
	}
	end := q.after.arrivesIn(from, to, good(q.after))
	if end.ok {
		return Chain{}, false
	}
	c := q.follow(false)
	if was, ok := q.before.res.Lookup(end.at, from.vrf, to); ok && was.Protocol == network.BGPProtocol {
		c.lostRoute(end.at, from.vrf, was.Prefix)
		x = was.Prefix
	}
	arrives := good(q.after)
	for _, step := range []func(){
		func() { c.lostWay(end.at, from.vrf, to) },
		func() { c.lostWay(from.router, from.vrf, to) },
		func() {
			traces := q.after.res.Trace(from.router, from.vrf, to, 0)
			if i := slices.IndexFunc(traces, func(t routing.Trace) bool { return !arrives(&t) }); i >= 0 {
				c.movedWay(&traces[i])
				c.endsHere(&traces[i])
			}
		},
	} {
		if len(c.out) == 0 {
			step()
		}
	}
	loss := fmt.Sprintf("packets from %s to %s do not arrive: at %s: %s", from.router, to, end.at, end.outcome)
	if q.before.res.Entry(end.at, from.vrf, x) == nil && q.after.res.Entry(end.at, from.vrf, x) == nil {
		return q.tabled(f, loss, from.router, from.vrf, x, c) // BGP has it where they start, if anywhere
	}
	return q.tabled(f, loss, end.at, from.vrf, x, c)
}

// moved is a route that a router of the finding has by another path: why that one is preferred.
func (q *inquiry) moved(f *Finding, routers []string, x netip.Prefix) (Chain, bool) {
	for _, router := range routers {
		for _, vrf := range vrfNames(q.after.net.Router(router)) {
			was, had := q.before.res.Best(router, vrf, x)
			is, has := q.after.res.Best(router, vrf, x)
			if !had || !has || was.Neighbor == is.Neighbor {
				continue
			}
			c := q.follow(false)
			c.movedRoute(router, vrf, x)
			return q.tabled(f, fmt.Sprintf("%s has %s by another path", router, x), router, vrf, x, c)
		}
	}
	return Chain{}, false
}

func wordOr(word, otherwise string) string {
	if word == "" {
		return otherwise
	}
	return word
}

// takesIn is the entry of the import policy that let a best path in; nothing where there is no policy.
func (s *side) takesIn(router, vrf string, b *bgp.Path, x netip.Prefix) network.Span {
	y, r := s.session(router, vrf, b.Neighbor), s.net.Router(router)
	if y == nil || r == nil || r.VRF(vrf) == nil || r.VRF(vrf).BGP == nil {
		return network.Span{}
	}
	if attrs := heardFrom(s, y, x); attrs != nil {
		rt := importOf(y, x, attrs)
		rt.LocalAS = r.VRF(vrf).BGP.AS
		return s.evaluator(r).Chain(y.Config.Families[network.FamilyOf(x)].Import, rt, r.VRF(vrf).BGP.Missing.Policy).By
	}
	return network.Span{}
}
