package ospf

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// world is the whole calculation: processes and ports are flat arrays, named by index.
type world struct {
	in    Input
	procs []process
	ports []port
	// byInterface finds the ports of an interface (one for each address).
	byInterface map[Port][]int32
	areas       []*area // sorted by id
	mismatches  []Mismatch

	dests   []dest
	destOf  map[netip.Prefix]int32
	lsas    []externalLSA
	sources map[int32]int32 // process of an ASBR to its destination
}

// process is one OSPF process of one router instance.
type process struct {
	router   int
	vrf      string
	under    string // the instance whose interfaces it is on
	index    int
	cfg      *network.OSPF
	id       uint32
	ports    []int32
	areas    []int32 // indices of world.areas it is attached to, ascending
	external []External
	border   bool // area border router
	asbr     bool
	table    []entry // by destination
	hops     *hopSets
}

// port is one OSPF interface in the sense of RFC 2328 §9: an address on an interface.
type port struct {
	proc       int32
	iface      *network.Interface
	subnet     netip.Prefix // masked; of the far end for a point-to-point address
	addr       netip.Addr
	area       uint32
	kind       network.OSPFNetworkType
	cost       uint32
	passive    bool
	priority   uint8
	hello      uint32
	dead       uint32
	auth       string
	unnumbered bool
	peers      []int32 // ports it is adjacent to, ascending
	lan        int32   // network vertex in its area; -1 when it is not on a transit network
	span       network.Span
}

// newWorld finds the processes that run and the interfaces they run on.
func newWorld(in Input) *world {
	w := &world{in: in, byInterface: map[Port][]int32{}, destOf: map[netip.Prefix]int32{}, sources: map[int32]int32{}}
	for ri, r := range in.Network.Routers {
		var claimed map[string]bool // an interface belongs to the first process that wants it
		for _, v := range r.VRFs {
			if !v.Beside() {
				claimed = map[string]bool{}
			}
			for pi, cfg := range v.OSPF {
				if cfg.Shutdown {
					continue
				}
				id, ok := routerID(r, v.Underlay(), cfg, func(name string) bool { return in.Up(ri, name) })
				if !ok {
					continue // ospfd waits for a router id and does nothing without
				}
				p := process{router: ri, vrf: v.Name, under: v.Underlay(), index: pi, cfg: cfg, id: id, hops: newHopSets()}
				w.addPorts(&p, r, claimed)
				w.procs = append(w.procs, p)
			}
		}
	}
	w.takeExternals()
	return w
}

// takeExternals gives each process what it redistributes, without connected routes
// of subnets that it runs on (ospfd leaves those out: they are in its database already).
func (w *world) takeExternals() {
	type name struct {
		router int
		vrf    string
		index  int
	}
	of := map[name]*process{}
	for i := range w.procs {
		p := &w.procs[i]
		of[name{p.router, p.vrf, p.index}] = p
	}
	for _, e := range w.in.Externals {
		p := of[name{e.Router, e.VRF, e.Process}]
		if p == nil || !e.Prefix.Addr().Is4() {
			continue
		}
		if e.Connected && slices.ContainsFunc(p.ports, func(x int32) bool { return w.ports[x].subnet == e.Prefix }) {
			continue
		}
		p.external = append(p.external, e)
	}
	for i := range w.procs {
		slices.SortStableFunc(w.procs[i].external, func(a, b External) int { return a.Prefix.Compare(b.Prefix) })
	}
}

// routerID is the configured one, or what zebra proposes: the highest loopback
// address, else the highest address of any interface that is up.
func routerID(r *network.Router, vrf string, cfg *network.OSPF, up func(string) bool) (uint32, bool) {
	if cfg.RouterID.Is4() {
		return number(cfg.RouterID), true
	}
	var lo, any, low uint32
	for i := range r.Interfaces {
		f := &r.Interfaces[i]
		if f.VRF != vrf || !up(f.Name) {
			continue
		}
		for _, a := range f.Addresses {
			ip := a.Prefix.Addr()
			if !ip.Is4() || ip.IsLoopback() {
				continue
			}
			n := number(ip)
			if f.Loopback {
				lo = max(lo, n)
			}
			any = max(any, n)
			if low == 0 || n < low {
				low = n
			}
		}
	}
	switch cfg.RouterIDRule {
	case network.RouterIDRequired:
		return 0, false
	case network.RouterIDLowest:
		return low, low != 0
	}
	if lo != 0 {
		return lo, true
	}
	return any, any != 0
}

