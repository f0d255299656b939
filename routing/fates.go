package routing

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
	"slices"
	"sync"

	"github.com/routegate/routegate/routing/rib"
)

// places is a set of routers.
type places []uint64

func (p places) add(i int) { p[i/64] |= 1 << (i % 64) }

// merge adds another set and reports whether that changed anything.
func (p places) merge(o places) (changed bool) {
	for i, x := range o {
		if x&^p[i] != 0 {
			p[i] |= x
			changed = true
		}
	}
	return changed
}

// step is what an instance does with packets: hand them to other instances, end them, or both.
type step struct {
	next []int32
	set  OutcomeSet
}

// steps holds, for every instance, the step of each of its lists of next hops that does not
// depend on the destination. Tables share such lists between routes, so there are few.
type steps []knownSteps

type knownSteps struct {
	mu sync.RWMutex
	m  map[*rib.NextHop]step
}

// stepOf is the step of a route, remembered unless it depends on the destination.
func (s *state) stepOf(i int, r *rib.Route, to netip.Addr) step {
	if slices.ContainsFunc(r.NextHops, onWire) {
		return s.step(i, r, to)
	}
	k := &s.steps[i]
	key := &r.NextHops[0]
	k.mu.RLock()
	x, ok := k.m[key]
	k.mu.RUnlock()
	if ok {
		return x
	}
	x = s.step(i, r, netip.Addr{})
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.m == nil {
		k.m = map[*rib.NextHop]step{}
	}
	k.m[key] = x
	return x
}

// onWire reports whether packets go straight to the destination.
func onWire(h rib.NextHop) bool { return !h.Drop && !h.Via.IsValid() }

func (s *state) step(i int, r *rib.Route, to netip.Addr) (x step) {
	for _, h := range r.NextHops {
		if m := s.move(i, r, h, to); m.next < 0 {
			x.set |= 1 << m.outcome
		} else if !slices.Contains(x.next, int32(m.next)) {
			x.next = append(x.next, int32(m.next))
		}
	}
	return x
}

// spread is the calculation for one class: a graph of instances, whose ends are
// outcomes. It is used again for the next class.
type spread struct {
	next       [][]int32 // by instance: those that packets go on to
	first      []int32   // by instance: where its part of prev begins
	prev       []int32   // by instance: those that lead to it
	set        []OutcomeSet
	owners, at []places
	cells      []uint64
	out, in    []int32
	gone       []bool
	queue      []int32
}

func (s *state) newSpread() *spread {
	n, words := len(s.instances), (len(s.net.Routers)+63)/64
	x := &spread{next: make([][]int32, n), first: make([]int32, n+1), set: make([]OutcomeSet, n), owners: make([]places, n),
		at: make([]places, n), cells: make([]uint64, 2*n*words), out: make([]int32, n), in: make([]int32, n), gone: make([]bool, n)}
	for i := range n {
		x.owners[i], x.at[i] = x.cells[2*i*words:(2*i+1)*words], x.cells[(2*i+1)*words:(2*i+2)*words]
	}
	return x
}

// outcomes follows the class one step at every instance, and then carries what is at
// the ends back to everybody who gets there.
func (s *state) outcomes(class netip.Prefix) []Fate {
	s.stepsOnce.Do(func() { s.steps = make(steps, len(s.instances)) })
	x, _ := s.spreads.Get().(*spread)
	if x == nil {
		x = s.newSpread()
	}
	defer s.spreads.Put(x)
	clear(x.cells)
	var to netip.Addr
	if class.IsSingleIP() {
		to = class.Addr()
	}
	for i := range s.instances {
		s.stepFrom(x, i, class, to)
	}
	x.link()
	x.loops(s)
	x.carry()
	owners, at := s.newNamer(), s.newNamer()
	fates := make([]Fate, len(s.net.Routers))
	for ri := range fates {
		i := s.first[ri]
		fates[ri] = Fate{Router: s.net.Routers[ri].Name, Set: x.set[i], Owners: owners.names(x.owners[i]), At: at.names(x.at[i])}
	}
	return fates
}

func (s *state) stepFrom(x *spread, i int, class netip.Prefix, to netip.Addr) {
	var do step
	if to.IsValid() && s.owns(i, to) {
		do.set = 1 << Delivered
	} else if r, ok := s.instances[i].table.LookupPrefix(class); !ok {
		do.set = 1 << NoRoute
	} else {
		do = s.stepOf(i, &r, to)
	}
	x.next[i], x.set[i] = do.next, do.set
	if do.set&good != 0 {
		x.owners[i].add(s.instances[i].router)
	}
	if do.set&^good != 0 {
		x.at[i].add(s.instances[i].router)
	}
}

