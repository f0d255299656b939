package frr

import (
	"slices"
	"sort"
	"strings"

	"github.com/routegate/routegate/network"
)

// listKey names a community list: each attribute has names of its own.
type listKey struct {
	kind network.CommunityKind
	name string
}

func listKeyOf(a *args) (k listKey, expanded bool) {
	switch a.any("large-community-list", "extcommunity-list") {
	case "large-community-list":
		k.kind = network.LargeCommunityKind
	case "extcommunity-list":
		k.kind = network.ExtCommunityKind
	}
	k.name = a.str("name")
	switch {
	case a.given("standard"):
		k.name = a.str("standard")
	case a.given("expanded"):
		return listKey{k.kind, a.str("expanded")}, true
	}
	return k, a.has("expanded")
}

// communityEntry adds an entry to a list that is standard (values, all of which a route must carry) or
// expanded (an expression over the whole attribute).
func (p *parser) communityEntry(a *args) verdict {
	k, expanded := listKeyOf(a)
	list := a.list("values")
	e := network.CommunityEntry{Sequence: int(a.num("seq")), Deny: a.has("deny"), Text: strings.Join(list, " "), Span: p.span()}
	if expanded {
		re, ok := translate(e.Text)
		if !ok {
			return rejected("the expression cannot be compiled")
		}
		e.Pattern = re
	} else if bad := standardValues(&e, k.kind, list); bad != "" {
		return rejected(bad)
	}
	s := p.lists[k]
	if a.no {
		return p.removeCommunityEntry(k, e)
	}
	if s == nil {
		s = &network.CommunitySet{Name: k.name, Kind: k.kind, Span: p.span()}
		p.lists[k] = s
	} else if len(s.Entries) > 0 && (s.Entries[0].Pattern != "") != expanded {
		return rejected("the list is of the other kind (standard, expanded)")
	}
	s.Span = s.Span.Join(p.span())
	last := 0
	for _, o := range s.Entries {
		if sameEntry(o, e) && e.Sequence == 0 {
			return modelled
		}
		last = max(last, o.Sequence)
	}
	if e.Sequence == 0 {
		e.Sequence = nextSequence(last)
	}
	i := sort.Search(len(s.Entries), func(i int) bool { return s.Entries[i].Sequence >= e.Sequence })
	if i < len(s.Entries) && s.Entries[i].Sequence == e.Sequence {
		s.Entries[i] = e
		return modelled
	}
	s.Entries = slices.Insert(s.Entries, i, e)
	return modelled
}

func standardValues(e *network.CommunityEntry, kind network.CommunityKind, list []string) (bad string) {
	switch kind {
	case network.LargeCommunityKind:
		e.Large, _, bad = largeCommunities(list)
	case network.ExtCommunityKind:
		e.Ext, bad = extCommunities(0, list)
	default:
		e.Values, _, e.Internet, bad = communities(list)
	}
	return bad
}

func sameEntry(a, b network.CommunityEntry) bool {
	return a.Deny == b.Deny && a.Pattern == b.Pattern && slices.Equal(a.Values, b.Values) && slices.Equal(a.Large, b.Large) &&
		slices.Equal(a.Ext, b.Ext)
}

func (p *parser) removeCommunityEntry(k listKey, e network.CommunityEntry) verdict {
	if s := p.lists[k]; s != nil {
		for i, o := range s.Entries {
			if sameEntry(o, e) {
				s.Entries = slices.Delete(s.Entries, i, i+1)
				if len(s.Entries) == 0 {
					delete(p.lists, k)
				}
				return modelled
			}
		}
	}
	return rejected("the list has no such entry")
}

func (p *parser) removeCommunityList(a *args) verdict {
	k, _ := listKeyOf(a)
	if p.lists[k] == nil {
		return rejected("there is no such list")
	}
	delete(p.lists, k)
	return modelled
}
