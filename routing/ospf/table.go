package ospf

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/routing/rib"
)

// dest is a destination of the routing table (RFC 2328 §11): a network, or an AS
// boundary router.
type dest struct {
	prefix netip.Prefix
	router int32 // process of an AS boundary router; -1 for networks
}

// entry is one process's route to one destination. The zero entry is none.
type entry struct {
	kind  rib.OSPFKind
	area  int32 // index; of intra-area and inter-area paths
	cost  uint32
	cost2 uint32 // type 2 metric
	set   int32
	tag   uint32
	rank  uint8 // external: how the AS boundary router is reached (RFC 2328 §16.4.1)
	drop  bool  // the discard route of an active range
}

// prefixes numbers every destination that can occur, networks in order first, and
// makes the tables.
func (w *world) prefixes() {
	all := []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0)}
	for _, a := range w.areas {
		all = append(all, a.nets...)
		for i := range a.stubs {
			all = append(all, a.stubs[i].prefix)
		}
	}
	for i := range w.procs {
		p := &w.procs[i]
		for _, e := range p.external {
			all = append(all, e.Prefix)
		}
		for _, s := range p.cfg.Areas {
			for _, r := range s.Ranges {
				all = append(all, r.Prefix.Masked())
				if r.Substitute.IsValid() {
					all = append(all, r.Substitute.Masked())
				}
			}
		}
	}
	slices.SortFunc(all, netip.Prefix.Compare)
	all = slices.Compact(all)
	for i, p := range all {
		w.dests = append(w.dests, dest{prefix: p, router: -1})
		w.destOf[p] = int32(i)
	}
	for i := range w.procs {
		p := &w.procs[i]
		if p.asbr = len(p.external) > 0 || w.translates(p); p.asbr {
			w.sources[int32(i)] = int32(len(w.dests))
			w.dests = append(w.dests, dest{router: int32(i)})
		}
	}
	for i := range w.procs {
		w.procs[i].table = make([]entry, len(w.dests))
	}
	for _, a := range w.areas {
		for _, n := range a.nets {
			a.netDest = append(a.netDest, w.destOf[n])
		}
		for i := range a.stubs {
			a.stubs[i].dest = w.destOf[a.stubs[i].prefix]
		}
	}
}

// offer puts an intra-area or inter-area path into a table: by kind, then cost
// (RFC 2328 §11); paths of equal cost through one area are joined.
func (w *world) offer(p *process, d int32, e entry) {
	old := &p.table[d]
	switch c := w.compare(d, &e, old); {
	case old.kind == rib.NotOSPF || c < 0:
		*old = e
	case c == 0 && !old.drop && (old.area == e.area || e.kind == rib.OSPFInterArea && !p.cfg.ByBackbone):
		old.set = p.hops.join(old.set, e.set)
	}
}

func (w *world) compare(d int32, a, b *entry) int {
	if c := cmp.Compare(a.kind, b.kind); c != 0 {
		return c
	}
	if w.dests[d].router >= 0 { // RFC 2328 §16.4.1: paths outside of the backbone first
		if c := cmp.Compare(w.rank(a), w.rank(b)); c != 0 {
			return c
		}
	}
	if c := cmp.Compare(a.cost, b.cost); c != 0 {
		return c
	}
	if w.dests[d].router >= 0 {
		return cmp.Compare(b.area, a.area) // the larger area id
	}
	return 0
}

// rank is 0 for an intra-area path outside of the backbone, and 1 for any other.
func (w *world) rank(e *entry) uint8 {
	if e.kind == rib.OSPFIntraArea && w.areas[e.area].id != 0 {
		return 0
	}
	return 1
}

// solution collects the routes of every process.
func (w *world) solution() *Solution {
	s := &Solution{Adjacencies: w.listAdjacencies(), Mismatches: w.mismatches, routes: map[instance][]rib.Route{}}
	slices.SortStableFunc(s.Mismatches, func(a, b Mismatch) int {
		return cmp.Or(cmp.Compare(a.Router, b.Router), cmp.Compare(a.Interface, b.Interface), cmp.Compare(a.Neighbor, b.Neighbor))
	})
	for i := range w.procs {
		p := &w.procs[i]
		s.RouterIDs = append(s.RouterIDs, RouterID{Router: p.router, VRF: p.vrf, Process: p.index, ID: address(p.id)})
		key := instance{p.router, p.vrf}
		s.routes[key] = append(s.routes[key], w.routes(p)...)
	}
	return s
}

// discard is the next hop of a discard route.
var discard = []rib.NextHop{{Drop: true}}

// routes are a process's table as zebra gets it: the metric of an external type 2
// route is the type 2 metric, that of any other the whole cost.
func (w *world) routes(p *process) []rib.Route {
	n := 0
	for d := range p.table {
		if p.table[d].kind != rib.NotOSPF && w.dests[d].router < 0 {
			n++
		}
	}
	out := make([]rib.Route, 0, n)
	for d := range p.table {
		e := &p.table[d]
		if e.kind == rib.NotOSPF || w.dests[d].router >= 0 {
			continue
		}
		r := rib.Route{Prefix: w.dests[d].prefix, Protocol: ospfv2, OSPF: e.kind, Metric: e.cost, Tag: e.tag,
			Distance: distance(p.cfg.Distance, e.kind)}
		if e.kind == rib.OSPFExternal2 {
			r.Metric = e.cost2
		}
		if e.drop {
			r.NextHops = discard
		} else if r.NextHops = p.hops.list(e.set, p.cfg.MaximumPaths); len(r.NextHops) == 0 {
			continue
		}
		out = append(out, r)
	}
	return out
}
