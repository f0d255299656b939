package network

import (
	"net/netip"
	"sort"
)

// PrefixSetKind is a name space: FRR keeps prefix lists and access lists of each
// family apart. GoBGP has one, here PrefixList; BIRD has constants.
type PrefixSetKind uint8

const (
	PrefixList     PrefixSetKind = iota // ip prefix-list; GoBGP prefix sets (either family)
	PrefixList6                         // ipv6 prefix-list
	AccessList                          // access-list
	AccessList6                         // ipv6 access-list
	PrefixConstant                      // a constant of BIRD that is a set of prefixes; filters hold a copy of it
)

func (k PrefixSetKind) String() string {
	return [...]string{"prefix-list", "ipv6 prefix-list", "access-list", "ipv6 access-list", "constant"}[k]
}

// PrefixSet is an ordered list of prefix ranges: the first entry that contains a
// prefix decides. A prefix that no entry contains is refused; a set without
// entries accepts everything where EmptyAccepts (FRR).
type PrefixSet struct {
	Name         string
	Kind         PrefixSetKind
	EmptyAccepts bool
	Entries      []PrefixRange // in order of evaluation
	Span         Span
}

// PrefixRange is one entry: prefixes inside Prefix whose length is from Min to Max.
type PrefixRange struct {
	Sequence int
	Deny     bool
	Prefix   netip.Prefix // masked
	Min, Max uint8        // equal to Prefix.Bits() both, for an exact entry
	Span     Span
}

// Contains reports whether the entry covers the prefix.
func (e PrefixRange) Contains(p netip.Prefix) bool {
	b := uint8(p.Bits())
	return b >= e.Min && b <= e.Max && p.Addr().BitLen() == e.Prefix.Addr().BitLen() && e.Prefix.Contains(p.Addr())
}

// Accepts applies the list.
func (s *PrefixSet) Accepts(p netip.Prefix) bool {
	if len(s.Entries) == 0 {
		return s.EmptyAccepts
	}
	for _, e := range s.Entries {
		if e.Contains(p) {
			return !e.Deny
		}
	}
	return false
}

// ASPathSet is an ordered list of expressions over AS paths; the first that
// matches decides, and a path that none matches is refused.
type ASPathSet struct {
	Name    string
	Entries []ASPathEntry
	Span    Span
}

// ASPathEntry is one expression. Pattern is the dialect's translation to RE2 over
// the path's text as that daemon renders it (ASPath.String); Text is as written.
type ASPathEntry struct {
	Sequence int
	Deny     bool
	Text     string
	Pattern  string
	Span     Span
}

// CommunityKind is the attribute that a set is about.
type CommunityKind uint8

const (
	StandardCommunity CommunityKind = iota
	LargeCommunityKind
	ExtCommunityKind
)

func (k CommunityKind) String() string {
	return [...]string{"community", "large-community", "extended-community"}[k]
}

// CommunitySet is an ordered list (FRR: the first entry that matches decides) or a
// union (GoBGP: Unordered, with the option of the condition saying any, all or invert).
type CommunitySet struct {
	Name      string
	Kind      CommunityKind
	Unordered bool
	Entries   []CommunityEntry
	Span      Span
}

// CommunityEntry matches a route that carries all of its values; or whose
// attribute's text matches Pattern (RE2): the whole attribute, values separated
// by blanks in ascending order (FRR expanded lists), or each value alone where
// Each (GoBGP).
type CommunityEntry struct {
	Sequence int
	Deny     bool
	Values   []Community
	Large    []LargeCommunity
	Ext      []ExtCommunity
	Internet bool // FRR's `internet`: matches every route
	Text     string
	Pattern  string
	Each     bool
	Span     Span
}

// NeighborSet is a set of neighbor addresses.
type NeighborSet struct {
	Name     string
	Prefixes []netip.Prefix
	Span     Span
}

// Policy finds a policy; nil when there is none.
func (r *Router) Policy(name string) *Policy {
	i := sort.Search(len(r.Policies), func(i int) bool { return r.Policies[i].Name >= name })
	if i < len(r.Policies) && r.Policies[i].Name == name {
		return r.Policies[i]
	}
	return nil
}

// PrefixSet finds a prefix set by kind and name; nil when there is none.
func (r *Router) PrefixSet(kind PrefixSetKind, name string) *PrefixSet {
	for _, s := range r.PrefixSets {
		if s.Kind == kind && s.Name == name {
			return s
		}
	}
	return nil
}

// ASPathSet finds an AS path set; nil when there is none.
func (r *Router) ASPathSet(name string) *ASPathSet {
	for _, s := range r.ASPathSets {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// CommunitySet finds a community set by kind and name; nil when there is none.
func (r *Router) CommunitySet(kind CommunityKind, name string) *CommunitySet {
	for _, s := range r.CommunitySets {
		if s.Kind == kind && s.Name == name {
			return s
		}
	}
	return nil
}

// NeighborSet finds a neighbor set; nil when there is none.
func (r *Router) NeighborSet(name string) *NeighborSet {
	for _, s := range r.NeighborSets {
		if s.Name == name {
			return s
		}
	}
	return nil
}
