package gate

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

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
	for _, t := range c.with.res.Trace(router, vrf, to, 4) {
		for i := range t.Hops {
			h := &t.Hops[i]
			if c.lostInterface(h.Router, h.Out.Interface) || c.lostEntry(h) {
				return
			}
		}
	}
}

// endsHere says where a packet ends, and by which route.
func (c *causes) endsHere(t *routing.Trace) {
	var by network.Span
	words := endWords(t)
	if n := len(t.Hops); n > 0 && t.Hops[n-1].Route.Prefix.IsValid() {
		h := &t.Hops[n-1]
		by = h.Route.Span
		words += fmt.Sprintf(", by the %s route to %s", h.Route.Protocol, h.Route.Prefix)
	} else if n > 0 {
		if _, had := c.with.res.Lookup(t.At, t.Hops[n-1].VRF, t.To); !had {
			words += fmt.Sprintf(", and %s had none before the change either", t.At)
		}
	}
	c.add(t.At, network.Span{}, by, "packets from %s to %s end here: %s", t.From, t.To, words)
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
