package routing

import (
	"math/bits"
	"net/netip"
	"slices"
	"sort"
	"strings"
)

// OutcomeSet is a set of Outcomes: what can become of a packet, over all equal
// next hops. The zero set is that of a router whose outcome is not known.
type OutcomeSet uint8

// Has reports whether the outcome is in the set.
func (s OutcomeSet) Has(o Outcome) bool { return s&(1<<o) != 0 }

// good are the outcomes of Outcome.Good.
const good = OutcomeSet(1<<Delivered | 1<<LeavesNetwork)

// AllGood reports whether every branch gets anywhere, SomeGood whether at least one does.
func (s OutcomeSet) AllGood() bool  { return s != 0 && s&^good == 0 }
func (s OutcomeSet) SomeGood() bool { return s&good != 0 }

// String lists the outcomes: "delivered, loop".
func (s OutcomeSet) String() string {
	var parts []string
	for o := Delivered; o <= Loop; o++ {
		if s.Has(o) {
			parts = append(parts, o.String())
		}
	}
	return strings.Join(parts, ", ")
}

// Fate is what becomes of packets from one router (its default instance) to one
// class of destinations, over every branch.
type Fate struct {
	Router string
	Set    OutcomeSet
	// Owners are the routers that deliver or hand out of the network, At those where packets
	// are lost: that drop them, or that form the loop. Both sorted, shared and read-only.
	Owners, At []string
}

// Classes are the destinations that the network tells apart, sorted: a prefix stands
// for the addresses in it that lie in no longer prefix of the list. Every router
// treats all of those alike, because the list holds every prefix of every main
// table, and every router's own addresses. A prefix that longer ones cover
// completely is left out.
func (r *Result) Classes() []netip.Prefix { return r.state.classes() }

// Outcomes gives, for every router, the fate of packets to a class. Any prefix will do: where
// it is none of Classes, it stands for those of its addresses that no longer
// prefix covers. The cost is one pass over the routers, not a trace for each.
func (r *Result) Outcomes(class netip.Prefix) []Fate { return r.state.outcomes(class.Masked()) }

func (s *state) classes() []netip.Prefix {
	s.once.Do(func() {
		var all []netip.Prefix
		for i := range s.instances {
			for r := range s.instances[i].table.All() {
				all = append(all, r.Prefix)
			}
		}
		for a, ports := range s.wires.owners {
			if a.IsLoopback() || a.IsLinkLocalUnicast() {
				continue
			}
			if slices.ContainsFunc(ports, func(p int32) bool { return s.wires.ports[p].owned }) {
				all = append(all, netip.PrefixFrom(a, a.BitLen()))
			}
		}
		slices.SortFunc(all, netip.Prefix.Compare)
		all = slices.Compact(all)
		s.list = slices.Clone(all)
		s.list = slices.DeleteFunc(s.list, func(p netip.Prefix) bool {
			return !p.IsSingleIP() && covered(all, lower(p)) && covered(all, upper(p))
		})
	})
	return s.list
}

// covered reports whether the prefixes of a sorted list cover the whole of p.
func covered(sorted []netip.Prefix, p netip.Prefix) bool {
	i := sort.Search(len(sorted), func(i int) bool { return sorted[i].Compare(p) >= 0 })
	if i == len(sorted) || !p.Contains(sorted[i].Addr()) {
		return false // nothing at or inside of p: longer prefixes of p sort right after it
	}
	if sorted[i] == p {
		return true
	}
	return !p.IsSingleIP() && covered(sorted, lower(p)) && covered(sorted, upper(p))
}

// lower and upper are the halves of a prefix.
func lower(p netip.Prefix) netip.Prefix { return netip.PrefixFrom(p.Addr(), p.Bits()+1) }

func upper(p netip.Prefix) netip.Prefix {
	b := p.Addr().AsSlice()
	b[p.Bits()/8] |= 0x80 >> (p.Bits() % 8)
	a, _ := netip.AddrFromSlice(b)
	return netip.PrefixFrom(a, p.Bits()+1)
}

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

// spread is the calculation for one class: a graph of instances, whose ends are outcomes.
type spread struct {
	next       [][]int32 // by instance: those that packets go on to
	prev       [][]int32
	set        []OutcomeSet
	owners, at []places
}

func (s *state) newSpread() *spread {
	n, words := len(s.instances), (len(s.net.Routers)+63)/64
	x := &spread{next: make([][]int32, n), prev: make([][]int32, n), set: make([]OutcomeSet, n),
		owners: make([]places, n), at: make([]places, n)}
	cells := make([]uint64, 2*n*words)
	for i := range n {
		x.owners[i], x.at[i] = cells[2*i*words:(2*i+1)*words], cells[(2*i+1)*words:(2*i+2)*words]
	}
	return x
}

