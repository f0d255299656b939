package bgp

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// Comparison is the difference of the best paths of two solutions.
type Comparison struct {
	before, after *Solution
	known         bool
	by            map[[2]int][]netip.Prefix // by instance before and after
}

// Compare finds where best paths differ. Solutions that do not know each other are not compared.
func Compare(before, after *Solution) *Comparison {
	c := &Comparison{before: before, after: after, by: map[[2]int][]netip.Prefix{}}
	if before == nil || after == nil || before.s.in != after.s.in {
		return c
	}
	c.known = true
	var pairs [][2]*instance
	straight := len(before.s.peers) == len(after.s.peers)
	for _, in := range after.s.instances {
		if r := before.s.routerIndex(in.device.Name); r >= 0 {
			if old := before.s.byVRF[vrfKey{r, in.vrf}]; old != nil {
				pairs = append(pairs, [2]*instance{old, in})
			}
		}
	}
	for i := 0; straight && i < len(before.s.peers); i++ {
		a, b := before.s.peers[i], after.s.peers[i]
		straight = a.config == b.config || a.config.Key() == b.config.Key() && a.in.device.Name == b.in.device.Name && a.state.Type == b.state.Type
	}
	prefixes := slices.Concat(before.s.prefixes, after.s.prefixes)
	slices.SortFunc(prefixes, netip.Prefix.Compare)
	for _, p := range slices.Compact(prefixes) {
		t, u := before.s.tables[p], after.s.tables[p]
		if t == u {
			continue
		}
		same := c.sameWays(t, u, straight)
		for _, x := range pairs {
			if !same(x[0].id, x[1].id) {
				k := [2]int{x[0].id, x[1].id}
				c.by[k] = append(c.by[k], p)
			}
		}
	}
	return c
}

// sameWays tells instances before and after whose best paths in two tables are the same.
func (c *Comparison) sameWays(t, u *table, straight bool) func(was, is int) bool {
	if t == nil || u == nil {
		return func(was, is int) bool {
			return (t == nil || t.ways[was].from == noPath) && (u == nil || u.ways[is].from == noPath)
		}
	}
	return func(was, is int) bool {
		x, y := t.ways[was], u.ways[is]
		if x.set != y.set || (x.from >= 0) != (y.from >= 0) || (x.from == noPath) != (y.from == noPath) {
			return false
		}
		if x.from == noPath {
			return true
		}
		a, b := c.before.s.best(t, was), c.after.s.best(u, is)
		if a.from != b.from && a.from >= 0 {
			if straight {
				return false
			}
			p, q := c.before.s.peers[a.from], c.after.s.peers[b.from]
			if p.config.Key() != q.config.Key() || p.state.Type != q.state.Type {
				return false
			}
			a.from = b.from
		}
		return a == b
	}
}

// Known reports whether the solutions could be compared.
func (c *Comparison) Known() bool { return c.known }

// Prefixes are those whose best path or multipath set differs at a router instance; routers by their index on either side.
func (c *Comparison) Prefixes(before, after int, vrf string) []netip.Prefix {
	if c.before == nil || c.after == nil {
		return nil
	}
	a, b := c.before.instance(before, vrf), c.after.instance(after, vrf)
	switch {
	case a == nil && b == nil:
		return nil
	case a == nil || b == nil || !c.known:
		return slices.Concat(c.before.s.prefixes, c.after.s.prefixes)
	}
	return c.by[[2]int{a.id, b.id}]
}

// Prefixes are all that some router announces, sorted.
func (s *Solution) Prefixes() []netip.Prefix {
	if s == nil {
		return nil
	}
	return s.s.prefixes
}

// Best is the best path of one prefix; ok is false when there is none that can be used.
func (s *Solution) Best(router int, vrf string, p netip.Prefix) (best Path, ok bool) {
	in, t := s.instance(router, vrf), s.s.tables[p]
	if in == nil || t == nil {
		return Path{}, false
	}
	c := s.s.best(t, in.id)
	if c.from == noPath {
		return Path{}, false
	}
	best = Path{Attributes: s.s.in.whole(c.attrs, c.hop), PeerType: IBGP, Source: c.source, NextHopOK: true, IGPMetric: c.metric, Best: true}
	s.leaked(&best, &c)
	if c.from >= 0 {
		q := s.s.peers[c.from]
		best.Neighbor, best.PeerType = q.config.Key(), q.state.Type
	}
	return best, true
}

// Origination is a route of a router's own in its BGP table.
type Origination struct {
	Router, VRF string
	Source      Source
	Usable      bool // Path.NextHopOK
}

// Originations are the routes of the routers' own, by prefix: by router and VRF, in the order of preference.
func (s *Solution) Originations() map[netip.Prefix][]Origination {
	out := map[netip.Prefix][]Origination{}
	if s == nil {
		return out
	}
	for p, x := range s.s.seeds {
		list := slices.Clone(x.own)
		slices.SortStableFunc(list, func(a, b ownPath) int {
			if a.instance != b.instance {
				return int(a.instance - b.instance)
			}
			if a.ok != b.ok {
				return int(flag(b.ok)) - int(flag(a.ok))
			}
			return judge{s.s.instances[a.instance], s.s.peers, network.FamilyOf(p)}.compare(&a.path, &b.path).order
		})
		for _, o := range list {
			if o.source == FromVRF {
				continue // it counts where it is from
			}
			in := s.s.instances[o.instance]
			out[p] = append(out[p], Origination{in.device.Name, in.vrf, o.source, o.ok})
		}
	}
	return out
}
