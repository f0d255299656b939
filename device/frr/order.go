package frr

import (
	"slices"
	"strconv"
	"strings"
)

// step is a text that is given to the daemons in one piece.
type step struct {
	name   string
	text   string
	settle bool // wait for bgpd's delay timer afterwards
	// refused are the lines that were refused in the rehearsal: what they were to do was done by another line, or the next
	// pass does it. The router's own daemons are told the same and may refuse the same.
	refused []refusal
}

// unexpected are refusals that the rehearsal did not have.
func (s *step) unexpected(refused []refusal) []refusal {
	return slices.DeleteFunc(slices.Clone(refused), func(r refusal) bool {
		return slices.ContainsFunc(s.refused, func(x refusal) bool { return x.Line == r.Line })
	})
}

// steps puts what leads from one tree to another in an order:
//
//  1. define what nothing uses yet, and wait until bgpd has taken it in: a route-map that is attached before that drops
//     every route of the neighbor until the delay timer ends;
//  2. tighten: take away what announces, and attach filters; a filter that replaces another does so in one command;
//  3. edit what is in use: prefix lists, access lists and route-maps in one transaction, other lists by the side (see
//     aside), so that no session sees one half edited;
//  4. loosen: detach filters, announce, and open new neighbors, which were built shut;
//  5. remove definitions that nothing uses any more.
//
// In between, what a neighbor may send or receive is bounded by the old filters and by the new ones.
//
// Refused counts how often each removal was refused before, by its key.
func steps(from, to *node, refused map[string]int) []step {
	var define, edit, gone, rest []operation
	for _, op := range difference(from, to) {
		op.short = refused[op.key()]
		key, ok := definition(op.head())
		switch {
		case !ok:
			rest = append(rest, op)
		case !defined(to, key):
			gone = append(gone, op)
		case !used(from, key):
			define = append(define, op)
		default:
			edit = append(edit, op)
		}
	}
	tighten, loosen := attach(from, to, rest)
	open := opening(from, to)
	a := aside(from, to, edit)
	var all []step
	add := func(name, text string, settle bool) {
		if text != "" {
			all = append(all, step{name: name, text: text, settle: settle})
		}
	}
	add("define", transaction(define), slices.ContainsFunc(define, func(o operation) bool { return !o.remove && begins(o.head(), "route-map") }) && attaches(rest, define))
	add("tighten", emit(tighten), false)
	add("edit", a.before+emit(a.lists)+transaction(a.edits), false)
	add("loosen", emitNew(loosen, open)+opened(open), false)
	add("remove", transaction(reversed(gone))+a.after, false)
	return all
}

// head is the line of the top level that the operation stands in.
func (o operation) head() string {
	if len(o.path) > 0 {
		return o.path[0]
	}
	return o.text
}

// object is a list or a route-map: its kind, as the words that begin its lines, and its name.
type object struct{ kind, name string }

// transactional kinds are committed together where their lines follow one another (FRR 8.4: the northbound interface).
var transactional = []string{"ip prefix-list", "ipv6 prefix-list", "access-list", "ipv6 access-list", "route-map"}

// simple kinds act line by line.
var simple = []string{"bgp as-path access-list", "bgp community-list standard", "bgp community-list expanded", "bgp large-community-list standard",
	"bgp large-community-list expanded", "bgp extcommunity-list standard", "bgp extcommunity-list expanded"}

// definition tells which object a line belongs to.
func definition(line string) (object, bool) {
	for _, k := range slices.Concat(transactional, simple) {
		if rest, ok := strings.CutPrefix(line, k+" "); ok {
			name, _, _ := strings.Cut(rest, " ")
			return object{k, name}, true
		}
	}
	return object{}, false
}

func defined(n *node, o object) bool {
	return slices.ContainsFunc(n.kids, func(k *node) bool { return begins(k.text, o.kind+" "+o.name) })
}

// used reports whether anything but the object itself names it. Any word that equals the name counts: too often is safe.
func used(n *node, o object) bool {
	var walk func(n *node) bool
	walk = func(n *node) bool {
		return slices.Contains(strings.Fields(n.text), o.name) || slices.ContainsFunc(n.kids, walk)
	}
	return slices.ContainsFunc(n.kids, func(k *node) bool {
		if begins(k.text, o.kind+" "+o.name) {
			return slices.ContainsFunc(k.kids, walk) && o.kind != "route-map"
		}
		if d, ok := definition(k.text); ok && d.kind != "route-map" {
			return false // lists name nothing
		}
		if begins(k.text, "route-map") {
			return slices.ContainsFunc(k.kids, walk)
		}
		return walk(k)
	})
}

// attaches reports whether one of the operations names an object that is being defined.
func attaches(rest, define []operation) bool {
	return slices.ContainsFunc(define, func(d operation) bool {
		o, _ := definition(d.head())
		return slices.ContainsFunc(rest, func(r operation) bool {
			return !r.remove && used(&node{kids: []*node{{text: r.head(), kids: []*node{r.block()}}}}, o)
		})
	})
}

// block is what the operation writes, as a tree.
func (o operation) block() *node {
	if o.whole != nil {
		return o.whole
	}
	return &node{text: o.text}
}

// transaction writes definitions: removals before what comes instead, lists before the route-maps that name them, and the
// lines of the transactional kinds after one another.
func transaction(ops []operation) string {
	var first, lists, maps []operation
	for _, o := range ops {
		switch d, _ := definition(o.head()); {
		case d.kind == "route-map":
			maps = append(maps, o)
		case slices.Contains(simple, d.kind):
			first = append(first, o)
		default:
			lists = append(lists, o)
		}
	}
	var b strings.Builder
	for _, kind := range [][]operation{first, lists, maps} {
		for _, remove := range []bool{true, false} {
			for _, o := range kind {
				if o.remove == remove {
					o.write(&b)
				}
			}
		}
	}
	return b.String()
}

// emit writes operations in their order.
func emit(ops []operation) string {
	var b strings.Builder
	for _, o := range ops {
		o.write(&b)
	}
	return b.String()
}

func (o operation) write(b *strings.Builder) {
	if o.remove {
		write(b, o.path, shorter(negation(o.text), o.short))
		return
	}
	writeTree(b, o.path, o.block())
}

func writeTree(b *strings.Builder, path []string, n *node) {
	if len(n.kids) == 0 {
		if blockless(n.text) {
			write(b, path, n.text)
		} else {
			write(b, append(slices.Clone(path), n.text))
		}
		return
	}
	inner := append(slices.Clone(path), n.text)
	var lines []string
	flush := func() {
		if len(lines) > 0 {
			write(b, inner, lines...)
			lines = nil
		}
	}
	for _, k := range n.kids {
		if len(k.kids) > 0 || !blockless(k.text) {
			flush()
			writeTree(b, inner, k)
			continue
		}
		lines = append(lines, k.text)
	}
	flush()
}

// blockless reports whether the line opens no block.
func blockless(line string) bool {
	for _, b := range []string{"router", "route-map", "interface", "vrf", "address-family", "key chain", "line"} {
		if begins(line, b) {
			return false
		}
	}
	return true
}

func reversed(ops []operation) []operation {
	r := slices.Clone(ops)
	slices.Reverse(r)
	return r
}

// sequence is the number behind "seq", or -1.
func sequence(line string) int {
	w := strings.Fields(line)
	for i := 0; i+1 < len(w); i++ {
		if w[i] == "seq" {
			if n, err := strconv.Atoi(w[i+1]); err == nil {
				return n
			}
		}
	}
	return -1
}
