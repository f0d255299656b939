package bgp

import (
	"context"
	"net/netip"
	"slices"
	"sync/atomic"

	"github.com/sourcegraph/conc"

	"github.com/routegate/routegate/network"
)

// A solution is taken over from another one prefix by prefix: where nothing starts differently, and the
// routers that changed choose and send what they chose and sent there, the old state is stable here too. Prefixes for which that
// does not hold are solved anew.

// reuse is what is taken over.
type reuse struct {
	base    *solver
	tally   *tally
	changed []*instance // that may choose or send something else
	dirty   []netip.Prefix
	kept    []standing
	counted *tally // nil until asked for
	told    []bool // by peer: it is an end of a session of a changed instance
}

// reusable finds what of the base still holds; nil when too much is different.
func (s *solver) reusable() *reuse {
	base := s.opts.Base
	if base == nil || s.opts.Unchanged == nil || base.tally == nil || !base.Converged || len(s.instances) != len(base.s.instances) || len(s.peers) != len(base.s.peers) {
		return nil
	}
	r := &reuse{base: base.s, tally: base.tally, told: make([]bool, len(s.peers))}
	if !s.apart() || !r.base.apart() {
		return nil
	}
	s.classify()
	if s.plain != r.base.plain || s.brief != r.base.brief {
		return nil
	}
	differs := make([]bool, len(s.instances))
	for i, in := range s.instances {
		old := r.base.instances[i]
		if in.vrf != old.vrf || in.device.Name != old.device.Name || in.router != old.router {
			return nil
		}
		if s.heir != nil {
			differs[i] = !s.heir.same[i]
		} else {
			differs[i] = in.device != old.device || !s.opts.Unchanged(in.router, in.under)
		}
	}
	for i, p := range s.peers {
		old := r.base.peers[i]
		if s.heir != nil && s.heir.kept[i] && p.alikeFlags(old) {
			continue
		}
		if p.in.id != old.in.id || p.config.Key() != old.config.Key() || (p.remote == nil) != (old.remote == nil) || p.remote != nil && p.remote.id != old.remote.id {
			return nil
		}
		if !p.alike(old) {
			differs[p.in.id] = true
			if p.remote != nil {
				differs[p.remote.in.id] = true
			}
		}
	}
	for i, in := range s.instances {
		if differs[i] {
			r.changed = append(r.changed, in)
		}
	}
	if len(r.changed) > len(s.instances)/4 {
		return nil
	}
	for _, in := range r.changed {
		for _, p := range in.peers {
			r.told[p.id] = true
			if p.remote != nil {
				r.told[p.remote.id] = true
			}
		}
	}
	return r
}

// apart reports that nothing crosses prefixes.
func (s *solver) apart() bool {
	if len(s.aggregates)+len(s.leaks) > 0 || s.restless || len(s.oscillates) > 0 {
		return false
	}
	for _, p := range s.peers {
		if p.state.Reason == ReasonMaximumPrefix || p.state.Reason == ReasonMalformed {
			return false
		}
		for f := range p.families {
			if x := &p.families[f]; x.up && (x.conditional || x.c.DefaultOriginate != nil || x.c.MaximumPrefixOut > 0) {
				return false
			}
		}
	}
	return true
}

// alikeFlags compares what classify finds.
func (p *peer) alikeFlags(o *peer) bool {
	for f := range p.families {
		if p.families[f].flags != o.families[f].flags {
			return false
		}
	}
	return true
}

// alike reports that an end of a session is as it was in everything that its configuration does not say.
func (p *peer) alike(o *peer) bool {
	if p.state.State != o.state.State || p.state.Type != o.state.Type || p.state.RemoteAS != o.state.RemoteAS || p.state.LocalAddr != o.state.LocalAddr ||
		p.state.PeerAddr != o.state.PeerAddr || p.state.Interface != o.state.Interface || p.hops != o.hops || p.subnet != o.subnet ||
		p.localAS != o.localAS || p.changed != o.changed || p.remoteID != o.remoteID || p.enhe != o.enhe || p.beside != o.beside {
		return false
	}
	for f := range p.families {
		x, y := &p.families[f], &o.families[f]
		if x.up != y.up || x.self != y.self || x.group != y.group || x.groupAS != y.groupAS || x.flags != y.flags {
			return false
		}
	}
	return true
}