// addPorts makes the process's ports: every IPv4 address of an interface that is
// up and that an area is configured for.
func (w *world) addPorts(p *process, r *network.Router, claimed map[string]bool) {
	for i := range r.Interfaces {
		f := &r.Interfaces[i]
		if f.VRF != p.under || claimed[f.Name] || !w.in.Up(p.router, f.Name) {
			continue
		}
		if f.OSPF != nil && f.OSPF.HasArea {
			claimed[f.Name] = true
		}
		var subnets []netip.Prefix
		for _, a := range f.Addresses {
			ip := a.Prefix.Addr()
			if !ip.Is4() || ip.IsLoopback() {
				continue
			}
			area, ok := areaOf(p.cfg, f, a.Prefix)
			if !ok {
				continue
			}
			subnet := a.Prefix.Masked()
			if a.Peer.IsValid() {
				subnet = netip.PrefixFrom(a.Peer, a.Prefix.Bits()).Masked()
			}
			if slices.Contains(subnets, subnet) {
				continue // a secondary address: the kernel marks it, ospfd leaves it out
			}
			subnets = append(subnets, subnet)
			claimed[f.Name] = true
			n := int32(len(w.ports))
			w.ports = append(w.ports, newPort(p.cfg, f, int32(len(w.procs)), ip, subnet, area))
			key := Port{p.router, f.Name}
			w.byInterface[key] = append(w.byInterface[key], n)
			p.ports = append(p.ports, n)
		}
	}
}

// areaOf is the area of one address: the interface's own setting, else the
// longest `network` statement that contains it.
func areaOf(o *network.OSPF, f *network.Interface, a netip.Prefix) (uint32, bool) {
	one := *f
	one.Addresses = []network.Address{{Prefix: a}}
	area, _, ok := o.AreaOf(&one)
	return area, ok
}

func newPort(o *network.OSPF, f *network.Interface, proc int32, ip netip.Addr, subnet netip.Prefix, area uint32) port {
	p := port{proc: proc, iface: f, subnet: subnet, addr: ip, area: area, priority: 1, hello: 10, dead: 40, lan: -1, span: f.Span}
	p.passive = o.PassiveDefault
	for _, x := range o.Passive {
		if x.Interface == f.Name {
			p.passive = x.Passive
		}
	}
	if f.Loopback {
		p.kind = network.OSPFLoopback
	}
	if s := f.OSPF; s != nil {
		if s.Passive != nil {
			p.passive = *s.Passive
		}
		if s.NetworkType != network.OSPFBroadcast {
			p.kind = s.NetworkType
		}
		p.priority, p.auth = s.Priority, s.AuthKey
		if s.Hello != 0 {
			p.hello = s.Hello
		}
		if s.Dead != 0 {
			p.dead = s.Dead
		}
		p.cost = s.Cost
		if !s.Span.IsZero() {
			p.span = s.Span
		}
	}
	if p.cost == 0 {
		p.cost = defaultCost(o, f)
	}
	p.unnumbered = subnet.IsSingleIP() && subnet.Addr() == ip && !f.Loopback
	return p
}

// defaultCost is reference bandwidth over interface bandwidth (RFC 2328 §C.3 leaves
// it to the implementation). ospfd counts 10 Gbit/s where nothing is known, rounds
// to the nearest and gives loopbacks 0.
func defaultCost(o *network.OSPF, f *network.Interface) uint32 {
	if f.Loopback && f.Bandwidth == 0 {
		return 0
	}
	reference := uint64(o.ReferenceBandwidth) * 1e6
	if reference == 0 {
		reference = 100_000 * 1e6
	}
	bandwidth := f.Bandwidth
	if bandwidth == 0 {
		bandwidth = 10_000 * 1e6
	}
	return uint32(min(max((reference+bandwidth/2)/bandwidth, 1), 65535))
}

// number is a router id as the integer that elections compare.
func number(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

func address(n uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], n)
	return netip.AddrFrom4(b)
}
