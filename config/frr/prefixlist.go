package frr

import (
	"net/netip"
	"sort"

	"github.com/routegate/routegate/network"
)

// setKey names a prefix set: each kind has names of its own.
type setKey struct {
	kind network.PrefixSetKind
	name string
}

// prefixSet is a list being made.
type prefixSet struct {
	*network.PrefixSet
	// any marks entries written as "any", which FRR tells from their spelled-out twins.
	described bool
}

func (g *grammar) prefixLists() {
	top := in(configMode, vrfMode) // in a VRF block the command is found at the top
	top = top[:1]
	g.yang(top, "[no] ip prefix-list WORD$name [seq (1-4294967295)$seq] <deny|permit> <any|A.B.C.D/M$prefix [{ge (0-32)$ge|le (0-32)$le}]>", (*parser).prefixEntry)
	g.yang(top, "[no] ipv6 prefix-list WORD$name [seq (1-4294967295)$seq] <deny|permit> <any|X:X::X:X/M$prefix [{ge (0-128)$ge|le (0-128)$le}]>", (*parser).prefixEntry)
	g.yang(top, "no <ip|ipv6> prefix-list WORD$name ~ seq (1-4294967295)$seq", (*parser).removePrefixEntry)
	g.yang(top, "[no] <ip|ipv6> prefix-list WORD$name description ~ LINE...", (*parser).describePrefixList)
	g.irrelevant(top, "[no] <ip|ipv6> prefix-list sequence-number")
}

// prefixSetOf finds or makes a list.
func (p *parser) prefixSetOf(kind network.PrefixSetKind, name string) *prefixSet {
	k := setKey{kind, name}
	s := p.prefixes[k]
	if s == nil {
		s = &prefixSet{PrefixSet: &network.PrefixSet{Name: name, Kind: kind, Span: p.span(),
			// A prefix list without entries accepts everything, an access list refuses everything.
			EmptyAccepts: kind == network.PrefixList || kind == network.PrefixList6}}
		p.prefixes[k] = s
	}
	s.Span = s.Span.Join(p.span())
	return s
}

func prefixKind(a *args) (network.PrefixSetKind, network.Family) {
	if a.has("ipv6") {
		return network.PrefixList6, network.IPv6Unicast
	}
	return network.PrefixList, network.IPv4Unicast
}

func (p *parser) prefixEntry(a *args) verdict {
	kind, family := prefixKind(a)
	e := network.PrefixRange{Deny: a.has("deny"), Prefix: a.prefix("prefix").Masked(), Span: p.span()}
	if a.has("any") {
		e.Prefix = family.Default()
		e.Max = uint8(family.Bits())
	} else {
		bits := uint8(e.Prefix.Bits())
		e.Min, e.Max = bits, bits
		ge, le := uint8(a.num("ge")), uint8(a.num("le"))
		switch {
		case a.given("ge") && a.given("le"):
			e.Min, e.Max = ge, le
		case a.given("ge"):
			e.Min, e.Max = ge, uint8(family.Bits())
		case a.given("le"):
			e.Max = le
		}
		if e.Min < bits || e.Max < e.Min {
			return p.spoil("the lengths must satisfy: " + e.Prefix.String() + " <= ge <= le")
		}
	}
	if a.no {
		return p.removeRange(kind, a.str("name"), e)
	}
	return p.addRange(kind, a.str("name"), e, int(a.num("seq")))
}

func same(a, b network.PrefixRange) bool {
	return a.Deny == b.Deny && a.Prefix == b.Prefix && a.Min == b.Min && a.Max == b.Max
}

// addRange inserts an entry. FRR ignores an entry that the list has already, numbers those without a
// number in steps of five behind the last, and replaces one of the same number.
func (p *parser) addRange(kind network.PrefixSetKind, name string, e network.PrefixRange, seq int) verdict {
	s := p.prefixSetOf(kind, name)
	last := 0
	for _, o := range s.Entries {
		if same(o, e) {
			return modelled
		}
		last = max(last, o.Sequence)
	}
	if e.Sequence = seq; seq == 0 {
		e.Sequence = last/5*5 + 5
	}
	i := sort.Search(len(s.Entries), func(i int) bool { return s.Entries[i].Sequence >= e.Sequence })
	if i < len(s.Entries) && s.Entries[i].Sequence == e.Sequence {
		s.Entries[i] = e
		return modelled
	}
	s.Entries = append(s.Entries, e)
	copy(s.Entries[i+1:], s.Entries[i:])
	s.Entries[i] = e
	return modelled
}

func (p *parser) removeRange(kind network.PrefixSetKind, name string, e network.PrefixRange) verdict {
	k := setKey{kind, name}
	if s := p.prefixes[k]; s != nil {
		for i, o := range s.Entries {
			if same(o, e) {
				s.Entries = append(s.Entries[:i:i], s.Entries[i+1:]...)
				p.forgetEmpty(k)
				return modelled
			}
		}
	}
	return rejected("the list has no such entry")
}

// forgetEmpty removes a list whose last entry went, unless a description keeps it.
func (p *parser) forgetEmpty(k setKey) {
	if s := p.prefixes[k]; s != nil && len(s.Entries) == 0 && !s.described {
		delete(p.prefixes, k)
	}
}

func (p *parser) removePrefixEntry(a *args) verdict {
	kind, _ := prefixKind(a)
	k := setKey{kind, a.str("name")}
	s := p.prefixes[k]
	if s == nil {
		return modelled
	}
	if !a.given("seq") {
		delete(p.prefixes, k)
		return modelled
	}
	for i, o := range s.Entries {
		if o.Sequence == int(a.num("seq")) {
			s.Entries = append(s.Entries[:i:i], s.Entries[i+1:]...)
			p.forgetEmpty(k)
			return modelled
		}
	}
	return modelled
}

// describePrefixList also makes a list exist, which then accepts everything until it has entries.
func (p *parser) describePrefixList(a *args) verdict {
	kind, _ := prefixKind(a)
	k := setKey{kind, a.str("name")}
	if a.no {
		if s := p.prefixes[k]; s != nil {
			s.described = false
			p.forgetEmpty(k)
		}
		return harmless
	}
	_, known := p.prefixes[k]
	p.prefixSetOf(kind, k.name).described = true
	if known {
		return harmless
	}
	return modelled
}

// finishLists sorts prefix, access, AS path and community lists into the router.
func (p *parser) finishLists() {
	for _, s := range p.prefixes {
		p.r.PrefixSets = append(p.r.PrefixSets, s.PrefixSet)
	}
	sort.Slice(p.r.PrefixSets, func(i, j int) bool {
		a, b := p.r.PrefixSets[i], p.r.PrefixSets[j]
		return a.Kind < b.Kind || a.Kind == b.Kind && a.Name < b.Name
	})
	for _, s := range p.asPaths {
		p.r.ASPathSets = append(p.r.ASPathSets, s)
	}
	sort.Slice(p.r.ASPathSets, func(i, j int) bool { return p.r.ASPathSets[i].Name < p.r.ASPathSets[j].Name })
	for _, s := range p.lists {
		p.r.CommunitySets = append(p.r.CommunitySets, s)
	}
	sort.Slice(p.r.CommunitySets, func(i, j int) bool {
		a, b := p.r.CommunitySets[i], p.r.CommunitySets[j]
		return a.Kind < b.Kind || a.Kind == b.Kind && a.Name < b.Name
	})
}

func prefixFrom(a netip.Addr, bits int) netip.Prefix { return netip.PrefixFrom(a, bits).Masked() }
