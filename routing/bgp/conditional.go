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
				paths, _ := s.at(s.tables[q], p.in.id)
				if slices.ContainsFunc(paths, func(c path) bool { return s.permits(p.in, x.c.Conditional.Advertise, q, &c) }) {
					changed[q] = true
				}
			}
		}
	}
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

// defaultPolicy looks for a route that the map permits, and carries over what it sets. bgpd looks at the routes in the
// order of their prefixes, but once the default is out it only asks whether it still stands: what stands on it is
// what was set when it first went out.
func (s *solver) defaultPolicy(p *peer, f network.Family, ref network.Ref, a *network.PathAttributes) bool {
	found := false
	plain := *a
	for _, q := range s.prefixes {
		if network.FamilyOf(q) != f || s.tables[q] == nil {
			continue
		}
		paths, _ := s.at(s.tables[q], p.in.id)
		for i := range paths {
			rt := s.tested(p.in, q, &paths[i])
			res := p.in.policies.Chain(network.PolicyChain{Policies: []network.Ref{ref}}, rt, p.in.config.Missing.Policy)
			s.workers[0].doubt(p.in, q, res.Uncertain)
			if res.Disposition != network.Accept {
				continue
			}
			now := plain
			carry(&now, rt.Attributes, res.Route.Attributes)
			switch {
			case !found:
				*a, found = now, true
			case s.in.attrs(&now) != s.in.attrs(a):
				s.uncertain[Uncertainty{Router: p.in.router, Prefix: f.Default(), Why: firstDefault, Arrival: true}] = true
				return true
			}
		}
	}
	return found
}

// firstDefault is why a default route is uncertain whose route-map sets other attributes for one route than for another.
const firstDefault = "the default route keeps what default-originate's route-map set for the route that was there first"

// carry puts on a what made new out of old.
func carry(a, old, new *network.PathAttributes) {
	if new.MED != old.MED || new.HasMED != old.HasMED {
		a.MED, a.HasMED = new.MED, new.HasMED
	}
	if new.LocalPref != old.LocalPref || new.HasLocalPref != old.HasLocalPref {
		a.LocalPref, a.HasLocalPref = new.LocalPref, new.HasLocalPref
	}
	if new.Origin != old.Origin {
		a.Origin = new.Origin
	}
	if !slices.Equal(new.Communities, old.Communities) {
		a.Communities = slices.DeleteFunc(slices.Clone(new.Communities), func(c network.Community) bool { return slices.Contains(old.Communities, c) })
	}
	if !slices.Equal(new.Large, old.Large) {
		a.Large = slices.DeleteFunc(slices.Clone(new.Large), func(c network.LargeCommunity) bool { return slices.Contains(old.Large, c) })
	}
	n, o := flat(new.ASPath), flat(old.ASPath)
	if len(n) > len(o) && slices.Equal(n[len(n)-len(o):], o) {
		a.ASPath = network.Sequence(n[:len(n)-len(o)]...)
	}
}

func flat(p network.ASPath) []uint32 {
	var out []uint32
	for _, s := range p {
		out = append(out, s.AS...)
	}
	return out
}
