package gate

import (
	"fmt"
	"net/netip"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/bgp"
	"github.com/routegate/routegate/routing/policy"
)

// lostOrigin is why a router does not originate a prefix any more.
func (c *causes) lostOrigin(router, vrf string, p netip.Prefix, b *bgp.Path) {
	f := network.FamilyOf(p)
	was, is := &c.with.net.Router(router).VRF(vrf).BGP.Families[f], &c.without.net.Router(router).VRF(vrf).BGP.Families[f]
	switch b.Source {
	case bgp.FromNetwork, bgp.FromInjection:
		for _, n := range was.Networks {
			if n.Prefix != p {
				continue
			}
			at := -1
			for i := range is.Networks {
				if is.Networks[i].Prefix == p {
					at = i
				}
			}
			if at < 0 {
				c.add(router, n.Span, network.Span{}, "does not originate %s: the line is not there", p)
				return
			}
			c.lostTableRoute(router, vrf, p)
			c.add(router, n.Span, is.Networks[at].Span, "does not originate %s: its main table has no such route, or a policy refuses it", p)
			return
		}
	case bgp.FromRedistribution:
		c.lostTableRoute(router, vrf, p)
		var old, now network.Span
		if r, ok := c.with.res.Route(router, vrf, p); ok {
			old = redistributionOf(was, r.Protocol)
			now = redistributionOf(is, r.Protocol)
		}
		if now.IsZero() && !old.IsZero() {
			c.add(router, old, now, "does not redistribute %s: the line is not there", p)
			return
		}
		if !c.refusedToRedistribute(router, vrf, p, was, is) {
			c.add(router, old, now, "does not redistribute %s", p)
		}
	case bgp.FromAggregate:
		for _, a := range was.Aggregates {
			if a.Prefix != p {
				continue
			}
			for _, n := range is.Aggregates {
				if n.Prefix == p {
					c.lostPart(router, vrf, p)
					c.add(router, a.Span, n.Span, "does not aggregate %s: no part of it is there", p)
					return
				}
			}
			c.add(router, a.Span, network.Span{}, "does not aggregate %s: the line is not there", p)
			return
		}
	default:
		c.add(router, network.Span{}, network.Span{}, "does not have %s of its own (%s)", p, b.Source)
	}
}

// refusedToRedistribute reports that a route of the main table is there and the policy of its redistribution refuses it, and at which line.
func (c *causes) refusedToRedistribute(router, vrf string, p netip.Prefix, had, is *network.BGPFamily) bool {
	route, ok := c.without.res.Route(router, vrf, p)
	if !ok {
		return false
	}
	r := c.without.net.Router(router)
	for _, d := range is.Redistribute {
		if d.From != route.Protocol || !d.Policy.IsSet() {
			continue
		}
		rt := policy.Route{Prefix: p, Direction: policy.Redistribute, Type: network.RouteLocal, Protocol: route.Protocol,
			Attributes: &network.PathAttributes{MED: route.Metric, HasMED: true, Tag: route.Tag}}
		var now, was judgement
		now.ask(c.without.evaluator(r), references(r), network.PolicyChain{Policies: []network.Ref{d.Policy}}, &rt, r.VRF(vrf).BGP.Missing.Policy)
		if !now.refuses {
			continue
		}
		was.line = redistributionOf(had, d.From)
		if old := c.with.net.Router(router); old != nil {
			if ref := redistributionPolicy(had, d.From); ref.IsSet() {
				was.ask(c.with.evaluator(old), references(old), network.PolicyChain{Policies: []network.Ref{ref}}, &rt, network.Reject)
			}
		}
		c.otherwise(router, &was, &now)
		if now.line.IsZero() {
			now.line = d.Span
		}
		c.add(router, network.Span{}, now.line, "does not redistribute %s: %s", p, now.words)
		if c.before && was.known && !was.refuses {
			c.out = append(c.out, Cause{Router: router, Text: fmt.Sprintf("after the change: redistributes %s: %s", p, was.words), Sources: c.quoters.after.sources(was.line)})
		}
		return true
	}
	return false
}

func redistributionOf(f *network.BGPFamily, from network.Protocol) network.Span {
	for _, r := range f.Redistribute {
		if r.From == from {
			return r.Span
		}
	}
	return network.Span{}
}

