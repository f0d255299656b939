package gate

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/bgp"
)

// Cause is one link of the chain that leads from a changed line to what is lost.
type Cause struct {
	// The router at which it is so.
	Router string `json:"router"`
	// One sentence.
	Text string `json:"text"`
	// The lines that it is about.
	Sources []Source `json:"sources"`
}

// causes follows a loss back to where it comes from: with is the side that has what the other, without, has not. What came first is first.
type causes struct {
	with, without *side
	quoters       quoters
	before        bool // the side that is without is the one before the change: what it tells is why something is new
	seen          map[string]bool
	out           []Cause
}

// maxCauses bounds a chain: a longer one is told to nobody.
const maxCauses = 40

// once reports that a question was not asked before, and that the chain is not too long.
func (c *causes) once(format string, args ...any) bool {
	key := fmt.Sprintf(format, args...)
	if c.seen[key] || len(c.out) >= maxCauses {
		return false
	}
	c.seen[key] = true
	return true
}

// add puts a link at the end, a sentence about the router without its name. Spans are of the side that has it, and of the one that has it no more: what
// stands there still is shown from there.
func (c *causes) add(router string, with, without network.Span, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !without.IsZero() {
		with = network.Span{}
	}
	if c.before {
		text = "before the change: " + text
		with, without = without, with
	}
	c.out = append(c.out, Cause{Router: router, Text: text, Sources: c.quoters.both(with, without)})
}

// lostRoute is why a router has no best path to a prefix any more.
func (c *causes) lostRoute(router, vrf string, p netip.Prefix) {
	b, had := c.with.res.Best(router, vrf, p)
	if _, has := c.without.res.Best(router, vrf, p); !had || has || !c.once("route %s %s %s", router, vrf, p) {
		return
	}
	r := c.without.net.Router(router)
	switch {
	case r == nil:
		c.add(router, network.Span{}, network.Span{}, "the router is not there")
		return
	case r.VRF(vrf) == nil || r.VRF(vrf).BGP == nil:
		c.add(router, bgpSpan(c.with.net.Router(router), vrf), network.Span{}, "BGP is not configured")
		return
	case b.Neighbor == "":
		c.lostOrigin(router, vrf, p, &b)
		return
	}
	c.lostPath(router, vrf, p, b.Neighbor)
	if len(c.out) > 0 {
		c.add(router, network.Span{}, network.Span{}, "has no route to %s", p)
	}
}

func bgpSpan(r *network.Router, vrf string) network.Span {
	if r == nil || r.VRF(vrf) == nil || r.VRF(vrf).BGP == nil {
		return network.Span{}
	}
	return r.VRF(vrf).BGP.Span
}

// lostPath is why a path from a neighbor is not there any more.
func (c *causes) lostPath(router, vrf string, p netip.Prefix, neighbor string) {
	x, y := c.with.session(router, vrf, neighbor), c.without.session(router, vrf, neighbor)
	if x == nil {
		return
	}
	if y == nil {
		c.add(router, x.Config.Span, network.Span{}, "neighbor %s is not configured", neighbor)
		return
	}
	if y.State != bgp.Established {
		c.downSession(x, y)
		return
	}
	if y.Remote == "" {
		if c.refusedByEntry(c.without, y, p, nil) {
			return
		}
		c.add(router, x.Config.Span, y.Config.Span, "neighbor %s, outside, is heard of %s no more", neighbor, p)
		return
	}
	far := c.without.session(y.Remote, c.without.remoteVRF(y), y.RemoteKey)
	if far == nil {
		return
	}
	if _, has := c.without.res.Best(far.Router, far.VRF, p); !has {
		c.lostRoute(far.Router, far.VRF, p)
		return
	}
	if a := sentTo(c.without, far, p); a != nil {
		if !c.refusedByEntry(c.without, y, p, a) {
			c.unusable(router, vrf, p, y)
		}
		return
	}
	c.notSent(far, p)
}

// sentTo is what a session is sent of a prefix; nil where it is nothing.
func sentTo(s *side, x *bgp.Session, p netip.Prefix) *network.PathAttributes {
	for _, a := range s.res.SentOf(x.Router, x.VRF, x.Neighbor, p) {
		return a.Attributes
	}
	return nil
}

// heardFrom is what a neighbor outside announces of a prefix and its import policy accepts; nil where it is nothing.
func heardFrom(s *side, x *bgp.Session, p netip.Prefix) *network.PathAttributes {
	for y, a := range s.res.HeardOf(p) {
		if y == x {
			return a
		}
	}
	return nil
}

