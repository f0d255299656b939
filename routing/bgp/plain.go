package bgp

import (
	"net/netip"

	"github.com/routegate/routegate/network"
)

// The plain way to solve a prefix keeps one path for every instance, its best, and looks at a session only
// when what goes over it could be better. It is exact where the decision process is a total order on the
// paths that meet (no MED that only some pairs compare) and nothing but best paths travels
// (no add-path, no route server's table); where it meets anything else while it works it gives up, and
// the prefix is solved with every path of every session.

// slot is the outcome at one instance: its best path, and the next hops that share the traffic.
type slot struct {
	attrs  uint32 // 0: no path
	from   int32  // as in path
	hop    hopID
	metric uint32
	set    uint32 // of the multipath set's next hops; 0 where the best path is alone
	source Source
}

// plainRun is what a worker needs for the plain way, by instance or peer.
type plainRun struct {
	best    []path
	brief   []brief
	said    []said
	queued  []bool
	queue   []int32
	touched []int32
	met     []bool // in touched
	near    []nearHop
	groups  []groupExport // by group
	turn    uint64        // of groups
	stamps  []uint32      // by next hop
	stamp   uint32
	set     []hopID
	recent  [][4]recentSet // by instance
	gaveUp  bool
}

// nearHop remembers for a session the next hop that came over it last.
type nearHop struct {
	hop   hopID
	known bool
	own   bool // it is the receiver itself, or nobody
	reach reach
}

type groupExport struct {
	turn uint64
	e    exported
}

type recentSet struct {
	id   uint32
	hops []hopID
}

func newPlainRun(s *solver) *plainRun {
	n := len(s.instances)
	r := &plainRun{best: make([]path, n), brief: make([]brief, n), said: make([]said, n), queued: make([]bool, n), met: make([]bool, n), near: make([]nearHop, len(s.peers)),
		groups: make([]groupExport, len(s.peers)), recent: make([][4]recentSet, n)}
	for i := range r.best {
		r.best[i].from, r.brief[i] = noPath, brief{noPath, -1, 0}
	}
	return r
}

func (r *plainRun) begin() {
	for _, i := range r.touched {
		r.best[i] = path{from: noPath}
		r.brief[i], r.said[i], r.met[i], r.queued[i] = brief{noPath, -1, 0}, said{}, false, false
	}
	r.touched, r.queue, r.gaveUp = r.touched[:0], r.queue[:0], false
}

func (r *plainRun) touch(i int32) {
	if !r.met[i] {
		r.met[i] = true
		r.touched = append(r.touched, i)
	}
}

func (r *plainRun) enqueue(i int32) {
	if !r.queued[i] {
		r.queued[i] = true
		r.queue = append(r.queue, i)
	}
}

// put makes a path the best of an instance, which has to tell its neighbors then.
func (r *plainRun) put(w *worker, i int32, c path) {
	r.touch(i)
	r.best[i] = c
	x := &r.brief[i]
	*x = brief{c.from, -1, 0}
	if c.from != noPath && c.attrs.Weight == 0 && !c.attrs.HasLocalPref && !c.attrs.HasAIGP {
		x.length = c.attrs.length
		if c.from >= 0 {
			if q := w.s.peers[c.from].remote; q != nil && q.state.Type == EBGP {
				x.routerID = w.lanes.routerIDs[q.in.id]
			}
		}
	}
	r.enqueue(i)
}

// plainTable solves one prefix in the plain way; nil when it has to give up.
func (w *worker) plainTable(prefix netip.Prefix, f network.Family) *table {
	if prefix.Bits() == 0 {
		for _, p := range w.s.peers {
			if p.families[f].up && p.families[f].c.DefaultOriginate != nil {
				return nil
			}
		}
	}
	r := w.plain
	r.begin()
	w.lanes = w.s.lanes[f]
	w.startPlain(prefix, f)
	if !w.spread(prefix, f) {
		return nil
	}
	return w.collectPlain(prefix, f)
}

// startPlain puts in what stands before anybody speaks.
func (w *worker) startPlain(prefix netip.Prefix, f network.Family) {
	seed := w.s.seeds[prefix]
	if seed == nil {
		return
	}
	for _, o := range seed.own {
		w.offerPlain(w.s.instances[o.instance], o.path, f)
	}
	for _, o := range seed.outside {
		p := w.s.peers[o.peer]
		if !p.families[f].up {
			continue
		}
		w.plain.touch(int32(p.in.id))
		if c, ok := w.receive(p, f, prefix, o.route); ok {
			w.offerPlain(p.in, c, f)
		}
	}
}

// offerPlain makes a new candidate the best where it is.
func (w *worker) offerPlain(in *instance, c path, f network.Family) {
	r := w.plain
	i := int32(in.id)
	r.touch(i)
	if !c.ok {
		return
	}
	if b := &r.best[i]; b.from == noPath || w.plainBetter(judge{in, w.s.peers, f}, &c, b) {
		r.put(w, i, c)
	}
}

// plainBetter compares two paths, and gives up where the outcome hangs on more than the two.
func (w *worker) plainBetter(j judge, a, b *path) bool {
	if a.from >= 0 && b.from >= 0 && (a.attrs.Weight != b.attrs.Weight || j.localPref(a) != j.localPref(b)) {
		w.plain.gaveUp = true // more than one outcome may be stable
	}
	d := &j.in.config.Decision
	if !d.AlwaysCompareMED && a.attrs != b.attrs && med(d, a.attrs) != med(d, b.attrs) {
		w.plain.gaveUp = true
	}
	if a.attrs.HasAIGP || b.attrs.HasAIGP {
		w.plain.gaveUp = true
	}
	return j.compare(a, b).order < 0
}

// longPath is an AS path that the plain way leaves to the other, which sees whether it grows without end.
const longPath = 255

// spread lets the routers whose best path is new tell their neighbors, until nobody has news.
func (w *worker) spread(prefix netip.Prefix, f network.Family) bool {
	r := w.plain
	budget := 16*len(w.s.instances) + 512
	for n := 0; n < len(r.queue); n++ {
		if n > budget || r.gaveUp {
			return false
		}
		i := r.queue[n]
		r.queued[i] = false
		if b := &r.best[i]; b.from != noPath && b.attrs.length > longPath {
			return false
		}
		w.tell(w.s.instances[i], prefix, f)
	}
	r.queue = r.queue[:0]
	return !r.gaveUp
}

// tell offers an instance's best path to its neighbors.
func (w *worker) tell(in *instance, prefix netip.Prefix, f network.Family) {
	w.plain.turn++
	if w.lanes.oneGroup[in.id] && len(in.peers) > 0 {
		w.tellPlain(in, prefix, f, w.lanes)
		return
	}
	for _, p := range in.peers {
		if p.families[f].up && p.remote != nil {
			w.tellOne(p, prefix, f)
		}
	}
}

// tellOne is tell for one neighbor.
func (w *worker) tellOne(p *peer, prefix netip.Prefix, f network.Family) {
	r, q := w.plain, p.remote
	b := &r.best[p.in.id]
	to := q.in.id
	t := &r.best[to]
	mine := t.from == int32(q.id)
	var c path
	ok := false
	if b.from != noPath {
		c, ok = w.across(p, q, f, prefix, b)
	}
	switch {
	case mine && ok && c == *t:
	case mine && (!ok || !c.ok || !w.plainBetter(judge{q.in, w.s.peers, f}, &c, t)):
		w.again(q.in, prefix, f)
	case !ok || !c.ok:
	case t.from == noPath || mine || w.plainBetter(judge{q.in, w.s.peers, f}, &c, t):
		r.put(w, int32(to), c)
	}
}