func redistributionPolicy(f *network.BGPFamily, from network.Protocol) network.Ref {
	for _, r := range f.Redistribute {
		if r.From == from {
			return r.Policy
		}
	}
	return network.Ref{}
}

// lostTableRoute is why the main table has not the route that BGP takes.
func (c *causes) lostTableRoute(router, vrf string, p netip.Prefix) {
	was, ok := c.with.res.Route(router, vrf, p)
	if _, still := c.without.res.Route(router, vrf, p); !ok || still {
		return
	}
	for _, h := range was.NextHops {
		if c.lostInterface(router, h.Interface) {
			return
		}
	}
	if was.Protocol == network.OSPFv2 {
		c.lostWay(router, vrf, p.Addr())
		return
	}
	c.lostEntry(&routing.Hop{Router: router, VRF: vrf, Route: was})
}

// lostPart is why a part of an aggregate is gone: that of the first one.
func (c *causes) lostPart(router, vrf string, p netip.Prefix) {
	for e := range c.with.res.Entries(router, vrf, network.FamilyOf(p)) {
		if e.Prefix.Bits() > p.Bits() && p.Contains(e.Prefix.Addr()) {
			if _, has := c.without.res.Best(router, vrf, e.Prefix); !has {
				c.lostRoute(router, vrf, e.Prefix)
				return
			}
		}
	}
}

// notSent is why a router that has a prefix does not send it over a session.
func (c *causes) notSent(x *bgp.Session, p netip.Prefix) {
	if !c.once("send %s %s %s %s", x.Router, x.VRF, x.Neighbor, p) {
		return
	}
	nf := &x.Config.Families[network.FamilyOf(p)]
	if nf.Conditional != nil && c.lostCondition(x, nf.Conditional, p) {
		return
	}
	best, _ := c.without.res.Best(x.Router, x.VRF, p)
	if was, ok := c.with.res.Best(x.Router, x.VRF, p); ok && was.Neighbor != best.Neighbor && best.Neighbor != "" && best.PeerType == bgp.IBGP && x.Type == bgp.IBGP {
		if was.Neighbor != "" {
			c.lostPath(x.Router, x.VRF, p, was.Neighbor)
		}
		c.add(x.Router, network.Span{}, x.Config.Span, "has %s from iBGP neighbor %s alone, and tells that no iBGP neighbor", p, best.Neighbor)
		return
	}
	if c.refusedOnExport(x, p, &best) {
		return
	}
	c.add(x.Router, network.Span{}, x.Config.Span, "does not send %s to %s", p, c.named(x))
}

// lostCondition reports that a conditional advertisement withholds the prefix, and tells why.
func (c *causes) lostCondition(x *bgp.Session, cond *network.ConditionalAdvertisement, p netip.Prefix) bool {
	r := c.without.net.Router(x.Router)
	best, ok := c.without.res.Best(x.Router, x.VRF, p)
	if r == nil || !ok || !permits(c.without, r, cond.Advertise, p, &best) {
		return false
	}
	for e := range c.with.res.Entries(x.Router, x.VRF, network.FamilyOf(p)) {
		b := e.Best()
		if b == nil || cond.NonExist || !permits(c.with, c.with.net.Router(x.Router), cond.Condition, e.Prefix, b) {
			continue
		}
		if _, has := c.without.res.Best(x.Router, x.VRF, e.Prefix); !has {
			c.lostRoute(x.Router, x.VRF, e.Prefix)
			break
		}
	}
	word := "no route matches"
	if cond.NonExist {
		word = "a route matches"
	}
	c.add(x.Router, network.Span{}, cond.Span, "withholds %s from %s: %s the condition %s", p, c.named(x), word, cond.Condition.Name)
	return true
}

// unusable tells why a path that is accepted is not used.
func (c *causes) unusable(router, vrf string, p netip.Prefix, x *bgp.Session) {
	if e := c.without.res.Entry(router, vrf, p); e != nil {
		for i := range e.Paths {
			if q := &e.Paths[i]; q.Neighbor == x.Neighbor && !q.NextHopOK {
				c.lostWay(router, vrf, q.Attributes.NextHop)
				c.add(router, network.Span{}, network.Span{}, "cannot use the path from %s: its next hop %s is out of reach", c.named(x), q.Attributes.NextHop)
				return
			}
		}
	}
	c.add(router, network.Span{}, x.Config.Span, "does not use the path from %s", c.named(x))
}
