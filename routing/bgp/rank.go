package bgp

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// table is the outcome for one prefix over all instances: flat, the paths of one instance after those
// of another, each ranked.
type table struct {
	prefix netip.Prefix
	insts  []int32 // sorted
	starts []int32 // into paths; one more than insts
	paths  []path
	marks  []mark
	counts []count
	moving []int32 // instances that never settle; nil when all do
	// ways are the best paths by instance; plain: they stand, with the roots and the lanes of the solution, for all the above.
	ways  []way
	plain bool
	roots []root // sorted
	lanes *lanes
	like  *table  // a plain table of kin, whose outcome this is; attributes follow by walk
	kin   *kin    // nil where there is none
	timed []int32 // instances, sorted, of a plain table where the outcome hangs on who speaks first
}

// mark is what the decision said of a path.
type mark struct {
	step                   network.Step
	best, multipath, timed bool
	server                 bool // in the table of a route server's clients, or for other VRFs, and not in the instance's own
}

// count is what went over one session for the prefix.
type count struct {
	peer                     int32
	received, accepted, sent bool
	unread                   bool // an update that the other end does not read
}

// at gives the paths of an instance.
func (s *solver) at(t *table, instance int) ([]path, []mark) {
	if t.plain {
		return s.expand(t, instance)
	}
	i, ok := slices.BinarySearch(t.insts, int32(instance))
	if !ok {
		return nil, nil
	}
	return t.paths[t.starts[i]:t.starts[i+1]], t.marks[t.starts[i]:t.starts[i+1]]
}

// own are the paths of an instance without those in a route server's table, or that other VRFs alone take.
func (s *solver) own(t *table, instance int) ([]path, []mark) {
	paths, marks := s.at(t, instance)
	n := len(marks)
	for n > 0 && marks[n-1].server {
		n--
	}
	return paths[:n], marks[:n]
}

func (t *table) routers(s *solver) []int32 {
	if t == nil {
		return []int32{}
	}
	if t.plain {
		var out []int32
		for i := range t.ways {
			if t.ways[i].from != noPath {
				out = append(out, int32(i))
			}
		}
		return out
	}
	return t.insts
}

// table solves one prefix. Where preferences were met that can make several outcomes stable, it
// lets the routers speak in another order too, and says where the outcome differs.
func (w *worker) table(prefix netip.Prefix) *table {
	f := network.FamilyOf(prefix)
	if w.s.plain[f] {
		if t := w.plainTable(prefix, f); t != nil {
			return t
		}
	}
	defer func() { w.schedule = inTurn }()
	settled, moving := w.run(prefix, f)
	if !settled {
		w.schedule = deepLast
		settled, _ = w.run(prefix, f)
		t := w.collect(prefix, f)
		if settled {
			w.timed(t, nil)
			return t
		}
		t.moving = moving
		return t
	}
	var t *table
	if w.s.brief[f] && prefix.Bits() > 0 {
		t = w.collectBest(prefix, f)
	} else {
		t = w.collect(prefix, f)
	}
	if !w.unstable && !w.contested(prefix, f) {
		return t
	}
	first := make(map[int32]path, len(w.touched))
	for _, i := range w.touched {
		first[i] = w.best[i]
	}
	if differ := w.another(prefix, f, first); len(differ) > 0 {
		w.timed(t, differ)
	}
	return t
}

// another looks for an outcome that is not the first one: with the last speaker ahead, with the first, then with each
// of the others that can open. It gives the instances that it changes, unordered; none was found where there are none.
func (w *worker) another(prefix netip.Prefix, f network.Family, first map[int32]path) (differ []int32) {
	defer func() { w.opener = noOpener }()
	try := func() bool {
		settled, _ := w.run(prefix, f)
		for i, b := range first {
			if !settled || w.best[i] != b {
				differ = append(differ, i)
			}
		}
		return len(differ) > 0
	}
	for _, w.schedule = range []schedule{deepLast, deepFirst} {
		if try() {
			return differ
		}
	}
	w.schedule = deepLast
	openers := slices.Clone(w.openers)
	for i := 1; i < len(openers)-1 && i < maxOpeners; i++ {
		if w.opener = openers[i]; try() {
			return differ
		}
	}
	return nil
}

