package gate

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
)

// rangeIndex finds the ranges of prefixes that hold one, without asking each of them.
type rangeIndex struct {
	by   map[netip.Prefix][]int
	all  []network.PrefixRange
	bits [129]bool // lengths of the ranges' own prefixes
}

func (x *rangeIndex) add(r network.PrefixRange) {
	if x.by == nil {
		x.by = map[netip.Prefix][]int{}
	}
	x.by[r.Prefix] = append(x.by[r.Prefix], len(x.all))
	x.bits[r.Prefix.Bits()] = true
	x.all = append(x.all, r)
}

// of are the numbers of the ranges that hold the prefix.
func (x *rangeIndex) of(p netip.Prefix) (out []int) {
	for bits := 0; bits <= p.Bits(); bits++ {
		if !x.bits[bits] {
			continue
		}
		for _, i := range x.by[netip.PrefixFrom(p.Addr(), bits).Masked()] {
			if x.all[i].Contains(p) {
				out = append(out, i)
			}
		}
	}
	return out
}

// The happenings that diff's changes are.

func (p *pipeline) ofSession(c *diff.SessionChange) happening {
	h := happening{effect: sessionIntents[c.Kind], router: c.Router, neighbor: c.Neighbor, remote: c.Remote, as: c.RemoteAS, span: c.Span, isAfter: c.After != nil}
	if c.Remote == "" {
		h.relation = p.before.relation(p.after, c.RemoteAS)
	}
	return h
}

func (p *pipeline) ofAnnouncement(a *diff.AnnouncementChange) happening {
	return happening{effect: routeIntents[a.Kind], outside: true, router: a.Router, neighbor: a.Neighbor, as: a.NeighborAS,
		relation: p.before.relation(p.after, a.NeighborAS), prefix: a.Prefix, span: a.Span, isAfter: a.After != nil}
}

func (p *pipeline) ofRoute(c *diff.RouteChange) happening {
	return happening{effect: routeIntents[c.Kind], router: c.Router, prefix: c.Prefix}
}

func (p *pipeline) ofReach(c *diff.ReachabilityChange) happening {
	return happening{effect: reachIntents[c.Kind], router: c.From, prefix: c.Class}
}

func ofItem(c *Change) happening {
	h := happening{effect: config.IntentConfigure, router: c.Router, path: c.Path}
	if n := len(c.Sources); n > 0 {
		s := c.Sources[n-1]
		h.span, h.isAfter = network.Span{File: s.File, First: int32(s.First), Last: int32(s.Last)}, s.Side == "after"
	}
	return h
}

// eachHappening calls do with everything that change.yaml can declare, in the order of the differences; what happens to a route and,
// the same, to its packets is told once.
func (p *pipeline) eachHappening(do func(h *happening)) {
	b := p.behaviour
	for i := range b.Sessions {
		h := p.ofSession(&b.Sessions[i])
		do(&h)
	}
	for i := range b.Announcements {
		h := p.ofAnnouncement(&b.Announcements[i])
		do(&h)
	}
	for i := range b.Routes {
		h := p.ofRoute(&b.Routes[i])
		do(&h)
	}
	for i := range b.Reachability {
		h := p.ofReach(&b.Reachability[i])
		if sameHappens(b.Routes, &h) {
			continue
		}
		do(&h)
	}
	for i := range p.out.Changes.Items {
		c := &p.out.Changes.Items[i]
		if !c.HasEffect {
			continue
		}
		h := ofItem(c)
		do(&h)
	}
}

// sameHappens reports whether a route of the happening's prefix and router fares as its packets do. Routes are sorted by prefix.
func sameHappens(routes []diff.RouteChange, h *happening) bool {
	i, _ := slices.BinarySearchFunc(routes, h.prefix, func(c diff.RouteChange, p netip.Prefix) int { return c.Prefix.Compare(p) })
	for ; i < len(routes) && routes[i].Prefix == h.prefix; i++ {
		if routes[i].Router == h.router && routeIntents[routes[i].Kind] == h.effect {
			return true
		}
	}
	return false
}
