package bgp

import (
	"slices"
	"sync"
)

// hopSets interns the next hops of multipath sets: a fabric has thousands of
// prefixes behind each. Numbers depend on timing: compare for equality only. 0 is none.
type hopSets struct {
	sync.RWMutex
	byHash map[uint64][]uint32
	list   [][]hopID
}

// set interns a list of next hops, in the order given; the argument is not kept.
func (in *interner) set(hops []hopID) uint32 {
	h := uint64(len(hops))
	for _, x := range hops {
		h = mix(h, uint64(x))
	}
	s := &in.sets
	find := func() uint32 {
		for _, id := range s.byHash[h] {
			if slices.Equal(s.list[id], hops) {
				return id
			}
		}
		return 0
	}
	s.RLock()
	id := find()
	s.RUnlock()
	if id != 0 {
		return id
	}
	s.Lock()
	defer s.Unlock()
	if id = find(); id != 0 {
		return id
	}
	id = uint32(len(s.list))
	s.list = append(s.list, slices.Clone(hops))
	s.byHash[h] = append(s.byHash[h], id)
	return id
}

// hopsOf are the next hops of a set.
func (in *interner) hopsOf(id uint32) []hopID {
	in.sets.RLock()
	defer in.sets.RUnlock()
	return in.sets.list[id]
}

// attrsOf is the attribute set of an id; nil for 0.
func (in *interner) attrsOf(id uint32) *attrs {
	in.known.RLock()
	defer in.known.RUnlock()
	return in.known.list[id]
}
