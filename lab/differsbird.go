package lab

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// What BIRD 2.0.12, or a router beside it, does by accident.

// birdOwnSubnet: the IPv6 side of a BIRD that has one of its own subnets from a neighbor, and of its neighbors, which lose it.
func (j *judgement) birdOwnSubnet(d Difference) bool {
	r := j.want.Network.Router(d.Router)
	if r == nil || !d.Prefix.IsValid() || !d.Prefix.Addr().Is6() {
		return false
	}
	if j.hasOwn(r, d.VRF) {
		return true
	}
	b := r.VRF(d.VRF).BGP
	return b != nil && slices.ContainsFunc(b.Neighbors, func(n *network.Neighbor) bool {
		return slices.ContainsFunc(j.want.Network.Routers, func(x *network.Router) bool { return n.Address.IsValid() && x.Owns(n.Address) && j.hasOwn(x, "") })
	})
}

// hasOwn reports a BIRD with a path from a neighbor for one of its own IPv6 subnets.
func (j *judgement) hasOwn(r *network.Router, vrf string) bool {
	if r.Dialect != "bird" {
		return false
	}
	seen := j.routers[Key(r.Name, vrf)]
	for _, f := range r.Interfaces {
		for _, a := range f.Addresses {
			own := a.Prefix.Masked()
			if !f.Loopback && own.Addr().Is6() && seen != nil && slices.ContainsFunc(seen.BGP[own], func(p SeenPath) bool { return p.Neighbor != "" }) {
				return true
			}
		}
	}
	return false
}

// birdLinkLocal: somewhere a router holds a path over iBGP from a BIRD with a link-local next hop where the prediction names another
// router's address.
func (j *judgement) birdLinkLocal(d Difference) bool {
	if !d.Prefix.IsValid() || !d.Prefix.Addr().Is6() {
		return false
	}
	for _, t := range j.routers {
		for _, p := range t.BGP[d.Prefix] {
			if !p.Attributes.NextHop.IsLinkLocalUnicast() {
				continue
			}
			e := j.want.Entry(t.Router, t.VRF, d.Prefix)
			from, _ := netip.ParseAddr(p.Neighbor)
			if e == nil || !from.IsValid() {
				continue
			}
			for i := range e.Paths {
				if q := &e.Paths[i]; q.Neighbor == p.Neighbor && q.Attributes.NextHop != from && j.isBIRD(from) {
					return true
				}
			}
		}
	}
	return false
}

func (j *judgement) isBIRD(a netip.Addr) bool {
	for _, r := range j.want.Network.Routers {
		if r.Owns(a) {
			return r.Dialect == "bird"
		}
	}
	return false
}
