package lab

import (
	"net/netip"
	"slices"
	"strings"
)

// What BIRD 2.0.12, or a router beside it, does by accident.

// birdOwnSubnet: the IPv6 side of a BIRD that has one of its own subnets from a neighbor.
func (j *judgement) birdOwnSubnet(d Difference) bool {
	r := j.want.Network.Router(d.Router)
	if r == nil || r.Dialect != "bird" || !d.Prefix.IsValid() || !d.Prefix.Addr().Is6() {
		return false
	}
	seen := j.routers[Key(d.Router, d.VRF)]
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

// halfTTL: a BIRD without TTL security beside a neighbor that has it.
func (j *judgement) halfTTL(d Difference) bool {
	r := j.want.Network.Router(d.Router)
	return r != nil && r.Dialect == "bird" && strings.HasPrefix(d.Feature, "session ") && d.Observed == "Established" && strings.Contains(d.Predicted, "ttl-security wants")
}
