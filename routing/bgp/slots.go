package bgp

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// collectPlain keeps what the plain way has found: the best paths, and the next hops that share the
// traffic with each. Everything else follows from those and is made when it is asked for.
func (w *worker) collectPlain(prefix netip.Prefix, f network.Family) *table {
	r := w.plain
	r.turn++
	t := &table{prefix: prefix, plain: true, slots: make([]slot, len(w.s.instances))}
	for _, i := range r.touched {
		b := &r.best[i]
		if b.from == noPath {
			continue
		}
		x := &t.slots[i]
		*x = slot{attrs: b.attrs.id, from: b.from, hop: b.hop, metric: b.metric, source: b.source}
		x.set = w.sharing(w.s.instances[i], prefix, f, b)
		if r.gaveUp {
			return nil
		}
	}
	if w.tally != nil {
		w.countTold(prefix, f, w.tally)
	}
	return t
}

// countTold is countPlain for the prefix that has just been solved: what was said is known.
func (w *worker) countTold(prefix netip.Prefix, f network.Family, n *tally) {
	r := w.plain
	for _, i := range r.touched {
		b := &r.best[i]
		if b.from == noPath {
			continue
		}
		in, x := w.s.instances[i], &r.said[i]
		if x.told && x.attrs != nil && x.simple {
			n.alike[i][f]++
		}
		if len(in.peers) == 0 {
			continue
		}
		first := in.peers[0].id
		for k := range in.peers {
			h := &w.lanes.said[first+k]
			switch {
			case h.kind == laneClosed:
			case h.kind == lanePlain && x.told && x.attrs == nil:
			case h.kind == lanePlain && x.told && x.simple && (x.hop != h.peerHop || x.hop == 0):
				if x.attrs.holds(h.refused) {
					n.refused[h.via][f]++
				}
			default:
				if x.told && x.simple && h.kind == lanePlain {
					n.apart = append(n.apart, apart{int32(first + k), f})
				}
				w.countSent(in.peers[k], f, prefix, b, n, 1)
			}
		}
	}
	w.countOutside(prefix, n, 1, nil)
}

// sharing interns the next hops of an instance's multipath set: that of judge.multipath.
func (w *worker) sharing(in *instance, prefix netip.Prefix, f network.Family, b *path) uint32 {
	r := w.plain
	j := judge{in, w.s.peers, f}
	limit := in.config.Families[f].MaxPaths
	if j.sort(b) == IBGP {
		limit = in.config.Families[f].MaxPathsInternal
	}
	if limit <= 1 || b.from < 0 {
		return 0
	}
	if in.config.Habits.MultipathByMED {
		return w.sharingAll(j, prefix, f, b)
	}
	r.stamp++
	set := append(r.set[:0], b.hop)
	r.mark(b.hop)
	l := w.lanes
	length := r.brief[in.id].length
	relaxed := in.config.Decision.MultipathRelax && r.brief[in.id].routerID != 0
	first := in.peers[0].id
	for k := range in.peers {
		h := &l.heard[first+k]
		switch {
		case h.kind == laneOutside:
			return w.sharingAll(j, prefix, f, b)
		case h.kind == laneClosed, int32(first+k) == b.from:
			continue
		}
		if x := &r.said[h.to]; h.kind == lanePlain && x.told && length >= 0 && (x.attrs == nil || x.simple && (x.hop != h.peerHop || x.hop == 0)) {
			if x.attrs == nil || x.length != length || !h.ok || x.attrs.holds(h.refused) || r.marked(h.self) {
				continue
			}
			a := x.attrs
			if relaxed && a.Origin == b.attrs.Origin && h.metric == b.metric && (a == b.attrs || med(&in.config.Decision, a) == med(&in.config.Decision, b.attrs)) {
				r.mark(h.self)
				set = append(set, h.self)
				continue
			}
		}
		c := &r.best[h.to]
		if c.from == noPath {
			continue
		}
		p := in.peers[k]
		if a, ok := w.across(p.remote, p, f, prefix, c); ok && a.ok && !r.marked(a.hop) && j.equal(b, &a) {
			r.mark(a.hop)
			set = append(set, a.hop)
		}
	}
	r.set = set
	switch {
	case len(set) == 1:
		return 0
	case len(set) > limit:
		return w.sharingAll(j, prefix, f, b) // which of them are left out, the general rule says
	}
	return w.recall(in, set)
}

// sharingAll asks the general rule.
func (w *worker) sharingAll(j judge, prefix netip.Prefix, f network.Family, b *path) uint32 {
	c := w.offers(j.in, prefix, f, func(i int) path { return w.plain.best[i] })
	best := slices.Index(c, *b)
	if best < 0 {
		w.plain.gaveUp = true
		return 0
	}
	return w.setOf(j, c, best)
}

