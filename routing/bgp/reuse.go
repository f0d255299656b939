package bgp

import (
	"net/netip"
	"slices"

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
	if 2*len(s.seeds) < len(base.s.prefixes) {
		return nil // counting what has gone takes longer than solving what is left
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
	ends := s.peers
	if s.heir != nil && s.heir.flags {
		ends = s.heir.fresh
	}
	for _, p := range ends {
		old := r.base.peers[p.id]
		if s.heir != nil && s.heir.kept[p.id] && p.alikeFlags(old) {
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
	if len(s.aggregates)+len(s.leaks) > 0 || s.restless || s.torn || len(s.oscillates) > 0 {
		return false
	}
	if s.traits&(limitsSent|advertisesIf|originatesDefault) == 0 {
		return true
	}
	for _, p := range s.peers {
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
			if q := p.remote; q != nil && best.from >= 0 && slots(q.in.id).from == int32(q.id) &&
				(p.families[f].flags&sways != 0 || best.attrs.HasLocalPref && p.outranks(f, best.attrs.LocalPref)) {
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
	case refusedAggregate, refusedPart, likeAggregate, atomicAggregate, lingering, firstOfGroup, sharedHop, besideBest:
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
