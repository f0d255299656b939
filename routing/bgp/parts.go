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

// Advertised is the Adj-RIB-Out for a neighbor, by prefix and path id: as it is received there.
func (s *Solution) Advertised(router int, vrf, neighbor string, f network.Family) iter.Seq[Advertised] {
	return func(yield func(Advertised) bool) {
		p := s.session(router, vrf, neighbor, f)
		if p == nil {
			return
		}
		var all []Advertised
		for _, x := range s.sentParts(p, f) {
			for _, q := range x.prefixes {
				x.Prefix = q
				all = append(all, x.Advertised)
			}
		}
		slices.SortStableFunc(all, func(a, b Advertised) int {
			return cmp.Or(a.Prefix.Compare(b.Prefix), cmp.Compare(a.PathID, b.PathID))
		})
		for _, a := range all {
			if !yield(a) {
				return
			}
		}
	}
}

// sentPart is what is sent for the prefixes of one table.
type sentPart struct {
	Advertised
	prefixes []netip.Prefix
}

// sentParts is the Adj-RIB-Out for a neighbor outside, found once.
func (s *Solution) sentParts(p *peer, f network.Family) []sentPart {
	key := p.id<<1 | int(f)
	if known, ok := s.sentOutside.Load(key); ok {
		return known.([]sentPart)
	}
	var out []sentPart
	for _, x := range s.partsOf(f) {
		for _, a := range s.sent(p, f, x.prefix) {
			out = append(out, sentPart{a, x.prefixes})
		}
	}
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
