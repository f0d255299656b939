package rib

import (
	"iter"
	"net/netip"

	"github.com/routegate/routegate/network"
)

// Get is the selected route for exactly the prefix, its next hops resolved.
func (t *Table) Get(p netip.Prefix) (Route, bool) {
	n, ok := t.nodes.Get(p)
	if !ok {
		return t.left(p)
	}
	if n.selected == nil {
		return Route{}, false
	}
	return n.route(), true
}

// Offered are the next hops of the selected route for the prefix as its source gave
// them, before resolution: what zebra hands on when the route is redistributed.
func (t *Table) Offered(p netip.Prefix) []NextHop {
	if n, ok := t.nodes.Get(p); ok && n.selected != nil {
		return n.selected.NextHops
	}
	if _, ok := t.left(p); ok {
		_, key, _ := t.bulk.Route(p)
		return t.bulk.Hops(key)
	}
	return nil
}

// Lookup is the longest match for an address.
func (t *Table) Lookup(a netip.Addr) (Route, bool) {
	return t.LookupPrefix(netip.PrefixFrom(a, a.BitLen()))
}

// LookupPrefix is the selected route with the longest prefix that covers the whole of p.
func (t *Table) LookupPrefix(p netip.Prefix) (Route, bool) {
	best, ok := t.lookupNode(p)
	if t.bulk == nil {
		return best, ok
	}
	for q := range t.bulk.Covering(p) {
		if ok && q.Bits() <= best.Prefix.Bits() {
			break
		}
		if r, found := t.left(q); found {
			return r, true
		}
	}
	return best, ok
}

func (t *Table) lookupNode(p netip.Prefix) (Route, bool) {
	_, n, ok := t.nodes.LookupPrefixLPM(p)
	if !ok {
		return Route{}, false
	}
	if n.selected != nil {
		return n.route(), true
	}
	for _, n := range t.nodes.Supernets(p) {
		if n.selected != nil {
			return n.route(), true
		}
	}
	return Route{}, false
}

// All are the selected routes by prefix.
func (t *Table) All() iter.Seq[Route] {
	return func(yield func(Route) bool) {
		for _, f := range network.Families {
			for r := range t.AllOf(f) {
				if !yield(r) {
					return
				}
			}
		}
	}
}

// AllOf are the selected routes of one family by prefix.
func (t *Table) AllOf(f network.Family) iter.Seq[Route] {
	nodes := t.nodes.AllSorted4
	if f == network.IPv6Unicast {
		nodes = t.nodes.AllSorted6
	}
	return t.merged(nodes(), t.rest(f))
}

// Len is the number of prefixes that have a node: all for which anything but a bulk offers something.
func (t *Table) Len() int { return t.nodes.Size() }

func (n *node) route() Route {
	r := *n.selected
	r.NextHops = n.hops
	return r
}
