package diff

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/policy"
)

// sets compares the prefix, AS path, community and neighbor sets.
func (c *comparison) sets(b, a *network.Router) {
	pair(b.PrefixSets, a.PrefixSets, func(s *network.PrefixSet) string { return s.Kind.String() + " " + s.Name }, func(_ string, sb, sa *network.PrefixSet) { c.prefixSet(sb, sa) })
	pair(b.ASPathSets, a.ASPathSets, func(s *network.ASPathSet) string { return s.Name }, func(name string, sb, sa *network.ASPathSet) {
		p := place{object: ObjectASPathSet, path: "as-path-set " + name, name: name, noun: "AS path list " + name}
		lists(c, p, entriesOf(sb, func(s *network.ASPathSet) ([]network.ASPathEntry, network.Span) { return s.Entries, s.Span }),
			entriesOf(sa, func(s *network.ASPathSet) ([]network.ASPathEntry, network.Span) { return s.Entries, s.Span }), false,
			func(e network.ASPathEntry) entryText {
				return entryText{e.Sequence, permit(e.Deny) + " " + e.Text, e.Pattern, e.Span}
			})
	})
	pair(b.CommunitySets, a.CommunitySets, func(s *network.CommunitySet) string { return s.Kind.String() + " " + s.Name }, func(_ string, sb, sa *network.CommunitySet) {
		var one *network.CommunitySet
		if one = sa; one == nil {
			one = sb
		}
		p := place{object: ObjectCommunitySet, path: one.Kind.String() + "-set " + one.Name, name: one.Name, noun: one.Kind.String() + " list " + one.Name}
		get := func(s *network.CommunitySet) ([]network.CommunityEntry, network.Span) { return s.Entries, s.Span }
		lists(c, p, entriesOf(sb, get), entriesOf(sa, get), one.Unordered, func(e network.CommunityEntry) entryText {
			return entryText{e.Sequence, communityEntryText(e), e.Pattern, e.Span}
		})
		if sb != nil && sa != nil && sb.Unordered != sa.Unordered {
			c.add(Change{Path: p.path, Kind: Modified, Object: p.object, Name: p.name, BeforeSpan: sb.Span, AfterSpan: sa.Span,
				Summary: p.noun + ": the order of its entries has another meaning"})
		}
	})
	pair(b.NeighborSets, a.NeighborSets, func(s *network.NeighborSet) string { return s.Name }, func(name string, sb, sa *network.NeighborSet) {
		p := place{object: ObjectNeighborSet, path: "neighbor-set " + name, name: name, noun: "neighbor set " + name}
		switch {
		case sb == nil:
			p.after = sa.Span
			c.appears(&p, "", text(sa.Prefixes), true)
		case sa == nil:
			p.before = sb.Span
			c.appears(&p, text(sb.Prefixes), "", false)
		default:
			p.before, p.after = sb.Span, sa.Span
			for _, f := range fields(sb, sa) {
				c.field(&p, f)
			}
		}
	})
}

// entryText is one entry of a list: its number, how people read it, and what else
// makes it what it is.
type entryText struct {
	sequence int
	text     string
	more     string
	span     network.Span
}

func (e entryText) content() string { return e.text + "\x00" + e.more }

// list is one side of an ordered list; there is false where that side has none.
type list[E any] struct {
	entries []E
	span    network.Span
	there   bool
}

func entriesOf[S, E any](s *S, get func(*S) ([]E, network.Span)) list[E] {
	if s == nil {
		return list[E]{}
	}
	e, span := get(s)
	return list[E]{e, span, true}
}

func permit(deny bool) string {
	if deny {
		return "deny"
	}
	return "permit"
}

func communityEntryText(e network.CommunityEntry) string {
	t := e.Text
	if t == "" {
		t = strings.TrimSpace(text(e.Values) + " " + text(e.Large) + " " + text(e.Ext) + " " + e.Pattern)
	}
	if e.Internet && t == "" {
		t = "internet"
	}
	return permit(e.Deny) + " " + t
}

// lists compares two ordered lists of entries by content and order. Entries that keep
// their place among the others but have another number are renumbered; unordered lists
// never move.
func lists[E any](c *comparison, p place, b, a list[E], unordered bool, describe func(E) entryText) {
	texts := func(l list[E]) []entryText {
		out := make([]entryText, len(l.entries))
		for i, e := range l.entries {
			out[i] = describe(e)
		}
		return out
	}
	tb, ta := texts(b), texts(a)
	p.before, p.after = b.span, a.span
	switch {
	case !b.there:
		c.appears(&p, "", entriesText(ta), true)
		return
	case !a.there:
		c.appears(&p, entriesText(tb), "", false)
		return
	}
	for _, m := range align(tb, ta, entryText.content, func(e entryText) string { return strconv.Itoa(e.sequence) }) {
		c.entry(p, m, tb, ta, unordered)
	}
}