// takeOver keeps the tables of the base that hold, and lists the prefixes that must be solved. Those of one class here that had
// one table there are looked at once.
func (s *solver) takeOver(ctx context.Context, r *reuse) error {
	var all []taken
	classes := s.classes(s.sortedPrefixes())
	keys := s.kinKeys(ctx, classes)
	for i, class := range classes {
		at := len(all)
		all = r.split(all, class)
		for k := range all[at:] {
			x := &all[at+k]
			x.same = x.from != nil && x.from.plain && len(x.from.timed) == 0 && s.seeds[x.prefixes[0]].same(r.base.seeds[x.prefixes[0]])
			if keys != nil {
				x.key = keys[i]
			}
		}
	}
	groups := r.kins(all)
	var next atomic.Int64
	var wg conc.WaitGroup
	for _, w := range s.workers[:min(len(s.workers), max(1, len(groups)/16))] {
		old := newWorker(r.base)
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(groups) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				x := groups[i][0]
				x.holds = x.same && w.holds(old, r, x.from, x.prefixes[0])
			}
		})
	}
	wg.Wait()
	for _, group := range groups {
		if !group[0].holds {
			for _, x := range group {
				r.dirty = append(r.dirty, x.prefixes...)
			}
			continue
		}
		s.keep(r, group)
	}
	slices.SortFunc(r.dirty, netip.Prefix.Compare)
	return ctx.Err()
}

// keep takes over the tables of classes that are kin and were.
func (s *solver) keep(r *reuse, group []*taken) {
	var of *kin
	if len(group) > 1 {
		of = &kin{s}
	}
	all := 0
	for i, x := range group {
		t := x.from
		if _, in := slices.BinarySearchFunc(x.prefixes, t.prefix, netip.Prefix.Compare); !in || of != nil {
			t = t.of(x.prefixes[0])
			t.kin = of
		}
		for _, p := range x.prefixes {
			s.tables[p] = t
		}
		if i == 0 {
			r.kept = append(r.kept, standing{t, 0})
		}
		all += len(x.prefixes)
	}
	r.kept[len(r.kept)-1].n = all
}

// taken are prefixes of one class that had one table.
type taken struct {
	prefixes []netip.Prefix
	from     *table
	same     bool   // it may be taken over: the outside says what it said
	key      string // see kinKeys
	holds    bool
}

// kins puts together what is kin here and had one table there, or kin's.
func (r *reuse) kins(all []taken) [][]*taken {
	type like struct {
		key   string
		table *table
		kin   *kin
	}
	at := map[like]int{}
	out := make([][]*taken, 0, len(all))
	for i := range all {
		x := &all[i]
		if x.same && x.key != "" {
			k := like{x.key, x.from.solved(), x.from.kin}
			if n, ok := at[k]; ok {
				out[n] = append(out[n], x)
				continue
			}
			at[k] = len(out)
		}
		out = append(out, []*taken{x})
	}
	return out
}

// split parts a class by the tables and the seeds of the base.
func (r *reuse) split(out []taken, class []netip.Prefix) []taken {
	type origin struct {
		table *table
		seed  *seed
	}
	if len(class) == 1 {
		return append(out, taken{prefixes: class, from: r.base.tables[class[0]]})
	}
	at := map[origin]int{}
	for _, p := range class {
		o := origin{r.base.tables[p], r.base.seeds[p]}
		i, ok := at[o]
		if !ok {
			i = len(out)
			at[o] = i
			out = append(out, taken{from: o.table})
		}
		out[i].prefixes = append(out[i].prefixes, p)
	}
	return out
}

