package policy

import (
	"strings"

	"github.com/routegate/routegate/network"
)

// communities makes a dimension of each community attribute that is read or written.
func (s *space) communities(m *material) {
	if (m.reads | m.writes).Has(ReadsCommunities) {
		vals, texts := m.communityValues()
		for _, t := range texts {
			for _, w := range strings.Fields(t) {
				if c, err := network.ParseCommunity(w); err == nil && strings.Contains(w, ":") {
					vals = append(vals, c)
				}
			}
		}
		lists := subsets(s, unique(vals), network.Community(0xFDE7_00C7), func(a, b network.Community) bool { return a < b }, m, len(texts) > 0,
			ReadsCommunities, func(a *network.PathAttributes, l []network.Community) { a.Communities = l })
		for _, c := range m.conditions {
			if c, ok := c.Condition.(network.MatchCommunityCount); ok {
				s.doubtful("numbers of communities were tried around the limit")
				for n := max(int(c.Value)-1, 0); n <= int(c.Value)+1 && n < 64; n++ {
					var l []network.Community
					for i := range n {
						l = append(l, network.Community(0xFDE80000+i))
					}
					lists = append(lists, l)
				}
			}
		}
		add(s, ReadsCommunities, lists, func(_ *Route, a *network.PathAttributes, l []network.Community) { a.Communities = l })
	}
	if (m.reads | m.writes).Has(ReadsLarge) {
		vals, texts := m.largeValues()
		for _, t := range texts {
			for _, w := range strings.Fields(t) {
				if c, err := network.ParseLargeCommunity(w); err == nil {
					vals = append(vals, c)
				}
			}
		}
		lists := subsets(s, unique(vals), network.LargeCommunity{Global: 65551, Data1: 199, Data2: 199}, lessLarge, m, len(texts) > 0,
			ReadsLarge, func(a *network.PathAttributes, l []network.LargeCommunity) { a.Large = l })
		add(s, ReadsLarge, lists, func(_ *Route, a *network.PathAttributes, l []network.LargeCommunity) { a.Large = l })
	}
	if (m.reads | m.writes).Has(ReadsExt) {
		vals, texts := m.extValues()
		lists := subsets(s, unique(vals), network.ExtCommunity(0x0002_FFFF_0000_00C7), func(a, b network.ExtCommunity) bool { return a < b }, m, len(texts) > 0,
			ReadsExt, func(a *network.PathAttributes, l []network.ExtCommunity) { a.Ext = l })
		add(s, ReadsExt, lists, func(_ *Route, a *network.PathAttributes, l []network.ExtCommunity) { a.Ext = l })
	}
}

// subsets are the lists of values that are tried: every subset where there are few values, else
// none, each alone, each with the unrelated one, and all, one for each signature.
func subsets[T comparable](s *space, vals []T, other T, less func(a, b T) bool, m *material, patterns bool, in Input, set func(*network.PathAttributes, []T)) [][]T {
	if patterns {
		s.doubtful("community expressions were tried on sample communities")
	}
	vals = append(vals, other)
	var out [][]T
	if len(vals) <= 6 {
		for bits := range 1 << len(vals) {
			var l []T
			for i, v := range vals {
				if bits&(1<<i) != 0 {
					l = append(l, v)
				}
			}
			out = append(out, insert(nil, l, less))
		}
		return out
	}
	s.doubtful("there are too many communities to try every combination")
	tries := [][]T{nil, {other}}
	for _, v := range vals {
		tries = append(tries, []T{v})
	}
	for i, v := range vals {
		for _, w := range vals[:i] {
			tries = append(tries, insert(nil, []T{v, w}, less))
		}
	}
	tries = append(tries, insert(nil, vals, less))
	seen := map[string]bool{}
	for i, l := range tries {
		k := s.signature(m, in, func(_ *Route, a *network.PathAttributes) { set(a, l) })
		if (i <= len(vals)+2 || !seen[k]) && len(out) < maxClasses {
			seen[k] = true
			out = append(out, l)
		}
	}
	return out
}

// entries calls f with every entry of the community lists of a kind that conditions and actions name.
func (m *material) entries(k network.CommunityKind, f func(network.CommunityEntry)) {
	names := map[string]bool{}
	for _, c := range m.conditions {
		if c, ok := c.Condition.(network.MatchCommunity); ok && c.Kind == k {
			names[c.Set] = true
		}
	}
	for _, a := range m.actions {
		switch a := a.(type) {
		case network.SetCommunity:
			names[a.Set] = names[a.Set] || k == network.StandardCommunity
		case network.SetLargeCommunity:
			names[a.Set] = names[a.Set] || k == network.LargeCommunityKind
		case network.SetExtCommunity:
			names[a.Set] = names[a.Set] || k == network.ExtCommunityKind
		}
	}
	for _, e := range m.evaluators {
		for _, s := range e.router.CommunitySets {
			if s.Kind == k && names[s.Name] {
				for _, e := range s.Entries {
					f(e)
				}
			}
		}
	}
}

func (m *material) communityValues() (vals []network.Community, texts []string) {
	m.entries(network.StandardCommunity, func(e network.CommunityEntry) {
		vals = append(vals, e.Values...)
		if e.Pattern != "" {
			texts = append(texts, samples(e.Pattern)...)
		}
	})
	for _, a := range m.actions {
		if a, ok := a.(network.SetCommunity); ok {
			vals = append(vals, a.Values...)
			for _, p := range a.Patterns {
				texts = append(texts, samples(p)...)
			}
		}
	}
	return vals, texts
}

func (m *material) largeValues() (vals []network.LargeCommunity, texts []string) {
	m.entries(network.LargeCommunityKind, func(e network.CommunityEntry) {
		vals = append(vals, e.Large...)
		if e.Pattern != "" {
			texts = append(texts, samples(e.Pattern)...)
		}
	})
	for _, a := range m.actions {
		if a, ok := a.(network.SetLargeCommunity); ok {
			vals = append(vals, a.Values...)
			for _, p := range a.Patterns {
				texts = append(texts, samples(p)...)
			}
		}
	}
	return vals, texts
}

func (m *material) extValues() (vals []network.ExtCommunity, texts []string) {
	m.entries(network.ExtCommunityKind, func(e network.CommunityEntry) {
		vals = append(vals, e.Ext...)
		if e.Pattern != "" {
			texts = append(texts, e.Pattern)
		}
	})
	for _, a := range m.actions {
		if a, ok := a.(network.SetExtCommunity); ok {
			vals = append(vals, a.Values...)
			texts = append(texts, a.Patterns...)
		}
	}
	return vals, texts
}