// entry reports one aligned pair of list entries.
func (c *comparison) entry(p place, m match, tb, ta []entryText, unordered bool) {
	ch := Change{Object: p.object, Name: p.name}
	name := func(e entryText) string { return fmt.Sprintf("entry %d", e.sequence) }
	switch {
	case m.before < 0:
		e := ta[m.after]
		ch.Kind, ch.Path, ch.After, ch.AfterSpan = Added, step(p.path, name(e)), e.text, e.span
		ch.Summary = fmt.Sprintf("%s: %s is new: %s", p.noun, name(e), e.text)
	case m.after < 0:
		e := tb[m.before]
		ch.Kind, ch.Path, ch.Before, ch.BeforeSpan = Removed, step(p.path, name(e)), e.text, e.span
		ch.Summary = fmt.Sprintf("%s: %s is removed: %s", p.noun, name(e), e.text)
	default:
		eb, ea := tb[m.before], ta[m.after]
		ch.Path, ch.Before, ch.After, ch.BeforeSpan, ch.AfterSpan = step(p.path, name(ea)), eb.text, ea.text, eb.span, ea.span
		switch {
		case eb.content() != ea.content():
			ch.Kind = Modified
			ch.Summary = fmt.Sprintf("%s: %s was %s and becomes %s", p.noun, name(ea), eb.text, ea.text)
		case m.moved && !unordered:
			ch.Kind = Moved
			ch.Summary = fmt.Sprintf("%s: %s moves to another place (was %s): %s", p.noun, name(ea), name(eb), ea.text)
		case eb.sequence != ea.sequence && !unordered:
			ch.Kind, ch.Effect = Renumbered, NoEffect
			ch.Before, ch.After = fmt.Sprint(eb.sequence), fmt.Sprint(ea.sequence)
			ch.Summary = fmt.Sprintf("%s: %s has the new number %d, with the same content and order", p.noun, name(eb), ea.sequence)
		default:
			return
		}
	}
	c.add(ch)
}

func entriesText(t []entryText) string {
	f := make([]string, len(t))
	for i, e := range t {
		f[i] = e.text
	}
	if len(f) > 6 {
		return strings.Join(f[:5], "; ") + fmt.Sprintf("; ... (%d entries)", len(f))
	}
	return strings.Join(f, "; ")
}

// prefixSet compares two prefix lists entry by entry, and then their meaning by exact
// algebra on the ranges: where both accept the same prefixes, nothing has an effect.
func (c *comparison) prefixSet(b, a *network.PrefixSet) {
	one := a
	if one == nil {
		one = b
	}
	p := place{object: ObjectPrefixSet, path: prefixSetPath(one), name: one.Name, noun: one.Kind.String() + " " + one.Name}
	first := len(c.out.Changes)
	get := func(s *network.PrefixSet) ([]network.PrefixRange, network.Span) { return s.Entries, s.Span }
	lists(c, p, entriesOf(b, get), entriesOf(a, get), false, func(e network.PrefixRange) entryText {
		return entryText{e.Sequence, permit(e.Deny) + " " + rangeText(e), "", e.Span}
	})
	if b == nil || a == nil {
		return
	}
	if b.EmptyAccepts != a.EmptyAccepts && len(a.Entries) == 0 && len(b.Entries) == 0 {
		c.add(Change{Path: p.path, Kind: Modified, Object: p.object, Name: p.name, BeforeSpan: b.Span, AfterSpan: a.Span,
			Summary: p.noun + ": what an empty list means is another"})
	}
	if len(c.out.Changes) == first {
		return
	}
	if d := policy.DiffPrefixSets(b, a); !d.Differ() {
		for i := first; i < len(c.out.Changes); i++ {
			if c.out.Changes[i].Effect == NoEffect {
				continue
			}
			c.out.Changes[i].Effect = NoEffect
			c.out.Changes[i].Summary += " (the list accepts the same prefixes as before)"
		}
	}
}

// prefixSetPath names a prefix set: "prefix-set X", or "access-list X" and the like for the
// other kinds.
func prefixSetPath(s *network.PrefixSet) string {
	if s.Kind == network.PrefixList {
		return "prefix-set " + s.Name
	}
	return strings.ReplaceAll(s.Kind.String(), " ", "-") + " " + s.Name
}

// rangeText is an entry as FRR writes it.
func rangeText(e network.PrefixRange) string {
	t := e.Prefix.String()
	bits, full := uint8(e.Prefix.Bits()), uint8(e.Prefix.Addr().BitLen())
	switch {
	case e.Min == bits && e.Max == bits:
		return t
	case e.Min == e.Max:
		return fmt.Sprintf("%s ge %d le %d", t, e.Min, e.Max)
	}
	if e.Min > bits {
		t += fmt.Sprintf(" ge %d", e.Min)
	}
	if e.Max < full || e.Min <= bits {
		t += fmt.Sprintf(" le %d", e.Max)
	}
	return t
}
