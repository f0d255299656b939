package bgp

import (
	"math/bits"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// recentSet is a multipath set by the best path's session and the lanes that share with it.
type recentSet struct {
	id   uint32
	from int32
	mask []uint64
}

// sharing interns the next hops of an instance's multipath set: that of judge.multipath.
func (w *worker) sharing(i int32, prefix netip.Prefix, f network.Family, b *light) uint32 {
	if b.from < 0 {
		return 0
	}
	if e := &w.lanes.ends[i]; e.evenIn && b.lane && w.plain.rank[i].rest != nil {
		if e.limit <= 1 {
			return 0
		}
		if n, known := w.sharingEven(i, e, b); known && n <= e.limit {
			return w.recall(i, e, b, n)
		}
	}
	in := w.s.instances[i]
	limit := in.config.Families[f].MaxPaths
	if w.s.peers[b.from].state.Type == IBGP {
		limit = in.config.Families[f].MaxPathsInternal
	}
	if limit <= 1 {
		return 0
	}
	if in.config.Habits.MultipathByMED {
		return w.sharingAll(in, prefix, f, b)
	}
	return w.sharingEach(in, prefix, f, b, limit)
}

// sharingEven marks the lanes that bring as good a path as the best one and counts them; known is false where somebody must be
// asked for more than the length and the rest of what it says.
func (w *worker) sharingEven(i int32, e *end, b *light) (n int, known bool) {
	r, l := w.plain, w.lanes
	c := &r.cells[b.cell]
	want, refused := voiceKey(c.length, c.rest), e.refused
	bit := bloomBit(refused)
	mask := r.mask[:0]
	for range (e.count + 63) / 64 {
		mask = append(mask, 0)
	}
	r.mask = mask
	at := b.from - e.first
	mask[at>>6] |= 1 << (at & 63)
	voices := r.voice
	for k, from := range l.to[e.first : e.first+e.count] {
		v := &voices[from]
		if v.key == want {
			if v.bloom&bit == 0 || !r.holds(r.said[from].cell, refused) {
				mask[k>>6] |= 1 << (k & 63)
			}
		} else if v.key>>32 == want>>32 || v.key == unclear {
			return 0, false
		}
	}
	for _, x := range mask {
		n += bits.OnesCount64(x)
	}
	return n, true
}

// recall interns the set that is marked, looking first at those that the instance had last.
func (w *worker) recall(i int32, e *end, b *light, n int) uint32 {
	if n == 1 {
		return 0
	}
	r := w.plain
	recent := &r.recent[i]
	for k := range recent {
		if x := &recent[k]; x.from == b.from && slices.Equal(x.mask, r.mask) {
			return x.id
		}
	}
	set := append(r.set[:0], b.hop)
	for k := range e.count {
		if r.mask[k>>6]&(1<<(k&63)) != 0 && e.first+k != b.from {
			set = append(set, w.lanes.heard[e.first+k].self)
		}
	}
	r.set = set
	id := w.s.in.set(set)
	copy(recent[1:], recent[:])
	recent[0] = recentSet{id, b.from, slices.Clone(r.mask)}
	return id
}

// sharingEach asks every lane.
func (w *worker) sharingEach(in *instance, prefix netip.Prefix, f network.Family, b *light, limit int) uint32 {
	r, l := w.plain, w.lanes
	j := judge{in, w.s.peers, f}
	r.stamp++
	set := append(r.set[:0], b.hop)
	r.mark(b.hop)
	length, rest := int32(r.rank[in.id].key>>32), r.rank[in.id].rest
	first := in.peers[0].id
	best := w.bestOf(in.id)
	for k := range in.peers {
		h := &l.heard[first+k]
		switch {
		case h.kind == laneOutside:
			return w.sharingAll(in, prefix, f, b)
		case h.kind == laneClosed, int32(first+k) == b.from:
			continue
		}
		if x := &r.said[h.to]; h.kind == lanePlain && x.told && r.rank[in.id].key != unranked && (x.cell == 0 || x.simple) {
			if x.cell == 0 || x.length != length || !h.ok || r.marked(h.self) || r.holds(x.cell, h.refused) {
				continue
			}
			a := r.cells[x.cell].rest
			if in.config.Decision.MultipathRelax && rest != nil && a.Origin == rest.Origin && h.metric == b.metric &&
				(a == rest || med(&in.config.Decision, a) == med(&in.config.Decision, rest)) {
				r.mark(h.self)
				set = append(set, h.self)
				continue
			}
		}
		c := w.bestOf(int(h.to))
		if c.from == noPath {
			continue
		}
		p := in.peers[k]
		if a, ok := w.across(p.remote, p, f, prefix, &c); ok && a.ok && !r.marked(a.hop) && j.equal(&best, &a) {
			r.mark(a.hop)
			set = append(set, a.hop)
		}
	}
	r.set = set
	switch {
	case len(set) == 1:
		return 0
	case len(set) > limit:
		return w.sharingAll(in, prefix, f, b) // which of them are left out, the general rule says
	}
	return w.s.in.set(set)
}

// sharingAll asks the general rule.
func (w *worker) sharingAll(in *instance, prefix netip.Prefix, f network.Family, b *light) uint32 {
	c := w.offers(in, prefix, f, w.bestOf)
	best := slices.Index(c, w.plain.path(w.s.in, b))
	if best < 0 {
		w.plain.gaveUp = true
		return 0
	}
	return w.setOf(judge{in, w.s.peers, f}, c, best)
}

// mark notes that a next hop is in the set, which is a new one with every stamp.
func (r *plainRun) mark(id hopID) {
	for int(id) >= len(r.stamps) {
		r.stamps = append(r.stamps, make([]uint32, max(1024, len(r.stamps)))...)
	}
	r.stamps[id] = r.stamp
}

func (r *plainRun) marked(id hopID) bool { return int(id) < len(r.stamps) && r.stamps[id] == r.stamp }
