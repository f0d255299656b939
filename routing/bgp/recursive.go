package bgp

import (
	"net/netip"
	"slices"
)

// BIRD finds no next hop through a prefix of which it holds a path that is recursive itself, the best one or one of the same preference
// (rt_update_hostentry). It looks when it follows the next hop first and when the best path of the prefix is another one: a
// path that comes beside it later is not seen until then. The prediction is what holds after that.

const besideBest = "the next hop is found through a prefix for which there is a recursive path of the same preference beside the best: " +
	"it leads somewhere if that path came last, and nowhere from the next change of the best path on"

// recursive reports that the next hop of a path is looked up in the one table of a daemon that has one.
func (s *solver) recursive(p *path) bool { return p.from >= 0 && !s.peers[p.from].config.GatewayDirect }

// besides reports that the best of an instance's paths, or one of the same preference, is recursive.
func (s *solver) besides(paths []path, best *path) bool {
	return slices.ContainsFunc(paths, func(p path) bool { return s.recursive(&p) && p.attrs.Weight == best.attrs.Weight })
}

// resolvesLike compares what next hops are found through where paths that are not the best matter to that, see rib.Route.Recursive.
func (b bulk) resolvesLike(o bulk) bool {
	if !b.in.looksUp() {
		return true
	}
	was, is := o.Resolving(), b.Resolving()
	return slices.Equal(was, is) && !slices.ContainsFunc(is, func(p netip.Prefix) bool {
		x, _, _ := o.Route(p)
		y, _, _ := b.Route(p)
		return x.Recursive != y.Recursive
	})
}

// looksUp reports that the instance has next hops to look up in its one table.
func (in *instance) looksUp() bool {
	return in.config.Habits.OneTable && slices.ContainsFunc(in.peers, func(p *peer) bool { return !p.config.GatewayDirect })
}

// besideDoubts says which routes hang on what came beside the best path of another prefix. They are told anew for every solution,
// see reuse.doubts.
func (s *solver) besideDoubts(all *bulks) {
	for _, in := range s.instances {
		if !in.looksUp() {
			continue
		}
		beside, any := map[netip.Prefix]bool{}, false
		for _, p := range all.resolving {
			if t := s.tables[p]; t != nil && t.ways[in.id].from != noPath {
				paths, _ := s.own(t, in.id)
				best := s.best(t, in.id)
				beside[p] = best.from >= 0 && !s.recursive(&best) && s.besides(paths, &best)
				any = any || beside[p]
			}
		}
		for _, q := range s.prefixes {
			if t := s.tables[q]; any && t != nil && s.lostBeside(in, t, all, beside) {
				s.uncertain[Uncertainty{Router: in.router, Prefix: q, Why: besideBest, Arrival: true}] = true
			}
		}
	}
}

// lostBeside reports that an instance has a path of a table that leads nowhere because the longest of the prefixes with its next hop is one of those.
func (s *solver) lostBeside(in *instance, t *table, all *bulks, beside map[netip.Prefix]bool) bool {
	paths, _ := s.own(t, in.id)
	for i := range paths {
		if c := &paths[i]; s.recursive(c) && c.lost() {
			a := s.workers[0].hop(c.hop).addr.WithZone("")
			if !a.IsValid() {
				continue
			}
			for p := range all.trie.Supernets(netip.PrefixFrom(a, a.BitLen())) {
				if on, held := beside[p]; held {
					if on {
						return true
					}
					break
				}
			}
		}
	}
	return false
}
