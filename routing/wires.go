package routing

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
)

// wires knows who is on which wire and what is up. Interfaces are numbered across
// the network: ports.
type wires struct {
	net    *network.Network
	ports  []port
	portOf []map[string]int32     // by router, then interface name
	owners map[netip.Addr][]int32 // ports that are configured with an address, in whatever state
	failed []bool                 // routers
}

// port is one interface of one router.
type port struct {
	router    int
	iface     *network.Interface
	up        bool
	owned     bool    // its addresses are the router's own: not shut down, router alive
	linked    bool    // the snapshot knows a link for it
	lit       bool    // some of its links has a carrier where nothing has failed
	peers     []int32 // other ports on its live links, all up; ascending
	linkLocal netip.Addr
}

// newWires finds the state of every interface. It is up when
//   - its router works and it is not shut down, and
//   - it is a loopback, or the snapshot knows no link for it (hosts or external
//     neighbors are taken to be there), or one of its links is alive.
//
// A cable (a link of two ends) is alive when both ends are: carrier is lost with the
// other end. A shared subnet of three and more (a switch) keeps its carrier.
func newWires(n *network.Network, fail Failure) *wires {
	w := &wires{net: n, portOf: make([]map[string]int32, len(n.Routers)), owners: map[netip.Addr][]int32{}, failed: make([]bool, len(n.Routers))}
	index := make(map[string]int, len(n.Routers))
	for ri, r := range n.Routers {
		index[r.Name] = ri
		w.failed[ri] = slices.Contains(fail.Routers, r.Name)
		w.portOf[ri] = make(map[string]int32, len(r.Interfaces))
		for i := range r.Interfaces {
			f := &r.Interfaces[i]
			id := int32(len(w.ports))
			w.portOf[ri][f.Name] = id
			enabled := !f.Shutdown && !w.failed[ri]
			w.ports = append(w.ports, port{router: ri, iface: f, up: enabled && !slices.Contains(fail.Ports, network.End{Router: r.Name, Interface: f.Name}), owned: enabled, linkLocal: linkLocal(f, ri, i)})
			for _, a := range f.Addresses {
				if ip := a.Prefix.Addr(); !slices.Contains(w.owners[ip], id) {
					w.owners[ip] = append(w.owners[ip], id)
				}
			}
		}
	}
	alive := make([]bool, len(w.ports)) // has a live link
	var live [][]int32
	for i := range n.Links {
		ends := w.ends(&n.Links[i], index)
		dark := len(n.Links[i].Ends) == 2 && slices.ContainsFunc(ends, func(p int32) bool { return w.ports[p].iface.Shutdown })
		for _, p := range ends {
			w.ports[p].linked = true
			w.ports[p].lit = w.ports[p].lit || !dark
		}
		if fail.takes(n, &n.Links[i]) {
			continue
		}
		if len(n.Links[i].Ends) == 2 && slices.ContainsFunc(ends, func(p int32) bool { return !w.ports[p].up }) {
			continue
		}
		live = append(live, ends)
		for _, p := range ends {
			alive[p] = true
		}
	}
	for i := range w.ports {
		if p := &w.ports[i]; p.linked && !alive[i] && !p.iface.Loopback {
			p.up = false
		}
	}
	for _, ends := range live {
		for _, a := range ends {
			for _, b := range ends {
				if a != b && w.ports[a].up && w.ports[b].up {
					w.ports[a].peers = append(w.ports[a].peers, b)
				}
			}
		}
	}
	for i := range w.ports {
		slices.Sort(w.ports[i].peers)
		w.ports[i].peers = slices.Compact(w.ports[i].peers)
	}
	return w
}

// ends are a link's ports, as far as the model has them.
func (w *wires) ends(l *network.Link, index map[string]int) []int32 {
	var out []int32
	for _, e := range l.Ends {
		if ri, ok := index[e.Router]; ok {
			if p, ok := w.portOf[ri][e.Interface]; ok {
				out = append(out, p)
			}
		}
	}
	return out
}

// takes reports whether the failure cuts a link.
func (f *Failure) takes(n *network.Network, l *network.Link) bool {
	if slices.ContainsFunc(f.Links, func(x network.Link) bool { return slices.Equal(x.Ends, l.Ends) }) {
		return true
	}
	return f.AllLinks && InBand(n, l)
}

