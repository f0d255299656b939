package diff

import (
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/policy"
)

type prefixKey struct {
	kind network.PrefixSetKind
	name string
}

type communityKey struct {
	kind network.CommunityKind
	name string
}

// definitions are the names of those policies and sets whose content differs, or that
// only one side has.
type definitions struct {
	policies    map[string]bool
	prefixes    map[prefixKey]bool
	asPaths     map[string]bool
	communities map[communityKey]bool
	neighbors   map[string]bool
}

func changedDefinitions(b, a *network.Router) definitions {
	d := definitions{map[string]bool{}, map[prefixKey]bool{}, map[string]bool{}, map[communityKey]bool{}, map[string]bool{}}
	differ(b.Policies, a.Policies, func(p *network.Policy) string { return p.Name }, d.policies, same)
	differ(b.PrefixSets, a.PrefixSets, func(s *network.PrefixSet) prefixKey { return prefixKey{s.Kind, s.Name} }, d.prefixes, samePrefixSet)
	differ(b.ASPathSets, a.ASPathSets, func(s *network.ASPathSet) string { return s.Name }, d.asPaths, same)
	differ(b.CommunitySets, a.CommunitySets, func(s *network.CommunitySet) communityKey { return communityKey{s.Kind, s.Name} }, d.communities, same)
	differ(b.NeighborSets, a.NeighborSets, func(s *network.NeighborSet) string { return s.Name }, d.neighbors, same)
	return d
}

// samePrefixSet is same for prefix sets, which may have tens of thousands of entries.
func samePrefixSet(b, a *network.PrefixSet) bool {
	return b.EmptyAccepts == a.EmptyAccepts && slices.EqualFunc(b.Entries, a.Entries, func(x, y network.PrefixRange) bool {
		x.Span, y.Span = network.Span{}, network.Span{}
		return x == y
	})
}

func differ[T any, K comparable](b, a []*T, key func(*T) K, out map[K]bool, equal func(b, a *T) bool) {
	old := map[K]*T{}
	for _, x := range b {
		old[key(x)] = x
	}
	for _, x := range a {
		k := key(x)
		if was, ok := old[k]; !ok || !equal(was, x) {
			out[k] = true
		}
		delete(old, k)
	}
	for k := range old {
		out[k] = true
	}
}

// any reports whether one of the policies, or something that it refers to, changed.
func (d *definitions) any(r *network.Router, policies []string) bool {
	for _, name := range policies {
		if d.policies[name] {
			return true
		}
		p := r.Policy(name)
		if p == nil {
			continue
		}
		for i := range p.Statements {
			if d.statement(&p.Statements[i]) {
				return true
			}
		}
	}
	return false
}

// statement reports whether a set that the statement names changed.
func (d *definitions) statement(s *network.Statement) bool {
	for _, m := range s.Match {
		switch m := m.(type) {
		case network.MatchPrefix:
			if d.prefixes[prefixKey{m.Kind, m.Set}] {
				return true
			}
		case network.MatchNextHop:
			if d.prefixes[prefixKey{m.Kind, m.Set}] {
				return true
			}
		case network.MatchRouteSource:
			if d.prefixes[prefixKey{m.Kind, m.Set}] {
				return true
			}
		case network.MatchNeighbor:
			if d.neighbors[m.Set] {
				return true
			}
		case network.MatchASPath:
			if d.asPaths[m.Set] {
				return true
			}
		case network.MatchCommunity:
			if d.communities[communityKey{m.Kind, m.Set}] {
				return true
			}
		}
	}
	for _, x := range s.Set {
		switch x := x.(type) {
		case network.ExcludeASPath:
			if d.asPaths[x.Set] {
				return true
			}
		case network.SetCommunity:
			if d.communities[communityKey{network.StandardCommunity, x.Set}] {
				return true
			}
		case network.SetLargeCommunity:
			if d.communities[communityKey{network.LargeCommunityKind, x.Set}] {
				return true
			}
		case network.SetExtCommunity:
			if d.communities[communityKey{network.ExtCommunityKind, x.Set}] {
				return true
			}
		}
	}
	return false
}

// prefixSets adds the exact difference of every changed prefix list that both sides have.
func (s *spaceComparison) prefixSets() {
	for _, a := range s.a.PrefixSets {
		b := s.b.PrefixSet(a.Kind, a.Name)
		if b == nil || !s.changed.prefixes[prefixKey{a.Kind, a.Name}] {
			continue
		}
		if d := policy.DiffPrefixSets(b, a); d.Differ() {
			s.c.out.Spaces = append(s.c.out.Spaces, prefixSpace(s.c.router, b, a, d))
		}
	}
}

// unused compares the changed policies that nothing runs, each alone.
func (s *spaceComparison) unused() {
	for _, a := range s.a.Policies {
		b := s.b.Policy(a.Name)
		if b == nil || s.used[a.Name] || !s.changed.any(s.b, []string{a.Name}) && !s.changed.any(s.a, []string{a.Name}) {
			continue
		}
		u := s.alone(b, a)
		if cmp := policy.Compare(&u.before, &u.after, u.options); !cmp.Equal() || !cmp.Complete {
			s.c.out.Spaces = append(s.c.out.Spaces, spaceChange(s.c.router, u, &cmp))
		}
	}
}

// alone is a policy outside of any use: every input is free.
func (s *spaceComparison) alone(b, a *network.Policy) *use {
	side := func(e *policy.Evaluator, p *network.Policy) policy.Side {
		return policy.Side{Evaluator: e, Chain: chainOf(network.Ref{Name: p.Name, Span: p.Span}), Unconfigured: network.Next}
	}
	return &use{path: "policy " + a.Name, noun: "policy " + a.Name, before: side(s.eb, b), after: side(s.ea, a), beforeSpan: b.Span, afterSpan: a.Span}
}
