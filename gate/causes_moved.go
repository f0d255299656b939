package gate

import (
	"fmt"
	"net/netip"

	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/bgp"
)

// movedWay is why packets take a way that they did not: what the router at which it parts from the old one has otherwise. It reports whether it does part.
func (c *causes) movedWay(now *routing.Trace) bool {
	if len(now.Hops) == 0 || !c.once("moved way %s %s %s", now.From, now.Hops[0].VRF, now.To) {
		return false
	}
	var old *routing.Trace
	most := -1
	traces := c.with.res.Trace(now.From, now.Hops[0].VRF, now.To, 0)
	for i := range traces {
		if n := together(&traces[i], now); n > most {
			old, most = &traces[i], n
		}
	}
	if old == nil || most >= len(old.Hops) || most >= len(now.Hops) {
		return false
	}
	a, b := &old.Hops[most], &now.Hops[most]
	n := len(c.out)
	c.movedHop(old.Hops[most:], now.Hops[most:])
	if len(c.out) > n {
		return true
	}
	c.add(b.Router, a.Route.Span, b.Route.Span, "sends packets to %s by %s, and did by %s", now.To, costWords(b), costWords(a))
	return true
}

// together is how many steps two ways have in common.
func together(a, b *routing.Trace) int {
	n := 0
	for n < len(a.Hops) && n < len(b.Hops) && a.Hops[n].Router == b.Hops[n].Router && a.Hops[n].VRF == b.Hops[n].VRF && a.Hops[n].Out == b.Hops[n].Out &&
		a.Hops[n].Route.Prefix == b.Hops[n].Route.Prefix {
		n++
	}
	return n
}

// movedHop is why a router sends packets elsewhere: old and now are what is left of the ways from there.
func (c *causes) movedHop(old, now []routing.Hop) {
	a, b := &old[0], &now[0]
	said := func() {
		c.add(b.Router, a.Route.Span, b.Route.Span, "sends packets on by %s, and did by %s", costWords(b), costWords(a))
	}
	switch {
	case !a.Route.Prefix.IsValid() || !b.Route.Prefix.IsValid():
		return
	case a.Route.Prefix != b.Route.Prefix && b.Route.Prefix.Bits() > a.Route.Prefix.Bits(), a.Route.Prefix == b.Route.Prefix && a.Route.Protocol != b.Route.Protocol:
		n := len(c.out)
		c.reversed(func(c *causes) { c.lostEntry(b) })
		if len(c.out) == n {
			c.lostEntry(a)
		}
	case a.Route.Prefix != b.Route.Prefix:
		c.lostEntry(a)
	case b.Route.Protocol == network.BGPProtocol:
		c.movedRoute(b.Router, b.VRF, b.Route.Prefix)
	case b.Route.Protocol == network.OSPFv2:
		c.otherCosts(old, now)
	}
	said()
}

// otherCosts is what the change alters of the interfaces along two ways, the new one first.
func (c *causes) otherCosts(old, now []routing.Hop) {
	for _, way := range [][]routing.Hop{now, old} {
		for i := range way {
			h := &way[i]
			if c.lostInterface(h.Router, h.Out.Interface) {
				continue
			}
			c.altered(h.Router, func(x *diff.Change) bool { return x.Object == diff.ObjectInterface && x.Name == h.Out.Interface })
		}
	}
}

// costWords is the route of a step, with what OSPF says of its length.
func costWords(h *routing.Hop) string {
	if !h.Route.Prefix.IsValid() {
		return "no route"
	}
	w := hopWords(h)
	if h.Route.Protocol == network.OSPFv2 {
		w += fmt.Sprintf(" (cost %d)", h.Route.Metric)
	}
	return w
}

// movedRoute is why a router prefers another path to a prefix that it has on both sides.
func (c *causes) movedRoute(router, vrf string, p netip.Prefix) {
	was, had := c.with.res.Best(router, vrf, p)
	is, has := c.without.res.Best(router, vrf, p)
	if !had || !has || !c.once("moved %s %s %s", router, vrf, p) {
		return
	}
	n := len(c.out)
	switch {
	case was.Neighbor == is.Neighbor:
		c.otherAttributes(router, vrf, p, is.Neighbor)
		return
	case was.Neighbor == "" && ownPath(c.without, router, vrf, p) == nil:
		c.lostOrigin(router, vrf, p, &was)
	case is.Neighbor == "" && ownPath(c.with, router, vrf, p) == nil:
		c.reversed(func(c *causes) { c.lostOrigin(router, vrf, p, &is) })
	case was.Neighbor != "" && pathFrom(c.without, router, vrf, p, was.Neighbor) == nil:
		c.lostPath(router, vrf, p, was.Neighbor)
	case is.Neighbor != "" && pathFrom(c.with, router, vrf, p, is.Neighbor) == nil:
		c.reversed(func(c *causes) { c.lostPath(router, vrf, p, is.Neighbor) })
	}
	for _, neighbor := range []string{is.Neighbor, was.Neighbor} {
		if len(c.out) == n && neighbor != "" {
			c.otherAttributes(router, vrf, p, neighbor)
		}
	}
	if len(c.out) == n {
		c.otherMetric(router, vrf, p, &was, &is)
	}
	c.add(router, network.Span{}, c.without.takesIn(router, vrf, &is, p), "takes the path to %s from %s instead of that from %s: %s", p,
		c.endName(c.without, router, vrf, is.Neighbor), c.endName(c.with, router, vrf, was.Neighbor), choice(c.without.res.Entry(router, vrf, p), 0))
}

