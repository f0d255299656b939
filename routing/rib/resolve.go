package rib

import (
	"hash/maphash"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// query is one next-hop lookup; resolution its answer, remembered while the
// table stands still.
type query struct {
	via    netip.Addr
	iface  string
	single bool // only a connected subnet counts
}

type resolution struct {
	hops   []NextHop
	metric uint32
	ok     bool
	// passed are the prefixes met on the way up, the deciding one last: a route
	// whose own prefix is among them cannot resolve this way.
	passed []netip.Prefix
}

// usable are a candidate's next hops that work, resolved, sorted and without duplicates.
func (t *Table) usable(p netip.Prefix, c *candidate) []NextHop {
	r := c.route
	if c.direct {
		for i := range r.NextHops {
			if h := &r.NextHops[i]; !h.Drop && !t.interfaceUp(h) {
				return t.directHops(r)
			}
		}
		return r.NextHops // all of them: the common case shares the slice
	}
	if r.InTable {
		return t.hopsInTable(r)
	}
	key := hashHops(r)
	for _, s := range t.sets[key] {
		if s.single == r.SingleHop && slices.Equal(s.offered, r.NextHops) && !s.passed[p] {
			return s.hops
		}
	}
	s := resolvedSet{offered: r.NextHops, single: r.SingleHop, passed: map[netip.Prefix]bool{}}
	for i := range r.NextHops {
		hops, passed := t.resolveHop(p, r, &r.NextHops[i])
		s.hops = append(s.hops, hops...)
		for _, x := range passed {
			s.passed[x] = true
		}
	}
	slices.SortFunc(s.hops, NextHop.Compare)
	s.hops = slices.Compact(s.hops)
	if !s.passed[p] {
		t.sets[key] = append(t.sets[key], s)
	}
	return s.hops
}

// resolvedSet is what a whole list of next hops came to: routes with the same list
// share the result, except those that the way there passes.
type resolvedSet struct {
	offered []NextHop
	single  bool
	hops    []NextHop
	passed  map[netip.Prefix]bool
}

var seed = maphash.MakeSeed()

func hashHops(r *Route) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	for i := range r.NextHops {
		maphash.WriteComparable(&h, r.NextHops[i].Via)
		h.WriteString(r.NextHops[i].Interface)
	}
	return h.Sum64()
}

func (t *Table) directHops(r *Route) []NextHop {
	var hops []NextHop
	for i := range r.NextHops {
		if h := &r.NextHops[i]; h.Drop || t.interfaceUp(h) {
			hops = append(hops, *h)
		}
	}
	return hops
}

func (t *Table) interfaceUp(h *NextHop) bool {
	if h.VRF != "" {
		if o := t.instance(h.VRF); o != nil {
			return o.up(h.Interface)
		}
		return false
	}
	return t.up(h.Interface)
}

// resolveHop finds where packets for one next hop go, nowhere when it does not work, and
// which prefixes of this table the lookup passed.
func (t *Table) resolveHop(p netip.Prefix, r *Route, h *NextHop) (hops []NextHop, passed []netip.Prefix) {
	in := t
	if h.VRF != "" {
		if in = t.instance(h.VRF); in == nil {
			return nil, nil
		}
	}
	switch {
	case h.Drop:
		return []NextHop{*h}, nil
	case !h.Via.IsValid() || h.OnLink || h.Via.IsLinkLocalUnicast():
		on, ok := in.onWire(*h)
		if !ok {
			return nil, nil
		}
		return []NextHop{on}, nil
	}
	q := query{via: h.Via, iface: h.Interface, single: r.SingleHop}
	if in == t {
		res := t.find(q)
		if slices.Contains(res.passed, p) {
			return nil, res.passed // also for host routes: zebra tries those, and takes them back at the next look
		}
		return res.hops, res.passed
	}
	hops = slices.Clone(in.walk(q).hops)
	for i := range hops {
		if hops[i].VRF == "" && !hops[i].Drop {
			hops[i].VRF = h.VRF
		}
	}
	return hops, nil
}

// onWire is a next hop that needs no lookup but for its interface, and whether that is up. A link-local one without is taken to be where
// the link-local subnet is selected, as any other address is (zebra's nexthop_active).
func (t *Table) onWire(h NextHop) (NextHop, bool) {
	if h.Interface == "" && h.Via.IsLinkLocalUnicast() && t.scope != nil {
		h.Interface = t.scope()
	}
	return h, h.Interface != "" && t.up(h.Interface)
}

// find is walk with a memory.
func (t *Table) find(q query) resolution {
	if res, ok := t.cache[q]; ok {
		return res
	}
	res := t.walk(q)
	t.cache[q] = res
	return res
}

// stands reports whether every lookup made in this pass still has the same answer.
func (t *Table) stands() bool {
	for q, old := range t.cache {
		now := t.walk(q)
		if now.ok != old.ok || now.metric != old.metric || !slices.Equal(now.hops, old.hops) || !slices.Equal(now.passed, old.passed) {
			return false
		}
	}
	return true
}

