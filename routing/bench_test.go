package routing_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// clos is a leaf-spine fabric in one OSPF area, or with eBGP between the tiers: each
// router has a loopback, each leaf a subnet of hosts.
func clos(spines, leaves int, withBGP bool) *network.Network {
	n := &network.Network{}
	zero := &network.OSPFInterface{HasArea: true, Priority: 1, NetworkType: network.OSPFPointToPoint}
	lo := &network.OSPFInterface{HasArea: true, Priority: 1}
	router := func(name string, i int) *network.Router {
		v := &network.VRF{}
		a := netip.AddrFrom4([4]byte{10, 255, byte(i >> 8), byte(i)})
		if withBGP {
			v.BGP = &network.BGP{AS: 65000 + uint32(i), RouterID: a, DefaultLocalPref: 100,
				Distance: network.BGPDistance{External: 20, Internal: 200, Local: 200},
				Decision: network.Decision{MultipathRelax: true, Steps: []network.Step{network.StepWeight, network.StepLocalPref,
					network.StepLocalOrigin, network.StepASPathLength, network.StepOrigin, network.StepMED, network.StepPeerType,
					network.StepIGPMetric, network.StepRouterID, network.StepNeighborAddress}}}
			v.BGP.Families[0] = network.BGPFamily{MaxPaths: 64, MaxPathsInternal: 64, Install: true,
				Networks: []network.BGPNetwork{{Prefix: netip.PrefixFrom(a, 32)}}}
		} else {
			v.OSPF = []*network.OSPF{{RouterID: a}}
		}
		r := &network.Router{Name: name, VRFs: []*network.VRF{v}, Interfaces: []network.Interface{
			{Name: "lo", Loopback: true, OSPF: lo, Addresses: []network.Address{{Prefix: netip.PrefixFrom(a, 32)}}}}}
		n.Routers = append(n.Routers, r)
		return r
	}
	neighbor := func(r *network.Router, a netip.Addr, as uint32) {
		if withBGP {
			x := &network.Neighbor{Address: a, TTL: 1, RemoteAS: network.RemoteAS{Kind: network.RemoteASNumber, Number: as}}
			x.Families[0].Active = true
			r.VRFs[0].BGP.Neighbors = append(r.VRFs[0].BGP.Neighbors, x)
		}
	}
	var ls, ss []*network.Router
	for i := range leaves {
		r := router(fmt.Sprintf("leaf%03d", i), i+1)
		ls = append(ls, r)
		hosts := netip.PrefixFrom(netip.AddrFrom4([4]byte{172, 16 + byte(i>>8), byte(i), 1}), 24)
		r.Interfaces = append(r.Interfaces, network.Interface{Name: "hosts", OSPF: &network.OSPFInterface{HasArea: true, Priority: 1}, Addresses: []network.Address{{Prefix: hosts}}})
		if withBGP {
			f := &r.VRFs[0].BGP.Families[0]
			f.Networks = append(f.Networks, network.BGPNetwork{Prefix: hosts.Masked()})
		}
	}
	for i := range spines {
		ss = append(ss, router(fmt.Sprintf("spine%03d", i), leaves+i+1))
	}
	link := 0
	for i, l := range ls {
		for j, s := range ss {
			a := netip.AddrFrom4([4]byte{10, byte(link >> 15), byte(link >> 7), byte(link << 1)})
			b := a.Next()
			link++
			ln, sn := fmt.Sprintf("up%03d", j), fmt.Sprintf("down%03d", i)
			l.Interfaces = append(l.Interfaces, network.Interface{Name: ln, OSPF: zero, Addresses: []network.Address{{Prefix: netip.PrefixFrom(a, 31)}}})
			s.Interfaces = append(s.Interfaces, network.Interface{Name: sn, OSPF: zero, Addresses: []network.Address{{Prefix: netip.PrefixFrom(b, 31)}}})
			n.Links = append(n.Links, network.Link{Ends: []network.End{{Router: l.Name, Interface: ln}, {Router: s.Name, Interface: sn}}})
			neighbor(l, b, 65000+uint32(leaves+j+1))
			neighbor(s, a, 65000+uint32(i+1))
		}
	}
	for _, r := range n.Routers {
		slices.SortFunc(r.Interfaces, func(a, b network.Interface) int { return strings.Compare(a.Name, b.Name) })
	}
	return n
}

func BenchmarkSolve(b *testing.B) {
	for _, c := range []struct {
		name           string
		spines, leaves int
		bgp            bool
	}{
		{"ospf-20", 4, 16, false}, {"bgp-20", 4, 16, true},
		{"ospf-500", 8, 492, false}, {"bgp-500", 8, 492, true},
	} {
		n := clos(c.spines, c.leaves, c.bgp)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if res := solve(b, n, routing.Options{}); !res.Converged {
					b.Fatal("does not converge")
				}
			}
		})
	}
}

func BenchmarkOutcomes(b *testing.B) {
	for _, c := range []struct {
		name           string
		spines, leaves int
	}{{"ospf-20", 4, 16}, {"ospf-500", 8, 492}} {
		res := solve(b, clos(c.spines, c.leaves, false), routing.Options{})
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for _, class := range res.Classes() {
					if fates := res.Outcomes(class); len(fates) == 0 {
						b.Fatal("no fates")
					}
				}
			}
			b.ReportMetric(float64(len(res.Classes())), "classes")
		})
	}
}