// otherMetric is why a next hop is nearer than it was, or another one farther (RFC 4271 §9.1.2.2 (e)).
func (c *causes) otherMetric(router, vrf string, p netip.Prefix, was, is *bgp.Path) {
	for _, x := range []*bgp.Path{is, was} {
		if x.Neighbor == "" {
			continue
		}
		a, b := pathFrom(c.with, router, vrf, p, x.Neighbor), pathFrom(c.without, router, vrf, p, x.Neighbor)
		if a == nil || b == nil || a.IGPMetric == b.IGPMetric {
			continue
		}
		if now := c.without.res.Trace(router, vrf, b.Attributes.NextHop, 0); len(now) > 0 {
			c.movedWay(&now[0])
		}
		c.add(router, network.Span{}, network.Span{}, "has an IGP metric of %d instead of %d to the next hop %s", b.IGPMetric, a.IGPMetric, b.Attributes.NextHop)
	}
}

// endName is a neighbor with the name of its router; a route without a neighbor is the router's own.
func (c *causes) endName(s *side, router, vrf, neighbor string) string {
	if neighbor == "" {
		return "itself"
	}
	if x := s.session(router, vrf, neighbor); x != nil {
		return s.farName(x)
	}
	return neighbor
}

// ownPath is a router's path to a prefix that no neighbor sends; nil for none.
func ownPath(s *side, router, vrf string, p netip.Prefix) *bgp.Path {
	return pathWhere(s, router, vrf, p, func(x *bgp.Path) bool { return x.Neighbor == "" })
}

func pathFrom(s *side, router, vrf string, p netip.Prefix, neighbor string) *bgp.Path {
	return pathWhere(s, router, vrf, p, func(x *bgp.Path) bool { return x.Neighbor == neighbor && x.Source == bgp.FromNeighbor })
}

func pathWhere(s *side, router, vrf string, p netip.Prefix, test func(*bgp.Path) bool) *bgp.Path {
	e := s.res.Entry(router, vrf, p)
	if e == nil {
		return nil
	}
	for i := range e.Paths {
		if test(&e.Paths[i]) {
			return &e.Paths[i]
		}
	}
	return nil
}

// otherAttributes is why a path from a neighbor has other attributes than it had: where on its way that begins.
func (c *causes) otherAttributes(router, vrf string, p netip.Prefix, neighbor string) {
	a, b := pathFrom(c.with, router, vrf, p, neighbor), pathFrom(c.without, router, vrf, p, neighbor)
	x, y := c.with.session(router, vrf, neighbor), c.without.session(router, vrf, neighbor)
	if a == nil || b == nil || x == nil || y == nil || !c.once("attributes %s %s %s %s", router, vrf, neighbor, p) {
		return
	}
	words := attributeWords(a.Attributes, b.Attributes)
	if words == "" {
		return
	}
	f := network.FamilyOf(p)
	if far := c.without.session(y.Remote, c.without.remoteVRF(y), y.RemoteKey); far != nil {
		if old := c.with.session(far.Router, far.VRF, far.Neighbor); old != nil {
			sent, now := sentTo(c.with, old, p), sentTo(c.without, far, p)
			if sent != nil && now != nil && attributeWords(sent, now) != "" {
				c.sentOtherwise(far, p, attributeWords(sent, now))
				return
			}
		}
	} else {
		c.altered("", saidToTell(y.Router))
	}
	nf := &y.Config.Families[f]
	c.alteredPolicies(router, references(c.without.net.Router(router)), nf.Import, []network.Ref{nf.DistributeIn, nf.PrefixListIn, nf.FilterListIn})
	c.add(router, network.Span{}, c.without.takesIn(router, vrf, b, p), "takes %s from %s with %s", p, c.without.farName(y), words)
}

// sentOtherwise is why a session is sent a prefix with other attributes: the best path of the sender is another one or has others, else its export policy.
func (c *causes) sentOtherwise(x *bgp.Session, p netip.Prefix, words string) {
	was, _ := c.with.res.Best(x.Router, x.VRF, p)
	is, _ := c.without.res.Best(x.Router, x.VRF, p)
	if was.Attributes != nil && is.Attributes != nil && attributeWords(was.Attributes, is.Attributes) != "" {
		c.movedRoute(x.Router, x.VRF, p)
	} else {
		nf := &x.Config.Families[network.FamilyOf(p)]
		c.alteredPolicies(x.Router, references(c.without.net.Router(x.Router)), nf.Export, []network.Ref{nf.DistributeOut, nf.PrefixListOut, nf.FilterListOut})
	}
	line := x.Config.Span
	if d := x.Config.Families[network.FamilyOf(p)].Export; d.Configured() && !d.Span.IsZero() {
		line = d.Span
	}
	c.add(x.Router, network.Span{}, line, "sends %s to %s with %s", p, c.without.farName(x), words)
}
