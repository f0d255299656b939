package policy

import (
	"math/bits"
	"net/netip"
	"sort"
	"strings"

	"github.com/routegate/routegate/network"
)

// prefixSet is a compiled prefix list. Long lists (those of a route server have
// tens of thousands of entries) are found by prefix instead of being walked.
type prefixSet struct {
	*network.PrefixSet
	v4, v6  bool // families that the set is about
	byStart map[netip.Prefix][]int32
	lengths [2][3]uint64 // per family, which lengths byStart has
}

// indexFrom is the number of entries from which the index is worth it.
const indexFrom = 12

func compilePrefixSet(s *network.PrefixSet) *prefixSet {
	c := &prefixSet{PrefixSet: s}
	switch s.Kind {
	case network.AccessList:
		c.v4 = true
	case network.AccessList6, network.PrefixList6:
		c.v6 = true
	default:
		// FRR's `ip prefix-list` is of IPv4 even when empty; GoBGP's sets are of the family of their entries.
		c.v4 = len(s.Entries) == 0 && s.EmptyAccepts
		for _, e := range s.Entries {
			if e.Prefix.Addr().Is4() {
				c.v4 = true
			} else {
				c.v6 = true
			}
		}
	}
	if len(s.Entries) < indexFrom {
		return c
	}
	c.byStart = make(map[netip.Prefix][]int32, len(s.Entries))
	for i, e := range s.Entries {
		p := e.Prefix.Masked()
		c.byStart[p] = append(c.byStart[p], int32(i))
		b := p.Bits()
		if b >= 0 {
			c.lengths[network.FamilyOf(p)][b/64] |= 1 << (b % 64)
		}
	}
	return c
}

// family reports whether the set is about prefixes of p's family.
func (s *prefixSet) family(p netip.Prefix) bool {
	if p.Addr().Is4() {
		return s.v4
	}
	return s.v6
}

// accepts is PrefixSet.Accepts.
func (s *prefixSet) accepts(p netip.Prefix) bool {
	if s.byStart == nil {
		return s.Accepts(p)
	}
	best := int32(len(s.Entries))
	for w, word := range s.lengths[network.FamilyOf(p)] {
		for ; word != 0; word &= word - 1 {
			at := netip.PrefixFrom(p.Addr(), w*64+bits.TrailingZeros64(word)).Masked()
			for _, i := range s.byStart[at] {
				if i >= best {
					break
				}
				if s.Entries[i].Contains(p) {
					best = i
				}
			}
		}
	}
	return int(best) < len(s.Entries) && !s.Entries[best].Deny
}

// holdsAddress tests an address as a host route, as FRR does for next hops and route sources.
func (s *prefixSet) holdsAddress(a netip.Addr) verdict {
	if !a.IsValid() {
		return no
	}
	a = a.WithZone("")
	p := netip.PrefixFrom(a, a.BitLen())
	return verdictOf(s.family(p) && s.accepts(p))
}

// communitySet is a compiled community list of any kind.
type communitySet struct {
	*network.CommunitySet
	patterns []*pattern // beside Entries; nil for entries of values
}

func (e *Evaluator) compileCommunitySet(s *network.CommunitySet) *communitySet {
	c := &communitySet{s, make([]*pattern, len(s.Entries))}
	for i, en := range s.Entries {
		if en.Pattern != "" {
			c.patterns[i] = e.pattern(en.Pattern)
		}
	}
	return c
}

// match applies the set to the attribute that it is about.
func (s *communitySet) match(a *network.PathAttributes, o network.MatchOption) verdict {
	if s.Unordered {
		if s.Kind == network.ExtCommunityKind {
			return s.matchExtUnion(a, o)
		}
		return s.matchUnion(a, o)
	}
	v := s.matchList(a, o == network.MatchExact)
	if o == network.MatchInvert {
		return v.not()
	}
	return v
}

// matchList is FRR's: the first entry that matches decides; none refuses.
func (s *communitySet) matchList(a *network.PathAttributes, exact bool) verdict {
	for i := range s.Entries {
		switch s.entry(i, a, exact) {
		case yes:
			return verdictOf(!s.Entries[i].Deny)
		case unknown:
			return unknown
		}
	}
	return no
}

// matchUnion is GoBGP's: any, all or none of the entries match some community.
func (s *communitySet) matchUnion(a *network.PathAttributes, o network.MatchOption) verdict {
	all, anyOf := verdictOf(len(s.Entries) > 0), no
	for i := range s.Entries {
		v := s.entry(i, a, false)
		all, anyOf = min(all, v), max(anyOf, v)
	}
	switch o {
	case network.MatchAll:
		return all
	case network.MatchInvert:
		return anyOf.not()
	}
	return anyOf
}