// recall interns a set, looking first at those that the instance had last.
func (w *worker) recall(in *instance, set []hopID) uint32 {
	recent := &w.plain.recent[in.id]
	for k := range recent {
		if slices.Equal(recent[k].hops, set) {
			return recent[k].id
		}
	}
	id := w.s.in.set(set)
	copy(recent[1:], recent[:])
	recent[0] = recentSet{id, w.s.in.hopsOf(id)}
	return id
}

func (r *plainRun) mark(id hopID) {
	for int(id) >= len(r.stamps) {
		r.stamps = append(r.stamps, make([]uint32, max(1024, len(r.stamps)))...)
	}
	r.stamps[id] = r.stamp
}

func (r *plainRun) marked(id hopID) bool { return int(id) < len(r.stamps) && r.stamps[id] == r.stamp }

// path is what a slot stands for.
func (s *solver) path(x *slot) path {
	if x.attrs == 0 {
		return path{from: noPath}
	}
	return path{attrs: s.in.attrsOf(x.attrs), from: x.from, hop: x.hop, metric: x.metric, source: x.source, ok: true}
}

// expand makes all paths of one instance's table from the best ones of the others, and ranks them.
func (s *solver) expand(t *table, instance int) ([]path, []mark) {
	s.asking.Lock()
	defer s.asking.Unlock()
	if s.asker == nil {
		s.asker = newWorker(s)
	}
	w, in, f := s.asker, s.instances[instance], network.FamilyOf(t.prefix)
	c := w.offers(in, t.prefix, f, func(i int) path { return s.path(&t.slots[i]) })
	j := judge{in, s.peers, f}
	var out table
	w.rank(&out, j, c, j.choose(c))
	return out.paths, out.marks
}

// count adds what goes over sessions for a prefix, by times; only those count whose sending end is wanted.
func (w *worker) count(t *table, n *tally, by int, wanted func(*peer) bool) {
	if t.plain {
		w.countPlain(t, n, by, wanted)
		return
	}
	f := network.FamilyOf(t.prefix)
	for _, c := range t.counts {
		p := w.s.peers[c.peer]
		if wanted(p) {
			n.sent[p.id][f] += by * int(flag(c.sent))
		}
		if q := p.remote; q == nil && wanted(p) || q != nil && wanted(q) {
			n.received[p.id][f] += by * int(flag(c.received))
			n.accepted[p.id][f] += by * int(flag(c.accepted))
		}
	}
}

func (w *worker) countPlain(t *table, n *tally, by int, wanted func(*peer) bool) {
	s, f := w.s, network.FamilyOf(t.prefix)
	for i := range t.slots {
		if t.slots[i].attrs == 0 {
			continue
		}
		b := s.path(&t.slots[i])
		w.plain.turn++
		for _, p := range s.instances[i].peers {
			if p.families[f].up && (wanted == nil || wanted(p)) {
				w.countSent(p, f, t.prefix, &b, n, by)
			}
		}
	}
	w.countOutside(t.prefix, n, by, wanted)
}

// countOutside counts what comes from outside.
func (w *worker) countOutside(prefix netip.Prefix, n *tally, by int, wanted func(*peer) bool) {
	s, f := w.s, network.FamilyOf(prefix)
	if seed := s.seeds[prefix]; seed != nil {
		for _, o := range seed.outside {
			p := s.peers[o.peer]
			if !p.families[f].up || wanted != nil && !wanted(p) {
				continue
			}
			n.received[p.id][f] += by
			if _, ok := w.receive(p, f, prefix, o.route); ok {
				n.accepted[p.id][f] += by
			}
		}
	}
}

// countSent counts what a best path comes to at the other end of a session.
func (w *worker) countSent(p *peer, f network.Family, prefix netip.Prefix, b *path, n *tally, by int) {
	s, x, q := w.s, &p.families[f], p.remote
	if q == nil {
		if _, ok := w.send(p, f, prefix, b); ok {
			n.sent[p.id][f] += by
		}
		return
	}
	y := &q.families[f]
	if x.flags&sendsPlainly != 0 && y.flags&receivesPlainly != 0 && !b.attrs.OriginatorID.IsValid() {
		e := w.groupExport(p, f, prefix, b)
		if e.attrs == nil || b.from == int32(p.id) && !p.in.config.AdvertiseToSender {
			return
		}
		if !e.attrs.HasLocalPref && len(e.attrs.Communities) == 0 && e.rule == hopByRule {
			n.sent[p.id][f] += by
			n.received[q.id][f] += by
			if s.loopFree(q, y.c, e.attrs) {
				n.accepted[q.id][f] += by
			}
			return
		}
	}
	rt, ok := w.send(p, f, prefix, b)
	if !ok {
		return
	}
	n.sent[p.id][f] += by
	n.received[q.id][f] += by
	if _, ok := w.receive(q, f, prefix, rt); ok {
		n.accepted[q.id][f] += by
	}
}
