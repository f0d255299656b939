package ospf

import (
	"cmp"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/rib"
)

const ospfv2 = network.OSPFv2

func distance(d network.OSPFDistance, k rib.OSPFKind) uint8 {
	n := d.External
	switch k {
	case rib.OSPFIntraArea:
		n = d.IntraArea
	case rib.OSPFInterArea:
		n = d.InterArea
	}
	return cmp.Or(n, 110)
}

// intraArea computes every tree and the intra-area routes (RFC 2328 §16.1); the
// backbone comes last, for virtual links to be known.
func (w *world) intraArea() {
	order := slices.Clone(w.areas)
	slices.SortStableFunc(order, func(a, b *area) int { return cmp.Compare(b.id, a.id) })
	var q queue
	for _, a := range order {
		done := make([]bool, len(a.edges))
		a.trees = make([]tree, len(a.members))
		for m := range a.members {
			a.trees[m] = w.shortest(a, m, &q, done)
		}
		w.virtualLinks(a)
	}
	for _, a := range order {
		for m := range a.members {
			w.intraRoutes(a, m)
		}
	}
}

func (w *world) intraRoutes(a *area, member int) {
	p := &w.procs[a.members[member]]
	t := &a.trees[member]
	for i, d := range a.netDest {
		v := len(a.members) + i
		if t.dist[v] != unreachable {
			w.offer(p, d, entry{kind: rib.OSPFIntraArea, area: a.index, cost: t.dist[v], set: t.set[v]})
		}
	}
	for i := range a.stubs {
		s := &a.stubs[i]
		if t.dist[s.vertex] == unreachable {
			continue
		}
		set := t.set[s.vertex]
		if int(s.vertex) == member {
			set = p.hops.one(rib.NextHop{Interface: w.ports[s.port].iface.Name})
		}
		w.offer(p, s.dest, entry{kind: rib.OSPFIntraArea, area: a.index, cost: t.dist[s.vertex] + s.cost, set: set})
	}
	for v, proc := range a.members {
		if d, ok := w.sources[proc]; ok && v != member && t.dist[v] != unreachable {
			w.offer(p, d, entry{kind: rib.OSPFIntraArea, area: a.index, cost: t.dist[v], set: t.set[v]})
		}
	}
}

// summary is one summary LSA: type 3 for a network, type 4 for an AS boundary router.
type summary struct {
	border int32 // process
	dest   int32
	cost   uint32
}

// interArea announces summaries and examines them (RFC 2328 §12.4.3, §16.2, §16.3): first into the
// backbone, then, with what the backbone taught, into the other areas.
func (w *world) interArea() {
	if len(w.areas) == 0 || w.areas[0].id != 0 {
		return // no backbone: nobody is a border router
	}
	for i := range w.procs {
		if w.procs[i].border {
			w.discards(&w.procs[i])
		}
	}
	for _, a := range w.areas {
		for _, m := range a.members {
			if w.procs[m].border {
				a.summaries = w.summarize(a.summaries, m, a)
			}
		}
		for v := range a.members {
			// Border routers learn from the backbone only, unless nobody is there to learn from: FRR then asks all areas.
			if p := &w.procs[a.members[v]]; a.id == 0 || !p.border || !p.cfg.ByBackbone && !w.onBackbone(a.members[v]) {
				w.examine(a, v)
			}
		}
	}
	for _, a := range w.areas {
		if !a.transit {
			continue
		}
		for v := range a.members {
			if w.procs[a.members[v]].border {
				w.examineTransit(a, v)
			}
		}
	}
}

// onBackbone reports that a border router has an active backbone connection: a neighbor there (RFC 3509 §2.2).
func (w *world) onBackbone(proc int32) bool {
	v, ok := w.areas[0].vertex[proc]
	return ok && len(w.areas[0].edges[v]) > 0
}

