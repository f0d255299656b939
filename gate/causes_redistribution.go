package gate

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// intake is one redistribution on one side.
type intake struct {
	vrf, into string
	family    network.Family
	line      *network.Redistribution
}

// intakes are a router's redistributions.
func intakes(r *network.Router) []intake {
	var out []intake
	if r == nil {
		return out
	}
	for _, v := range r.VRFs {
		if v.BGP != nil {
			for _, f := range network.Families {
				for i := range v.BGP.Families[f].Redistribute {
					out = append(out, intake{v.Name, "bgp", f, &v.BGP.Families[f].Redistribute[i]})
				}
			}
		}
		for _, o := range v.OSPF {
			for i := range o.Redistribute {
				out = append(out, intake{v.Name, "ospf", network.IPv4Unicast, &o.Redistribute[i]})
			}
		}
	}
	return out
}

// same reports that two redistributions, one of each side, are of the same routes into the same protocol.
func (t *intake) same(o *intake) bool {
	return t.vrf == o.vrf && t.into == o.into && t.family == o.family && t.line.From == o.line.From && t.line.Name == o.line.Name
}

// takes is what a redistribution lets through.
func (s *side) takes(router string, t *intake) map[netip.Prefix]bool {
	out := map[netip.Prefix]bool{}
	r := s.net.Router(router)
	if t == nil || r == nil || r.VRF(t.vrf) == nil {
		return out
	}
	for p := range s.redistributes(r, r.VRF(t.vrf), t.into, t.line, t.family) {
		out[p] = true
	}
	return out
}

// redistributions says what the redistributions of a router for which a test holds bring in on both sides, and where that gets to; it reports whether that differs.
func (c *causes) redistributions(router string, test func(side string, t *intake) bool) bool {
	old, now := intakes(c.with.net.Router(router)), intakes(c.without.net.Router(router))
	pairs := [][2]*intake{}
	for i := range now {
		var was *intake
		if k := slices.IndexFunc(old, func(o intake) bool { return o.same(&now[i]) }); k >= 0 {
			was = &old[k]
		}
		pairs = append(pairs, [2]*intake{was, &now[i]})
	}
	for i := range old {
		if !slices.ContainsFunc(now, func(o intake) bool { return o.same(&old[i]) }) {
			pairs = append(pairs, [2]*intake{&old[i], nil})
		}
	}
	differs := false
	for _, x := range pairs {
		if x[0] != nil && test(c.with.name, x[0]) || x[1] != nil && test(c.without.name, x[1]) {
			differs = c.redistribution(router, x[0], x[1]) || differs
		}
	}
	return differs
}

// redistribution says what one redistribution brings in: was is it before the change, is after it; nil where it is not there. It reports whether that differs.
func (c *causes) redistribution(router string, was, is *intake) bool {
	any := cmp.Or(is, was)
	by := func(t *intake) (network.Span, string) {
		switch {
		case t == nil:
			return network.Span{}, "nothing"
		case t.line.Policy.IsSet():
			return t.line.Span, "what " + t.line.Policy.Name + " accepts"
		}
		return t.line.Span, "everything"
	}
	oldLine, oldBy := by(was)
	line, nowBy := by(is)
	before, after := c.with.takes(router, was), c.without.takes(router, is)
	var fresh, gone []netip.Prefix
	for p := range after {
		if !before[p] {
			fresh = append(fresh, p)
		}
	}
	for p := range before {
		if !after[p] {
			gone = append(gone, p)
		}
	}
	listed := func(lead string, list []netip.Prefix) string {
		if len(list) == 0 {
			return ""
		}
		return lead + prefixWords(list, func(netip.Prefix) string { return "" })
	}
	if len(fresh)+len(gone) == 0 && oldBy == nowBy {
		c.add(router, oldLine, line, "redistributes from %s into %s %s, as before: %d routes", any.line.From, any.into, nowBy, len(after))
		return false
	}
	c.add(router, oldLine, line, "redistributes from %s into %s %s, and did %s: %d routes instead of %d%s%s", any.line.From, any.into, nowBy, oldBy, len(after), len(before),
		listed("; now also ", fresh), listed("; no more ", gone))
	if any.into == "ospf" {
		c.flooded(router, any.vrf, fresh, gone)
	}
	return true
}

// flooded says which routers have the AS-external routes (RFC 2328 §12.4.4) that one begins, or ceases, to flood: each redistributed prefix is one LSA that every
// router of the domain keeps, stub areas and NSSAs apart.
func (c *causes) flooded(router, vrf string, fresh, gone []netip.Prefix) {
	s, list, verb := c.without, fresh, "is an AS-external LSA more at every router of the domain, stub areas and NSSAs apart"
	if len(list) == 0 {
		s, list, verb = c.with, gone, "is an AS-external LSA less"
	}
	if len(list) == 0 {
		return
	}
	c.out = append(c.out, Cause{Router: router, Text: "floods them: each " + verb, Sources: []Source{}})
	type held struct {
		router string
		n, all int
	}
	var holders []held
	for _, r := range s.net.Routers {
		if r.Name == router || r.VRF(vrf) == nil {
			continue
		}
		h := held{router: r.Name}
		for _, p := range list {
			if route, ok := s.res.Route(r.Name, vrf, p); ok && route.Protocol == network.OSPFv2 {
				h.n++
			}
		}
		if h.n > 0 {
			h.all = ospfRoutes(s, r.Name, vrf)
			holders = append(holders, h)
		}
	}
	slices.SortStableFunc(holders, func(a, b held) int { return b.n - a.n })
	other := map[*side]*side{c.with: c.without, c.without: c.with}[s]
	for _, h := range holders[:min(len(holders), maxChains)] {
		c.add(h.router, network.Span{}, network.Span{}, "uses %d of them: its table has %d OSPF routes instead of %d", h.n, h.all, ospfRoutes(other, h.router, vrf))
	}
	if n := len(holders) - maxChains; n > 0 {
		c.out[len(c.out)-1].Text += more(n, "router", " likewise")
	}
}

func ospfRoutes(s *side, router, vrf string) int {
	n := 0
	for route := range s.res.Routes(router, vrf, network.IPv4Unicast) {
		if route.Protocol == network.OSPFv2 {
			n++
		}
	}
	return n
}
