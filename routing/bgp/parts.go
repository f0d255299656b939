package bgp

import (
	"cmp"
	"iter"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// part is a table with all prefixes that it stands for, sorted.
type part struct {
	*table
	prefixes []netip.Prefix
}

// partsOf are the tables of a family, by their first prefix.
func (s *Solution) partsOf(f network.Family) []part {
	s.partsOnce[f].Do(func() {
		at := map[*table]int{}
		var out []part
		for i, p := range s.bulks.byFamily[f] {
			t := s.s.tables[p]
			if t == nil {
				continue
			}
			k, ok := at[t]
			if !ok {
				at[t] = len(out)
				out = append(out, part{t, s.bulks.byFamily[f][i : i+1 : i+1]})
				continue
			}
			out[k].prefixes = append(out[k].prefixes, p)
		}
		s.parts[f] = out
	})
	return s.parts[f]
}

// kinsOf are the parts of a family, those that are kin together.
func (s *Solution) kinsOf(f network.Family) [][]part {
	parts := s.partsOf(f)
	s.kinsOnce[f].Do(func() {
		at := map[*kin]int{}
		for i, x := range parts {
			if x.kin == nil || x.kin.of != s.s {
				s.kins[f] = append(s.kins[f], parts[i:i+1:i+1])
				continue
			}
			k, ok := at[x.kin]
			if !ok {
				at[x.kin] = len(s.kins[f])
				s.kins[f] = append(s.kins[f], parts[i:i+1:i+1])
				continue
			}
			s.kins[f][k] = append(s.kins[f][k], x)
		}
	})
	return s.kins[f]
}

// togetherOf are the prefixes of the parts that are kin, in no order, each with one of the tables.
func (s *Solution) togetherOf(f network.Family) []part {
	kins := s.kinsOf(f)
	s.togetherOnce[f].Do(func() {
		for _, list := range kins {
			x := list[0]
			if len(list) > 1 {
				x.prefixes = nil
				for i := range list {
					x.prefixes = append(x.prefixes, list[i].prefixes...)
				}
			}
			s.together[f] = append(s.together[f], x)
		}
	})
	return s.together[f]
}

// Advertised is the Adj-RIB-Out for a neighbor, by prefix and path id: as it is received there.
func (s *Solution) Advertised(router int, vrf, neighbor string, f network.Family) iter.Seq[Advertised] {
	return func(yield func(Advertised) bool) {
		p := s.session(router, vrf, neighbor, f)
		if p == nil {
			return
		}
		for _, a := range s.spelled(s.sentParts(p, f)) {
			if !yield(a) {
				return
			}
		}
	}
}

// SentOf is what a neighbor is sent of one prefix, by path id.
func (s *Solution) SentOf(router int, vrf, neighbor string, prefix netip.Prefix) []Advertised {
	f := network.FamilyOf(prefix)
	p := s.session(router, vrf, neighbor, f)
	if p == nil {
		return nil
	}
	var out []Advertised
	for _, r := range s.sent(p, f, prefix) {
		out = append(out, Advertised{Prefix: prefix, PathID: r.id, Attributes: s.s.in.whole(r.attrs, r.hop)})
	}
	return out
}

// sentPart is what is sent for the prefixes of one table.
type sentPart struct {
	part
	routes []route // by path id; at least one
}

// SentTogether is the Adj-RIB-Out for a neighbor as sets of prefixes, each sorted and each prefix in one: the best paths of those of a
// set come from the same neighbors at every router. The caller does not change them.
func (s *Solution) SentTogether(router int, vrf, neighbor string, f network.Family) iter.Seq[[]netip.Prefix] {
	return func(yield func([]netip.Prefix) bool) {
		p := s.session(router, vrf, neighbor, f)
		if p == nil {
			return
		}
		at := map[*table]int{}
		var alike [][][]netip.Prefix
		for _, x := range s.sentParts(p, f) {
			i, ok := at[x.solved()]
			if !ok {
				i, at[x.solved()] = len(alike), len(alike)
				alike = append(alike, nil)
			}
			alike[i] = append(alike[i], x.prefixes)
		}
		for _, list := range alike {
			set := list[0]
			if len(list) > 1 {
				set = slices.Concat(list...)
				slices.SortFunc(set, netip.Prefix.Compare)
			}
			if !yield(set) {
				return
			}
		}
	}
}

// spelled is what is sent, route by route: by prefix and path id.
func (s *Solution) spelled(parts []sentPart) []Advertised {
	n, several := 0, false
	for i := range parts {
		n += len(parts[i].routes) * len(parts[i].prefixes)
		several = several || len(parts[i].routes) > 1
	}
	all := make([]Advertised, 0, n)
	for i := range parts {
		x := &parts[i]
		for _, r := range x.routes {
			a := Advertised{PathID: r.id, Attributes: s.s.in.whole(r.attrs, r.hop)}
			for _, a.Prefix = range x.prefixes {
				all = append(all, a)
			}
		}
	}
	if several { // two of one path id stay in their order
		slices.SortStableFunc(all, func(a, b Advertised) int { return cmp.Or(a.Prefix.Compare(b.Prefix), cmp.Compare(a.PathID, b.PathID)) })
	} else {
		slices.SortFunc(all, func(a, b Advertised) int { return a.Prefix.Compare(b.Prefix) })
	}
	return all
}

// sentParts is the Adj-RIB-Out for a neighbor, by the first prefix; for one outside it is found once.
func (s *Solution) sentParts(p *peer, f network.Family) []sentPart {
	key := p.id<<1 | int(f)
	if known, ok := s.sentOutside.Load(key); ok {
		return known.([]sentPart)
	}
	var out []sentPart
	for _, list := range s.kinsOf(f) {
		for i, x := range list {
			routes := s.sent(p, f, x.prefix)
			if len(routes) > 0 {
				out = append(out, sentPart{x, routes})
			} else if i == 0 {
				break // nor is anything sent of its kin
			}
		}
	}
	slices.SortFunc(out, func(a, b sentPart) int { return a.prefixes[0].Compare(b.prefixes[0]) })
	if p.remote == nil {
		s.sentOutside.Store(key, out)
	}
	return out
}

// session is the near end of a session that carries the family; nil when there is none.
func (s *Solution) session(router int, vrf, neighbor string, f network.Family) *peer {
	in := s.instance(router, vrf)
	if in == nil {
		return nil
	}
	i := slices.IndexFunc(in.peers, func(p *peer) bool { return p.config.Key() == neighbor })
	if i < 0 || !in.peers[i].families[f].up {
		return nil
	}
	return in.peers[i]
}

// Heard is what a neighbor outside announces and the import policy accepts, in no order: the attributes as they are in the table.
func (s *Solution) Heard(router int, vrf, neighbor string, f network.Family) iter.Seq2[netip.Prefix, *network.PathAttributes] {
	return func(yield func(netip.Prefix, *network.PathAttributes) bool) {
		p := s.session(router, vrf, neighbor, f)
		if p == nil || p.remote != nil {
			return
		}
		for _, x := range s.partsOf(f) {
			a := s.heard(p, f, x.prefix)
			if a == nil {
				continue
			}
			for _, q := range x.prefixes {
				if !yield(q, a) {
					return
				}
			}
		}
	}
}

func (s *Solution) heard(p *peer, f network.Family, prefix netip.Prefix) *network.PathAttributes {
	seed := s.s.seeds[prefix]
	if seed == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range seed.outside {
		if int(o.peer) == p.id {
			if c, ok := s.w.receive(p, f, prefix, o.route); ok {
				return s.s.in.shown(c.attrs, c.hop)
			}
		}
	}
	return nil
}

// Unresolved is a path from a neighbor that cannot be used because its next hop is not in reach.
type Unresolved struct {
	Neighbor string
	NextHop  netip.Addr
	Prefixes int          // how many have such a path, alike in all that decides
	Example  netip.Prefix // the first of them
}

// Unresolved are the paths of one router instance whose next hop is not in reach, in no order. Those of prefixes that are kin are
// counted and not looked at one by one: what their next hops are, and whether those are in reach, is the same.
func (s *Solution) Unresolved(router int, vrf string, f network.Family) iter.Seq[Unresolved] {
	return func(yield func(Unresolved) bool) {
		in := s.instance(router, vrf)
		if in == nil || s.s.missed != nil && !s.s.missed[in.id].Load() {
			return
		}
		for _, part := range s.togetherOf(f) {
			e := s.entry(in, part.prefix)
			if e == nil {
				continue
			}
			for i := range e.Paths {
				if x := &e.Paths[i]; x.Source == FromNeighbor && !x.NextHopOK &&
					!yield(Unresolved{x.Neighbor, x.Attributes.NextHop, len(part.prefixes), part.prefixes[0]}) {
					return
				}
			}
		}
	}
}