// InBand reports whether a link is not the management network's: its subnet, or the addresses of its ends, lie outside of the
// management prefixes.
func InBand(n *network.Network, l *network.Link) bool {
	management := func(a netip.Addr) bool {
		return slices.ContainsFunc(n.Env.Management.Prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	if l.Prefix.IsValid() {
		return !management(l.Prefix.Addr())
	}
	for _, e := range l.Ends {
		if r := n.Router(e.Router); r != nil {
			if i := r.Interface(e.Interface); i != nil && slices.ContainsFunc(i.Addresses, func(a network.Address) bool { return management(a.Prefix.Addr()) }) {
				return false
			}
		}
	}
	return true
}

// linkLocal is the interface's configured link-local address, or one made of its
// place in the model: the kernel makes one of the MAC address (RFC 4291, appendix A), which no
// configuration knows. It is that of 02:RR:RR:00:II:II, of the router's and the interface's number, which a lab gives.
func linkLocal(f *network.Interface, router, index int) netip.Addr {
	for _, a := range f.Addresses {
		if ip := a.Prefix.Addr(); ip.Is6() && ip.IsLinkLocalUnicast() {
			return ip
		}
	}
	b := [16]byte{0: 0xfe, 1: 0x80, 11: 0xff, 12: 0xfe}
	b[8], b[9], b[10] = byte((router+1)>>16), byte((router+1)>>8), byte(router+1)
	b[13], b[14], b[15] = byte((index+1)>>16), byte((index+1)>>8), byte(index+1)
	return netip.AddrFrom16(b)
}

// firstLinkLocal is the interface of an instance whose link-local subnet zebra has known for longest: the first one with a carrier, in the
// order in which the kernel numbers them, which is taken to be that of their names (network.Router.InKernelOrder). What fails later
// does not change it: zebra 8.4.4 goes on taking the interface that has gone. "" where there is none.
func (w *wires) firstLinkLocal(router int, vrf string) string {
	for _, f := range w.net.Routers[router].InKernelOrder() {
		if p := w.find(router, f.Name); !f.Loopback && f.VRF == vrf && !f.Shutdown && (p.lit || !p.linked) {
			return f.Name
		}
	}
	return ""
}

// find is the port of an interface; nil when the model has none.
func (w *wires) find(router int, iface string) *port {
	if id, ok := w.portOf[router][iface]; ok {
		return &w.ports[id]
	}
	return nil
}

func (w *wires) up(router int, iface string) bool {
	p := w.find(router, iface)
	return p != nil && p.up
}

// attachments are the other interfaces on the wire that are up.
func (w *wires) attachments(router int, iface string) []bgp.Attachment {
	p := w.find(router, iface)
	if p == nil || !p.up {
		return nil
	}
	out := make([]bgp.Attachment, len(p.peers))
	for i, q := range p.peers {
		other := &w.ports[q]
		out[i] = bgp.Attachment{Router: other.router, Interface: other.iface.Name, LinkLocal: other.linkLocal}
	}
	return out
}

// answer is the port on p's wire that answers for an address (ARP, neighbor
// discovery); -1 when nobody does.
func (w *wires) answer(p *port, a netip.Addr) int32 {
	if a.Is6() && a.IsLinkLocalUnicast() {
		for _, q := range p.peers {
			if w.ports[q].linkLocal == a {
				return q
			}
		}
		return -1
	}
	for _, q := range w.owners[a] {
		if _, on := slices.BinarySearch(p.peers, q); on {
			return q
		}
	}
	return -1
}

// misses reports whether an address belongs to a router of the snapshot that should
// be on p's wire, going by its subnet, and does not answer. Link-local ones are on every wire's.
func (w *wires) misses(p *port, a netip.Addr) bool {
	if a.Is6() && a.IsLinkLocalUnicast() {
		return slices.ContainsFunc(w.ports, func(q port) bool { return q.linkLocal == a && q.router != p.router })
	}
	for _, q := range w.owners[a] {
		other := &w.ports[q]
		if other.router == p.router {
			continue
		}
		for _, x := range other.iface.Addresses {
			if x.Prefix.Addr() != a {
				continue
			}
			if slices.ContainsFunc(p.iface.Addresses, func(y network.Address) bool { return y.Prefix.Overlaps(x.Prefix) }) {
				return true
			}
		}
	}
	return false
}
