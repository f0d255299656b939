package ospf

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/routegate/routegate/network"
)

// adjacencies decides who becomes adjacent to whom: two ports on one wire whose
// Hellos are accepted on both sides (RFC 2328 §10.5).
func (w *world) adjacencies() {
	for a := range w.ports {
		pa := &w.ports[a]
		if pa.passive || pa.kind == network.OSPFLoopback {
			continue
		}
		router := w.procs[pa.proc].router
		for _, end := range w.in.Wire(router, pa.iface.Name) {
			w.meet(int32(a), w.byInterface[Port(end)])
		}
		slices.Sort(pa.peers)
		pa.peers = slices.Compact(pa.peers)
	}
}

// meet tries one port against the ports of an interface on its wire. Where none
// fits, the best reason is recorded.
func (w *world) meet(a int32, others []int32) {
	pa := &w.ports[a]
	why, at := "", int32(-1)
	met := false
	for _, b := range others {
		pb := &w.ports[b]
		if b == a || pb.passive || pb.kind == network.OSPFLoopback || pb.proc == pa.proc {
			continue
		}
		if !hears(pa, pb) || !hears(pb, pa) {
			if why == "" && len(others) == 1 {
				why, at = fmt.Sprintf("subnets differ: %s and %s", pa.subnet, pb.subnet), b
			}
			continue
		}
		if reason := w.refusal(pa, pb); reason != "" {
			why, at = reason, b
			continue
		}
		met = true
		pa.peers = append(pa.peers, b)
	}
	if !met && at >= 0 {
		w.mismatches = append(w.mismatches, Mismatch{
			Router: w.procs[pa.proc].router, Interface: pa.iface.Name,
			Neighbor: w.procs[w.ports[at].proc].router, Why: why, Span: pa.span,
		})
	}
}

// hears reports whether a's interface takes packets that come from b's address:
// from its own subnet, with the same mask on a multi-access network (RFC 2328
// §8.2, §10.5); an unnumbered point-to-point interface takes any.
func hears(a, b *port) bool {
	if pointToPoint(a.kind) {
		return a.unnumbered || a.subnet.Contains(b.addr)
	}
	return a.subnet.Bits() == b.subnet.Bits() && a.subnet.Contains(b.addr)
}

func pointToPoint(k network.OSPFNetworkType) bool {
	return k == network.OSPFPointToPoint || k == network.OSPFPointToMultipoint
}

// refusal is why two ports that hear each other do not become adjacent; "" when they do.
func (w *world) refusal(a, b *port) string {
	pa, pb := &w.procs[a.proc], &w.procs[b.proc]
	ta, tb := areaType(pa.cfg, a.area), areaType(pb.cfg, b.area)
	switch {
	case a.area != b.area:
		return fmt.Sprintf("areas differ: %s and %s", address(a.area), address(b.area))
	case a.hello != b.hello:
		return fmt.Sprintf("hello intervals differ: %d and %d", a.hello, b.hello)
	case a.dead != b.dead:
		return fmt.Sprintf("dead intervals differ: %d and %d", a.dead, b.dead)
	case a.auth != b.auth:
		return "authentication differs"
	case ta != tb:
		return fmt.Sprintf("area types differ: %s and %s", typeName(ta), typeName(tb))
	case pa.id == pb.id:
		return fmt.Sprintf("both have router id %s", address(pa.id))
	case !pointToPoint(a.kind) && !pointToPoint(b.kind) && a.priority == 0 && b.priority == 0 && !w.otherDR(a, b):
		return "nobody may be designated router: all priorities are 0"
	}
	return ""
}

// otherDR reports whether a third port of the wire can be designated router.
func (w *world) otherDR(a, b *port) bool {
	for _, end := range w.in.Wire(w.procs[a.proc].router, a.iface.Name) {
		for _, x := range w.byInterface[Port(end)] {
			if c := &w.ports[x]; c != b && c.priority > 0 && !c.passive && hears(a, c) && c.area == a.area {
				return true
			}
		}
	}
	return false
}

// areaType is what a process says of an area; the backbone is always normal (RFC 2328 §3.6).
func areaType(o *network.OSPF, id uint32) network.OSPFAreaType {
	if a := settings(o, id); a != nil && id != 0 {
		return a.Type
	}
	return network.OSPFNormal
}

func typeName(t network.OSPFAreaType) string { return [...]string{"normal", "stub", "NSSA"}[t] }

// settings are what a process configures for an area; nil when nothing.
func settings(o *network.OSPF, id uint32) *network.OSPFArea {
	for i := range o.Areas {
		if o.Areas[i].ID == id {
			return &o.Areas[i]
		}
	}
	return nil
}

// lans groups the ports of an area that form transit networks: broadcast ports
// that are adjacent to each other and of which at least one may be designated router.
func (w *world) lans(members []int32) [][]int32 {
	var out [][]int32
	seen := map[int32]bool{}
	for _, a := range members {
		pa := &w.ports[a]
		if seen[a] || pointToPoint(pa.kind) || pa.kind == network.OSPFLoopback || pa.passive {
			continue
		}
		group := []int32{a}
		for _, b := range pa.peers {
			if !pointToPoint(w.ports[b].kind) && !seen[b] {
				group = append(group, b)
			}
		}
		if len(group) < 2 || !slices.ContainsFunc(group, func(x int32) bool { return w.ports[x].priority > 0 }) {
			continue
		}
		for _, x := range group {
			seen[x] = true
		}
		slices.Sort(group)
		out = append(out, group)
	}
	return out
}

// listAdjacencies gives adjacent ports in the order of the solution.
func (w *world) listAdjacencies() []Adjacency {
	var out []Adjacency
	for i := range w.ports {
		p := &w.ports[i]
		for _, b := range p.peers {
			q := &w.ports[b]
			out = append(out, Adjacency{Router: w.procs[p.proc].router, Interface: p.iface.Name,
				Neighbor: w.procs[q.proc].router, NeighborAddress: q.addr, Area: p.area})
		}
	}
	slices.SortFunc(out, func(a, b Adjacency) int {
		return cmp.Or(cmp.Compare(a.Router, b.Router), cmp.Compare(a.Interface, b.Interface),
			cmp.Compare(a.Neighbor, b.Neighbor), a.NeighborAddress.Compare(b.NeighborAddress))
	})
	return out
}
