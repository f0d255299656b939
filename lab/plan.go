package lab

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// Plan is the wiring of a lab: which namespaces, which wires, which speakers. A pure
// function of the snapshot.
type Plan struct {
	Net   *network.Network
	Nodes []Node // routers, in the snapshot's order
	Wires []Wire
	// Outside are the neighbors that the snapshot does not hold: one speaker each.
	Outside []Speaker
	// AsWritten boots FRR's and BIRD's files as they are, without the shorter timers that a lab gives them otherwise: what runs is
	// then what is written. Set it before Up.
	AsWritten bool
	// BMP starts bgpd with its module for the BGP monitoring protocol (RFC 7854), without which it refuses the configuration of it.
	BMP bool
}

// Node is one router's namespace, and one for each of its VRFs (see Space).
type Node struct {
	Name   string // namespace: r0, r1, ...
	Router *network.Router
}

// Wire is a segment; two ends are a veth pair, one or more than two hang on a
// bridge in the namespace of the switches.
type Wire struct{ Ends []Tap }

// Tap is one interface on a wire, by namespace.
type Tap struct{ Namespace, Interface string }

// maxDevice is how long the name of a network device may be in Linux (IFNAMSIZ, without the final zero).
const maxDevice = 15

// device is an interface's name in the kernel: its own, or where that is too long (an implied interface of a long
// address) one made of it.
func device(iface string) string {
	if len(iface) <= maxDevice {
		return iface
	}
	h := fnv.New32a()
	h.Write([]byte(iface))
	return fmt.Sprintf("%.6s-%08x", iface, h.Sum32())
}

// Speaker is a BGP speaker that stands for one outside neighbor.
type Speaker struct {
	Namespace string
	Interface string
	AS        uint32
	Address   netip.Prefix // its own address, with the length of the router's subnet
	Peer      netip.Addr   // our router's address
	PeerAS    uint32
	Router    string
	VRF       string // the routing instance that it is a neighbor of
	Neighbor  *network.Neighbor
	Sends     []network.Announcement
}

// MakePlan lays out a lab for a snapshot. It refuses what the kernel here cannot carry.
func MakePlan(n *network.Network) (*Plan, error) {
	p := &Plan{Net: n, Nodes: make([]Node, 0, len(n.Routers))}
	node := map[string]*Node{}
	for i, r := range n.Routers {
		if err := checkVRFs(r); err != nil {
			return nil, err
		}
		p.Nodes = append(p.Nodes, Node{Name: fmt.Sprintf("r%d", i), Router: r})
		node[r.Name] = &p.Nodes[i]
	}
	onWire := map[network.End]int{} // wire index + 1
	for _, l := range n.Links {
		w := Wire{}
		for _, e := range l.Ends {
			if onWire[e] != 0 {
				continue
			}
			w.Ends = append(w.Ends, node[e.Router].tap(e.Interface))
			onWire[e] = len(p.Wires) + 1
		}
		p.Wires = append(p.Wires, w)
	}
	for _, r := range n.Routers {
		for i := range r.Interfaces {
			e := network.End{Router: r.Name, Interface: r.Interfaces[i].Name}
			if anchored(&r.Interfaces[i]) || onWire[e] != 0 {
				continue
			}
			p.Wires = append(p.Wires, Wire{Ends: []Tap{node[r.Name].tap(e.Interface)}})
			onWire[e] = len(p.Wires)
		}
	}
	p.addOutside(onWire)
	return p, nil
}

// addOutside hangs a speaker on the wire of every neighbor whose address nobody in
// the snapshot owns.
func (p *Plan) addOutside(onWire map[network.End]int) {
	for _, r := range p.Net.Routers {
		for _, v := range r.VRFs {
			if v.BGP != nil {
				p.addOutsideOf(instance{r, v}, onWire)
			}
		}
	}
	slices.SortFunc(p.Outside, func(a, b Speaker) int {
		return cmp.Or(cmp.Compare(a.Router, b.Router), cmp.Compare(a.VRF, b.VRF), a.Neighbor.Address.Compare(b.Neighbor.Address))
	})
}

