package bgp

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// collectBest keeps the best paths of what was solved with every path of every session: where nothing but best
// paths travels, all others follow from them.
func (w *worker) collectBest(prefix netip.Prefix, f network.Family) *table {
	t := &table{prefix: prefix, plain: true, ways: newWays(len(w.s.instances))}
	w.offered = w.offered[:0]
	insts := slices.Clone(w.touched)
	slices.Sort(insts)
	roots := make([]root, 0, len(insts))
	for _, i := range insts {
		in := w.s.instances[i]
		j := judge{in, w.s.peers, f}
		c := w.candidates(in, prefix, f)
		best := j.choose(c)
		if w.tally != nil {
			w.countHeard(in, prefix, j, c, best)
		}
		if len(c) == 0 {
			continue
		}
		w.offered = append(w.offered, i)
		if best < 0 {
			continue
		}
		b := &c[best]
		t.ways[i].from = b.from
		if !j.local(b) {
			t.ways[i].set = w.setOf(j, c, best)
		}
		roots = append(roots, root{i, b.attrs.id, b.hop, b.metric, b.source, b.kept, b.distance})
	}
	t.roots = slices.Clip(roots)
	return t
}

// countHeard counts what goes over an instance's sessions for the class that has just been solved.
func (w *worker) countHeard(in *instance, prefix netip.Prefix, j judge, c []path, best int) {
	n, f := w.tally, j.family
	for _, p := range in.peers {
		if w.got[p.id] > 0 {
			n.received[p.id][f] += w.size
		}
		if len(w.in[p.id]) > 0 {
			n.accepted[p.id][f] += w.size
		}
		if len(w.out[p.id]) > 0 || p.remote == nil && p.families[f].up && len(w.outgoing(p, f, prefix, j, c, best)) > 0 {
			n.sent[p.id][f] += w.size
		}
	}
}

// isTimed reports that what an instance of a plain table holds hangs on who speaks first.
func (t *table) isTimed(instance int) bool {
	_, ok := slices.BinarySearch(t.timed, int32(instance))
	return ok
}
