package bgp

import (
	"math/bits"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/policy"
)

// worker solves prefixes one after the other. Its slices are indexed by peer or instance
// and cleared only where the last prefix touched them; its memories are its own, so that
// workers share nothing but the interner.
type worker struct {
	s       *solver
	shared  map[sharedKey]bool
	reach   map[uint64]reach // by instance, next hop and whether it must be connected
	imports []importMemo
	exports []exportMemo
	lastKey exportKey // neighbors of one group come one after the other
	last    exported
	hops    []hop

	in       [][]path  // by peer: accepted from it
	out      [][]route // by peer: sent to it; of outside peers only what they sent us is known
	got      []int32   // by peer: routes received, before the loop checks and policies
	best     []path    // by instance; from is -2 when there is none
	queued   []bool
	spoken   []bool   // it had its turn for this prefix
	growth   []growth // by instance
	queue    []int32
	touched  []int32 // instances
	cands    []path
	spare    []route // the result of outgoing
	doubts   map[Uncertainty]bool
	openers  []int32 // instances that have something to say before they have heard anything, in order
	opener   int32   // under deepLast: who of them speaks first; noOpener: the last of them
	common   []commonDoubt
	hash     uint64 // of all that is sent now
	unstable bool   // preferences were met under which other outcomes may be stable too
	schedule schedule
	plain    *plainRun
	lanes    *lanes  // of the family at hand
	offered  []int32 // instances, sorted, that have any path in the table just collected
	size     int     // of the class at hand
	tally    *tally  // of what was solved in the plain way; nil where it is counted afterwards
}

const noPath = -2

func newWorker(s *solver) *worker {
	w := &worker{
		s: s, reach: map[uint64]reach{}, shared: map[sharedKey]bool{},
		imports: make([]importMemo, importMemory), exports: make([]exportMemo, exportMemory), doubts: map[Uncertainty]bool{}, opener: noOpener,
		spare: make([]route, 0, 8), lastKey: exportKey{group: -1},
		best: make([]path, len(s.instances)), queued: make([]bool, len(s.instances)), spoken: make([]bool, len(s.instances)),
		growth: make([]growth, len(s.instances)),
		plain:  newPlainRun(s),
	}
	for i := range w.best {
		w.best[i].from = noPath
	}
	return w
}

func (w *worker) doubt(in *instance, prefix netip.Prefix, ds []policy.Doubt) {
	for _, d := range ds {
		w.doubts[Uncertainty{Router: in.router, Prefix: prefix, Why: d.Why, Span: d.Span}] = true
	}
}

// begin clears the last prefix and puts in what stands before anybody speaks: the
// routes of the routers' own, and what the outside announces.
func (w *worker) begin(prefix netip.Prefix, f network.Family) {
	if w.in == nil { // most workers of a network that is plain never get here
		w.in, w.out, w.got = make([][]path, len(w.s.peers)), make([][]route, len(w.s.peers)), make([]int32, len(w.s.peers))
	}
	// A run that did not settle leaves some waiting.
	for _, i := range append(w.touched, w.queue...) {
		w.queued[i] = false
		in := w.s.instances[i]
		w.best[i], w.spoken[i], w.growth[i] = path{from: noPath}, false, growth{}
		for _, p := range in.peers {
			w.in[p.id] = w.in[p.id][:0]
			w.out[p.id] = w.out[p.id][:0]
			w.got[p.id] = 0
		}
	}
	w.touched, w.queue = w.touched[:0], w.queue[:0]
	w.hash, w.unstable = 0, false
	seed := w.s.seeds[prefix]
	if seed == nil {
		return
	}
	start := make([]int32, 0, len(seed.own)+len(seed.outside))
	for _, o := range seed.own {
		start = append(start, o.instance)
	}
	for _, o := range seed.outside {
		p := w.s.peers[o.peer]
		if !p.families[f].up {
			continue
		}
		w.got[p.id]++
		start = append(start, int32(p.in.id))
		if c, ok := w.receive(p, f, prefix, o.route); ok {
			w.in[p.id] = append(w.in[p.id], c)
		}
	}
	if prefix.Bits() == 0 && w.s.traits&originatesDefault != 0 {
		for _, p := range w.s.peers {
			if p.families[f].up && p.families[f].sentDefault != nil {
				start = append(start, int32(p.in.id))
			}
		}
	}
	slices.Sort(start)
	start = slices.Compact(start)
	if w.schedule == deepFirst {
		slices.Reverse(start)
	}
	w.openers = append(w.openers[:0], start...)
	if at := slices.Index(start, w.opener); at >= 0 && w.schedule == deepLast {
		start = append(slices.Delete(start, at, at+1), w.opener) // the last of those that wait is the first to speak
	}
	for _, i := range start {
		w.enqueue(i)
	}
}

