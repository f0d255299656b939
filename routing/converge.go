package routing

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"

	"github.com/routegate/routegate/routing/rib"
)

// seed makes hashes comparable within the process; nothing of them is ever printed.
var seed = maphash.MakeSeed()

// snapshot hashes every main table: two rounds with equal hashes are in the same
// state, and a state that comes back will come back for ever.
func (s *solver) snapshot() snapshot {
	out := snapshot{byInstance: make([]uint64, len(s.instances))}
	var whole maphash.Hash
	whole.SetSeed(seed)
	s.settle()
	for i := range s.instances {
		var h maphash.Hash
		h.SetSeed(seed)
		for r := range s.instances[i].table.All() {
			hashRoute(&h, &r)
		}
		out.byInstance[i] = h.Sum64()
		writeInt(&whole, out.byInstance[i])
	}
	for i := range s.taken {
		maphash.WriteComparable(&whole, s.taken[i])
	}
	s.turns.hash(&whole)
	out.whole = whole.Sum64()
	return out
}

func hashRoute(h *maphash.Hash, r *rib.Route) {
	maphash.WriteComparable(h, r.Prefix)
	writeInt(h, uint64(r.Protocol)<<40|uint64(r.Distance)<<32|uint64(r.Metric))
	writeInt(h, uint64(r.OSPF)<<32|uint64(r.Tag))
	maphash.WriteComparable(h, r.Recursive)
	maphash.WriteComparable(h, r.Foremost)
	for _, x := range r.NextHops {
		maphash.WriteComparable(h, x)
	}
}

func writeInt(h *maphash.Hash, n uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	h.Write(b[:])
}

// oscillation names the routers whose tables differ within the cycle and, by
// running it once more, the prefixes concerned.
func (s *solver) oscillation(res *Result, cycle []snapshot) {
	res.Converged = false
	var moving []int
	for i := range s.instances {
		for _, x := range cycle[1:] {
			if x.byInstance[i] != cycle[0].byInstance[i] {
				moving = append(moving, i)
				break
			}
		}
	}
	for _, i := range moving {
		res.Oscillating = append(res.Oscillating, s.net.Routers[s.instances[i].router].Name)
	}
	before := map[int]map[netip.Prefix]rib.Route{}
	for _, i := range moving {
		before[i] = map[netip.Prefix]rib.Route{}
		for r := range s.instances[i].table.All() {
			before[i][r.Prefix] = r
		}
	}
	for range len(cycle) {
		if _, err := s.round(); err != nil {
			return
		}
		s.settle()
		for _, i := range moving {
			seen := 0
			for r := range s.instances[i].table.All() {
				old, ok := before[i][r.Prefix]
				if ok {
					seen++
				}
				if !ok || !old.Equal(&r) {
					res.OscillatingPrefixes = append(res.OscillatingPrefixes, r.Prefix)
				}
			}
			if seen == len(before[i]) {
				continue
			}
			for p := range before[i] {
				if _, ok := s.instances[i].table.Get(p); !ok {
					res.OscillatingPrefixes = append(res.OscillatingPrefixes, p)
				}
			}
		}
	}
}
