package routing

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/rib"
)

// move is what happens to a packet over one next hop: it goes on to the instance next,
// or, where next is -1, it ends with the outcome.
type move struct {
	hop     rib.NextHop
	next    int
	outcome Outcome
	via     netip.Addr // LeavesNetwork: the neighbor outside, where it has an address
}

// owns reports whether an address is one of the instance's own.
func (f *fabric) owns(i int, a netip.Addr) bool {
	for _, p := range f.wires.owners[a] {
		if port := &f.wires.ports[p]; port.router == f.instances[i].router && port.owned && port.iface.VRF == f.instances[i].vrf.Name {
			return true
		}
	}
	return false
}

// local is the host route of an own address.
func local(a netip.Addr) rib.Route {
	return rib.Route{Prefix: netip.PrefixFrom(a, a.BitLen()), Protocol: network.Local}
}

// move follows one next hop of a route at an instance. to is the destination;
// invalid, it stands for the hosts of a subnet that are no router of the snapshot.
func (f *fabric) move(i int, r *rib.Route, h rib.NextHop, to netip.Addr) move {
	m := move{hop: h, next: -1}
	p := f.wires.find(f.instances[i].router, h.Interface)
	target := h.Via
	if !target.IsValid() {
		target = to
	}
	switch {
	case h.Drop:
		m.outcome = Blackholed
		return m
	case p == nil || !p.up:
		m.outcome = NotOnLink
		return m
	case target.IsValid():
		if q := f.wires.answer(p, target); q >= 0 {
			other := &f.wires.ports[q]
			if m.next = f.instanceIndex(other.router, other.iface.VRF); m.next >= 0 {
				return m
			}
			m.next, m.outcome = -1, NotOnLink
			return m
		}
		if f.wires.misses(p, target) {
			m.outcome = NotOnLink
			return m
		}
	}
	switch {
	case !h.Via.IsValid() && r.Protocol != network.Static:
		m.outcome = Delivered // a host on a connected subnet
	case f.neighbors[target] || !p.linked:
		m.outcome, m.via = LeavesNetwork, target
	default:
		m.outcome = NotOnLink // a wire of routers, none of which has the address
	}
	return m
}

// path follows the first way that reaches an address, for BGP's sessions. An address of
// a router of the snapshot is reached there; any other where packets leave the
// network or meet the subnet.
func (f *fabric) path(from int, to netip.Addr) pathAnswer {
	if f.owns(from, to) {
		return pathAnswer{}
	}
	outside := len(f.wires.owners[to]) == 0
	var seen []int // most ways are one step long
	var walk func(i, depth int) (a pathAnswer, ok bool)
	walk = func(i, depth int) (pathAnswer, bool) {
		seen = append(seen, i)
		r, ok := f.instances[i].table.Lookup(to)
		if !ok {
			return pathAnswer{}, false
		}
		for _, h := range r.NextHops {
			m := f.move(i, &r, h, to)
			a := pathAnswer{hops: depth, out: h.Interface, ok: true}
			switch {
			case m.next >= 0 && f.owns(m.next, to):
			case m.next >= 0 && !slices.Contains(seen, m.next):
				if a, ok = walk(m.next, depth+1); !ok {
					continue
				}
				a.out = h.Interface
			case m.next >= 0 || !m.outcome.Good() || !outside:
				continue
			}
			if depth == 0 {
				a.source = f.source(i, h, to)
			}
			return a, true
		}
		return pathAnswer{}, false
	}
	a, _ := walk(from, 0)
	return a
}

// source is the address that packets over a next hop leave with by default: the outgoing
// interface's in the next hop's subnet, else its first; for an interface without
// any, a loopback's.
func (f *fabric) source(i int, h rib.NextHop, to netip.Addr) netip.Addr {
	in := &f.instances[i]
	p := f.wires.find(in.router, h.Interface)
	target := h.Via
	if !target.IsValid() {
		target = to
	}
	if p == nil {
		return netip.Addr{}
	}
	if to.Is6() && to.IsLinkLocalUnicast() {
		return p.linkLocal
	}
	var first netip.Addr
	for _, a := range p.iface.Addresses {
		ip := a.Prefix.Addr()
		if ip.Is4() != to.Is4() || ip.IsLinkLocalUnicast() {
			continue
		}
		if a.Prefix.Contains(target) || a.Peer == target {
			return ip
		}
		if !first.IsValid() {
			first = ip
		}
	}
	if first.IsValid() {
		return first
	}
	r := f.net.Routers[in.router]
	for _, loopback := range []bool{true, false} {
		for k := range r.Interfaces {
			x := &r.Interfaces[k]
			if x.Loopback != loopback || x.Shutdown || x.VRF != in.vrf.Name {
				continue
			}
			for _, a := range x.Addresses {
				if ip := a.Prefix.Addr(); ip.Is4() == to.Is4() && !ip.IsLinkLocalUnicast() && !ip.IsLoopback() {
					return ip
				}
			}
		}
	}
	return netip.Addr{}
}
