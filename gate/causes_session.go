package gate

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
)

// lostSession is why a session that was up is not there, or down: x is its end on the side that has it, y on the other one; nil where that has none.
func (c *causes) lostSession(x, y *bgp.Session) {
	if !c.once("session %s %s %s", x.Router, x.VRF, x.Neighbor) {
		return
	}
	r := c.without.net.Router(x.Router)
	own := inInstance(x.VRF, diff.ObjectBGP, diff.ObjectVRF, diff.ObjectRouter)
	switch {
	case r == nil:
		c.altered(x.Router, own)
		c.add(x.Router, network.Span{}, network.Span{}, "the router is not there")
	case r.VRF(x.VRF) == nil || r.VRF(x.VRF).BGP == nil:
		c.altered(x.Router, own)
		c.add(x.Router, bgpSpan(c.with.net.Router(x.Router), x.VRF), network.Span{}, "BGP is not configured, so that there is no session with %s", c.named(x))
	case y == nil:
		c.altered(x.Router, concerns(x))
		c.add(x.Router, x.Config.Span, network.Span{}, "neighbor %s is not configured", c.named(x))
	default:
		c.downSession(x, y)
	}
}

// downSession is why a configured session is down.
func (c *causes) downSession(x, y *bgp.Session) {
	n := len(c.out)
	switch y.Reason {
	case bgp.ReasonNoRoute, bgp.ReasonNotConnected, bgp.ReasonLinkDown, bgp.ReasonSourceAddress:
		if !c.lostInterface(y.Router, x.Interface) {
			c.lostWay(y.Router, y.VRF, x.PeerAddr)
		}
		if far := c.with.session(x.Remote, c.with.remoteVRF(x), x.RemoteKey); far != nil && len(c.out) == 0 && !c.lostInterface(far.Router, far.Interface) {
			c.lostWay(far.Router, far.VRF, far.PeerAddr)
		}
	case bgp.ReasonMaximumPrefix:
		c.overfilled(x, y)
	}
	if len(c.out) == n {
		c.alteredEnds(x, y)
	}
	why := y.Reason.String()
	if y.Detail != "" && y.Detail != why {
		why += " (" + y.Detail + ")"
	}
	old := x.Config.Span
	if x == y {
		old = network.Span{} // it was not there, or was down too
	}
	c.add(y.Router, old, y.Config.Span, "the session with %s is down: %s", c.named(x), why)
}

// alteredEnds puts what the change alters of either end of a session: the neighbors with their groups, the addresses between which it is, else the routers' BGP.
func (c *causes) alteredEnds(x, y *bgp.Session) {
	ends := []*bgp.Session{x, y}
	for _, s := range []*side{c.with, c.without} {
		for _, e := range []*bgp.Session{x, y} {
			if far := s.session(e.Remote, s.remoteVRF(e), e.RemoteKey); far != nil {
				ends = append(ends, far)
			}
		}
	}
	var addresses []string
	for _, e := range ends {
		for _, a := range []netip.Addr{e.LocalAddr, e.PeerAddr} {
			if a.IsValid() {
				addresses = append(addresses, a.String())
			}
		}
	}
	addressed := func(x *diff.Change) bool {
		return x.Object == diff.ObjectInterface && slices.ContainsFunc(addresses, func(a string) bool { return strings.Contains(x.Path, "/address "+a+"/") })
	}
	found := false
	for _, e := range ends {
		found = c.altered(e.Router, concerns(e)) || found
	}
	for _, e := range ends {
		found = c.altered(e.Router, addressed) || found
		if e.Remote != "" {
			found = c.altered(e.Remote, addressed) || found
		}
	}
	for _, e := range ends {
		if !found {
			c.altered(e.Router, inInstance(e.VRF, diff.ObjectBGP, diff.ObjectRouter))
			if e.Remote != "" {
				c.altered(e.Remote, isObject(diff.ObjectBGP, diff.ObjectRouter))
			}
		}
	}
}

