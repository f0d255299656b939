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
	pairs         map[[2]int]int // instances before and after, numbered
	differ        []difference
}

// difference is a set of prefixes whose best paths differ at the same instances.
type difference struct {
	at       []bool // by pair
	prefixes []netip.Prefix
}

// Compare finds where best paths differ. Solutions that do not know each other are not compared.
func Compare(before, after *Solution) *Comparison {
	c := &Comparison{before: before, after: after, pairs: map[[2]int]int{}}
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
	prefixes := before.s.prefixes
	if !slices.Equal(prefixes, after.s.prefixes) {
		prefixes = slices.Concat(prefixes, after.s.prefixes)
		slices.SortFunc(prefixes, netip.Prefix.Compare)
		prefixes = slices.Compact(prefixes)
	}
	for i, x := range pairs {
		c.pairs[[2]int{x[0].id, x[1].id}] = i
	}
	level := straight && !slices.ContainsFunc(pairs, func(x [2]*instance) bool { return x[0].id != x[1].id })
	seen, kins, known := map[[2]*table]int{}, map[[2]*kin]int{}, map[string]int{}
	for _, p := range prefixes {
		t, u := before.s.tables[p], after.s.tables[p]
		if t == u || level && t != nil && u != nil && len(t.ways) > 0 && &t.ways[0] == &u.ways[0] {
			continue // taken over, maybe under another prefix
		}
		k, ok := seen[[2]*table{t, u}]
		if !ok {
			related := c.related(t, u)
			if k, ok = kins[related]; !ok || related[0] == nil {
				k = c.place(pairs, c.sameWays(t, u, straight), known)
				kins[related] = k
			}
			seen[[2]*table{t, u}] = k
		}
		if k >= 0 {
			c.differ[k].prefixes = append(c.differ[k].prefixes, p)
		}
	}
	return c
}

// related are the kin of a class on both sides, where the outside says the same of it on both: what becomes of one of those that have
// the same kin on either side differs where it does for the others. Else nil.
func (c *Comparison) related(t, u *table) [2]*kin {
	if t == nil || u == nil || t.kin == nil || u.kin == nil || t.kin.of != c.before.s || u.kin.of != c.after.s ||
		!c.after.s.seeds[u.prefix].same(c.before.s.seeds[t.prefix]) {
		return [2]*kin{}
	}
	return [2]*kin{t.kin, u.kin}
}

// place finds the set of instances where two tables differ; -1 where they do nowhere.
func (c *Comparison) place(pairs [][2]*instance, same func(was, is int) bool, known map[string]int) int {
	at, key, any := make([]bool, len(pairs)), make([]byte, len(pairs)), false
	for i, x := range pairs {
		if !same(x[0].id, x[1].id) {
			at[i], key[i], any = true, 1, true
		}
	}
	if !any {
		return -1
	}
	k, ok := known[string(key)]
	if !ok {
		k = len(c.differ)
		known[string(key)] = k
		c.differ = append(c.differ, difference{at: at})
	}
	return k
}

// sameAt reports that the solutions are known to have the same best paths at an instance.
func (c *Comparison) sameAt(before, after int) bool {
	k, ok := c.pairs[[2]int{before, after}]
	return c.known && ok && !slices.ContainsFunc(c.differ, func(d difference) bool { return d.at[k] })
}

// sameWays tells instances before and after whose best paths in two tables are the same.
func (c *Comparison) sameWays(t, u *table, straight bool) func(was, is int) bool {
	if t == nil || u == nil {
		return func(was, is int) bool {
			return (t == nil || t.ways[was].from == noPath) && (u == nil || u.ways[is].from == noPath)
		}
	}
	takenOver := straight && &t.ways[0] == &u.ways[0] // under another prefix
	return func(was, is int) bool {
		if takenOver && was == is {
			return true
		}
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
	k := c.pairs[[2]int{a.id, b.id}]
	var out []netip.Prefix
	sets := 0
	for i := range c.differ {
		if d := &c.differ[i]; d.at[k] {
			if sets++; sets == 1 {
				out = d.prefixes[:len(d.prefixes):len(d.prefixes)]
				continue
			}
			out = append(out, d.prefixes...)
		}
	}
	if sets > 1 {
		slices.SortFunc(out, netip.Prefix.Compare)
	}
	return out
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
	best = Path{Attributes: s.s.in.shown(c.attrs, c.hop), PeerType: IBGP, Source: c.source, NextHopOK: true, IGPMetric: c.metric, Best: true}
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