// outcomes follows the class one step at every instance, and then carries what is at
// the ends back to everybody who gets there.
func (s *state) outcomes(class netip.Prefix) []Fate {
	x := s.newSpread()
	var to netip.Addr
	if class.IsSingleIP() {
		to = class.Addr()
	}
	for i := range s.instances {
		s.stepFrom(x, i, class, to)
	}
	x.loops(s)
	x.carry()
	names := map[string][]string{}
	fates := make([]Fate, len(s.net.Routers))
	for ri := range fates {
		i := s.first[ri]
		fates[ri] = Fate{Router: s.net.Routers[ri].Name, Set: x.set[i], Owners: s.names(names, x.owners[i]), At: s.names(names, x.at[i])}
	}
	return fates
}

func (s *state) stepFrom(x *spread, i int, class netip.Prefix, to netip.Addr) {
	router := s.instances[i].router
	end := func(o Outcome) {
		x.set[i] |= 1 << o
		if o.Good() {
			x.owners[i].add(router)
		} else {
			x.at[i].add(router)
		}
	}
	if to.IsValid() && s.owns(i, to) {
		end(Delivered)
		return
	}
	r, ok := s.instances[i].table.LookupPrefix(class)
	if !ok {
		end(NoRoute)
		return
	}
	for _, h := range r.NextHops {
		m := s.move(i, &r, h, to)
		if m.next < 0 {
			end(m.outcome)
		} else if next := int32(m.next); !slices.Contains(x.next[i], next) {
			x.next[i] = append(x.next[i], next)
			x.prev[next] = append(x.prev[next], int32(i))
		}
	}
}

// loops marks the instances that lie on a circle: those that remain when ends, and
// what leads only to ends, are taken away, and then what nobody leads to.
func (x *spread) loops(s *state) {
	n := len(x.next)
	out, in := make([]int, n), make([]int, n)
	gone := make([]bool, n)
	trim := func(degree []int, back [][]int32) {
		var queue []int32
		for i := range n {
			if !gone[i] && degree[i] == 0 {
				gone[i] = true
				queue = append(queue, int32(i))
			}
		}
		for len(queue) > 0 {
			v := queue[0]
			queue = queue[1:]
			for _, u := range back[v] {
				if degree[u]--; degree[u] == 0 && !gone[u] {
					gone[u] = true
					queue = append(queue, u)
				}
			}
		}
	}
	for i := range n {
		out[i] = len(x.next[i])
	}
	trim(out, x.prev)
	for i := range n {
		for _, u := range x.prev[i] {
			if !gone[u] {
				in[i]++
			}
		}
	}
	trim(in, x.next)
	for i := range n {
		if !gone[i] {
			x.set[i] |= 1 << Loop
			x.at[i].add(s.instances[i].router)
		}
	}
}

// carry hands every instance's outcomes to those that lead to it, until nothing moves.
func (x *spread) carry() {
	queue := make([]int32, 0, len(x.next))
	queued := make([]bool, len(x.next))
	for i := range x.next {
		if x.set[i] != 0 {
			queue = append(queue, int32(i))
			queued[i] = true
		}
	}
	for len(queue) > 0 {
		v := queue[0]
		queue = queue[1:]
		queued[v] = false
		for _, u := range x.prev[v] {
			changed := x.set[u]|x.set[v] != x.set[u]
			x.set[u] |= x.set[v]
			changed = x.owners[u].merge(x.owners[v]) || changed
			changed = x.at[u].merge(x.at[v]) || changed
			if changed && !queued[u] {
				queued[u] = true
				queue = append(queue, u)
			}
		}
	}
}

// names lists a set of routers, once for equal sets.
func (s *state) names(known map[string][]string, p places) []string {
	key := make([]byte, 0, 8*len(p))
	n := 0
	for _, x := range p {
		n += bits.OnesCount64(x)
		for b := range 8 {
			key = append(key, byte(x>>(8*b)))
		}
	}
	if n == 0 {
		return nil
	}
	if l, ok := known[string(key)]; ok {
		return l
	}
	l := make([]string, 0, n)
	for w, x := range p {
		for ; x != 0; x &= x - 1 {
			l = append(l, s.net.Routers[64*w+bits.TrailingZeros64(x)].Name)
		}
	}
	known[string(key)] = l
	return l
}
