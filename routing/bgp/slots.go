package bgp

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// way is the outcome at one instance, of whatever table: where its best path came from, and what shares the traffic. In a plain
// table the path itself is what the speaker at the other end says of its own best path, unless it has a root.
type way struct {
	from int32  // as in path
	set  uint32 // of the multipath set's next hops; 0 where the best path is alone
}

// root is the best path at an instance where it is more than our lane's other end putting its AS in front.
type root struct {
	instance int32
	attrs    uint32 // its number
	hop      hopID
	metric   uint32
	source   Source
	kept     hopRule
	distance uint8
}

func newWays(n int) []way {
	w := make([]way, n)
	for i := range w {
		w[i].from = noPath
	}
	return w
}

// collectPlain keeps what the plain way has found: where the best paths come from, and the next hops that share the
// traffic with each. Everything else follows from those and is made when it is asked for.
func (w *worker) collectPlain(prefix netip.Prefix, f network.Family) *table {
	r := w.plain
	r.turn++
	t := &table{prefix: prefix, plain: true, ways: newWays(len(w.s.instances)), lanes: w.lanes}
	for _, i := range r.touched {
		b := &r.best[i]
		if b.from == noPath {
			continue
		}
		t.ways[i] = way{b.from, w.sharing(i, prefix, f, b)}
		if r.gaveUp {
			return nil
		}
		if !r.follows(b) {
			t.roots = append(t.roots, root{i, r.whole(w.s.in, b.cell).id, b.hop, b.metric, b.source, hopByRule, 0})
		}
	}
	slices.SortFunc(t.roots, func(a, b root) int { return int(a.instance - b.instance) })
	t.roots = slices.Clip(t.roots)
	if w.tally != nil {
		w.countTold(prefix, f, w.tally)
	}
	return t
}

// follows reports that a best path is what the other end of its lane makes of its own by putting its AS in front.
func (r *plainRun) follows(b *light) bool {
	c := &r.cells[b.cell]
	return b.lane && c.parent != 0 && r.best[c.by].cell == c.parent && r.best[c.by].from != noPath
}

// root is the root at an instance; nil where it has none.
func (t *table) root(i int) *root {
	if i < len(t.roots) && t.roots[i].instance == int32(i) {
		return &t.roots[i] // all have roots where routes are reflected
	}
	if k, ok := slices.BinarySearchFunc(t.roots, int32(i), func(r root, i int32) int { return int(r.instance - i) }); ok {
		return &t.roots[k]
	}
	return nil
}

// best is an instance's best path in a table; its from is noPath where there is none. Not for workers: see bestAt.
func (s *solver) best(t *table, i int) path {
	if t.like == nil {
		return s.bestOf(t, i)
	}
	s.asking.Lock()
	defer s.asking.Unlock()
	return s.asked().bestAt(t, i)
}

// asked is the worker that makes tables when they are asked for; asking is locked.
func (s *solver) asked() *worker {
	if s.asker == nil {
		s.asker = newWorker(s)
	}
	return s.asker
}

func (s *solver) bestOf(t *table, i int) path {
	from := t.ways[i].from
	if from == noPath {
		return path{from: noPath}
	}
	if !t.plain {
		k, _ := slices.BinarySearch(t.insts, int32(i))
		return t.paths[t.starts[k]]
	}
	if x := t.root(i); x != nil {
		return path{attrs: s.in.attrsOf(x.attrs), from: from, hop: x.hop, metric: x.metric, source: x.source, ok: true, kept: x.kept, distance: x.distance}
	}
	var as []uint32
	at, x := i, (*root)(nil)
	for ; x == nil; x = t.root(at) {
		at = int(t.lanes.heard[t.ways[at].from].to)
		as = append(as, t.lanes.as[at])
	}
	a := s.in.attrsOf(x.attrs)
	rest := s.in.barely(s.in.rest(a), t.ways[at].from >= 0)
	if len(as) > 1 {
		rest = s.in.barely(rest, true)
	}
	h := &t.lanes.heard[from]
	return path{attrs: s.in.inFront(as, a.ASPath, rest), from: from, hop: h.self, metric: h.metric, source: FromNeighbor, ok: true}
}

// stands is what the main table wants to know of a best path: its next hop, MED and tag, and the distance that a policy gave it.
func (s *solver) stands(t *table, i int) (h hopID, source Source, med, tag uint32, distance uint8) {
	t = t.solved()
	if !t.plain {
		p := s.best(t, i)
		return p.hop, p.source, p.attrs.MED, p.attrs.Tag, p.distance
	}
	x := t.root(i)
	if x != nil {
		a := s.in.attrsOf(x.attrs)
		return x.hop, x.source, a.MED, a.Tag, x.distance
	}
	lane := &t.lanes.heard[t.ways[i].from]
	if x = t.root(int(lane.to)); x != nil && t.ways[lane.to].from < 0 {
		med = s.in.attrsOf(x.attrs).MED // a router's own goes to its neighbors with it
	}
	return lane.self, FromNeighbor, med, 0, 0
}

// expand makes all paths of one instance's table from the best ones of the others, and ranks them.
func (s *solver) expand(t *table, instance int) ([]path, []mark) {
	s.asking.Lock()
	defer s.asking.Unlock()
	w, in, f := s.asked(), s.instances[instance], network.FamilyOf(t.prefix)
	c := w.offers(in, t.prefix, f, func(i int) path { return w.bestAt(t, i) })
	j := judge{in, s.peers, f}
	var out table
	w.rank(&out, j, c, j.choose(c))
	if t.isTimed(instance) {
		for i := range out.marks {
			out.marks[i].timed = true
		}
	}
	return out.paths, out.marks
}
