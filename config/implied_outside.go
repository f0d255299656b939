package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
)

// Neighbors outside of the snapshot stand in no other router's statements. A router that leaves its addresses
// to the operating system would never reach them: it would announce nothing to anybody, and no leak
// could be seen. So it is taken to have a wire to each.

// outside gives the routers that state no wire of their own one to each neighbor that no router of the
// snapshot can be. A router that stated its wires before the change, and does not any
// more, has lost them.
func (f *finder) outside(base *Snapshot) {
	for _, name := range f.work.names {
		for _, v := range f.work.routers[name].VRFs {
			if v.BGP == nil || f.wired(base, name, v.Underlay()) {
				continue
			}
			for _, n := range v.BGP.Neighbors {
				if f.outsider(name, claim{name, v.Underlay(), v.BGP, n}) {
					f.wire(name, v.Underlay(), n)
				}
			}
		}
	}
}

// wired reports whether a router states wires of its own, or did before the change.
func (f *finder) wired(base *Snapshot, name, vrf string) bool {
	if statesWire(f.work.routers[name], vrf) {
		return true
	}
	if base == nil {
		return false
	}
	old := base.Network.Router(name)
	return old != nil && statesWire(old, vrf)
}

// statesWire reports whether the configuration, or routegate.yaml, gives an interface that is no loopback an address.
func statesWire(r *network.Router, vrf string) bool {
	return slices.ContainsFunc(r.Interfaces, func(i network.Interface) bool {
		return i.VRF == vrf && !i.Loopback && len(i.Addresses) > 0 && !strings.HasPrefix(i.Name, impliedFace)
	})
}

// outsider reports whether a neighbor can be none of the snapshot's routers, and is not within reach yet.
func (f *finder) outsider(name string, c claim) bool {
	a := c.neighbor.Address
	if _, owned := f.owner[a]; owned || !usable(a) || f.gone[a] {
		return false
	}
	if slices.ContainsFunc(f.subnet[name], func(p netip.Prefix) bool { return p.Contains(a) }) {
		return false
	}
	for _, other := range f.work.names {
		if other != name && slices.ContainsFunc(f.work.routers[other].VRFs, func(v *network.VRF) bool { return v.BGP != nil && f.couldBe(c, v.BGP) }) {
			return false
		}
		if slices.ContainsFunc(f.own[other], func(m claim) bool { return other != name && f.seeks(m, c) }) {
			return false
		}
	}
	return true
}

// seeks reports whether another router's statement, for an address that nobody has, seems to mean the router of the
// claim, on the claim's wire: then their two statements do not fit together, and nobody is outside.
func (f *finder) seeks(m, c claim) bool {
	b := m.neighbor.Address
	if _, owned := f.owner[b]; owned || !usable(b) || m.vrf != c.vrf {
		return false
	}
	return tightness(b, c.neighbor.Address) >= widest(b) && expects(m.bgp, m.neighbor, c.bgp, c.neighbor)
}

// couldBe reports whether a BGP instance shows an AS that the statement expects, to anybody.
func (f *finder) couldBe(c claim, b *network.BGP) bool {
	if expects(c.bgp, c.neighbor, b, &network.Neighbor{}) {
		return true
	}
	return slices.ContainsFunc(b.Neighbors, func(m *network.Neighbor) bool { return expects(c.bgp, c.neighbor, b, m) })
}

// wire puts the router onto the smallest subnet with the neighbor in which an address is free.
func (f *finder) wire(name, vrf string, n *network.Neighbor) {
	a := n.Address
	if u := n.UpdateSource; u.IsValid() && u.Is4() == a.Is4() && tightness(a, u) >= widest(a) {
		if _, owned := f.owner[u]; !owned {
			f.connect(name, vrf, netip.PrefixFrom(u, min(tightness(a, u), a.BitLen()-1)), n)
			return
		}
	}
	for bits := a.BitLen() - 1; bits >= widest(a); bits-- {
		subnet := netip.PrefixFrom(a, bits).Masked()
		for b := subnet.Addr(); subnet.Contains(b); b = b.Next() {
			if bits < a.BitLen()-1 && b == subnet.Addr() {
				continue // no host has the subnet's own address
			}
			if _, owned := f.owner[b]; owned || b == a || len(f.byAddr[b]) > 0 || bits < a.BitLen()-1 && a.Is4() && !subnet.Contains(b.Next()) {
				continue
			}
			f.connect(name, vrf, netip.PrefixFrom(b, bits), n)
			return
		}
	}
}

func (f *finder) connect(name, vrf string, p netip.Prefix, n *network.Neighbor) {
	f.owner[p.Addr()] = name
	f.subnet[name] = append(f.subnet[name], p.Masked())
	f.place(name, vrf, p, false, n.Span)
	f.out.assumptions = append(f.out.assumptions,
		fmt.Sprintf("%s: address %s on implied interface, a wire to its neighbor %s outside %s", name, p, n.Address, n.Span))
}