func (x *seed) same(o *seed) bool {
	return o != nil && slices.Equal(x.own, o.own) && slices.Equal(x.outside, o.outside)
}

// holds reports that the changed instances choose and send what they do in the table.
func (w *worker) holds(old *worker, r *reuse, t *table, prefix netip.Prefix) bool {
	s, f := w.s, network.FamilyOf(prefix)
	slots := func(i int) path { return old.bestAt(t, i) }
	for _, in := range r.changed {
		w.plain.begin()
		best := path{from: noPath}
		j := judge{in, s.peers, f}
		c := w.offers(in, prefix, f, slots)
		for i := range c {
			if c[i].ok && (best.from == noPath || w.plainBetter(j, &c[i], &best)) {
				best = c[i]
			}
		}
		if w.plain.gaveUp {
			return false
		}
		was := slots(in.id)
		if best != was {
			return false
		}
		if best.from == noPath {
			continue
		}
		if best.from >= 0 {
			at := slices.Index(c, best)
			if set := w.setOf(j, c, at); set != t.ways[in.id].set && !slices.Equal(sortedHops(s.in.hopsOf(set)), sortedHops(s.in.hopsOf(t.ways[in.id].set))) {
				return false
			}
		}
		for _, p := range in.peers {
			if q := p.remote; q != nil && p.families[f].flags&sways != 0 && best.from >= 0 && slots(q.in.id).from == int32(q.id) {
				return false
			}
		}
		w.plain.turn++
		old.plain.turn++
		for k, p := range in.peers {
			q := old.s.instances[in.id].peers[k]
			if !p.families[f].up {
				continue
			}
			if p.remote == nil {
				continue // nobody of ours hears it
			}
			a, okA := w.across(p, p.remote, f, prefix, &best)
			b, okB := old.across(q, q.remote, f, prefix, &was)
			if okA != okB || a != b {
				return false
			}
		}
	}
	return true
}

func sortedHops(h []hopID) []hopID {
	h = slices.Clone(h)
	slices.Sort(h)
	return h
}

// setOf interns the multipath set among candidates.
func (w *worker) setOf(j judge, c []path, best int) uint32 {
	list := j.multipath(w, c, best)
	if len(list) == 1 {
		return 0
	}
	set := w.plain.set[:0]
	for _, i := range list {
		set = append(set, c[i].hop)
	}
	w.plain.set = set
	return w.s.in.set(set)
}

// toldAnew are the doubts that are looked for in the tables of every solution.
func toldAnew(u *Uncertainty) bool {
	switch u.Why {
	case refusedAggregate, refusedPart, atomicAggregate, firstOfGroup, sharedHop:
		return true
	}
	return false
}

// doubts are the base's that concern neither a changed router nor a prefix that was solved anew.
func (r *reuse) doubts(into map[Uncertainty]bool) {
	routers := map[int]bool{}
	for _, in := range r.changed {
		routers[in.router] = true
	}
	again := map[netip.Prefix]bool{}
	for _, p := range r.dirty {
		again[p] = true
	}
	for u := range r.base.uncertain {
		if u.Prefix.IsValid() && !again[u.Prefix] && !routers[u.Router] && !toldAnew(&u) {
			into[u] = true
		}
	}
}

// recount makes the tally from the base's: sessions of changed routers are counted anew, the others only for prefixes that
// were solved anew.
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
	gone := slices.Clone(r.dirty)
	for p := range r.base.tables {
		if s.tables[p] == nil {
			gone = append(gone, p)
		}
	}
	for _, t := range r.base.weigh(gone) {
		old.count(t.table, n, -t.n, func(p *peer) bool { return !r.told[p.id] })
	}
	for _, t := range s.weigh(r.dirty) {
		w.count(t.table, n, t.n, func(*peer) bool { return true })
	}
	return n
}

func (n *tally) clear(i int) {
	n.sent[i] = [network.NumFamilies]int{}
	n.received[i], n.accepted[i] = n.sent[i], n.sent[i]
}