func (w *worker) enqueue(i int32) {
	if !w.queued[i] {
		w.queued[i] = true
		w.queue = append(w.queue, i)
	}
}

// candidates are all paths of an instance, in the order in which they are taken to have arrived.
func (w *worker) candidates(in *instance, prefix netip.Prefix, f network.Family) []path {
	c := w.cands[:0]
	if seed := w.s.seeds[prefix]; seed != nil {
		for _, o := range seed.own {
			if int(o.instance) == in.id {
				c = append(c, o.path)
			}
		}
	}
	for _, p := range in.arrival {
		if !p.served(f) {
			c = append(c, w.in[p.id]...)
		}
	}
	if in.config.VPN != nil {
		c = slices.DeleteFunc(c, func(x path) bool { return in.foreign(&x) })
	}
	w.cands = c
	return c
}

// schedule is an order in which the routers speak. Where one of two speakers, or of two neighbors that hear the same, must be
// ahead for an outcome to come about, one of the deep schedules lets the first of them be ahead, the other the last.
type schedule uint8

const (
	inTurn    schedule = iota
	deepLast           // who was told last speaks next, so that one voice is heard everywhere before the next
	deepFirst          // the same, and the first of those told at once is taken for the last
)

// noOpener leaves it to the schedule who speaks first.
const noOpener = -1

// maxOpeners bounds how many of those that could speak first are tried as the first.
const maxOpeners = 8

// breath is how many turns go by between two looks at whether the caller still wants to know.
const breath = 256

// run lets the routers speak until nobody has anything new to say. It reports false when
// a state came back, or an AS path grows without end: then the routers in moving go round for ever. It
// also does where the context ended; then nobody asks for what it found.
func (w *worker) run(prefix netip.Prefix, f network.Family) (settled bool, moving []int32) {
	w.begin(prefix, f)
	return w.settle(prefix, f)
}

// settle is what run does from the state that there is.
func (w *worker) settle(prefix netip.Prefix, f network.Family) (settled bool, moving []int32) {
	budget := 64*len(w.s.instances) + 512
	power, lap := 1, 0
	var mark uint64
	watching := false
	round := map[int32]bool{}
	for n := 0; len(w.queue) > 0; n++ {
		if n%breath == 0 && w.s.ctx.Err() != nil {
			return false, nil
		}
		if n >= budget {
			// Brent's cycle detection over (what is sent, who is to speak).
			now := w.hash
			for k, i := range w.queue {
				now ^= bits.RotateLeft64(mix(uint64(i)+1, uint64(k)), k)
			}
			if watching && now == mark || n > 40*budget {
				for i := range round {
					moving = append(moving, i)
				}
				slices.Sort(moving)
				return false, moving
			}
			if !watching || lap == power {
				mark, watching, lap, power = now, true, 0, power*2
				clear(round)
			}
			lap++
		}
		i := w.queue[0]
		if w.schedule != inTurn {
			i = w.queue[len(w.queue)-1]
			w.queue = w.queue[:len(w.queue)-1]
		} else {
			w.queue = w.queue[1:]
		}
		w.queued[i] = false
		before := len(w.queue)
		changed := w.activate(w.s.instances[i], prefix, f)
		if w.schedule == deepFirst {
			slices.Reverse(w.queue[before:])
		}
		if changed {
			if moving := w.grows(w.s.instances[i]); moving != nil {
				return false, moving
			}
			if watching {
				round[i] = true
			}
		}
	}
	w.queue = w.queue[:0]
	return true, nil
}

