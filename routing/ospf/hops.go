package ospf

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/routing/rib"
)

// hopSets interns the next hops of one process and sets of them, so that a set is
// a small integer; set 0 is empty.
type hopSets struct {
	hops  []rib.NextHop
	hopOf map[rib.NextHop]int32
	sets  [][]int32 // ascending
	setOf map[string]int32
	union map[[2]int32]int32
	out   map[int32][]rib.NextHop
}

func newHopSets() *hopSets {
	return &hopSets{hopOf: map[rib.NextHop]int32{}, sets: [][]int32{nil}, setOf: map[string]int32{"": 0},
		union: map[[2]int32]int32{}, out: map[int32][]rib.NextHop{}}
}

// one is the set of a single hop.
func (h *hopSets) one(x rib.NextHop) int32 {
	i, ok := h.hopOf[x]
	if !ok {
		i = int32(len(h.hops))
		h.hopOf[x] = i
		h.hops = append(h.hops, x)
	}
	return h.intern([]int32{i})
}

func (h *hopSets) intern(set []int32) int32 {
	key := make([]byte, 0, 4*len(set))
	for _, x := range set {
		key = binary.NativeEndian.AppendUint32(key, uint32(x))
	}
	if s, ok := h.setOf[string(key)]; ok {
		return s
	}
	s := int32(len(h.sets))
	h.sets = append(h.sets, set)
	h.setOf[string(key)] = s
	return s
}

// join is the union of two sets.
func (h *hopSets) join(a, b int32) int32 {
	if a == b || b == 0 {
		return a
	}
	if a == 0 {
		return b
	}
	key := [2]int32{min(a, b), max(a, b)}
	if s, ok := h.union[key]; ok {
		return s
	}
	set := slices.Concat(h.sets[a], h.sets[b])
	slices.Sort(set)
	s := h.intern(slices.Compact(set))
	h.union[key] = s
	return s
}

// via puts an address behind the hops that end on their wire: the way on from a
// directly attached network (RFC 2328 §16.1.1), or to a forwarding address.
func (h *hopSets) via(set int32, a netip.Addr) int32 {
	out := int32(0)
	for _, x := range h.sets[set] {
		y := h.hops[x]
		if !y.Via.IsValid() {
			y.Via = a
		}
		out = h.join(out, h.one(y))
	}
	return out
}

// list gives a set's hops sorted, at most limit (0: all), shared between calls.
func (h *hopSets) list(set int32, limit int) []rib.NextHop {
	if l, ok := h.out[set]; ok {
		return l
	}
	var l []rib.NextHop
	for _, x := range h.sets[set] {
		l = append(l, h.hops[x])
	}
	slices.SortFunc(l, rib.NextHop.Compare)
	l = slices.Compact(l)
	if limit > 0 && len(l) > limit {
		l = l[:limit]
	}
	h.out[set] = l
	return l
}
