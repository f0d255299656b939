package gate

import (
	"cmp"
	"maps"
	"slices"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/policies"
	"github.com/routegate/routegate/routing/policy"
)

// maxServiceNames bounds what is named of routers and entries.
const maxServiceNames = 10

// service is one of routegate.yaml on the side that is judged.
type service struct {
	*network.Service
	stated bool  // by this side
	by     *side // who states it
}

// services are those of this side and, judged by their lists alone, those that only the other side names.
func (s *side) services(other *side) []service {
	var out []service
	named := map[string]bool{}
	for i := range s.net.Env.Services {
		x := &s.net.Env.Services[i]
		named[x.Name] = true
		out = append(out, service{x, true, s})
	}
	for i := range other.net.Env.Services {
		if x := other.net.Env.Services[i]; !named[x.Name] {
			x.Prefixes = nil
			out = append(out, service{&x, false, other})
		}
	}
	return out
}

// protectedClaims are what this side protects and, of names that it does not protect anything under, what the other side does.
func (s *side) protectedClaims(other *side) (out []claim) {
	own := map[string]bool{}
	for _, x := range []*side{s, other} {
		for _, p := range x.net.Env.Protect {
			if x == other && own[p.Name] {
				continue
			}
			own[p.Name] = own[p.Name] || x == s
			for _, prefix := range p.Prefixes {
				out = append(out, claim{owner: p.Name, live: true, kind: protectedClaim, PrefixRange: config.ExactRange(prefix), span: p.Span})
			}
		}
	}
	return out
}

// listContent is a list as some routers have it; all of them accept the same prefixes.
type listContent struct {
	set     *network.PrefixSet // of a router that the change alters, where there is one
	routers []string
}

// contents are by family the different contents of one list, that of most routers first, the routers that have the list, and those
// that should and do not.
func (s *side) contents(x service, list string, changed []string) (out [][]listContent, have, lacking []string) {
	var families [network.NumFamilies][]listContent // FRR may have one name in both
	for _, r := range s.net.Routers {
		if !x.by.net.Env.Renders(x.Service, r.Name) {
			continue
		}
		found := false
		for _, set := range r.PrefixSets {
			if set.Name != list {
				continue
			}
			found = true
			k := &families[familyOf(set)]
			i := slices.IndexFunc(*k, func(c listContent) bool {
				return sameEntries(c.set, set) || !policy.DiffPrefixSets(c.set, set).Differ()
			})
			if i < 0 {
				i = len(*k)
				*k = append(*k, listContent{set: set})
			} else if slices.Contains(changed, r.Name) {
				(*k)[i].set = set
			}
			(*k)[i].routers = append((*k)[i].routers, r.Name)
		}
		if found {
			have = append(have, r.Name)
		} else if len(x.At) > 0 {
			lacking = append(lacking, r.Name)
		}
	}
	for _, k := range families {
		slices.SortStableFunc(k, func(a, b listContent) int { return cmp.Compare(len(b.routers), len(a.routers)) })
		if len(k) > 0 {
			out = append(out, k)
		}
	}
	return out, have, lacking
}

func familyOf(s *network.PrefixSet) network.Family {
	if len(s.Entries) == 0 {
		return network.IPv4Unicast
	}
	return network.FamilyOf(s.Entries[0].Prefix)
}

// sameEntries: the numbers of entries mean nothing beside their order.
func sameEntries(a, b *network.PrefixSet) bool {
	return a.EmptyAccepts == b.EmptyAccepts && slices.EqualFunc(a.Entries, b.Entries, func(x, y network.PrefixRange) bool {
		return x.Deny == y.Deny && x.Prefix == y.Prefix && x.Min == y.Min && x.Max == y.Max
	})
}

