package bgp

import (
	"net/netip"
	"sync/atomic"

	"github.com/sourcegraph/conc"

	"github.com/routegate/routegate/network"
)

// recount makes the tally from the base's: sessions of changed routers are counted anew, the others only for prefixes that
// were solved anew, and of those only where the best path is another one than before.
func (s *solver) recount(r *reuse) *tally {
	n := newTally(len(s.peers))
	copy(n.received, r.tally.received)
	copy(n.accepted, r.tally.accepted)
	copy(n.sent, r.tally.sent)
	var ends []*peer
	for i, p := range s.peers {
		if r.told[i] {
			n.clear(i)
			ends = append(ends, p)
		}
	}
	w, old := s.workers[0], newWorker(r.base)
	for _, t := range r.kept {
		f := network.FamilyOf(t.prefix)
		for _, p := range ends {
			if p.families[f].up && t.ways[p.in.id].from != noPath {
				b := w.bestAt(t.table, p.in.id)
				w.plain.turn++
				w.countSent(p, f, t.prefix, &b, n, t.n)
			}
		}
		w.countOutside(t.prefix, n, t.n, func(p *peer) bool { return r.told[p.id] })
	}
	pairs, gone, fresh := s.anew(r)
	for _, t := range r.base.weigh(gone) {
		old.count(t.table, n, -t.n, func(p *peer) bool { return !r.told[p.id] })
	}
	for _, t := range s.weigh(fresh) {
		w.count(t.table, n, t.n, func(*peer) bool { return true })
	}
	s.countPairs(r, pairs, n)
	return n
}

// anewPair is what some prefixes that were solved anew had for a table, and have.
type anewPair struct {
	was, is *table
	n       int // prefixes
}

// anew are the prefixes that were solved anew: as pairs of tables, each of kin once, where both are plain; else as those that the
// base counts and those that this solver counts.
func (s *solver) anew(r *reuse) (pairs []anewPair, gone, fresh []netip.Prefix) {
	type key struct {
		was, is       *table
		wasKin, isKin *kin
	}
	at := map[key]int{}
	for _, p := range r.dirty {
		was, is := r.base.tables[p], s.tables[p]
		switch {
		case is == nil: // see below
			continue
		case was == nil:
			fresh = append(fresh, p)
			continue
		case !was.plain || !is.plain:
			gone, fresh = append(gone, p), append(fresh, p)
			continue
		}
		k := key{was: was, is: is}
		if was.kin != nil && was.kin.of == r.base {
			k.was, k.wasKin = nil, was.kin
		}
		if is.kin != nil && is.kin.of == s {
			k.is, k.isKin = nil, is.kin
		}
		i, ok := at[k]
		if !ok {
			i, at[k] = len(pairs), len(pairs)
			pairs = append(pairs, anewPair{was: was, is: is})
		}
		pairs[i].n++
	}
	for p := range r.base.tables {
		if s.tables[p] == nil {
			gone = append(gone, p)
		}
	}
	return pairs, gone, fresh
}

// countPairs counts what pairs of tables make of the tally.
func (s *solver) countPairs(r *reuse, pairs []anewPair, n *tally) {
	const many = 16
	tallies := make([]*tally, min(len(s.workers), 1+len(pairs)/many))
	var next atomic.Int64
	var wg conc.WaitGroup
	for i := range tallies {
		tallies[i] = n
		if i > 0 {
			tallies[i] = newTally(len(s.peers))
		}
		wg.Go(func() {
			w, old := s.workers[i], newWorker(r.base)
			for k := int(next.Add(1)) - 1; k < len(pairs); k = int(next.Add(1)) - 1 {
				w.countPair(old, r, &pairs[k], tallies[i])
			}
		})
	}
	wg.Wait()
	for _, t := range tallies[1:] {
		n.add(t)
	}
}

// countPair leaves alone what an instance sends whose best path is what it was, over sessions that no changed instance has.
func (w *worker) countPair(old *worker, r *reuse, x *anewPair, n *tally) {
	f := network.FamilyOf(x.is.prefix)
	for i, in := range w.s.instances {
		var b, was path
		has, had := x.is.ways[i].from != noPath, x.was.ways[i].from != noPath
		if had {
			was = old.bestAt(x.was, i)
			old.plain.turn++
		}
		if has {
			b = w.bestAt(x.is, i)
			w.plain.turn++
		}
		same := has == had && b == was
		for _, p := range in.peers {
			told := r.told[p.id]
			if same && !told {
				continue
			}
			if q := r.base.peers[p.id]; had && !told && q.families[f].up {
				old.countSent(q, f, x.was.prefix, &was, n, -x.n)
			}
			if has && p.families[f].up {
				w.countSent(p, f, x.is.prefix, &b, n, x.n)
			}
		}
	}
	old.countOutside(x.was.prefix, n, -x.n, func(p *peer) bool { return !r.told[p.id] })
	w.countOutside(x.is.prefix, n, x.n, nil)
}

func (n *tally) clear(i int) {
	n.sent[i] = [network.NumFamilies]int{}
	n.received[i], n.accepted[i] = n.sent[i], n.sent[i]
}
