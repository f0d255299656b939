package rib

import (
	"net/netip"
	"slices"
	"sync"

	"github.com/gaissmai/bart"

	"github.com/routegate/routegate/network"
)

// Source is who offers routes to a table: each replaces its own offers as a whole.
type Source uint8

const (
	FromInterfaces Source = iota
	FromStatic
	FromOSPF
	FromBGP
	numSources
)

// Unusable is the distance of a route that is never selected.
const Unusable = 255

// maxPasses bounds the repetition in Settle. A pass can only carry a change one
// level of recursion further, and recursion is rarely more than three levels deep.
const maxPasses = 32

// Table is the main table of one router instance. The zero value is not ready:
// use New. Offer and Settle are for one goroutine; everything else may be
// called concurrently once the table is settled.
type Table struct {
	up         func(iface string) bool
	instance   func(vrf string) *Table
	viaDefault [network.NumFamilies]bool
	holds      func(p netip.Prefix, iface string) bool // see Holds
	owns       func(netip.Addr) bool
	scope      func() string // see Scope

	nodes   *bart.Table[*node]
	lender  *Table // whose nodes these are; nil: its own
	offers  [numSources][]Route
	touched []*node // changed since the last Settle
	// recursive nodes have a candidate whose next hops need the table itself.
	recursive []*node
	stale     bool // recursive must be collected anew
	unstable  []netip.Prefix
	cache     map[query]resolution
	sets      map[uint64][]resolvedSet

	bulk     Bulk                  // what BGP offers
	taken    map[netip.Prefix]bool // prefixes of the bulk that have nodes
	mu       sync.RWMutex          // guards resolved
	resolved map[uint64][]NextHop  // of what is left of the bulk, by its number for the next hops
}

// node is one prefix with everything that is offered for it, even when nothing
// of it is usable: zebra's walk through the table stops at such prefixes too.
type node struct {
	prefix     netip.Prefix
	candidates []candidate
	selected   *Route // the winner as offered; nil when nothing is usable
	hops       []NextHop
}

type candidate struct {
	route  *Route
	source Source
	direct bool // its next hops need no lookup
}

// New makes an empty table. up says whether an interface can carry packets;
// instance finds the router's table of another VRF (nil when there is none);
// viaDefault says whether the default route may resolve next hops.
func New(up func(iface string) bool, instance func(vrf string) *Table, viaDefault [network.NumFamilies]bool) *Table {
	return &Table{up: up, instance: instance, viaDefault: viaDefault, nodes: new(bart.Table[*node]), cache: map[query]resolution{}, sets: map[uint64][]resolvedSet{}}
}

// Holds says which connected routes ResolveInTable may find, and which addresses are the router's own: set before it is asked.
func (t *Table) Holds(by func(p netip.Prefix, iface string) bool, own func(netip.Addr) bool) {
	t.holds, t.owns = by, own
}

// Scope says on which interface a link-local next hop is taken to be that comes without one; "" where there is none.
func (t *Table) Scope(by func() string) { t.scope = by }

// Offer replaces everything that a source offers and reports whether that differs
// from before. The table keeps the slice: the caller must not write to it again.
func (t *Table) Offer(s Source, routes []Route) bool {
	old := t.offers[s]
	if slices.EqualFunc(old, routes, func(a, b Route) bool { return a.Equal(&b) }) {
		return false
	}
	t.replace(s, routes)
	t.stale = true
	return true
}

func (t *Table) replace(s Source, routes []Route) {
	old := t.offers[s]
	if len(old) == 0 && len(routes) == 0 {
		return
	}
	t.own()
	for i := range old {
		if n, ok := t.nodes.Get(old[i].Prefix); ok {
			n.candidates = slices.DeleteFunc(n.candidates, func(c candidate) bool { return c.source == s })
			t.touched = append(t.touched, n)
		}
	}
	t.offers[s] = routes
	slab := make([]node, 0, len(routes))
	cells := make([]candidate, len(routes))
	for i := range routes {
		r := &routes[i]
		if r.Distance == Unusable || len(r.NextHops) == 0 {
			continue
		}
		c := candidate{route: r, source: s, direct: direct(r)}
		n, ok := t.nodes.Get(r.Prefix)
		if !ok {
			slab = append(slab, node{prefix: r.Prefix, candidates: cells[i : i : i+1]})
			n = &slab[len(slab)-1]
			t.nodes.Insert(r.Prefix, n)
		}
		n.candidates = append(n.candidates, c)
		t.touched = append(t.touched, n)
	}
}

