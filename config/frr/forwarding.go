package frr

import (
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
)

// forwardingOff are the lines that FRR itself writes where the host does not forward a family.
var forwardingOff = map[string]network.Family{
	"no ip forwarding": network.IPv4Unicast, "no ipv6 forwarding": network.IPv6Unicast,
}

// settleForwarding takes lines that switch off the forwarding of a family out of what is not modelled where the
// router has nothing of that family: no packet of it gets here.
func settleForwarding(r *network.Router) {
	for i := range r.Files {
		f := &r.Files[i]
		f.Notes = slices.DeleteFunc(f.Notes, func(n network.Note) bool {
			family, ok := forwardingOff[strings.Join(strings.Fields(n.Text), " ")]
			if !ok || n.Context != "" || speaks(r, family) {
				return false
			}
			f.Support[n.Span.First-1] = network.Irrelevant
			return true
		})
	}
}

// speaks reports that the router has an address, a route or a session of a family.
func speaks(r *network.Router, family network.Family) bool {
	for i := range r.Interfaces {
		for _, a := range r.Interfaces[i].Addresses {
			if x := a.Prefix.Addr(); network.FamilyOfAddr(x) == family && !x.IsLinkLocalUnicast() {
				return true
			}
		}
	}
	for _, v := range r.VRFs {
		for _, s := range v.Static {
			if network.FamilyOf(s.Prefix) == family {
				return true
			}
		}
		if family == network.IPv4Unicast && len(v.OSPF) > 0 {
			return true
		}
		if v.BGP == nil {
			continue
		}
		if len(v.BGP.Families[family].Networks) > 0 || slices.ContainsFunc(v.BGP.Neighbors, func(n *network.Neighbor) bool { return n.Families[family].Active }) {
			return true
		}
	}
	return false
}