// serviceFacts are the services, their lists and what does not fit.
func (s *side) serviceFacts(other *side, changed []string) policies.ServicesFacts {
	out := policies.ServicesFacts{Lists: []policies.ServiceListFacts{}, Overlaps: []policies.ServiceOverlapFacts{}, Outside: []policies.ServicePrefixFacts{}}
	all := s.services(other)
	if len(all) == 0 {
		return out
	}
	var claims []claim
	for _, x := range all {
		for _, list := range x.Lists {
			families, have, lacking := s.contents(x, list, changed)
			f := policies.ServiceListFacts{Service: x.Name, Live: x.Live, Stated: x.stated, Name: list, Count: len(have), Routers: some(have),
				Lacking: some(lacking), LackingCount: len(lacking), Differing: []policies.ServiceDifference{}, Span: x.by.span(x.Span)}
			for _, contents := range families {
				f.Differing = append(f.Differing, s.differing(contents)...)
				claims = append(claims, listClaims(x, list, contents)...)
			}
			out.Lists = append(out.Lists, f)
		}
		for _, p := range x.Prefixes {
			claims = append(claims, claim{owner: x.Name, live: x.Live, kind: statedClaim, PrefixRange: config.ExactRange(p), span: x.Span})
		}
		out.Outside = append(out.Outside, s.outsidePrefixes(x, claims)...)
	}
	claims = append(claims, s.protectedClaims(other)...)
	for _, o := range prefixesOfTwo(claims) {
		first, second := s.claimFacts(&o.first), s.claimFacts(&o.second)
		out.Overlaps = append(out.Overlaps, policies.ServiceOverlapFacts{Prefix: config.RangeText(o.PrefixRange), Inside: o.inside, First: first, Second: second})
	}
	return out
}

// differing are the contents that accept other prefixes than the first.
func (s *side) differing(contents []listContent) (out []policies.ServiceDifference) {
	most := contents[0]
	for _, c := range contents[1:] {
		out = append(out, policies.ServiceDifference{Count: len(c.routers), Of: len(most.routers), Routers: some(c.routers),
			Lacks: some(without(most.set, c.set)), Adds: some(without(c.set, most.set)), Span: s.span(c.set.Span)})
	}
	return out
}

// without are the entries of one list that the other does not have.
func without(a, b *network.PrefixSet) (out []string) {
	has := map[string]bool{}
	for i := range b.Entries {
		has[entryWords(&b.Entries[i])] = true
	}
	for i := range a.Entries {
		if t := entryWords(&a.Entries[i]); !has[t] {
			out = append(out, t)
		}
	}
	return out
}

func entryWords(e *network.PrefixRange) string {
	if e.Deny {
		return "deny " + config.RangeText(*e)
	}
	return config.RangeText(*e)
}

// outsidePrefixes are those in a service's lists that do not lie in what is stated to be its own.
func (s *side) outsidePrefixes(x service, claims []claim) (out []policies.ServicePrefixFacts) {
	if len(x.Prefixes) == 0 {
		return nil
	}
	merged := map[string]*claim{}
	for i := range claims {
		c := &claims[i]
		if c.owner != x.Name || c.kind != listClaim || within(c.Prefix, x.Prefixes) {
			continue
		}
		key := c.list + " " + config.RangeText(c.PrefixRange)
		if m := merged[key]; m != nil {
			m.routers = sortedUnion(m.routers, c.routers)
			continue
		}
		one := *c
		merged[key] = &one
	}
	for _, key := range slices.Sorted(maps.Keys(merged)) {
		out = append(out, s.claimFacts(merged[key]))
	}
	return out
}

func (s *side) claimFacts(c *claim) policies.ServicePrefixFacts {
	return policies.ServicePrefixFacts{Service: c.owner, Live: c.live, Kind: string(c.kind), List: c.list, Prefix: config.RangeText(c.PrefixRange),
		Count: len(c.routers), Routers: some(c.routers), Span: s.span(c.span)}
}

func some(list []string) []string { return names(list[:min(len(list), maxServiceNames)]) }

func sortedUnion(a, b []string) []string {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}