func (p *Plan) addOutsideOf(r instance, onWire map[network.End]int) {
	b := r.vrf.BGP
	for _, nb := range b.Neighbors {
		if !nb.Address.IsValid() || nb.RemoteAS.Kind != network.RemoteASNumber || p.owned(nb.Address) {
			continue
		}
		for i := range r.Interfaces {
			ifc := &r.Interfaces[i]
			a, ok := subnetOf(ifc, nb.Address)
			if !ok || ifc.Loopback || ifc.VRF != r.vrf.Underlay() {
				continue
			}
			s := Speaker{Namespace: fmt.Sprintf("o%d", len(p.Outside)), Interface: "up0", AS: nb.RemoteAS.Number,
				Address: netip.PrefixFrom(nb.Address, a.Bits()), Peer: a.Addr(), PeerAS: asTowards(b, nb), Router: r.Name, VRF: r.vrf.Name, Neighbor: nb}
			for _, an := range p.Net.Env.Announcements {
				if an.To == r.Name && an.From == s.AS && (!an.Neighbor.IsValid() || an.Neighbor == nb.Address) {
					s.Sends = append(s.Sends, an)
				}
			}
			w := onWire[network.End{Router: r.Name, Interface: ifc.Name}] - 1
			p.Wires[w].Ends = append(p.Wires[w].Ends, Tap{s.Namespace, s.Interface})
			p.Outside = append(p.Outside, s)
			break
		}
	}
}

// routerID is what the prediction takes for an outside neighbor's router id: its address. The ids of those with
// an IPv6 address come after all others, in the order of the addresses.
func (p *Plan) routerID(s *Speaker) netip.Addr {
	if s.Address.Addr().Is4() {
		return s.Address.Addr()
	}
	rank := 0
	for i := range p.Outside {
		if a := p.Outside[i].Address.Addr(); !a.Is4() && a.Less(s.Address.Addr()) {
			rank++
		}
	}
	return netip.AddrFrom4([4]byte{223, 255, byte(rank >> 8), byte(rank)})
}

// farEnd is the other end of a cable.
func (p *Plan) farEnd(t Tap) (Tap, bool) {
	for _, w := range p.Wires {
		if len(w.Ends) == 2 && w.Ends[0] == t {
			return w.Ends[1], true
		}
		if len(w.Ends) == 2 && w.Ends[1] == t {
			return w.Ends[0], true
		}
	}
	return Tap{}, false
}

// listensFor are the neighbors that a GoBGP router waits for instead of calling them: those GoBGP routers that
// come before it, by address or interface. Two of them that call each other at once can take a minute to agree.
func (p *Plan) listensFor(r *network.Router) (neighbors []string) {
	var all []*network.Neighbor
	for _, v := range r.VRFs {
		if v.BGP != nil {
			all = append(all, v.BGP.Neighbors...)
		}
	}
	for _, other := range p.Net.Routers {
		if other == r {
			break
		}
		for _, n := range all {
			switch {
			case other.Dialect != "gobgp" || n.Passive:
			case n.Address.IsValid() && other.Owns(n.Address) && calls(other, r):
				neighbors = append(neighbors, n.Address.String())
			case !n.Address.IsValid() && p.callsOn(other, r, n.Interface):
				neighbors = append(neighbors, n.Interface)
			}
		}
	}
	return neighbors
}

// calls reports whether one router opens sessions to another that would be taken there.
func calls(from, to *network.Router) bool {
	listener := to.Default().BGP
	return listener != nil && slices.ContainsFunc(from.VRFs, func(v *network.VRF) bool {
		return v.BGP != nil && slices.ContainsFunc(v.BGP.Neighbors, func(n *network.Neighbor) bool {
			return n.Address.IsValid() && !n.Passive && to.Owns(n.Address) && listener.Accepts(n.Address, n.Port)
		})
	})
}

func (p *Plan) owned(a netip.Addr) bool {
	return slices.ContainsFunc(p.Net.Routers, func(r *network.Router) bool { return r.Owns(a) })
}

func subnetOf(i *network.Interface, a netip.Addr) (netip.Prefix, bool) {
	for _, x := range i.Addresses {
		if x.Prefix.Contains(a) {
			return x.Prefix, true
		}
	}
	return netip.Prefix{}, false
}

// asTowards is the AS that the outside must expect of us.
func asTowards(b *network.BGP, n *network.Neighbor) uint32 {
	switch {
	case n.LocalAS.Number != 0:
		return n.LocalAS.Number
	case b.Confederation.Identifier != 0 && !slices.Contains(b.Confederation.Members, n.RemoteAS.Number):
		return b.Confederation.Identifier
	}
	return b.AS
}
