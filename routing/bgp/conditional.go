package bgp

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// matchesTable evaluates a condition against the instance's whole table, as FRR does by timer: any path
// of any prefix that the exist-map (non-exist-map) permits, one whose next hop does not resolve included.
func (s *solver) matchesTable(in *instance, f network.Family, ref network.Ref) bool {
	for _, p := range s.prefixes {
		if network.FamilyOf(p) != f || s.tables[p] == nil {
			continue
		}
		paths, _ := s.at(s.tables[p], in.id)
		for i := range paths {
			if s.permits(in, ref, p, &paths[i]) {
				return true
			}
		}
	}
	return false
}

// conditionAll evaluates conditional advertisement: where it turns, the prefixes that the
// advertise-map accepts are solved again. A map that does not exist leaves
// the neighbor without condition (FRR).
func (s *solver) conditionAll(changed map[netip.Prefix]bool) {
	if s.traits&advertisesIf == 0 {
		return
	}
	for _, p := range s.peers {
		for _, f := range network.Families {
			x := &p.families[f]
			c := x.c.Conditional
			if !x.up || c == nil || !x.conditional {
				continue
			}
			held := s.matchesTable(p.in, f, c.Condition) == c.NonExist
			if held == x.held {
				continue
			}
			if s.oneByOne && len(changed) > 0 {
				return
			}
			if s.oneByOne {
				s.uncertain[Uncertainty{Router: p.in.router, Why: fmt.Sprintf("neighbor %s: conditional advertisement settles in a way that depends on whose timer goes off first", p.config.Key()), Span: c.Span}] = true
			}
			x.held = held
			for _, q := range s.prefixes {
				if network.FamilyOf(q) != f || s.tables[q] == nil {
					continue
				}
				if s.advertisedIf(p, f, q) {
					changed[q] = true
				}
			}
		}
	}
}

// advertisedIf reports that a neighbor's advertise-map is about one of the paths that there are to the prefix.
func (s *solver) advertisedIf(p *peer, f network.Family, q netip.Prefix) bool {
	paths, _ := s.at(s.tables[q], p.in.id)
	return slices.ContainsFunc(paths, func(c path) bool { return s.permits(p.in, p.families[f].c.Conditional.Advertise, q, &c) })
}

// conditional reports that a route is one of those that the condition is about.
func (w *worker) conditional(p *peer, f network.Family, prefix netip.Prefix, c *path) bool {
	rt := w.s.tested(p.in, prefix, c)
	res := p.in.policies.Chain(network.PolicyChain{Policies: []network.Ref{p.families[f].c.Conditional.Advertise}}, rt, network.Reject)
	w.doubt(p.in, prefix, res.Uncertain)
	return res.Disposition == network.Accept
}

// startConditions gives neighbors with an unconditional default-originate their default route.
func (s *solver) startConditions() {
	s.defaultAll(map[netip.Prefix]bool{})
}

// defaultAll evaluates default-originate: without a map it always stands; with one while
// some route of the table is permitted, and what the map sets is set on the default.
func (s *solver) defaultAll(changed map[netip.Prefix]bool) {
	if s.traits&originatesDefault == 0 {
		return
	}
	for _, p := range s.peers {
		for _, f := range network.Families {
			x := &p.families[f]
			if !x.up || x.c.DefaultOriginate == nil {
				continue
			}
			now := s.defaultRoute(p, f)
			if now != x.sentDefault {
				x.sentDefault = now
				changed[f.Default()] = true
			}
		}
	}
}

// defaultRoute is the default that a neighbor is sent now; nil for none. It passes no
// outbound filter or policy (FRR subgroup_default_originate).
func (s *solver) defaultRoute(p *peer, f network.Family) *attrs {
	x := &p.families[f]
	a := &network.PathAttributes{Origin: network.OriginIGP, HasMED: true}
	if p.state.Type != EBGP {
		a.LocalPref, a.HasLocalPref = p.in.config.DefaultLocalPref, true
	}
	if ref := x.c.DefaultOriginate.Policy; ref.IsSet() && !s.defaultPolicy(p, f, ref, a) {
		return nil
	}
	a.ASPath = sentPath(p, x.c, a.ASPath, false)
	if !roleOut(p, a) {
		return nil
	}
	s.workers[0].finish(p, f, a, nil, false)
	return s.in.attrs(a)
}

// defaultPolicy looks for a route that the map permits. The map tests the routes, and what it sets is set on the default alone, which
// has no AS path to begin with. Of several routes that of the entry with the lowest number counts, then the first prefix; one
// that is permitted past the last entry sets nothing. Once the default is out, bgpd only asks whether it still stands: what
// stands on it is what was set when it first went out.
func (s *solver) defaultPolicy(p *peer, f network.Family, ref network.Ref, a *network.PathAttributes) bool {
	found, several := false, false
	plain, lowest := *a, 0
	for _, q := range s.prefixes {
		if network.FamilyOf(q) != f || s.tables[q] == nil {
			continue
		}
		paths, _ := s.at(s.tables[q], p.in.id)
		for i := range paths {
			rt := s.tested(p.in, q, &paths[i])
			rt.Seen, rt.Attributes = rt.Attributes, &plain
			res := p.in.policies.Chain(network.PolicyChain{Policies: []network.Ref{ref}}, rt, p.in.config.Missing.Policy)
			s.workers[0].doubt(p.in, q, res.Uncertain)
			if res.Disposition != network.Accept {
				continue
			}
			now := plain
			if res.Sequence > 0 {
				now = *res.Route.Attributes
				now.NextHop, now.NextHopScope = plain.NextHop, plain.NextHopScope
			}
			several = several || found && s.in.attrs(&now) != s.in.attrs(a)
			if !found || res.Sequence > 0 && (lowest == 0 || res.Sequence < lowest) {
				*a, lowest = now, res.Sequence
			}
			found = true
		}
	}
	if several {
		s.uncertain[Uncertainty{Router: p.in.router, Prefix: f.Default(), Why: firstDefault, Arrival: true}] = true
	}
	return found
}

// firstDefault is why a default route is uncertain whose route-map sets other attributes for one route than for another.
const firstDefault = "the default route keeps what default-originate's route-map set for the route that was there first"
