package ospf

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// maxLinkMetric is what a stub router puts on its transit links (RFC 6987).
const maxLinkMetric = 0xffff

// area is the link-state database of one area as a graph. Vertices are the
// member processes (router LSAs), then the transit networks (network LSAs).
type area struct {
	index   int32
	id      uint32
	members []int32         // processes, ascending
	vertex  map[int32]int32 // process to vertex
	nets    []netip.Prefix  // of network vertices, which follow the members
	edges   [][]edge        // by vertex
	stubs   []stub
	netDest []int32 // destinations of nets
	transit bool    // a virtual link runs through it
	trees   []tree  // shortest paths, by member
	// summaries are what each area border router announces into the area (type 3 and 4 LSAs).
	summaries []summary
}

// edge is a link of a router LSA that has its counterpart, or an attachment of a network LSA.
type edge struct {
	to        int32
	cost      uint32
	out, peer int32 // ports at this end (-1 from a network) and at the other (-1 to a network)
	virtual   int32 // index of the transit area of a virtual link; -1 for real links
}

// stub is a stub network of a router LSA.
type stub struct {
	vertex int32
	prefix netip.Prefix
	dest   int32
	cost   uint32
	port   int32
}

// buildAreas makes every area's graph from ports and adjacencies.
func (w *world) buildAreas() {
	byID := map[uint32][]int32{} // ports
	for i := range w.ports {
		byID[w.ports[i].area] = append(byID[w.ports[i].area], int32(i))
	}
	for i := range w.procs { // a virtual link attaches to the backbone
		for _, s := range w.procs[i].cfg.Areas {
			if len(s.VirtualLinks) > 0 && byID[0] == nil {
				byID[0] = []int32{}
			}
		}
	}
	for id, ports := range byID {
		w.areas = append(w.areas, w.newArea(id, ports))
	}
	slices.SortFunc(w.areas, func(a, b *area) int { return cmp.Compare(a.id, b.id) })
	for i, a := range w.areas {
		a.index = int32(i)
		for _, m := range a.members {
			w.procs[m].areas = append(w.procs[m].areas, int32(i))
		}
	}
}

func (w *world) newArea(id uint32, ports []int32) *area {
	a := &area{id: id, vertex: map[int32]int32{}}
	for _, p := range ports {
		a.members = append(a.members, w.ports[p].proc)
	}
	if id == 0 {
		for i := range w.procs {
			if slices.ContainsFunc(w.procs[i].cfg.Areas, func(s network.OSPFArea) bool { return len(s.VirtualLinks) > 0 }) {
				a.members = append(a.members, int32(i))
			}
		}
	}
	slices.Sort(a.members)
	a.members = slices.Compact(a.members)
	for v, m := range a.members {
		a.vertex[m] = int32(v)
	}
	a.edges = make([][]edge, len(a.members))
	for _, lan := range w.lans(ports) {
		w.addNetwork(a, lan)
	}
	for _, p := range ports {
		w.addRouterLinks(a, p)
	}
	return a
}

// addNetwork adds a network LSA (RFC 2328 §12.4.2) and the transit links to it.
func (w *world) addNetwork(a *area, lan []int32) {
	v := int32(len(a.members) + len(a.nets))
	a.nets = append(a.nets, w.ports[lan[0]].subnet)
	a.edges = append(a.edges, nil)
	for _, p := range lan {
		port := &w.ports[p]
		port.lan = v
		r := a.vertex[port.proc]
		a.edges[r] = append(a.edges[r], edge{to: v, cost: w.transitCost(port), out: p, peer: -1, virtual: -1})
		a.edges[v] = append(a.edges[v], edge{to: r, out: -1, peer: p, virtual: -1})
	}
}

// addRouterLinks adds what a router LSA says of one port beside transit networks
// (RFC 2328 §12.4.1): point-to-point links, and stub networks.
func (w *world) addRouterLinks(a *area, p int32) {
	port := &w.ports[p]
	r := a.vertex[port.proc]
	if pointToPoint(port.kind) {
		for _, q := range port.peers {
			if other := &w.ports[q]; pointToPoint(other.kind) {
				a.edges[r] = append(a.edges[r], edge{to: a.vertex[other.proc], cost: w.transitCost(port), out: p, peer: q, virtual: -1})
			}
		}
	}
	s := stub{vertex: r, prefix: port.subnet, cost: port.cost, port: p}
	switch {
	case port.lan >= 0:
		return
	case port.kind == network.OSPFLoopback:
		s.prefix, s.cost = netip.PrefixFrom(port.addr, 32), port.cost
	case port.kind == network.OSPFPointToMultipoint:
		s.prefix, s.cost = netip.PrefixFrom(port.addr, 32), 0
	}
	a.stubs = append(a.stubs, s)
}

func (w *world) transitCost(p *port) uint32 {
	if w.procs[p.proc].cfg.MaxMetric {
		return maxLinkMetric
	}
	return p.cost
}

// markBorders finds the area border routers as FRR does by default (RFC 3509 §2.1,
// Cisco's rule): attached to several areas, one of them the backbone.
func (w *world) markBorders() {
	for i := range w.procs {
		p := &w.procs[i]
		p.border = len(p.areas) > 1 && w.areas[p.areas[0]].id == 0
	}
}

// virtualLinks adds the virtual links through an area whose paths are known to
// the backbone (RFC 2328 §15): both ends configured, each reachable from the other.
func (w *world) virtualLinks(through *area) {
	backbone := w.areas[0]
	if backbone.id != 0 || through.id == 0 {
		return
	}
	for v, m := range through.members {
		s := settings(w.procs[m].cfg, through.id)
		if s == nil || areaType(w.procs[m].cfg, through.id) != network.OSPFNormal {
			continue
		}
		for _, far := range s.VirtualLinks {
			for u, o := range through.members {
				if address(w.procs[o].id) != far || !w.wantsVirtual(o, through.id, w.procs[m].id) {
					continue
				}
				cost := through.trees[v].dist[u]
				if cost >= maxLinkMetric {
					continue
				}
				through.transit = true
				from := backbone.vertex[m]
				backbone.edges[from] = append(backbone.edges[from],
					edge{to: backbone.vertex[o], cost: cost, out: -1, peer: -1, virtual: through.index})
			}
		}
	}
}

func (w *world) wantsVirtual(proc int32, area, to uint32) bool {
	s := settings(w.procs[proc].cfg, area)
	return s != nil && slices.Contains(s.VirtualLinks, address(to))
}