// examine computes inter-area routes from an area's summaries.
func (w *world) examine(a *area, member int) {
	self := a.members[member]
	p := &w.procs[self]
	t := &a.trees[member]
	var ranges []activeRange
	if p.border {
		ranges = w.activeRanges(p)
	}
	for i := range a.summaries {
		s := &a.summaries[i]
		at := a.vertex[s.border]
		if s.border == self || t.dist[at] == unreachable || p.table[s.dest].drop || w.dests[s.dest].router == self {
			continue
		}
		if p.border && a.id != 0 && areaType(p.cfg, a.id) != network.OSPFNormal && s.dest == w.destOf[network.IPv4Unicast.Default()] {
			continue // what one border router tells a stub area is not for the others (ospfd)
		}
		if w.dests[s.dest].router < 0 && w.insideOwn(p, ranges, w.dests[s.dest].prefix) {
			continue
		}
		w.offer(p, s.dest, entry{kind: rib.OSPFInterArea, area: a.index, cost: t.dist[at] + s.cost, set: t.set[at]})
	}
}

// examineTransit shortens paths through the backbone with summaries of a transit area (RFC 2328 §16.3).
func (w *world) examineTransit(a *area, member int) {
	self := a.members[member]
	p := &w.procs[self]
	t := &a.trees[member]
	for i := range a.summaries {
		s := &a.summaries[i]
		at := a.vertex[s.border]
		old := &p.table[s.dest]
		if s.border == self || t.dist[at] == unreachable || old.kind == rib.NotOSPF || old.drop || w.areas[old.area].id != 0 {
			continue
		}
		switch cost := t.dist[at] + s.cost; {
		case cost < old.cost:
			old.cost, old.set = cost, t.set[at]
		case cost == old.cost:
			old.set = p.hops.join(old.set, t.set[at])
		}
	}
}

// summarize appends what one border router announces into an area.
func (w *world) summarize(out []summary, border int32, to *area) []summary {
	p := &w.procs[border]
	target := settings(p.cfg, to.id)
	kind := areaType(p.cfg, to.id)
	if kind != network.OSPFNormal {
		// FRR announces the default into stub areas and, as a summary too, into NSSAs.
		cost := uint32(1)
		if target.StubDefaultCost != 0 {
			cost = target.StubDefaultCost
		}
		out = append(out, summary{border, w.destOf[network.IPv4Unicast.Default()], cost})
		if target.NoSummary {
			return out
		}
	}
	for d := range p.table {
		e := &p.table[d]
		if e.kind == rib.NotOSPF || e.drop || e.area == to.index || e.cost >= infinity {
			continue
		}
		from := w.areas[e.area]
		if e.kind == rib.OSPFInterArea && from.id != 0 || w.leadsInto(p, e.set, to.id) {
			continue
		}
		if w.dests[d].router >= 0 {
			if kind == network.OSPFNormal {
				out = append(out, summary{border, int32(d), e.cost})
			}
			continue
		}
		prefix := w.dests[d].prefix
		if e.kind == rib.OSPFIntraArea && !(from.id == 0 && to.transit) && rangeOf(settings(p.cfg, from.id), prefix) != nil {
			continue
		}
		if !w.filterAccepts(p, settings(p.cfg, from.id), prefix, false) || !w.filterAccepts(p, target, prefix, true) {
			continue
		}
		out = append(out, summary{border, int32(d), e.cost})
	}
	return w.summarizeRanges(out, border, to)
}

// leadsInto reports whether a next hop lies in the area: then there is nothing to tell it
// (RFC 2328 §12.4.3). As in ospfd it is the interface that counts, with all its addresses.
func (w *world) leadsInto(p *process, set int32, area uint32) bool {
	for _, h := range p.hops.sets[set] {
		for _, x := range w.byInterface[Port{p.router, p.hops.hops[h].Interface}] {
			if w.ports[x].area == area {
				return true
			}
		}
	}
	return false
}

// filterAccepts applies `area A filter-list`. A list that does not exist accepts everything.
func (w *world) filterAccepts(p *process, s *network.OSPFArea, prefix prefix, in bool) bool {
	if s == nil {
		return true
	}
	ref := s.ExportFilter
	if in {
		ref = s.ImportFilter
	}
	if !ref.IsSet() {
		return true
	}
	set := w.in.Network.Routers[p.router].PrefixSet(network.PrefixList, ref.Name)
	return set == nil || set.Accepts(prefix)
}