// matchExtUnion is GoBGP's rule for extended communities, which asks the other way round:
// "all" is every community of the route being in the set, and "invert" looks at the last
// community only. Where the last one depends on the order in which they were received, it is not known.
func (s *communitySet) matchExtUnion(a *network.PathAttributes, o network.MatchOption) verdict {
	all, anyOf := verdictOf(len(a.Ext) > 0), no
	for _, c := range a.Ext {
		one := network.PathAttributes{Ext: []network.ExtCommunity{c}}
		v := no
		for i := range s.Entries {
			v = max(v, s.entry(i, &one, false))
		}
		all, anyOf = min(all, v), max(anyOf, v)
	}
	switch {
	case o == network.MatchAll:
		return all
	case o != network.MatchInvert:
		return anyOf
	case all == anyOf || len(a.Ext) == 0:
		return anyOf.not()
	}
	return unknown
}

// entry tests one entry against the whole attribute.
func (s *communitySet) entry(i int, a *network.PathAttributes, exact bool) verdict {
	e := &s.Entries[i]
	switch {
	case e.Internet:
		return yes
	case s.patterns[i] != nil && e.Each:
		return s.each(i, a)
	case s.patterns[i] != nil:
		return s.patterns[i].match(attributeText(s.Kind, a))
	}
	switch s.Kind {
	case network.LargeCommunityKind:
		return verdictOf(contains(a.Large, e.Large, exact))
	case network.ExtCommunityKind:
		return verdictOf(contains(a.Ext, e.Ext, exact))
	}
	return verdictOf(contains(a.Communities, e.Values, exact))
}

// each matches the expression with every community alone. GoBGP writes standard
// communities as two numbers, the well-known ones too.
func (s *communitySet) each(i int, a *network.PathAttributes) verdict {
	v := no
	switch s.Kind {
	case network.LargeCommunityKind:
		for _, c := range a.Large {
			v = max(v, s.patterns[i].match(c.String()))
		}
	case network.ExtCommunityKind:
		for _, c := range a.Ext {
			v = max(v, s.patterns[i].match(c.String()))
		}
	default:
		for _, c := range a.Communities {
			v = max(v, s.patterns[i].match(numeric(c)))
		}
	}
	return v
}

// contains reports whether every one of want is in have (nothing is in no
// attribute, FRR's community_match), or that both are equal.
func contains[T comparable](have, want []T, exact bool) bool {
	if len(have) == 0 || len(want) == 0 {
		return len(have) == len(want)
	}
	for _, w := range want {
		if !has(have, w) {
			return false
		}
	}
	return !exact || len(have) == len(unique(want))
}

func has[T comparable](list []T, x T) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

func unique[T comparable](list []T) []T {
	var u []T
	for _, x := range list {
		if !has(u, x) {
			u = append(u, x)
		}
	}
	return u
}

// attributeText is the attribute as FRR's expanded lists see it: values in ascending
// order between blanks, nothing for an absent attribute.
func attributeText(k network.CommunityKind, a *network.PathAttributes) string {
	var f []string
	switch k {
	case network.LargeCommunityKind:
		for _, c := range a.Large {
			f = append(f, c.String())
		}
	case network.ExtCommunityKind:
		for _, c := range a.Ext {
			f = append(f, c.String())
		}
	default:
		for _, c := range a.Communities {
			f = append(f, c.String())
		}
	}
	return strings.Join(f, " ")
}

// removes reports whether a list deletes this one community (FRR `set comm-list X
// delete`): the first entry that holds it, among others or not, decides.
func (s *communitySet) removes(one *network.PathAttributes) verdict {
	for i := range s.Entries {
		e, v := &s.Entries[i], no
		switch {
		case s.patterns[i] != nil:
			v = s.entry(i, one, false)
		case e.Internet:
			v = yes
		case len(one.Communities) == 1:
			v = verdictOf(has(e.Values, one.Communities[0]))
		case len(one.Large) == 1:
			v = verdictOf(has(e.Large, one.Large[0]))
		case len(one.Ext) == 1:
			v = verdictOf(has(e.Ext, one.Ext[0]))
		}
		switch v {
		case yes:
			return verdictOf(!e.Deny)
		case unknown:
			return unknown
		}
	}
	return no
}

// insert adds values to a sorted, unique list, which is not modified.
func insert[T comparable](list, add []T, less func(a, b T) bool) []T {
	if len(list)+len(add) == 0 {
		return nil
	}
	out := make([]T, 0, len(list)+len(add))
	out = append(out, list...)
	for _, x := range add {
		if !has(out, x) {
			out = append(out, x)
		}
	}
	sort.Slice(out, func(i, j int) bool { return less(out[i], out[j]) })
	return out
}
