package config

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func compareEnd(a, b network.End) int {
	return cmp.Or(cmp.Compare(a.Router, b.Router), cmp.Compare(a.Interface, b.Interface))
}

// wiring collects links: who is on which wire, and how that is known.
type wiring struct {
	routers  []*network.Router
	topology *topology
	byName   map[string]*network.Router
	links    []network.Link
	at       map[network.End][]int // into links
	// cabled are interfaces that the topology wires straight to another router: no subnet says otherwise.
	cabled   map[network.End]bool
	warnings []string
}

// findLinks derives all links: the topology's first, then shared subnets, then
// unnumbered pairs that only fit each other.
func findLinks(routers []*network.Router, t *topology) ([]network.Link, []string) {
	w := &wiring{routers: routers, topology: t, byName: map[string]*network.Router{}, cabled: map[network.End]bool{}, at: map[network.End][]int{}}
	for _, r := range routers {
		w.byName[r.Name] = r
	}
	if t != nil {
		w.fromTopology()
	}
	w.fromSubnets()
	w.fromUnnumbered()
	slices.SortFunc(w.links, func(a, b network.Link) int {
		return cmp.Or(slices.CompareFunc(a.Ends, b.Ends, compareEnd), cmp.Compare(a.Origin, b.Origin), comparePrefix(a.Prefix, b.Prefix))
	})
	return w.links, w.warnings
}

// add keeps a link; its ends are sorted and unique.
func (w *wiring) add(l network.Link) {
	slices.SortFunc(l.Ends, compareEnd)
	l.Ends = slices.Compact(l.Ends)
	if len(l.Ends) > 1 {
		for _, e := range l.Ends {
			w.at[e] = append(w.at[e], len(w.links))
		}
		w.links = append(w.links, l)
	}
}

// fromTopology makes the links of topology.clab.yml. Nodes that are no routers of the snapshot
// are hosts; bridges join everything that is wired to them, also through other bridges.
func (w *wiring) fromTopology() {
	t := w.topology
	segment := map[string]string{} // a bridge to the bridge that stands for its segment
	var root func(string) string
	root = func(b string) string {
		if p, ok := segment[b]; ok && p != b {
			return root(p)
		}
		return b
	}
	for _, x := range t.wires {
		if a, b := x.ends[0].Router, x.ends[1].Router; t.shared(a) && t.shared(b) && root(a) != root(b) {
			segment[max(root(a), root(b))] = min(root(a), root(b))
		}
	}
	bridged := map[string]*network.Link{}
	for _, x := range t.wires {
		a, b := x.ends[0], x.ends[1]
		if t.shared(a.Router) {
			a, b = b, a
		}
		switch {
		case t.shared(a.Router):
			continue
		case t.shared(b.Router):
			if w.byName[a.Router] == nil {
				continue
			}
			l := bridged[root(b.Router)]
			if l == nil {
				l = &network.Link{Origin: network.LinkTopology, Span: x.span}
				bridged[root(b.Router)] = l
			}
			l.Ends, l.Span = append(l.Ends, a), l.Span.Join(x.span)
			w.cabled[a] = true
		case w.byName[a.Router] != nil && w.byName[b.Router] != nil:
			w.add(network.Link{Ends: []network.End{a, b}, Origin: network.LinkTopology, Span: x.span})
			w.cabled[a], w.cabled[b] = true, true
		}
	}
	for _, k := range sortedKeys(bridged) {
		w.add(*bridged[k])
	}
}

// wired reports whether two interfaces are on one wire already.
func (w *wiring) wired(a, b network.End) bool {
	return slices.ContainsFunc(w.at[a], func(i int) bool { return slices.Contains(w.links[i].Ends, b) })
}

// fromSubnets links interfaces with addresses in one subnet. Loopbacks and host addresses are on
// no wire, link-local subnets are everywhere.
func (w *wiring) fromSubnets() {
	ends := map[netip.Prefix][]network.End{}
	spans := map[netip.Prefix]network.Span{}
	for _, r := range w.routers {
		for _, i := range r.Interfaces {
			if i.Loopback {
				continue
			}
			for _, a := range i.Addresses {
				p := a.Prefix.Masked()
				if a.Peer.IsValid() {
					// A point-to-point address: the far end decides the wire.
					p = pointToPoint(a)
				}
				if p.IsSingleIP() || p.Addr().IsLinkLocalUnicast() || p.Bits() == 0 {
					continue
				}
				e := network.End{Router: r.Name, Interface: i.Name}
				if w.cabled[e] {
					continue
				}
				if !slices.Contains(ends[p], e) {
					ends[p] = append(ends[p], e)
				}
				if _, ok := spans[p]; !ok {
					spans[p] = a.Span
				}
			}
		}
	}
	prefixes := slices.SortedFunc(maps.Keys(ends), comparePrefix)
	for _, p := range prefixes {
		if len(ends[p]) < 2 {
			continue
		}
		if p.Addr().BitLen()-p.Bits() < 2 && len(ends[p]) > 2 || p.Addr().Is4() && p.Bits() == 30 && len(ends[p]) > 2 {
			w.warnings = append(w.warnings, fmt.Sprintf("subnet %s holds two addresses, but %d interfaces are in it (%s first): they are taken to share one wire", p, len(ends[p]), spans[p]))
		}
		// An IPv4 and an IPv6 subnet on the same interfaces are one wire.
		l := network.Link{Ends: ends[p], Origin: network.LinkSubnet, Prefix: p}
		slices.SortFunc(l.Ends, compareEnd)
		if !slices.ContainsFunc(w.at[l.Ends[0]], func(i int) bool {
			return w.links[i].Origin == network.LinkSubnet && slices.Equal(w.links[i].Ends, l.Ends)
		}) {
			w.add(l)
		}
	}
}

// pointToPoint is a subnet of two for an address with a peer: the same from both ends.
func pointToPoint(a network.Address) netip.Prefix {
	near := a.Prefix.Addr()
	bits := near.BitLen()
	for bits > 0 {
		p := netip.PrefixFrom(near, bits).Masked()
		if p.Contains(a.Peer) {
			return p
		}
		bits--
	}
	return netip.PrefixFrom(near, near.BitLen())
}