// direct reports whether every next hop says by itself where packets go.
func direct(r *Route) bool {
	if r.InTable {
		return false
	}
	switch r.Protocol {
	case network.Connected:
		return true
	case network.OSPFv2:
		// ospfd's next hops are on the wire, but zebra refuses a host route through itself
		// (the far end of a point-to-multipoint network).
		return !r.Prefix.IsSingleIP() || !slices.ContainsFunc(r.NextHops, func(h NextHop) bool { return h.Via == r.Prefix.Addr() && !h.OnLink })
	}
	for i := range r.NextHops {
		h := &r.NextHops[i]
		switch {
		case h.Drop:
		case h.Interface == "":
			return false
		case h.Via.IsValid() && !h.OnLink && !h.Via.IsLinkLocalUnicast():
			return false // must be found on that interface's subnet
		}
	}
	return true
}

// Settle selects one route for each prefix and resolves its next hops, again and
// again until nothing moves, and reports whether anything differs from before.
// Routes that do not come to rest (each resolves through the other) are in Unstable.
func (t *Table) Settle() (changed bool) {
	t.unstable = nil
	if t.stale {
		t.takeOver()
	}
	for _, n := range t.touched {
		if len(n.candidates) == 0 {
			if n.selected != nil {
				n.selected, changed = nil, true
			}
			t.nodes.Delete(n.prefix)
			continue
		}
		if allDirect(n) && t.selectRoute(n) {
			changed = true
		}
	}
	t.touched = t.touched[:0]
	if t.stale {
		t.stale = false
		t.resolved = nil
		t.recursive = t.recursive[:0]
		for _, n := range t.nodes.AllSorted() {
			if !allDirect(n) {
				t.recursive = append(t.recursive, n)
			}
		}
	}
	for pass := 0; len(t.recursive) > 0; pass++ {
		t.forget()
		var moved []netip.Prefix
		for _, n := range t.recursive {
			if t.selectRoute(n) {
				moved = append(moved, n.prefix)
			}
		}
		if len(moved) == 0 {
			break
		}
		changed = true
		if t.stands() {
			break // nothing that moved in this pass matters to a lookup
		}
		if pass == maxPasses {
			t.unstable = moved
			break
		}
	}
	t.forget()
	if changed {
		t.resolved = nil
	}
	return changed
}

func (t *Table) forget() {
	clear(t.cache)
	clear(t.sets)
}

// Unstable are the prefixes that did not come to rest in the last Settle, sorted.
func (t *Table) Unstable() []netip.Prefix { return t.unstable }

func allDirect(n *node) bool {
	for i := range n.candidates {
		if !n.candidates[i].direct {
			return false
		}
	}
	return true
}

// selectRoute chooses among the candidates with at least one usable next hop and
// reports whether the choice or its next hops changed.
func (t *Table) selectRoute(n *node) bool {
	var best *candidate
	var hops []NextHop
	for i := range n.candidates {
		c := &n.candidates[i]
		if best != nil && !t.better(c.route, best.route) {
			continue
		}
		if h := t.usable(n.prefix, c); len(h) > 0 {
			best, hops = c, h
		}
	}
	if best == nil {
		if n.selected == nil {
			return false
		}
		n.selected, n.hops = nil, nil
		return true
	}
	if n.selected == best.route && slices.Equal(n.hops, hops) {
		return false
	}
	same := n.selected != nil && n.selected.Equal(best.route) && slices.Equal(n.hops, hops)
	n.selected, n.hops = best.route, hops
	return !same
}

// better is zebra's choice between two usable routes: connected first (not the
// loopback's, where both are), then distance, then metric. What zebra leaves to
// arrival order is decided by protocol and interface name.
func (t *Table) better(a, b *Route) bool {
	ac, bc := a.Protocol == network.Connected, b.Protocol == network.Connected
	if ac != bc {
		return ac
	}
	if a.Distance != b.Distance {
		return a.Distance < b.Distance
	}
	if a.Metric != b.Metric {
		return a.Metric < b.Metric
	}
	if a.Protocol != b.Protocol {
		return a.Protocol < b.Protocol
	}
	return slices.CompareFunc(a.NextHops, b.NextHops, NextHop.Compare) < 0
}
