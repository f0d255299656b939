package diff

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/routegate/routegate/network"
)

// place is an object whose fields are compared: what it is and where its lines are.
type place struct {
	object        Object
	path          string // of the object: "bgp/neighbor 10.0.0.1"
	name          string
	noun          string // how sentences call it: "neighbor 10.0.0.1"
	before, after network.Span
	// find gives the line of one field on either side; nil: the object's own span.
	find func(field string, after bool) (network.Span, bool)
}

// at makes the object's path inside the VRF at hand.
func (c *comparison) at(parts ...string) string { return step(append([]string{c.vrf}, parts...)...) }

// span is the position of one field of the object on one side.
func (p *place) span(field string, after bool) network.Span {
	if p.find != nil {
		if s, ok := p.find(field, after); ok {
			return s
		}
	}
	if after {
		return p.after
	}
	return p.before
}

// marked looks fields up in the marks of both sides; families have marks of their own.
func marked(b, a network.Marks, families func(f network.Family, after bool) network.Marks) func(string, bool) (network.Span, bool) {
	return func(field string, after bool) (network.Span, bool) {
		if families != nil {
			for _, f := range network.Families {
				prefix := "Families." + [...]string{"IPv4Unicast", "IPv6Unicast"}[f] + "."
				if rest, ok := strings.CutPrefix(field, prefix); ok {
					if s, ok := families(f, after).Find(rest); ok {
						return s, true
					}
				}
			}
		}
		if after {
			return a.Find(field)
		}
		return b.Find(field)
	}
}

// harmless are fields that say nothing to routing.
var harmless = map[string]bool{"Description": true}

// field turns one field that differs into a change.
func (c *comparison) field(p *place, f fieldChange) *Change {
	b, a := value(f.Last, f.Before), value(f.Last, f.After)
	ch := Change{
		Path: step(p.path, f.Path), Kind: Modified, Object: p.object, Name: p.name, Before: b, After: a,
		BeforeSpan: p.span(f.Field, false), AfterSpan: p.span(f.Field, true),
	}
	what := strings.ReplaceAll(f.Path, "/", " ")
	secretField := secretFields[f.Last]
	switch {
	case isBool(f.After) && isBool(f.Before):
		ch.Summary = fmt.Sprintf("%s: %s is switched %s", p.noun, what, map[string]string{"yes": "on", "no": "off"}[a])
	case secretField && b == a:
		ch.Summary = fmt.Sprintf("%s: the %s is another one", p.noun, what)
	case unset(f.Before, b) && !unset(f.After, a):
		ch.Kind = Added
		ch.Summary = fmt.Sprintf("%s: %s is set to %s", p.noun, what, a)
	case !unset(f.Before, b) && unset(f.After, a):
		ch.Kind = Removed
		ch.Summary = fmt.Sprintf("%s: %s %s is gone", p.noun, what, b)
	default:
		ch.Summary = fmt.Sprintf("%s: %s was %s and becomes %s", p.noun, what, b, a)
	}
	if harmless[f.Last] {
		ch.Effect = NoEffect
	}
	return c.add(ch)
}

// unset reports whether a value stands for nothing being configured.
func unset(v reflect.Value, rendered string) bool { return !v.IsValid() || rendered == "" }

func isBool(v reflect.Value) bool { return v.IsValid() && v.Kind() == reflect.Bool }

// appears reports an object that only one side has.
func (c *comparison) appears(p *place, before, after string, there bool) *Change {
	ch := Change{Path: p.path, Object: p.object, Name: p.name, Before: before, After: after, BeforeSpan: p.before, AfterSpan: p.after}
	if there {
		ch.Kind = Added
		ch.Summary = sentence(p.noun+" is new", after)
	} else {
		ch.Kind = Removed
		ch.Summary = sentence(p.noun+" is removed", before)
	}
	return c.add(ch)
}

func sentence(s, detail string) string {
	if detail != "" {
		return s + ": " + detail
	}
	return s
}

// items compares a list of small values that have no fields worth telling apart: each
// is there or not, by its text.
func items[T any](c *comparison, before, after []T, key func(T) string, where func(x T) place, textOf func(T) string) {
	if len(before) == len(after) && (len(before) == 0 || &before[0] == &after[0]) {
		return // one list on both sides
	}
	pair(pointers(before), pointers(after), func(x *T) string { return key(*x) }, func(_ string, b, a *T) {
		switch {
		case b == nil:
			p := where(*a)
			p.before = network.Span{}
			c.appears(&p, "", textOf(*a), true)
		case a == nil:
			p := where(*b)
			p.before, p.after = p.after, network.Span{}
			c.appears(&p, textOf(*b), "", false)
		case textOf(*b) != textOf(*a):
			pb, pa := where(*b), where(*a)
			c.add(Change{Path: pa.path, Kind: Modified, Object: pa.object, Name: pa.name, Before: textOf(*b), After: textOf(*a),
				BeforeSpan: pb.after, AfterSpan: pa.after,
				Summary: fmt.Sprintf("%s was %s and becomes %s", pa.noun, orNothing(textOf(*b)), orNothing(textOf(*a)))})
		}
	})
}

func orNothing(s string) string {
	if s == "" {
		return "plain"
	}
	return s
}

func pointers[T any](list []T) []*T {
	out := make([]*T, len(list))
	for i := range list {
		out[i] = &list[i]
	}
	return out
}