// timed marks what hangs on who speaks first; all instances where the list is nil.
func (w *worker) timed(t *table, differ []int32) {
	if t.plain {
		for _, n := range differ {
			if _, any := slices.BinarySearch(w.offered, n); any {
				t.timed = append(t.timed, n)
				w.doubts[w.anyOrder(n, t.prefix)] = true
			}
		}
		slices.Sort(t.timed)
		return
	}
	for i, n := range t.insts {
		if differ != nil && !slices.Contains(differ, n) {
			continue
		}
		for k := t.starts[i]; k < t.starts[i+1]; k++ {
			t.marks[k].timed = true
		}
		w.doubts[w.anyOrder(n, t.prefix)] = true
	}
}

func (w *worker) anyOrder(instance int32, p netip.Prefix) Uncertainty {
	return Uncertainty{Router: w.s.instances[instance].router, Prefix: p, Why: "several outcomes are stable: which one comes about depends on who announces first", Arrival: true}
}

// collect ranks the paths of every instance that has any.
func (w *worker) collect(prefix netip.Prefix, f network.Family) *table {
	t := &table{prefix: prefix, ways: newWays(len(w.s.instances))}
	insts := slices.Clone(w.touched)
	slices.Sort(insts)
	for _, i := range insts {
		in := w.s.instances[i]
		j := judge{in, w.s.peers, f}
		c := w.candidates(in, prefix, f)
		var server []path
		if in.serves(f) {
			server = w.serverTable(in, f)
		}
		server = append(server, w.foreigners(in)...)
		if w.mixed(in, c) {
			w.doubts[Uncertainty{Router: in.router, Prefix: prefix, Arrival: true, Span: in.config.Span,
				Why: fmt.Sprintf("VRF %s has the prefix under several route distinguishers: neighbors get the best path of each, and keep the last", in.vrf)}] = true
		}
		best := j.choose(c)
		for _, p := range in.peers {
			n := count{peer: int32(p.id), received: w.got[p.id] > 0, accepted: len(w.in[p.id]) > 0, sent: len(w.out[p.id]) > 0}
			n.unread = w.unread(p)
			may, first := c, best
			if p.served(f) {
				may = forClient(p, server)
				first = j.choose(may)
			}
			if p.remote == nil && p.families[f].up {
				n.sent = len(w.outgoing(p, f, prefix, j, may, first)) > 0
			}
			if n.received || n.sent {
				t.counts = append(t.counts, n)
			}
			if w.passesSendMax(p, f, prefix, j, may) {
				w.doubts[Uncertainty{Router: in.router, Prefix: prefix, Arrival: true, Span: p.config.Span,
					Why: fmt.Sprintf("neighbor %s gets more paths than add-path's send-max says, or others: as many as stand when the session comes up, and of later ones those that come first", p.config.Key())}] = true
			}
		}
		if len(c)+len(server) == 0 {
			continue
		}
		t.insts = append(t.insts, i)
		t.starts = append(t.starts, int32(len(t.paths)))
		w.rank(t, j, c, best)
		for _, x := range server {
			t.paths, t.marks = append(t.paths, x), append(t.marks, mark{server: true})
		}
	}
	t.starts = append(t.starts, int32(len(t.paths)))
	return t
}

func (w *worker) rank(t *table, j judge, c []path, best int) {
	at := len(t.paths)
	if len(c) == 0 {
		return
	}
	order := j.ranked(c)
	for _, i := range order {
		t.paths = append(t.paths, c[i])
		t.marks = append(t.marks, mark{})
	}
	if best < 0 {
		return
	}
	m := t.marks[at:]
	m[0].best = true
	set := j.multipath(w, c, best)
	if j.byLinkLocal(w, c, best, set) {
		w.doubts[Uncertainty{Router: j.in.router, Prefix: t.prefix, Why: fullByLinkLocal, Span: j.in.config.Span}] = true
	}
	if len(set) > 1 {
		for k, i := range order {
			m[k].multipath = slices.Contains(set, i)
		}
	}
	if b := &c[best]; t.ways != nil {
		t.ways[j.in.id].from = b.from
		if len(set) > 1 && !j.local(b) {
			hops := make([]hopID, len(set))
			for k, i := range set {
				hops[k] = c[i].hop
			}
			t.ways[j.in.id].set = w.s.in.set(hops)
		}
	}
	for k, i := range order[1:] {
		if !c[i].ok {
			continue
		}
		o := j.compare(&c[best], &c[i])
		m[k+1].step, m[k+1].timed = o.step, o.timing
		if o.order > 0 {
			// It would win alone: MED makes a circle, and the best one owes its place to a third.
			m[k+1].step, m[k+1].timed = network.StepMED, !j.in.config.Decision.DeterministicMED
		}
		if k == 0 {
			m[0].step = m[1].step
		}
		m[0].timed = m[0].timed || m[k+1].timed
	}
}
