package bgp

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// lingering is why a route is uncertain that routers may have from each other alone.
const lingering = "what was announced while no condition held it back may stay: routers that have it from each other keep it"

// lingerDoubts looks for routes that outlive their origin. bgpd evaluates conditional advertisement by a timer: until it has done so for the
// first time it announces everything, with what its route maps set, and so it may have before a condition turned. Where nothing keeps
// a route from going round (AS paths that are handed on unchanged, allowas-in), or where a preference holds on to it, routers can
// have what was announced then from each other, and keep it when the router that began it takes it back (seen with 8.4.4).
func (s *solver) lingerDoubts() {
	if s.traits&advertisesIf == 0 {
		return
	}
	for _, f := range network.Families {
		var begun []*peer
		for _, p := range s.peers {
			if x := &p.families[f]; x.up && x.conditional && p.remote != nil && !p.served(f) {
				begun = append(begun, p)
			}
		}
		if len(begun) == 0 {
			continue
		}
		for _, q := range s.prefixes {
			if network.FamilyOf(q) != f || s.tables[q] == nil || !slices.ContainsFunc(begun, func(p *peer) bool { return s.advertisedIf(p, f, q) }) {
				continue
			}
			if s.ctx.Err() != nil {
				return
			}
			for _, i := range s.workers[0].outlives(q, f, begun) {
				s.uncertain[Uncertainty{Router: s.instances[i].router, Prefix: q, Why: lingering, Arrival: true}] = true
			}
		}
	}
}

// outlives solves a prefix from the start, then as if no session in begun had a condition and went over to its condition afterwards, and gives
// the instances that do not end with the same best path.
func (w *worker) outlives(prefix netip.Prefix, f network.Family, begun []*peer) (differ []int32) {
	w.schedule, w.opener = inTurn, noOpener
	defer func(own map[Uncertainty]bool) { w.doubts = own }(w.doubts)
	w.doubts = map[Uncertainty]bool{} // what policies doubt in a state that is none is nobody's
	if settled, _ := w.run(prefix, f); !settled {
		return nil // which is said elsewhere
	}
	first := map[int32]path{}
	for _, i := range w.touched {
		first[i] = w.best[i]
	}
	turn := func(conditional bool) {
		for _, p := range begun {
			p.families[f].conditional = conditional
		}
	}
	turn(false)
	w.run(prefix, f) // where it does not settle, from wherever it is then
	turn(true)
	for _, p := range begun {
		j := judge{p.in, w.s.peers, f}
		c := w.candidates(p.in, prefix, f)
		w.deliver(p, f, prefix, w.outgoing(p, f, prefix, j, c, j.choose(c)))
	}
	if settled, _ := w.settle(prefix, f); !settled {
		return nil
	}
	for _, i := range w.touched {
		was, had := first[i]
		if !had {
			was = path{from: noPath}
		}
		if was != w.best[i] {
			differ = append(differ, i)
		}
	}
	slices.Sort(differ)
	return slices.Compact(differ)
}
