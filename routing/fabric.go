package routing

import (
	"net/netip"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/rib"
)

// fabric is everything that packets meet: the wires, and the main table of every instance.
type fabric struct {
	net       *network.Network
	wires     *wires
	instances []instance
	first     []int // by router: its first instance, the default one; the router's others follow
	// neighbors are the addresses of all configured BGP neighbors: one that no router of
	// the snapshot owns is a router outside.
	neighbors map[netip.Addr]bool
}

// instance is one routing instance (VRF) of one router.
type instance struct {
	router int
	vrf    *network.VRF
	table  *rib.Table
}

func newFabric(n *network.Network, fail Failure, base *state) fabric {
	f := fabric{net: n, neighbors: map[netip.Addr]bool{}}
	same := base != nil
	if same {
		f.wires = base.wires
		for i, r := range n.Routers {
			same = same && sameNeighbors(r, base.net.Routers[i])
		}
	} else {
		f.wires = newWires(n, fail)
	}
	if same {
		f.neighbors = base.neighbors
	}
	for ri, r := range n.Routers {
		f.first = append(f.first, len(f.instances))
		for _, v := range r.VRFs {
			f.instances = append(f.instances, instance{router: ri, vrf: v})
			if v.BGP == nil || same {
				continue
			}
			for _, x := range v.BGP.Neighbors {
				if x.Address.IsValid() {
					f.neighbors[x.Address] = true
				}
			}
		}
	}
	return f
}

// instance finds a router's instance by VRF name; "default" is FRR's name of the default one.
func (f *fabric) instance(router int, vrf string) *instance {
	if i := f.instanceIndex(router, vrf); i >= 0 {
		return &f.instances[i]
	}
	return nil
}

func (f *fabric) instanceIndex(router int, vrf string) int {
	for i := f.first[router]; i < len(f.instances) && f.instances[i].router == router; i++ {
		if name := f.instances[i].vrf.Name; name == vrf || name == "" && vrf == "default" {
			return i
		}
	}
	return -1
}
