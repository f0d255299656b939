package bgp

import (
	"net/netip"

	"github.com/routegate/routegate/network"
)

// said is what an instance tells all its neighbors of the prefix.
type said struct {
	cell   int32 // 0: nothing
	length int32
	told   bool
	simple bool // every plain lane may carry it as it is
}

// voice is what said comes to for who asks whether it is as good as another path: the length and the rest of what plain
// lanes carry, and the ASes in it.
type voice struct{ key, bloom uint64 }

const (
	silent  = 1<<63 - 1 // nothing is said
	unclear = 1 << 63   // said itself must be asked
)

func voiceKey(length int32, rest *attrs) uint64 { return uint64(length)<<32 | uint64(rest.id) }

// tell offers an instance's best path to its neighbors.
func (w *worker) tell(i int32, prefix netip.Prefix, f network.Family) {
	r, e := w.plain, &w.lanes.ends[i]
	r.turn++
	if !e.oneGroup || e.count == 0 {
		r.voice[i] = voice{key: unclear}
		for _, p := range w.s.instances[i].peers {
			if p.families[f].up && p.remote != nil {
				w.tellOne(p, prefix, f)
			}
		}
		return
	}
	again := r.said[i].told
	now := w.express(i, e, prefix, f)
	r.said[i] = now
	switch {
	case now.cell == 0:
		r.voice[i] = voice{key: silent}
	case now.simple:
		c := &r.cells[now.cell]
		r.voice[i] = voice{voiceKey(c.length, c.rest), c.bloom}
	default:
		r.voice[i] = voice{key: unclear}
	}
	switch {
	case again || !e.even || now.cell != 0 && !now.simple:
		w.tellEach(i, e, &now, prefix, f)
	case now.cell != 0:
		w.tellEven(i, e, &now, prefix, f)
	}
}

// tellEven is tell for the first time over nothing but plain lanes: nobody has a path from here, and most
// have a better one.
func (w *worker) tellEven(i int32, e *end, now *said, prefix netip.Prefix, f network.Family) {
	r, l := w.plain, w.lanes
	c := &r.cells[now.cell]
	key, rest := uint64(c.length)<<32|uint64(e.routerID), c.rest
	ranks := r.rank
	for k, to := range l.to[e.first : e.first+e.count] {
		if x := &ranks[to]; key > x.key && (rest == x.rest || key>>32 != x.key>>32) {
			continue
		}
		if int(to) < len(r.best) {
			w.offerLane(e, &l.said[int(e.first)+k], now, prefix, f)
		}
	}
}

// tellEach is tell where lanes differ, or where what was said before is taken back.
func (w *worker) tellEach(i int32, e *end, now *said, prefix netip.Prefix, f network.Family) {
	l, peers := w.lanes, w.s.instances[i].peers
	for k := range peers {
		lane := &l.said[int(e.first)+k]
		switch {
		case lane.kind == laneClosed || lane.kind == laneOutside:
		case lane.kind == laneGeneral || now.cell != 0 && !now.simple:
			w.tellOne(peers[k], prefix, f)
		default:
			w.offerLane(e, lane, now, prefix, f)
		}
	}
}

// offerLane takes what is said over a plain lane.
func (w *worker) offerLane(e *end, lane *lane, now *said, prefix netip.Prefix, f network.Family) {
	r := w.plain
	t, x := &r.best[lane.to], &r.rank[lane.to]
	mine := t.from == lane.via
	arrives := now.cell != 0 && lane.ok && (mine || uint64(now.length) <= x.key>>32) && !r.holds(now.cell, lane.refused)
	if !mine && !arrives {
		return
	}
	to := w.s.instances[lane.to]
	if !arrives {
		w.again(to, prefix, f)
		return
	}
	c := light{cell: now.cell, from: lane.via, hop: lane.self, metric: lane.metric, speaker: e.routerID, source: FromNeighbor, ok: true, lane: true}
	switch {
	case t.from == noPath:
		r.put(w.lanes, lane.to, c)
	case mine && c.hop == t.hop && c.metric == t.metric && t.ok && r.sameCell(w.s.in, c.cell, t.cell):
	default:
		wins, known := w.plainWins(to, e.routerID, &r.cells[c.cell], lane.metric, t, x)
		if mine || !known {
			a, b := r.path(w.s.in, &c), r.path(w.s.in, t)
			wins = w.plainBetter(judge{to, w.s.peers, f}, &a, &b)
		}
		if wins {
			r.put(w.lanes, lane.to, c)
		} else if mine {
			w.again(to, prefix, f)
		}
	}
}