// downSession is why a session is down.
func (c *causes) downSession(x, y *bgp.Session) {
	if !c.once("session %s %s %s", y.Router, y.VRF, y.Neighbor) {
		return
	}
	switch y.Reason {
	case bgp.ReasonNoRoute, bgp.ReasonNotConnected, bgp.ReasonLinkDown, bgp.ReasonSourceAddress:
		if !c.lostInterface(y.Router, x.Interface) {
			c.lostWay(y.Router, y.VRF, x.PeerAddr)
		}
		if far := c.with.session(x.Remote, c.with.remoteVRF(x), x.RemoteKey); far != nil && len(c.out) == 0 && !c.lostInterface(far.Router, far.Interface) {
			c.lostWay(far.Router, far.VRF, far.PeerAddr)
		}
	}
	why := y.Reason.String()
	if y.Detail != "" && y.Detail != why {
		why += " (" + y.Detail + ")"
	}
	c.add(y.Router, x.Config.Span, y.Config.Span, "the session with %s is down: %s", c.named(x), why)
}

// named is a neighbor with the name of its router.
func (c *causes) named(x *bgp.Session) string {
	if x.Remote != "" {
		return fmt.Sprintf("%s (%s)", x.Remote, x.Neighbor)
	}
	return x.Neighbor
}

// lostInterface reports that an interface, or the far end of its link, carries nothing any more, and tells why.
func (c *causes) lostInterface(router, name string) bool {
	if name == "" {
		return false
	}
	if c.deadInterface(router, name) {
		return true
	}
	for _, l := range c.with.net.Links {
		for _, e := range l.Ends {
			if e.Router != router || e.Interface != name {
				continue
			}
			for _, far := range l.Ends {
				if far != e && len(l.Ends) == 2 && c.deadInterface(far.Router, far.Interface) {
					return true
				}
			}
		}
	}
	return false
}

func (c *causes) deadInterface(router, name string) bool {
	was, r := c.with.net.Router(router), c.without.net.Router(router)
	if was == nil || was.Interface(name) == nil || was.Interface(name).Shutdown {
		return false
	}
	old := was.Interface(name)
	var is *network.Interface
	if r != nil {
		is = r.Interface(name)
	}
	switch {
	case is == nil:
		if c.once("interface %s %s", router, name) {
			c.add(router, old.Span, network.Span{}, "interface %s is not configured", name)
		}
	case is.Shutdown:
		if c.once("interface %s %s", router, name) {
			c.add(router, old.Span, is.Span, "interface %s is shut down", name)
		}
	case len(is.Addresses) < len(old.Addresses) || !sameAddresses(old, is):
		if c.once("interface %s %s", router, name) {
			c.add(router, old.Span, is.Span, "interface %s has other addresses: %s", name, addressWords(is))
		}
	default:
		return false
	}
	return true
}

func sameAddresses(a, b *network.Interface) bool {
	for i := range a.Addresses {
		if i >= len(b.Addresses) || a.Addresses[i].Prefix != b.Addresses[i].Prefix {
			return false
		}
	}
	return true
}

func addressWords(x *network.Interface) string {
	var out []string
	for _, a := range x.Addresses {
		out = append(out, a.Prefix.String())
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}

// lostWay is why packets from a router to an address do not get there any more: the first step of the way that they took which is gone.
func (c *causes) lostWay(router, vrf string, to netip.Addr) {
	if !to.IsValid() || !c.once("way %s %s %s", router, vrf, to) {
		return
	}
	n := len(c.out)
	for _, t := range c.with.res.Trace(router, vrf, to, 4) {
		for i := range t.Hops {
			h := &t.Hops[i]
			if c.lostInterface(h.Router, h.Out.Interface) || c.lostEntry(h) {
				return
			}
		}
	}
	if now := c.without.res.Trace(router, vrf, to, 1); len(c.out) == n && len(now) > 0 {
		t := &now[0]
		if t.Outcome.Good() {
			return
		}
		var by network.Span
		words := t.Outcome.String()
		if n := len(t.Hops); n > 0 && t.Hops[n-1].Route.Prefix.IsValid() {
			h := &t.Hops[n-1]
			by = h.Route.Span
			words += fmt.Sprintf(", by the %s route to %s", h.Route.Protocol, h.Route.Prefix)
		}
		c.add(t.At, network.Span{}, by, "packets from %s to %s end here: %s", router, to, words)
	}
}

// lostEntry reports that the main table's route of a step is gone or another one, and tells why.
func (c *causes) lostEntry(h *routing.Hop) bool {
	if !h.Route.Prefix.IsValid() || h.Route.Protocol == network.Local {
		return false
	}
	if now, ok := c.without.res.Route(h.Router, h.VRF, h.Route.Prefix); ok && now.Protocol == h.Route.Protocol {
		return false
	}
	switch h.Route.Protocol {
	case network.Static:
		c.add(h.Router, h.Route.Span, network.Span{}, "the static route to %s is not there", h.Route.Prefix)
	case network.BGPProtocol:
		n := len(c.out)
		c.lostRoute(h.Router, h.VRF, h.Route.Prefix)
		return len(c.out) > n
	case network.Connected:
		c.add(h.Router, h.Route.Span, network.Span{}, "%s is not on an interface", h.Route.Prefix)
	default:
		c.add(h.Router, network.Span{}, network.Span{}, "the %s route to %s is not there", h.Route.Protocol, h.Route.Prefix)
	}
	return true
}