// link turns the graph round: prev is next by target.
func (x *spread) link() {
	clear(x.first)
	for i := range x.next {
		for _, to := range x.next[i] {
			x.first[to+1]++
		}
	}
	for i := range x.next {
		x.first[i+1] += x.first[i]
	}
	x.prev = slices.Grow(x.prev[:0], int(x.first[len(x.next)]))[:x.first[len(x.next)]]
	copy(x.in, x.first)
	for i := range x.next {
		for _, to := range x.next[i] {
			x.prev[x.in[to]] = int32(i)
			x.in[to]++
		}
	}
}

func (x *spread) leadingTo(i int32) []int32 { return x.prev[x.first[i]:x.first[i+1]] }

// loops marks the instances that lie on a circle (or between two): those that remain
// when ends, and what leads only to ends, are taken away, and then what nobody leads to.
func (x *spread) loops(s *state) {
	left := len(x.next)
	trim := func(degree []int32, back func(int32) []int32) {
		x.queue = x.queue[:0]
		for i := range x.next {
			if !x.gone[i] && degree[i] == 0 {
				x.gone[i] = true
				x.queue = append(x.queue, int32(i))
			}
		}
		for len(x.queue) > 0 {
			v := x.queue[len(x.queue)-1]
			x.queue = x.queue[:len(x.queue)-1]
			left--
			for _, u := range back(v) {
				if degree[u]--; degree[u] == 0 && !x.gone[u] {
					x.gone[u] = true
					x.queue = append(x.queue, u)
				}
			}
		}
	}
	for i := range x.next {
		x.out[i], x.gone[i] = int32(len(x.next[i])), false
	}
	if trim(x.out, x.leadingTo); left == 0 {
		return // the usual case
	}
	for i := range x.next {
		x.in[i] = 0
		for _, u := range x.leadingTo(int32(i)) {
			if !x.gone[u] {
				x.in[i]++
			}
		}
	}
	trim(x.in, func(i int32) []int32 { return x.next[i] })
	for i := range x.next {
		if !x.gone[i] {
			x.set[i] |= 1 << Loop
			x.at[i].add(s.instances[i].router)
		}
	}
}

// carry hands every instance's outcomes to those that lead to it, until nothing moves.
func (x *spread) carry() {
	queued := x.gone
	x.queue = x.queue[:0]
	for i := range x.next {
		if queued[i] = x.set[i] != 0; queued[i] {
			x.queue = append(x.queue, int32(i))
		}
	}
	for k := 0; k < len(x.queue); k++ {
		v := x.queue[k]
		queued[v] = false
		for _, u := range x.leadingTo(v) {
			changed := x.set[u]|x.set[v] != x.set[u]
			x.set[u] |= x.set[v]
			if x.set[v]&good != 0 {
				changed = x.owners[u].merge(x.owners[v]) || changed
			}
			if x.set[v]&^good != 0 {
				changed = x.at[u].merge(x.at[v]) || changed
			}
			if changed && !queued[u] {
				queued[u] = true
				x.queue = append(x.queue, u)
			}
		}
	}
}

// namer lists sets of routers, once for equal sets.
type namer struct {
	s     *state
	known map[string][]string
	last  places // most follow one that is equal
	list  []string
	key   []byte
}

func (s *state) newNamer() *namer { return &namer{s: s, known: map[string][]string{}} }

func (n *namer) names(p places) []string {
	if n.last != nil && slices.Equal(n.last, p) {
		return n.list
	}
	n.last, n.key = p, n.key[:0]
	count := 0
	for _, x := range p {
		count += bits.OnesCount64(x)
		n.key = binary.LittleEndian.AppendUint64(n.key, x)
	}
	if n.list = nil; count == 0 {
		return nil
	}
	if l, ok := n.known[string(n.key)]; ok {
		n.list = l
		return l
	}
	n.list = make([]string, 0, count)
	for w, x := range p {
		for ; x != 0; x &= x - 1 {
			n.list = append(n.list, n.s.net.Routers[64*w+bits.TrailingZeros64(x)].Name)
		}
	}
	n.known[string(n.key)] = n.list
	return n.list
}
