package bgp

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// withheldDoubts says where bgpd can end. While a condition holds back what an advertise-map names, bgpd 8.4.4 asks the map about
// every route that would go to the neighbor, with attributes that share the AS path which remove-private-AS has just made. Where
// the map does not name the route that path is read after it was freed: a segmentation fault, as the timer for conditions goes off or
// a route arrives, an abort by malloc, or an AS path that is not the one that was made (seed 10020). Seen in each network that was made for it
// and in seeds 20008, 20067 (crash logs) and 20146; not where the map names the route, where no private AS is taken off or
// replaced, and not with as-override instead. An exist-map holds back until what it asks for has come.
func (s *solver) withheldDoubts() {
	for _, p := range s.peers {
		for _, f := range network.Families {
			x := &p.families[f]
			if !x.up || !x.conditional || x.c.Conditional == nil || !x.held && x.c.Conditional.NonExist || !p.external() {
				continue
			}
			if i := slices.IndexFunc(s.prefixes, func(q netip.Prefix) bool { return network.FamilyOf(q) == f && s.freed(p, f, q) }); i >= 0 {
				s.uncertain[Uncertainty{Router: p.in.router, Prefix: s.prefixes[i], Span: x.c.Conditional.Span,
					Why: FreedPath(p.config.Key())}] = true
			}
		}
	}
}

// FreedPath is why a router is uncertain whose bgpd may read an AS path after it was freed, by the key of the neighbor for which it was made.
func FreedPath(neighbor string) string {
	return fmt.Sprintf("neighbor %s: bgpd 8.4.4 can end with a segmentation fault: private ASes are taken off a route that the advertise-map does not name, while it holds back others", neighbor)
}

// freed reports that the best route to a prefix would go to the neighbor past the advertise-map with an AS path made for it.
func (s *solver) freed(p *peer, f network.Family, q netip.Prefix) bool {
	t, x, w := s.tables[q], &p.families[f], s.workers[0]
	if t == nil {
		return false
	}
	paths, marks := s.at(t, p.in.id)
	i := slices.IndexFunc(marks, func(m mark) bool { return m.best })
	if i < 0 || paths[i].from == int32(p.id) || s.suppressed(p.in, q) {
		return false
	}
	as := paths[i].attrs.ASPath
	return !samePath(as, withoutPrivate(as, x.c.RemovePrivateAS, p.in.config.AS, x.groupAS, true)) &&
		w.filter(p.in, f, q, as, x.c.DistributeOut, x.c.PrefixListOut, x.c.FilterListOut) && !w.conditional(p, f, q, &paths[i])
}
