package ospf

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/rib"
)

// externalLSA is an AS-external LSA (type 5) or, where area is not -1, an NSSA LSA (type 7).
type externalLSA struct {
	dest      int32
	asbr      int32 // process
	area      int32
	metric    uint32
	type2     bool
	tag       uint32
	forward   netip.Addr // zero: to the AS boundary router
	propagate bool       // the P bit of type 7
}

// defaultMetric is that of external routes for which nothing else is configured in ospfd.
const defaultMetric = 20

// external originates, translates and examines external routes (RFC 2328 §12.4.4, §16.4; RFC 3101).
func (w *world) external() {
	for i := range w.procs {
		w.originate(int32(i))
	}
	for _, a := range w.areas {
		w.translate(a)
	}
	if len(w.lsas) == 0 {
		return
	}
	covering, scopes := w.coveringForward(), w.scopes()
	for i := range w.procs {
		w.examineExternal(int32(i), covering, scopes)
	}
}

// originate makes the LSAs of what a process redistributes: type 5 for its normal
// areas, and a type 7 of its own for each NSSA.
func (w *world) originate(proc int32) {
	p := &w.procs[proc]
	for _, e := range p.external {
		l := externalLSA{dest: w.destOf[e.Prefix], asbr: proc, area: -1, metric: e.Metric, type2: e.Type != 1,
			tag: e.Tag, forward: w.forwarding(p, e.NextHop)}
		if w.hasNormalArea(p) {
			w.lsas = append(w.lsas, l)
		}
		for _, ai := range p.areas {
			if areaType(p.cfg, w.areas[ai].id) != network.OSPFNSSA || p.cfg.ByBackbone && len(p.areas) > 1 {
				continue
			}
			seven := l
			// RFC 3101 §2.3: a border router's own type 7 is not translated again, any other
			// carries a forwarding address.
			seven.area, seven.propagate = ai, !p.border
			if seven.propagate && !seven.forward.IsValid() {
				seven.forward = w.nssaAddress(p, w.areas[ai].id)
			}
			w.lsas = append(w.lsas, seven)
		}
	}
}

// forwarding is the forwarding address: the route's next hop where one of the process's
// interfaces is on its subnet (ospfd asks no more of the interface than that).
func (w *world) forwarding(p *process, nh netip.Addr) netip.Addr {
	if nh.Is4() {
		for _, x := range p.ports {
			if w.ports[x].subnet.Contains(nh) {
				return nh
			}
		}
	}
	return netip.Addr{}
}

// nssaAddress is the process's own address in an NSSA: ospfd takes the first interface,
// and the kernel numbers the loopback first.
func (w *world) nssaAddress(p *process, area uint32) netip.Addr {
	var first netip.Addr
	for _, x := range p.ports {
		if port := &w.ports[x]; port.area == area {
			if port.iface.Loopback {
				return port.addr
			}
			if !first.IsValid() {
				first = port.addr
			}
		}
	}
	return first
}

func (w *world) hasNormalArea(p *process) bool {
	return slices.ContainsFunc(p.areas, func(a int32) bool {
		return areaType(p.cfg, w.areas[a].id) == network.OSPFNormal
	})
}

// translates reports whether a process may become an NSSA translator, and so an
// AS boundary router.
func (w *world) translates(p *process) bool {
	return p.border && slices.ContainsFunc(p.areas, func(a int32) bool {
		return areaType(p.cfg, w.areas[a].id) == network.OSPFNSSA
	})
}

// translate turns an NSSA's type 7 LSAs into type 5 at the border router with the
// highest router id of those that reach each other (RFC 3101 §3.1, §3.2).
func (w *world) translate(a *area) {
	var own []externalLSA
	for _, l := range w.lsas {
		if l.area == a.index && l.propagate && l.forward.IsValid() {
			own = append(own, l)
		}
	}
	if len(own) == 0 {
		return
	}
	for v, m := range a.members {
		p := &w.procs[m]
		if !p.border || areaType(p.cfg, a.id) != network.OSPFNSSA {
			continue
		}
		elected := true
		for u, o := range a.members {
			if other := &w.procs[o]; other.border && other.id > p.id && a.trees[v].dist[u] != unreachable {
				elected = false
			}
		}
		if !elected {
			continue
		}
		for _, l := range own {
			if l.asbr == m || a.trees[v].dist[a.vertex[l.asbr]] == unreachable {
				continue
			}
			l.asbr, l.area, l.propagate = m, -1, false
			// RFC 3101 §3.2 copies the metric; ospfd copies the rest and puts its own default metric.
			if l.metric = defaultMetric; p.cfg.DefaultMetric != nil {
				l.metric = *p.cfg.DefaultMetric
			}
			w.lsas = append(w.lsas, l)
		}
	}
}

