package rib

import (
	"iter"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// Bulk is a source with so many routes that a table does not keep them: it asks for each when it is
// looked up. A table takes over one by one only those that other sources offer too, and those that next
// hops are resolved by.
type Bulk interface {
	// Route is the route offered for a prefix without its next hops, and the number of those, which says how they are looked up, too.
	Route(netip.Prefix) (r Route, hops uint64, ok bool)
	// Offered are the prefixes of a family for which there is a usable route, in lists that share a number for the next hops.
	Offered(network.Family) iter.Seq2[[]netip.Prefix, uint64]
	// Hops are the next hops of a number: sorted, at least one, read-only.
	Hops(uint64) []NextHop
	// Prefixes are those for which there may be a route, sorted.
	Prefixes(network.Family) []netip.Prefix
	// Covering are those of Prefixes that contain the whole of a prefix, the longest first.
	Covering(netip.Prefix) iter.Seq[netip.Prefix]
	// Resolving are those of Prefixes that contain a next hop of any of the routes, sorted.
	Resolving() []netip.Prefix
	// Same reports whether another source is known to offer the same.
	Same(Bulk) bool
}

// Marks of a number: its next hops are looked up as Route.InTable and Route.SingleHop say, and link-local ones come without their interface.
const (
	HopsInTable   = 1 << 34
	HopsConnected = 1 << 35
	HopsUnscoped  = 1 << 36
)

// OfferBulk replaces everything that BGP offers, and reports whether that may differ from before.
func (t *Table) OfferBulk(b Bulk) bool {
	if t.bulk != nil && t.bulk.Same(b) {
		t.bulk = b
		return false
	}
	t.bulk, t.stale = b, true
	return true
}

// takeOver makes candidates of the bulk's routes that matter to others.
func (t *Table) takeOver() {
	if t.bulk == nil {
		return
	}
	var taken map[netip.Prefix]bool // few tables have any
	var routes []Route
	take := func(p netip.Prefix) {
		if taken[p] {
			return
		}
		if r, key, ok := t.bulk.Route(p); ok {
			if taken == nil {
				taken = map[netip.Prefix]bool{}
			}
			taken[p] = true
			r.NextHops = t.bulk.Hops(key)
			routes = append(routes, r)
		}
	}
	for _, s := range []Source{FromInterfaces, FromStatic, FromOSPF} {
		for i := range t.offers[s] {
			r := &t.offers[s][i]
			take(r.Prefix)
			if s != FromInterfaces && !direct(r) {
				for _, h := range r.NextHops {
					if h.Via.IsValid() {
						for p := range t.bulk.Covering(netip.PrefixFrom(h.Via, h.Via.BitLen())) {
							take(p)
						}
					}
				}
			}
		}
	}
	for _, p := range t.bulk.Resolving() {
		take(p)
	}
	slices.SortFunc(routes, func(a, b Route) int { return a.Prefix.Compare(b.Prefix) })
	t.taken = taken
	t.replace(FromBGP, routes)
}

// left is the bulk's route for a prefix that nobody else offers, resolved.
func (t *Table) left(p netip.Prefix) (Route, bool) {
	if t.bulk == nil || t.taken[p] {
		return Route{}, false
	}
	r, key, ok := t.bulk.Route(p)
	if !ok {
		return Route{}, false
	}
	return t.resolve(r, key)
}

// resolve gives a route of the bulk its next hops, found once for each set of them; ok is false where it cannot be used.
func (t *Table) resolve(r Route, key uint64) (Route, bool) {
	if r.Distance == Unusable {
		return Route{}, false
	}
	r.NextHops = t.resolvedHops(key)
	return r, len(r.NextHops) > 0
}

// resolvedHops are the next hops of a route of the bulk's, resolved; they are the same for all routes of one number.
func (t *Table) resolvedHops(key uint64) []NextHop {
	t.mu.RLock()
	hops, known := t.resolved[key]
	t.mu.RUnlock()
	if known {
		return hops
	}
	hops = t.resolveAll(&Route{Protocol: network.BGPProtocol, NextHops: t.bulk.Hops(key), InTable: key&HopsInTable != 0, SingleHop: key&HopsConnected != 0})
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.resolved == nil {
		t.resolved = map[uint64][]NextHop{}
	}
	if old, ok := t.resolved[key]; ok {
		return old // equal sets share the slice
	}
	t.resolved[key] = hops
	return hops
}

// resolveAll is usable for a route that is no way to its own next hops.
func (t *Table) resolveAll(r *Route) []NextHop {
	if r.InTable {
		return t.hopsInTable(r)
	}
	if direct(r) {
		return t.directHops(r)
	}
	var hops []NextHop
	for i := range r.NextHops {
		h := &r.NextHops[i]
		switch {
		case h.Drop:
			hops = append(hops, *h)
		case h.VRF != "":
			there, _ := t.resolveHop(netip.Prefix{}, r, h)
			hops = append(hops, there...)
		case !h.Via.IsValid() || h.OnLink || h.Via.IsLinkLocalUnicast():
			if on, ok := t.onWire(*h); ok {
				hops = append(hops, on)
			}
		default:
			hops = append(hops, t.walk(query{via: h.Via, iface: h.Interface, single: r.SingleHop}).hops...)
		}
	}
	slices.SortFunc(hops, NextHop.Compare)
	return slices.Compact(hops)
}

// merged yields the table's own nodes and what is left of the bulk, by prefix.
func (t *Table) merged(nodes iter.Seq2[netip.Prefix, *node], rest []netip.Prefix) iter.Seq[Route] {
	return func(yield func(Route) bool) {
		i := 0
		upTo := func(p netip.Prefix, all bool) bool {
			for ; i < len(rest) && (all || rest[i].Compare(p) < 0); i++ {
				if r, ok := t.left(rest[i]); ok && !yield(r) {
					return false
				}
			}
			return true
		}
		for p, n := range nodes {
			if !upTo(p, false) || n.selected != nil && !yield(n.route()) {
				return
			}
		}
		upTo(netip.Prefix{}, true)
	}
}

func (t *Table) rest(f network.Family) []netip.Prefix {
	if t.bulk == nil {
		return nil
	}
	return t.bulk.Prefixes(f)
}

// Others are the selected routes of one family that are not BGP's, by prefix.
func (t *Table) Others(f network.Family) iter.Seq[Route] {
	return func(yield func(Route) bool) {
		for r := range t.Own(f) {
			if r.Protocol != network.BGPProtocol && !yield(r) {
				return
			}
		}
	}
}

// Offers are the usable routes of one family that are not BGP's, the best of each protocol, by prefix: those that are not
// selected, too.
func (t *Table) Offers(f network.Family) iter.Seq[Route] {
	nodes := t.nodes.AllSorted4
	if f == network.IPv6Unicast {
		nodes = t.nodes.AllSorted6
	}
	return func(yield func(Route) bool) {
		for _, n := range nodes() {
			best := map[network.Protocol]Route{}
			var order []network.Protocol
			for i := range n.candidates {
				c := &n.candidates[i]
				old, known := best[c.route.Protocol]
				if c.source == FromBGP || known && !t.better(c.route, &old) {
					continue
				}
				hops := t.settledHops(n, c)
				if len(hops) == 0 {
					continue
				}
				if !known {
					order = append(order, c.route.Protocol)
				}
				r := *c.route
				r.NextHops = hops
				best[c.route.Protocol] = r
			}
			slices.Sort(order)
			for _, proto := range order {
				if !yield(best[proto]) {
					return
				}
			}
		}
	}
}

// Own are the selected routes of one family that the table holds itself, by prefix: all but those of a Bulk that
// nothing else depends on.
func (t *Table) Own(f network.Family) iter.Seq[Route] {
	nodes := t.nodes.AllSorted4
	if f == network.IPv6Unicast {
		nodes = t.nodes.AllSorted6
	}
	return t.merged(nodes(), nil)
}

// Has reports whether there is a selected route for exactly the prefix.
func (t *Table) Has(p netip.Prefix) bool {
	_, ok := t.Get(p)
	return ok
}

// Count is the number of selected routes of one family.
func (t *Table) Count(f network.Family) int {
	n := 0
	for range t.Own(f) {
		n++
	}
	if t.bulk == nil {
		return n
	}
	last, usable := uint64(0), false
	count := func(key uint64, by int) {
		if key != last {
			last, usable = key, len(t.resolvedHops(key)) > 0
		}
		if usable {
			n += by
		}
	}
	for list, key := range t.bulk.Offered(f) {
		count(key, len(list))
	}
	for p := range t.taken { // counted among the table's own
		if r, key, ok := t.bulk.Route(p); ok && r.Distance != Unusable && network.FamilyOf(p) == f {
			count(key, -1)
		}
	}
	return n
}
