package routing

import (
	"iter"
	"net/netip"
	"runtime"
	"sort"
	"sync"
	"sync/atomic"

	"github.com/sourcegraph/conc"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
	"github.com/routegate/routegate/routing/rib"
)

// state is the representation behind a Result: the settled tables and wires, and BGP's solution.
type state struct {
	fabric
	bgp   *bgp.Solution
	whole bool // nothing was taken out on purpose

	// Made at the first question about classes.
	classesOnce sync.Once
	classList   []netip.Prefix
	stepsOnce   sync.Once
	steps       steps
	spreads     sync.Pool // of *spread
	// Counted at the first question: of a base that many changes are compared with, once.
	totalOnce sync.Once
	total     int
	sessions  sync.Map // lists of *bgp.Session, by the list of bgp.Receiver that they are
}

func (s *state) countAll() int {
	var next, total atomic.Int64
	var wg conc.WaitGroup
	for range min(runtime.GOMAXPROCS(0), 1+len(s.instances)/16) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(s.instances); i = int(next.Add(1)) - 1 {
				for _, f := range network.Families {
					total.Add(int64(s.instances[i].table.Count(f)))
				}
			}
		})
	}
	wg.Wait()
	return int(total.Load())
}

// router is a router's index; -1 when there is none of that name.
func (s *state) router(name string) int {
	i := sort.Search(len(s.net.Routers), func(i int) bool { return s.net.Routers[i].Name >= name })
	if i < len(s.net.Routers) && s.net.Routers[i].Name == name {
		return i
	}
	return -1
}

// table is the main table of an instance; nil when there is none.
func (s *state) table(router, vrf string) (int, *rib.Table) {
	if ri := s.router(router); ri >= 0 {
		if i := s.instanceIndex(ri, vrf); i >= 0 {
			return i, s.instances[i].table
		}
	}
	return -1, nil
}

func nothing[T any](func(T) bool) {}

func (s *state) entries(router, vrf string, f network.Family) iter.Seq[*bgp.Entry] {
	if ri := s.router(router); ri >= 0 {
		return s.bgp.Entries(ri, vrf, f)
	}
	return nothing
}

func (s *state) unresolved(router, vrf string, f network.Family) iter.Seq[bgp.Unresolved] {
	if ri := s.router(router); ri >= 0 {
		return s.bgp.Unresolved(ri, vrf, f)
	}
	return nothing
}

func (s *state) entry(router, vrf string, p netip.Prefix) *bgp.Entry {
	if ri := s.router(router); ri >= 0 {
		return s.bgp.Entry(ri, vrf, p)
	}
	return nil
}

func (s *state) advertised(router, vrf, neighbor string, f network.Family) iter.Seq[bgp.Advertised] {
	if ri := s.router(router); ri >= 0 {
		return s.bgp.Advertised(ri, vrf, neighbor, f)
	}
	return nothing
}

func (s *state) sentTogether(router, vrf, neighbor string, f network.Family) iter.Seq[[]netip.Prefix] {
	if ri := s.router(router); ri >= 0 {
		return s.bgp.SentTogether(ri, vrf, neighbor, f)
	}
	return nothing
}

func (s *state) heard(router, vrf, neighbor string, f network.Family) iter.Seq2[netip.Prefix, *network.PathAttributes] {
	if ri := s.router(router); ri >= 0 {
		return s.bgp.Heard(ri, vrf, neighbor, f)
	}
	return func(func(netip.Prefix, *network.PathAttributes) bool) {}
}

func (s *state) routes(router, vrf string, f network.Family) iter.Seq[rib.Route] {
	if _, t := s.table(router, vrf); t != nil {
		return t.AllOf(f)
	}
	return nothing
}

func (s *state) route(router, vrf string, p netip.Prefix) (rib.Route, bool) {
	if _, t := s.table(router, vrf); t != nil {
		return t.Get(p)
	}
	return rib.Route{}, false
}

func (s *state) lookup(router, vrf string, a netip.Addr) (rib.Route, bool) {
	i, t := s.table(router, vrf)
	switch {
	case t == nil:
		return rib.Route{}, false
	case s.owns(i, a):
		return local(a), true
	}
	return t.Lookup(a)
}

func (s *state) session(router, vrf, neighbor string) *bgp.Session {
	list := s.bgp.Sessions
	i := sort.Search(len(list), func(i int) bool {
		x := &list[i]
		if x.Router != router {
			return x.Router > router
		}
		if x.VRF != vrf {
			return x.VRF > vrf
		}
		return x.Neighbor >= neighbor
	})
	if i < len(list) && list[i].Router == router && list[i].VRF == vrf && list[i].Neighbor == neighbor {
		return &list[i]
	}
	return nil
}
