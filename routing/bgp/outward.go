package bgp

import (
	"cmp"
	"iter"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// A million prefixes go to a customer, and a change alters what it is told of few: what goes outside is compared by the
// prefixes that fare alike, and spelled out where it differs.

// Receiver is a session to the outside: its router, and its neighbor's key.
type Receiver struct {
	Router        int
	VRF, Neighbor string
}

// SentDifferently is what a neighbor outside is sent in two solutions, where that may differ: by prefix and path id. It is named by where it
// is in each, and sent nothing where there is no such session.
func SentDifferently(before, after *Solution, was, is Receiver, f network.Family) (old, cur []Advertised) {
	a, b := before.sentTo(was, f), after.sentTo(is, f)
	if before != nil && after != nil && before.s.in == after.s.in {
		a, b = apartIn(a, b, func(x, y *sentPart) bool { return slices.Equal(x.routes, y.routes) })
	}
	if before != nil {
		old = before.spelled(a)
	}
	if after != nil {
		cur = after.spelled(b)
	}
	return old, cur
}

func (s *Solution) sentTo(r Receiver, f network.Family) []sentPart {
	if s == nil || r.Router < 0 {
		return nil
	}
	p := s.session(r.Router, r.VRF, r.Neighbor, f)
	if p == nil || p.remote != nil {
		return nil
	}
	return s.sentParts(p, f)
}

// apartIn are the parts of two lists without those that are in both.
func apartIn(a, b []sentPart, same func(x, y *sentPart) bool) (old, cur []sentPart) {
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch o := a[i].prefixes[0].Compare(b[j].prefixes[0]); {
		case o < 0:
			old = append(old, a[i])
			i++
		case o > 0:
			cur = append(cur, b[j])
			j++
		default:
			if !slices.Equal(a[i].prefixes, b[j].prefixes) || !same(&a[i], &b[j]) {
				old, cur = append(old, a[i]), append(cur, b[j])
			}
			i, j = i+1, j+1
		}
	}
	return append(old, a[i:]...), append(cur, b[j:]...)
}

// outward is who outside is sent what, by table.
type outward struct {
	receivers map[*table][]Receiver
	parts     []sentPart // that anybody is sent, by the first prefix
}

// outwards is found once.
func (s *Solution) outwards() *outward {
	s.outwardOnce.Do(func() {
		o := outward{receivers: map[*table][]Receiver{}}
		for _, in := range s.s.instances {
			for _, p := range in.peers {
				if !p.state.External() || p.state.State != Established {
					continue
				}
				r := Receiver{in.router, in.vrf, p.config.Key()}
				for _, f := range network.Families {
					if !p.families[f].up {
						continue
					}
					for _, x := range s.sentParts(p, f) {
						list := o.receivers[x.table]
						if list == nil {
							o.parts = append(o.parts, x)
						}
						o.receivers[x.table] = append(list, r)
					}
				}
			}
		}
		slices.SortFunc(o.parts, func(a, b sentPart) int { return a.prefixes[0].Compare(b.prefixes[0]) })
		for _, list := range o.receivers {
			slices.SortFunc(list, func(a, b Receiver) int {
				return cmp.Or(cmp.Compare(s.s.net.Routers[a.Router].Name, s.s.net.Routers[b.Router].Name), cmp.Compare(a.VRF, b.VRF), cmp.Compare(a.Neighbor, b.Neighbor))
			})
		}
		s.outward = o
	})
	return &s.outward
}

// Receivers are the sessions outside that are sent a prefix, sorted; shared, read-only.
func (s *Solution) Receivers(p netip.Prefix) []Receiver {
	if t := s.s.tables[p]; t != nil {
		return s.outwards().receivers[t]
	}
	return nil
}

// SentOutside are the prefixes that somebody outside is sent, in sorted lists of those that the same are sent; every prefix is in one.
func (s *Solution) SentOutside() iter.Seq2[[]Receiver, []netip.Prefix] {
	return func(yield func([]Receiver, []netip.Prefix) bool) {
		o := s.outwards()
		for i := range o.parts {
			if x := &o.parts[i]; !yield(o.receivers[x.table], x.prefixes) {
				return
			}
		}
	}
}

// Outside counts the prefixes that somebody outside is sent before, and those that nobody is any more or was before.
func Outside(before, after *Solution) (total, gone, fresh int) {
	a, b := before.outwards().parts, after.outwards().parts
	for i := range a {
		total += len(a[i].prefixes)
	}
	a, b = apartIn(a, b, func(x, y *sentPart) bool { return true })
	old := map[netip.Prefix]bool{}
	for i := range a {
		for _, p := range a[i].prefixes {
			old[p] = true
		}
	}
	gone = len(old)
	for i := range b {
		for _, p := range b[i].prefixes {
			if old[p] {
				gone--
			} else {
				fresh++
			}
		}
	}
	return total, gone, fresh
}

// HeardOf are the sessions from outside that a prefix is accepted from, in no order, with the attributes that it has in the table.
func (s *Solution) HeardOf(p netip.Prefix) iter.Seq2[Receiver, *network.PathAttributes] {
	return func(yield func(Receiver, *network.PathAttributes) bool) {
		seed, f := s.s.seeds[p], network.FamilyOf(p)
		if seed == nil {
			return
		}
		for _, o := range seed.outside {
			from := s.s.peers[o.peer]
			if !from.families[f].up {
				continue
			}
			if a := s.heard(from, f, p); a != nil && !yield(Receiver{from.in.router, from.in.vrf, from.config.Key()}, a) {
				return
			}
		}
	}
}
