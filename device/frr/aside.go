package frr

import (
	"slices"
	"strings"
)

// edits is how definitions that are in use are changed: what comes before, the lists that act line by line, the one
// transaction, and what is cleared away at last.
type edits struct {
	before string
	lists  []operation
	edits  []operation
	after  string
}

// aside keeps lists that act line by line out of sight while they are edited: the new list is made under another name,
// the route-maps are turned to that in one transaction, the list is edited while nothing uses it, and the route-maps are turned
// back in the transaction that also edits everything else.
func aside(from, to *node, ops []operation) (e edits) {
	var lists []object
	touched := map[object]bool{}
	for _, o := range ops {
		d, _ := definition(o.head())
		touched[d] = true
		if slices.Contains(simple, d.kind) {
			e.lists = append(e.lists, o)
			if !slices.Contains(lists, d) {
				lists = append(lists, d)
			}
		}
	}
	slices.SortStableFunc(e.lists, func(a, b operation) int { return strictness(a) - strictness(b) })
	middle, turn := from.clone(), []operation(nil)
	for _, l := range lists {
		name, turned := "routegate-aside-"+l.name, false
		for _, entry := range middle.kids {
			if !begins(entry.text, "route-map") {
				continue
			}
			for _, k := range entry.kids {
				if other, ok := renamed(k.text, l, name); ok {
					path := []string{entry.text}
					turn = append(turn, operation{path: path, text: k.text, remove: true}, operation{path: path, text: other})
					k.text, turned = other, true
					d, _ := definition(entry.text)
					touched[d] = true
				}
			}
		}
		if !turned {
			continue
		}
		for _, k := range to.kids {
			if rest, ok := strings.CutPrefix(k.text, l.kind+" "+l.name+" "); ok {
				copied := operation{text: l.kind + " " + name + " " + rest}
				turn = append(turn, copied)
				e.after += negation(copied.text) + "\n"
			}
		}
	}
	e.before = transaction(turn)
	for _, o := range difference(middle, to) {
		d, ok := definition(o.head())
		for _, x := range ops {
			if x.key() == o.key() {
				o.short = x.short
			}
		}
		if ok && touched[d] && slices.Contains(transactional, d.kind) && defined(to, d) {
			e.edits = append(e.edits, o)
		}
	}
	return e
}

// strictness orders the edits of a list that neighbors use directly: first what refuses more, then what refuses less.
func strictness(o operation) int {
	permits := slices.Contains(strings.Fields(o.text), "permit")
	switch {
	case !o.remove && !permits:
		return 0
	case o.remove && permits:
		return 1
	case !o.remove:
		return 2
	}
	return 3
}

// naming are the lines of a route-map that name a list of each kind.
var naming = map[string][]string{
	"bgp as-path access-list":  {"match as-path", "set as-path exclude as-path-access-list"},
	"bgp community-list":       {"match community", "set comm-list"},
	"bgp large-community-list": {"match large-community", "set large-comm-list"},
	"bgp extcommunity-list":    {"match extcommunity", "set extcomm-list"},
}

// renamed is the line with another name for the list, where it names it.
func renamed(line string, l object, name string) (string, bool) {
	kind := strings.TrimSuffix(strings.TrimSuffix(l.kind, " standard"), " expanded")
	for _, n := range naming[kind] {
		rest, ok := strings.CutPrefix(line, n+" ")
		if !ok {
			continue
		}
		if w, more, _ := strings.Cut(rest, " "); w == l.name {
			return strings.TrimSpace(n + " " + name + " " + more), true
		}
	}
	return "", false
}