// plainWins compares what comes over a plain lane with the best path that came over another; known is false where
// it takes more than the usual steps.
func (w *worker) plainWins(to *instance, speaker uint32, a *cell, metric uint32, t *light, x *rank) (wins, known bool) {
	if x.rest == nil || uint64(a.length) != x.key>>32 || a.rest.Origin != x.rest.Origin || metric != t.metric || speaker == uint32(x.key) ||
		a.rest != x.rest && med(&to.config.Decision, a.rest) != med(&to.config.Decision, x.rest) {
		return false, false
	}
	return speaker < uint32(x.key), true
}

// express is what an instance that tells all alike says now.
func (w *worker) express(i int32, e *end, prefix netip.Prefix, f network.Family) said {
	r, b := w.plain, &w.plain.best[i]
	now := said{told: true}
	if b.from == noPath || e.speaks == nil {
		return now
	}
	rule := hopByRule
	if e.barely {
		now.cell = r.barely(w.s.in, b.cell, i, e.as, b.from >= 0)
	}
	if now.cell == 0 {
		if e.refusesRest && r.inRange[i] != r.prefix || w.refuses(e.speaks, f, prefix) {
			return now
		}
		c := w.bestOf(int(i))
		out := w.groupExport(e.speaks, f, prefix, &c)
		if out.attrs == nil {
			return now
		}
		rule, now.cell = out.rule, r.rootCell(w.s.in, out.attrs)
	}
	c := &r.cells[now.cell]
	now.length = c.length
	now.simple = (rule == hopByRule || rule == hopSelf) && !c.rest.HasLocalPref && len(c.rest.Communities) == 0 && c.rest.Weight == 0 && !c.rest.HasAIGP &&
		!r.cells[b.cell].rest.OriginatorID.IsValid() && !w.thirdParty(i, e, b)
	return now
}

// refuses reports that nothing of a prefix is sent to an update group, whatever its attributes.
func (w *worker) refuses(p *peer, f network.Family, prefix netip.Prefix) bool {
	x := &p.families[f]
	return x.outPolicy && x.outPrefix && x.c.Export.Configured() && p.in.policies.Refuses(x.c.Export, prefix, p.in.config.Missing.Policy)
}

// thirdParty reports that the next hop of a best path is the address of a neighbor that it did not come from: that
// neighbor may be told the next hop as it is.
func (w *worker) thirdParty(i int32, e *end, b *light) bool {
	if b.hop == 0 || b.lane && e.straight {
		return false
	}
	for k, h := range w.lanes.said[e.first : e.first+e.count] {
		if h.kind == lanePlain && h.peerHop == b.hop && e.first+int32(k) != b.from {
			return true
		}
	}
	return false
}

// tellOne is tell for one neighbor by the general rules.
func (w *worker) tellOne(p *peer, prefix netip.Prefix, f network.Family) {
	r, q := w.plain, p.remote
	to := q.in.id
	t := &r.best[to]
	mine := t.from == int32(q.id)
	var c path
	ok := false
	if b := w.bestOf(p.in.id); b.from != noPath {
		c, ok = w.across(p, q, f, prefix, &b)
	}
	better := func() bool {
		b := r.path(w.s.in, t)
		return w.plainBetter(judge{q.in, w.s.peers, f}, &c, &b)
	}
	switch {
	case mine && ok && c == r.path(w.s.in, t):
	case mine && (!ok || !c.ok || !better()):
		w.again(q.in, prefix, f)
	case !ok || !c.ok:
	case t.from == noPath || mine || better():
		r.put(w.lanes, int32(to), r.lighten(w.s.in, w.lanes, &c))
	}
}