// activate runs one router's decision and tells its neighbors; it reports whether the
// best path has changed.
func (w *worker) activate(in *instance, prefix netip.Prefix, f network.Family) bool {
	j := judge{in, w.s.peers, f}
	c := w.candidates(in, prefix, f)
	w.watch(j, c)
	at := j.choose(c)
	now := path{from: noPath}
	if at >= 0 {
		now = c[at]
	}
	if !w.spoken[in.id] {
		w.spoken[in.id] = true
		w.touched = append(w.touched, int32(in.id))
	} else if now == w.best[in.id] && !in.addPath[f] && !in.serves(f) {
		return false
	}
	changed := now != w.best[in.id]
	w.best[in.id] = now
	var server []path
	if in.serves(f) {
		server = w.serverTable(in, f)
	}
	for _, p := range in.peers {
		x := &p.families[f]
		if !x.up || p.remote == nil {
			continue
		}
		if p.served(f) {
			mine := forClient(p, server)
			w.deliver(p, f, prefix, w.outgoing(p, f, prefix, j, mine, j.choose(mine)))
			continue
		}
		w.deliver(p, f, prefix, w.outgoing(p, f, prefix, j, c, at))
	}
	return changed
}

// watch notes preferences that can make more than one outcome stable: a
// path preferred against length (DISAGREE in Griffin, Shepherd and Wilfong,
// "The stable paths problem"), or MED and IGP metric over reflectors (RFC 3345). Between members of a confederation
// no path grows longer (RFC 5065 §5.3), so that the origin, which an import policy sets, does it too. Where ties are broken by who sent
// a path and not by ORIGINATOR_ID, each of two reflectors can prefer what the other reflects. Where the length of the path is
// ignored, any step behind it prefers against length.
func (w *worker) watch(j judge, c []path) {
	if w.unstable || len(c) < 2 {
		return
	}
	a := &c[0]
	for i := 1; i < len(c); i++ {
		b := &c[i]
		if b.attrs.Weight != a.attrs.Weight || j.localPref(b) != j.localPref(a) || w.s.reflection && j.in.config.Habits.PeerRouterID ||
			j.in.config.Decision.ASPathIgnore && a.attrs.length != b.attrs.length ||
			w.s.reflection && (b.attrs.MED != a.attrs.MED || b.metric != a.metric || b.attrs.Origin != a.attrs.Origin) {
			w.unstable = true
			return
		}
	}
}

// deliver hands an Adj-RIB-Out over where it has changed.
func (w *worker) deliver(p *peer, f network.Family, prefix netip.Prefix, rs []route) {
	if slices.Equal(rs, w.out[p.id]) {
		return
	}
	for _, r := range w.out[p.id] {
		w.hash ^= r.mix(p.id)
	}
	w.out[p.id] = append(w.out[p.id][:0], rs...)
	for _, r := range rs {
		w.hash ^= r.mix(p.id)
	}
	q := p.remote
	before := w.in[q.id]
	var buf [4]path
	now := buf[:0]
	for _, r := range rs {
		if c, ok := w.receive(q, f, prefix, r); ok {
			now = append(now, c)
		}
	}
	w.got[q.id] = int32(len(rs))
	if slices.Equal(before, now) {
		if len(rs) > 0 && !w.spoken[q.in.id] {
			w.enqueue(int32(q.in.id)) // so that what it refuses is counted
		}
		return
	}
	w.in[q.id] = append(before[:0], now...)
	w.enqueue(int32(q.in.id))
}

func (r route) mix(peer int) uint64 {
	return mix(mix(r.attrs.hash, uint64(peer)<<20|uint64(r.id)), uint64(r.hop))
}