// coveringForward lists, for every forwarding address, the networks that contain
// it, longest first.
func (w *world) coveringForward() map[netip.Addr][]int32 {
	out := map[netip.Addr][]int32{}
	for i := range w.lsas {
		f := w.lsas[i].forward
		if _, ok := out[f]; ok || !f.IsValid() {
			continue
		}
		var list []int32
		for d := range w.dests {
			if w.dests[d].router < 0 && w.dests[d].prefix.Contains(f) {
				list = append(list, int32(d))
			}
		}
		slices.SortFunc(list, func(a, b int32) int {
			return cmp.Compare(w.dests[b].prefix.Bits(), w.dests[a].prefix.Bits())
		})
		out[f] = list
	}
	return out
}

// examineExternal computes the external routes of one process (RFC 2328 §16.4).
func (w *world) examineExternal(proc int32, covering map[netip.Addr][]int32, scopes []int32) {
	p := &w.procs[proc]
	found := map[int32]entry{}
	for i := range w.lsas {
		l := &w.lsas[i]
		if l.asbr == proc || l.metric >= infinity {
			continue
		}
		e, ok := w.towards(proc, l, scopes)
		if !ok {
			continue
		}
		if l.forward.IsValid() {
			if e, ok = w.forward(p, l.forward, covering[l.forward]); !ok {
				continue
			}
		}
		x := entry{kind: rib.OSPFExternal1, area: -1, cost: e.cost + l.metric, set: e.set, tag: l.tag, rank: w.rank(&e)}
		if l.type2 {
			x.kind, x.cost, x.cost2 = rib.OSPFExternal2, e.cost, l.metric
		}
		old, seen := found[l.dest]
		switch c := compareExternal(&x, &old); {
		case !seen || c < 0:
			found[l.dest] = x
		case c == 0:
			old.set = p.hops.join(old.set, x.set)
			found[l.dest] = old
		}
	}
	for d, x := range found {
		if p.table[d].kind == rib.NotOSPF { // intra-area and inter-area paths are preferred
			p.table[d] = x
		}
	}
}

// towards is the path to the LSA's AS boundary router; false where the LSA is not
// flooded to the process or the router is not reachable. ospfd goes by the path to the router, of which one through a stub area comes before the
// backbone's (RFC 2328 §16.4.1), and takes no external routes from a router that does not say there that it is one: nobody does in a stub area.
func (w *world) towards(proc int32, l *externalLSA, scopes []int32) (entry, bool) {
	p := &w.procs[proc]
	if l.area < 0 {
		e := p.table[w.sources[l.asbr]]
		if !p.cfg.ByBackbone && e.kind == rib.OSPFIntraArea && areaType(p.cfg, w.areas[e.area].id) == network.OSPFStub {
			return e, false
		}
		return e, scopes[proc] >= 0 && scopes[proc] == scopes[l.asbr] && e.kind != rib.NotOSPF
	}
	if !slices.Contains(p.areas, l.area) {
		return entry{}, false
	}
	a := w.areas[l.area]
	t := &a.trees[a.vertex[proc]]
	at := a.vertex[l.asbr]
	return entry{kind: rib.OSPFIntraArea, area: l.area, cost: t.dist[at], set: t.set[at]}, t.dist[at] != unreachable
}

// forward is the path to a forwarding address: the longest intra-area or
// inter-area route, never a discard route and never an address of one's own.
func (w *world) forward(p *process, f netip.Addr, covering []int32) (entry, bool) {
	for _, x := range p.ports {
		if w.ports[x].addr == f {
			return entry{}, false
		}
	}
	for _, d := range covering {
		e := p.table[d]
		if e.kind == rib.NotOSPF {
			continue
		}
		if e.drop {
			return entry{}, false
		}
		e.set = p.hops.via(e.set, f)
		return e, true
	}
	return entry{}, false
}

// compareExternal is RFC 2328 §16.4 (6).
func compareExternal(a, b *entry) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.cost2, b.cost2), cmp.Compare(a.rank, b.rank), cmp.Compare(a.cost, b.cost))
}
