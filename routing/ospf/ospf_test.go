package ospf

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/routegate/routegate/network"
)

// wire joins two interfaces of a random network; costs are one for each direction.
type wire struct {
	a, b   int
	ca, cb uint32
}

// random makes routers with a loopback each and random point-to-point wires, in one area.
func random(r *rand.Rand, routers, wires int) (Input, []wire) {
	n := &network.Network{}
	for i := range routers {
		id := netip.AddrFrom4([4]byte{1, 1, byte(i >> 8), byte(i)})
		n.Routers = append(n.Routers, &network.Router{Name: fmt.Sprintf("r%03d", i),
			VRFs: []*network.VRF{{OSPF: []*network.OSPF{{RouterID: id}}}},
			Interfaces: []network.Interface{{Name: "lo", Loopback: true, OSPF: &network.OSPFInterface{HasArea: true, Priority: 1},
				Addresses: []network.Address{{Prefix: netip.PrefixFrom(id, 32)}}}}})
	}
	far := map[Port]Port{}
	var list []wire
	for k := range wires {
		w := wire{a: r.IntN(routers), b: r.IntN(routers), ca: 1 + r.Uint32N(5), cb: 1 + r.Uint32N(5)}
		if w.a == w.b {
			continue
		}
		list = append(list, w)
		name := fmt.Sprintf("x%04d", k)
		kind := network.OSPFNetworkType(r.IntN(2)) // broadcast or point-to-point
		for side, i := range []int{w.a, w.b} {
			addr := netip.AddrFrom4([4]byte{10, byte(k >> 6), byte(k << 2), byte(1 + side)})
			n.Routers[i].Interfaces = append(n.Routers[i].Interfaces, network.Interface{Name: name,
				OSPF:      &network.OSPFInterface{HasArea: true, Priority: 1, NetworkType: kind, Cost: []uint32{w.ca, w.cb}[side]},
				Addresses: []network.Address{{Prefix: netip.PrefixFrom(addr, 30)}}})
		}
		far[Port{w.a, name}], far[Port{w.b, name}] = Port{w.b, name}, Port{w.a, name}
	}
	return Input{Network: n, Up: func(int, string) bool { return true },
		Wire: func(router int, iface string) []Port {
			if p, ok := far[Port{router, iface}]; ok {
				return []Port{p}
			}
			return nil
		}}, list
}

// TestShortestPathsAgainstSlowModel compares costs and next hops to every loopback with
// what all-pairs relaxation says.
func TestShortestPathsAgainstSlowModel(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		routers := 2 + r.IntN(12)
		in, wires := random(r, routers, routers+r.IntN(2*routers))
		const far = 1 << 30
		d := make([][]uint32, routers)
		for i := range d {
			d[i] = slices.Repeat([]uint32{far}, routers)
			d[i][i] = 0
		}
		for _, w := range wires {
			d[w.a][w.b], d[w.b][w.a] = min(d[w.a][w.b], w.ca), min(d[w.b][w.a], w.cb)
		}
		for k := range d {
			for i := range d {
				for j := range d {
					d[i][j] = min(d[i][j], d[i][k]+d[k][j])
				}
			}
		}
		s := Solve(in)
		for i := range routers {
			for j := range routers {
				if i == j {
					continue
				}
				hops := 0
				for _, w := range wires {
					if w.a == i && w.ca+d[w.b][j] == d[i][j] || w.b == i && w.cb+d[w.a][j] == d[i][j] {
						hops++
					}
				}
				want := fmt.Sprint(d[i][j], " over ", hops)
				if d[i][j] >= far {
					want = "none"
				}
				got := "none"
				for _, x := range s.Routes(i, "") {
					if x.Prefix.Addr() == in.Network.Routers[j].Interfaces[0].Addresses[0].Prefix.Addr() {
						got = fmt.Sprint(x.Metric, " over ", len(x.NextHops))
					}
				}
				if got != want {
					t.Errorf("seed %d: r%03d to r%03d: %s, want %s", seed, i, j, got, want)
				}
			}
		}
	}
}