// walk resolves a next hop as zebra's nexthop_active does: from the longest
// prefix that covers it upwards to the first one with a selected route. A connected
// route is the answer; any other lends its own, already resolved next hops. The
// default route counts only where the instance says so.
func (t *Table) walk(q query) resolution {
	var res resolution
	viaDefault := t.viaDefault[network.FamilyOfAddr(q.via)]
	for p, n := range t.nodes.Supernets(netip.PrefixFrom(q.via, q.via.BitLen())) {
		res.passed = append(res.passed, p)
		if p.Bits() == 0 && !viaDefault {
			return res
		}
		if n.selected == nil {
			continue
		}
		if n.selected.Protocol == network.Connected {
			for i := range n.candidates {
				c := &n.candidates[i]
				if c.route.Protocol != network.Connected {
					continue
				}
				iface := c.route.NextHops[0].Interface
				if q.iface != "" && q.iface != iface || q.iface == "" && c.route != n.selected || !t.up(iface) {
					continue
				}
				res.hops, res.ok = []NextHop{{Via: q.via, Interface: iface}}, true
			}
			return res
		}
		if q.single {
			return res
		}
		for _, h := range n.hops {
			if q.iface != "" && h.Interface != q.iface {
				continue
			}
			if !h.Drop && !h.Via.IsValid() {
				h.Via = q.via // an interface route: the next hop is on that wire
			}
			h.OnLink = false
			res.hops = append(res.hops, h)
		}
		res.ok, res.metric = len(res.hops) > 0, n.selected.Metric
		return res
	}
	return res
}

// Resolve is the lookup that BGP makes for a next hop (zebra's next-hop tracking):
// the metric of the route that decides, and whether there is one. A link-local
// address is reachable while its interface is up.
func (t *Table) Resolve(via netip.Addr, iface string) (metric uint32, ok bool) {
	if via.IsLinkLocalUnicast() && iface != "" {
		return 0, t.up(iface)
	}
	res := t.walk(query{via: via, iface: iface})
	return res.metric, res.ok
}

// noMetric is that of a next hop behind a route of a protocol without one (BIRD IGP_METRIC_UNKNOWN).
const noMetric = 1 << 31

// ResolveInTable is the lookup of a daemon that resolves next hops in its one table (BIRD rt_update_hostentry): connected
// subnets stand in it only where Holds says so, the longest match decides for good, and a route that is recursive itself
// resolves nothing. An address of the router's own leads nowhere over an interface; a gateway on the way to it takes the packets all the same.
func (t *Table) ResolveInTable(via netip.Addr, iface string) (metric uint32, ok bool) {
	if via.IsLinkLocalUnicast() && iface != "" {
		return 0, t.up(iface)
	}
	n, c := t.inTable(via)
	switch {
	case c == nil || t.owns(via) && slices.ContainsFunc(t.settledHops(n, c), func(h NextHop) bool { return !h.Drop && !h.Via.IsValid() }) || c.route.Protocol != network.Connected && (c.route.Recursive || c.route.InTable):
		return 0, false
	case c.route.Protocol == network.Connected:
		return 0, true
	case c.route.Protocol == network.OSPFv2 && c.route.OSPF != OSPFExternal2:
		return c.route.Metric, true
	}
	return noMetric, true
}

// inTable is the route of such a table that is the longest match of an address, whatever it is good for; nil without one.
func (t *Table) inTable(via netip.Addr) (*node, *candidate) {
	for p, n := range t.nodes.Supernets(netip.PrefixFrom(via, via.BitLen())) {
		var best *candidate
		for i := range n.candidates {
			c := &n.candidates[i]
			if c.route.Protocol == network.Connected && c.source != FromBGP && !t.holds(p, c.route.NextHops[0].Interface) || len(t.settledHops(n, c)) == 0 {
				continue
			}
			if best == nil || t.better(c.route, best.route) {
				best = c
			}
		}
		if best != nil {
			return n, best
		}
	}
	return nil, nil
}

// HopsInTable are where packets for a next hop go that is found by ResolveInTable; a null route where it is not found.
func (t *Table) HopsInTable(via netip.Addr) []NextHop {
	return t.hopsInTable(&Route{NextHops: []NextHop{{Via: via}}})
}

// hopsInTable are where packets for the next hops of a route go that were found by ResolveInTable: not over a connected subnet that the table
// does not hold, though the kernel has it. Where none is found packets are dropped. Sorted, without duplicates.
func (t *Table) hopsInTable(r *Route) (out []NextHop) {
	for i := range r.NextHops {
		h := &r.NextHops[i]
		switch {
		case h.Drop:
			out = append(out, *h)
			continue
		case !h.Via.IsValid() || h.Via.IsLinkLocalUnicast():
			if h.Interface != "" && t.up(h.Interface) {
				out = append(out, *h)
			}
			continue
		}
		if _, ok := t.ResolveInTable(h.Via, h.Interface); !ok {
			continue
		}
		n, c := t.inTable(h.Via)
		if c.route.Protocol == network.Connected {
			out = append(out, NextHop{Via: h.Via, Interface: c.route.NextHops[0].Interface})
			continue
		}
		for _, x := range t.settledHops(n, c) {
			if c.route.Foremost.IsValid() && x.Via != c.route.Foremost {
				continue
			}
			if !x.Drop && !x.Via.IsValid() {
				x.Via = h.Via // an interface route: the next hop is on that wire
			}
			x.OnLink = false
			out = append(out, x)
		}
	}
	if len(out) == 0 {
		return []NextHop{{Drop: true}}
	}
	slices.SortFunc(out, NextHop.Compare)
	return slices.Compact(out)
}

// settledHops is usable for a table that stands still, without its memory: of a candidate that is not selected and needs a lookup
// they are those next hops that are found.
func (t *Table) settledHops(n *node, c *candidate) []NextHop {
	switch {
	case n.selected == c.route:
		return n.hops
	case c.direct:
		return t.directHops(c.route)
	}
	var hops []NextHop
	for i := range c.route.NextHops {
		h := &c.route.NextHops[i]
		if res := t.walk(query{via: h.Via, iface: h.Interface, single: c.route.SingleHop}); !h.Drop && !slices.Contains(res.passed, n.prefix) {
			hops = append(hops, res.hops...)
		}
	}
	return hops
}