// inInstance reports that a change is one of an object of a routing instance, or of a router as a whole.
func inInstance(vrf string, kinds ...diff.Object) func(*diff.Change) bool {
	return func(x *diff.Change) bool {
		return slices.Contains(kinds, x.Object) && (x.Object == diff.ObjectRouter || vrf == "" && !strings.HasPrefix(x.Path, "vrf ") || vrf != "" && strings.HasPrefix(x.Path, "vrf "+vrf))
	}
}

// concerns reports that a change is one of a neighbor, or of the group that it inherits from.
func concerns(e *bgp.Session) func(*diff.Change) bool {
	of := inInstance(e.VRF, diff.ObjectNeighbor, diff.ObjectPeerGroup)
	return func(x *diff.Change) bool {
		return of(x) && (x.Object == diff.ObjectNeighbor && x.Name == e.Neighbor || slices.Contains(x.Members, e.Neighbor))
	}
}

// overfilled is which prefixes fill a session beyond its limit: by where they come from, and how the first of those that are new gets there.
func (c *causes) overfilled(x, y *bgp.Session) {
	far := c.with.session(x.Remote, c.with.remoteVRF(x), x.RemoteKey)
	if far == nil {
		c.alteredEnds(x, y)
		return
	}
	sender, limited := far, y
	for _, f := range network.Families {
		if far := c.without.session(y.Remote, c.without.remoteVRF(y), y.RemoteKey); far != nil {
			if _, tripped := trippedBy(far, f); tripped {
				sender, limited = x, far
			}
		}
	}
	for _, f := range network.Families {
		count, tripped := trippedBy(limited, f)
		m := limited.Config.Families[f].MaximumPrefix
		if !tripped || m == nil {
			continue
		}
		was := c.with.session(limited.Router, limited.VRF, limited.Neighbor)
		c.altered(limited.Router, concerns(limited))
		fresh := c.newAt(sender.Router, sender.VRF, f)
		if len(fresh) > 0 {
			c.reversed(func(c *causes) { c.lostRoute(sender.Router, sender.VRF, fresh[0]) })
			c.out = append(c.out, Cause{Router: sender.Router, Text: fmt.Sprintf("has %d %s prefixes that it had not, for example %s%s", len(fresh), f, fresh[0], c.comeFrom(sender, fresh)), Sources: []Source{}})
		}
		before := 0
		if was != nil {
			before = max(was.Received[f], was.Accepted[f])
		}
		c.add(limited.Router, network.Span{}, m.Span, "would get %d %s prefixes from %s instead of %d, and maximum-prefix is %d", count, f, c.without.farName(limited), before, m.Limit)
	}
}

// newAt are the prefixes for which a router has a path on the side that is without, and none on the other.
func (c *causes) newAt(router, vrf string, f network.Family) []netip.Prefix {
	var out []netip.Prefix
	for e := range c.without.res.Entries(router, vrf, f) {
		if _, had := c.with.res.Best(router, vrf, e.Prefix); !had && e.Best() != nil {
			out = append(out, e.Prefix)
		}
	}
	return out
}

// comeFrom says where routes of a router enter the network: over which neighbors, and how many each.
func (c *causes) comeFrom(at *bgp.Session, prefixes []netip.Prefix) string {
	var sources groups[string, int]
	for _, p := range prefixes {
		l, word := c.without.learned(at.Router, at.VRF, p), "routers of its own"
		if l.known && !l.own {
			word = fmt.Sprintf("AS%d (%s) at %s", l.as, l.neighbor, l.path[0])
		}
		n, _ := sources.get(word)
		*n++
	}
	var words []string
	for _, word := range sources.order {
		words = append(words, fmt.Sprintf("%d from %s", *sources.by[word], word))
	}
	return ": " + inWords(words)
}

// named is a neighbor with the name of its router.
func (c *causes) named(x *bgp.Session) string { return c.with.farName(x) }

// farName is a neighbor with the name of its router; outside, with what it is to us.
func (s *side) farName(x *bgp.Session) string {
	if x.Remote != "" {
		return fmt.Sprintf("%s (%s)", x.Remote, x.Neighbor)
	}
	return s.neighborWords(x)
}
