package gate

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
)

// lostHere is a route that a router of the finding has no more.
func (p *pipeline) lostHere(f *Finding, routers []string, x netip.Prefix) (Chain, bool) {
	return p.routeOf(f, routers, x, false)
}

// newHere is a route that a router of the finding has for the first time.
func (p *pipeline) newHere(f *Finding, routers []string, x netip.Prefix) (Chain, bool) {
	return p.routeOf(f, routers, x, true)
}

func (p *pipeline) routeOf(f *Finding, routers []string, x netip.Prefix, gain bool) (Chain, bool) {
	c := p.follow(gain)
	for _, router := range routers {
		for _, vrf := range vrfNames(c.with.net.Router(router)) {
			_, had := c.with.res.Best(router, vrf, x)
			if _, has := c.without.res.Best(router, vrf, x); !had || has {
				continue
			}
			c.lostRoute(router, vrf, x)
			if out, ok := p.tabled(f, c.lossWords(router, vrf, x), router, vrf, x, c); ok {
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
func (p *pipeline) withdrawn(f *Finding, routers []string, x netip.Prefix) (Chain, bool) {
	return p.announcement(f, routers, x, false)
}

// leaked is an announcement that a neighbor outside hears for the first time.
func (p *pipeline) leaked(f *Finding, routers []string, x netip.Prefix) (Chain, bool) {
	return p.announcement(f, routers, x, true)
}

func (p *pipeline) announcement(f *Finding, routers []string, x netip.Prefix, gain bool) (Chain, bool) {
	c := p.follow(gain)
	for _, s := range c.with.res.Receivers(x) {
		if len(routers) > 0 && !slices.Contains(routers, s.Router) || hears(c.without, x, s) {
			continue
		}
		y := c.without.session(s.Router, s.VRF, s.Neighbor)
		switch {
		case y == nil, y.State != bgp.Established:
			c.lostSession(s, y)
		default:
			if _, has := c.without.res.Best(s.Router, s.VRF, x); has {
				c.notSent(y, x)
			} else {
				c.lostRoute(s.Router, s.VRF, x)
			}
		}
		loss := fmt.Sprintf("%s does not tell %s about %s any more", s.Router, c.with.neighborWords(s), x)
		if gain {
			loss = fmt.Sprintf("%s now tells %s about %s", s.Router, c.with.neighborWords(s), x)
		}
		return p.tabled(f, loss, s.Router, s.VRF, x, c)
	}
	return Chain{}, false
}

func hears(s *side, x netip.Prefix, of *bgp.Session) bool {
	return slices.ContainsFunc(s.res.Receivers(x), func(y *bgp.Session) bool {
		return y.Router == of.Router && y.VRF == of.VRF && y.Neighbor == of.Neighbor
	})
}

// unreached is a packet from a router of the finding that does not arrive any more.
func (p *pipeline) unreached(f *Finding, routers []string, x netip.Prefix) (Chain, bool) {
	to := representative(x)
	if probes := p.before.probes(x); len(probes) > 0 {
		to = probes[0]
	}
	if len(routers) == 0 {
		routers = p.routerNames()
	}
	for _, router := range routers {
		if p.before.net.Router(router) == nil || p.after.net.Router(router) == nil || !p.before.arrives(router, to, anywhere).ok {
			continue
		}
		end := p.after.arrives(router, to, anywhere)
		if end.ok {
			continue
		}
		c := p.follow(false)
		if was, ok := p.before.res.Lookup(end.at, "", to); ok && was.Protocol == network.BGPProtocol {
			c.lostRoute(end.at, "", was.Prefix)
			x = was.Prefix
		}
		if len(c.out) == 0 {
			c.lostWay(end.at, "", to)
		}
		if len(c.out) == 0 {
			c.lostWay(router, "", to)
		}
		if out, ok := p.tabled(f, fmt.Sprintf("packets from %s to %s do not arrive: at %s: %s", router, to, end.at, end.outcome), end.at, "", x, c); ok {
			return out, true
		}
	}
	return Chain{}, false
}

// moved is a route that a router of the finding has by another path: why that one is preferred.
func (p *pipeline) moved(f *Finding, routers []string, x netip.Prefix) (Chain, bool) {
	for _, router := range routers {
		was, had := p.before.res.Best(router, "", x)
		is, has := p.after.res.Best(router, "", x)
		if !had || !has || was.Neighbor == is.Neighbor {
			continue
		}
		c := p.follow(false)
		if e := p.after.res.Entry(router, "", x); e != nil && !slices.ContainsFunc(e.Paths, func(q bgp.Path) bool { return q.Neighbor == was.Neighbor }) && was.Neighbor != "" {
			c.lostPath(router, "", x, was.Neighbor)
		}
		t := p.after.tablePrefix(router, "", p.after.res.Entry(router, "", x))
		c.add(router, network.Span{}, p.after.takesIn(router, &is, x), "takes the path from %s instead of that from %s: %s", wordOr(is.Neighbor, "itself"), wordOr(was.Neighbor, "itself"), t.Paths[0].Reason)
		return p.tabled(f, fmt.Sprintf("%s has %s by another path", router, x), router, "", x, c)
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
func (s *side) takesIn(router string, b *bgp.Path, x netip.Prefix) network.Span {
	y, r := s.session(router, "", b.Neighbor), s.net.Router(router)
	if y == nil || r == nil || r.Default().BGP == nil {
		return network.Span{}
	}
	if attrs := heardFrom(s, y, x); attrs != nil {
		rt := importOf(y, x, attrs)
		rt.LocalAS = r.Default().BGP.AS
		return s.evaluator(r).Chain(y.Config.Families[network.FamilyOf(x)].Import, rt, r.Default().BGP.Missing.Policy).By
	}
	return network.Span{}
}
