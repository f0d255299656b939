package bgp

import (
	"iter"
	"net/netip"
	"slices"

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
	pairs, gone, fresh := s.anew(r)
	var jobs []func(c *counter)
	for kept := range slices.Chunk(r.kept, 1+len(r.kept)/32) {
		jobs = append(jobs, func(c *counter) { c.countKept(r, kept, ends) })
	}
	for i := range pairs {
		for part := range s.batches() {
			jobs = append(jobs, func(c *counter) { c.countPair(r, &pairs[i], part) })
		}
	}
	jobs = append(jobs, func(c *counter) {
		for i := range pairs {
			c.old.countOutside(pairs[i].was.prefix, c.n, -pairs[i].n, func(p *peer) bool { return !r.told[p.id] })
			c.w.countOutside(pairs[i].is.prefix, c.n, pairs[i].n, nil)
		}
		for _, t := range r.base.weigh(gone) {
			c.old.count(t.table, c.n, -t.n, func(p *peer) bool { return !r.told[p.id] })
		}
		for _, t := range s.weigh(fresh) {
			c.w.count(t.table, c.n, t.n, func(*peer) bool { return true })
		}
	})
	s.countAll(r, jobs, n)
	return n
}

// counter adds to a tally of its own; for one goroutine.
type counter struct {
	w, old *worker // of this solver and of the base
	n      *tally
}

// countAll does all jobs on all processors and adds up what they count.
func (s *solver) countAll(r *reuse, jobs []func(c *counter), n *tally) {
	const few = 4
	counters := make([]counter, min(len(s.workers), 1+len(jobs)/few))
	s.divide(len(counters), len(jobs), 1, func(i int) func(int) {
		c := &counters[i]
		c.w, c.old, c.n = s.workers[i], newWorker(r.base), newTally(len(s.peers))
		return func(k int) { jobs[k](c) }
	})
	for i := range counters {
		n.add(counters[i].n)
	}
}

// batches are the instances, as many together as have about so many ends of sessions.
func (s *solver) batches() iter.Seq[[]*instance] {
	const share = 1 << 14
	return func(yield func([]*instance) bool) {
		from, ends := 0, 0
		for i, in := range s.instances {
			if ends += len(in.peers); ends < share && i < len(s.instances)-1 {
				continue
			}
			if !yield(s.instances[from : i+1]) {
				return
			}
			from, ends = i+1, 0
		}
	}
}

// countKept counts what goes over the sessions of changed instances for tables that were taken over.
func (c *counter) countKept(r *reuse, kept []standing, ends []*peer) {
	for _, t := range kept {
		f := network.FamilyOf(t.prefix)
		for _, p := range ends {
			if p.families[f].up && t.ways[p.in.id].from != noPath {
				b := c.w.bestAt(t.table, p.in.id)
				c.w.plain.turn++
				c.w.countSent(p, f, t.prefix, &b, c.n, t.n)
			}
		}
		c.w.countOutside(t.prefix, c.n, t.n, func(p *peer) bool { return r.told[p.id] })
	}
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

// countPair leaves alone what an instance sends whose best path is what it was, over sessions that no changed instance has.
func (c *counter) countPair(r *reuse, x *anewPair, instances []*instance) {
	f := network.FamilyOf(x.is.prefix)
	for _, in := range instances {
		var b, was path
		i := in.id
		has, had := x.is.ways[i].from != noPath, x.was.ways[i].from != noPath
		if had {
			was = c.old.bestAt(x.was, i)
			c.old.plain.turn++
		}
		if has {
			b = c.w.bestAt(x.is, i)
			c.w.plain.turn++
		}
		same := has == had && b == was
		for _, p := range in.peers {
			told := r.told[p.id]
			if same && !told {
				continue
			}
			if q := r.base.peers[p.id]; had && !told && q.families[f].up {
				c.old.countSent(q, f, x.was.prefix, &was, c.n, -x.n)
			}
			if has && p.families[f].up {
				c.w.countSent(p, f, x.is.prefix, &b, c.n, x.n)
			}
		}
	}
}

func (n *tally) clear(i int) {
	n.sent[i] = [network.NumFamilies]int{}
	n.received[i], n.accepted[i] = n.sent[i], n.sent[i]
}
