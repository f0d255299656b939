package lab

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
	"github.com/routegate/routegate/routing/rib"
)

func describeSeen(paths []SeenPath) string {
	var all []string
	for _, p := range paths {
		all = append(all, p.from())
	}
	return "from " + sorted(all)
}

// fromPath names whom a path is from: the neighbor, the router itself, or the instance that it is leaked from. GoBGP and
// BIRD tell the neighbor of another VRF or table.
func (r instance) fromPath(p *bgp.Path) string {
	switch {
	case p.Source != bgp.FromVRF:
		return from(p.Neighbor)
	case r.vrf.BGP.VPN != nil || r.vrf.BGP.Habits.OneTable:
		return from(p.VRFNeighbor)
	case p.VRF == "":
		return "vrf default"
	}
	return "vrf " + p.VRF
}

// told are a path's attributes as far as the daemon tells its own: of a leaked path no originator, see frrPath.seen, and
// in a VRF of GoBGP no extended communities.
func (r instance) told(p *bgp.Path) *network.PathAttributes {
	if r.vrf.BGP.VPN != nil {
		a := *p.Attributes
		a.Ext = nil
		return &a
	}
	if p.Source != bgp.FromVRF || !p.Attributes.OriginatorID.IsValid() || r.vrf.BGP.Habits.OneTable {
		return p.Attributes
	}
	a := *p.Attributes
	a.OriginatorID, a.ClusterList = netip.Addr{}, nil
	return &a
}

func (s *SeenPath) from() string {
	if s.VRF != "" && s.Neighbor == "" {
		return "vrf " + s.VRF
	}
	return from(s.Neighbor)
}

func from(neighbor string) string {
	if neighbor == "" {
		return "itself"
	}
	return neighbor
}

func sorted(all []string) string {
	all = slices.Clone(all)
	slices.Sort(all)
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, " ")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func onLoopback(r *network.Router, w rib.Route) bool {
	f := r.Interface(w.NextHops[0].Interface)
	return f != nil && f.Loopback
}
