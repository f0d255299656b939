package gate

import (
	"slices"
	"strings"

	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
)

// What a chain begins with where no typed change is of the lines that a finding points at.
const (
	lineWritten   = "the change writes what it points at"
	lineUnchanged = "it points at what stands unchanged"
	lineUnread    = "it points at what is too long to be compared line by line"
)

// lineChains follow the lines that a finding points at: the line, what reads it, and what that decides now, a chain for each router. Lines that stand unchanged go
// with those that do not.
func (q *inquiry) lineChains(f *Finding) []Chain {
	var routers []string
	for _, s := range f.Sources {
		if r := q.owner(&s); !slices.Contains(routers, r) {
			routers = append(routers, r)
		}
	}
	var out []Chain
	var unchanged []Cause
	for _, r := range routers {
		switch c := q.lineChain(f, r); {
		case len(c.Causes) == 0:
		case c.Causes[0].Text == lineUnchanged:
			unchanged = append(unchanged, c.Causes...)
		case len(out) < maxChains:
			out = append(out, c)
		}
	}
	if len(out) == 0 && len(unchanged) > 0 {
		return []Chain{chainOf(f.Message, &causes{out: unchanged})}
	}
	if len(out) > 0 {
		out[0].Causes = append(out[0].Causes, unchanged...)
	}
	return out
}

// owner is the router whose configuration a source is of; "" for what is no router's.
func (q *inquiry) owner(s *Source) string {
	n := q.after.net
	if s.Side == "before" {
		n = q.before.net
	}
	for _, r := range n.Routers {
		if slices.ContainsFunc(r.Files, func(f network.File) bool { return f.Path == s.File }) {
			return r.Name
		}
	}
	return ""
}

// pointer is what a finding points at on one router.
type pointer struct {
	router string
	spans  map[string][]network.Span // by side
}

func (q *inquiry) pointer(f *Finding, router string) *pointer {
	out := &pointer{router, map[string][]network.Span{}}
	for _, s := range f.Sources {
		if q.owner(&s) == router {
			out.spans[s.Side] = append(out.spans[s.Side], network.Span{File: s.File, First: int32(s.First), Last: int32(s.Last)})
		}
	}
	return out
}

// at reports that it points at lines of a side.
func (x *pointer) at(side string, s network.Span) bool {
	return slices.ContainsFunc(x.spans[side], func(own network.Span) bool {
		return !s.IsZero() && own.File == s.File && own.First <= max(s.First, s.Last) && s.First <= max(own.First, own.Last)
	})
}

func (q *inquiry) lineChain(f *Finding, router string) Chain {
	c, at := q.follow(false), q.pointer(f, router)
	touched := func(x *diff.Change) bool { return at.at("before", x.BeforeSpan) || at.at("after", x.AfterSpan) }
	c.altered(router, touched)
	var named []reference // what the lines define, or name
	for _, s := range []*side{c.with, c.without} {
		if r := s.net.Router(router); r != nil {
			named = append(named, at.names(c, s, r)...)
		}
	}
	for _, x := range c.found(func(x *diff.Change) bool { return x.Router == router && touched(x) }) {
		for _, ref := range referencesTo(x) {
			if !slices.ContainsFunc(named, func(o reference) bool { return o.kind == ref.kind && o.name == ref.name }) {
				named = append(named, ref)
			}
		}
	}
	if len(c.out) == 0 {
		q.pointed(c, f, router)
	}
	n := len(c.out)
	if !c.readers(at, named) { // nothing that is simulated comes of them: what the policy itself saw
		c.readBy(at, named)
		c.proof(f, router)
	}
	c.rooted(f, len(c.out) > n && n == 0)
	return chainOf(f.Message, c)
}

// pointed quotes the lines that a finding points at on a router and that no typed change is of: those of other files, and those that stand as they did.
func (q *inquiry) pointed(c *causes, f *Finding, router string) {
	by := map[string][]Source{}
	for _, s := range f.Sources {
		if q.owner(&s) != router {
			continue
		}
		text := lineUnchanged
		switch _, known := q.quoters.of(s.Side).text[s.File]; {
		case s.altered():
			text = lineWritten
		case !known:
			text = lineUnread
		}
		if len(by[text]) < maxChains {
			by[text] = append(by[text], s)
		}
	}
	if len(by[lineUnread]) > 0 { // only the VRPs are
		c.altered("", func(x *diff.Change) bool { return strings.HasPrefix(x.Path, "environment/rpki") })
	}
	for _, text := range []string{lineWritten, lineUnchanged, lineUnread} {
		if len(by[text]) > 0 {
			c.out = append(c.out, Cause{Router: router, Text: text, Sources: by[text]})
		}
	}
}

// referencesTo is the thing that a change is of, as references name it; nothing where references name no such things.
func referencesTo(x *diff.Change) []reference {
	for kind := refPolicy; kind <= refNeighborSet; kind++ {
		if r := (reference{kind: kind, name: x.Name}); r.of(x) {
			return []reference{r}
		}
	}
	return nil
}

// names are the policies and sets that the lines of a side define or refer to: where they refer to one, what the change alters of it is put, and what the reference does.
func (at *pointer) names(c *causes, s *side, r *network.Router) []reference {
	var out []reference
	for _, x := range r.Policies {
		if slices.ContainsFunc(x.Statements, func(st network.Statement) bool { return at.at(s.name, st.Span) }) {
			out = append(out, reference{kind: refPolicy, name: x.Name})
		}
	}
	for i := range r.PrefixSets {
		if x := r.PrefixSets[i]; slices.ContainsFunc(x.Entries, func(e network.PrefixRange) bool { return at.at(s.name, e.Span) }) {
			out = append(out, reference{kind: refPrefixSet, prefix: x.Kind, name: x.Name})
		}
	}
	for _, x := range references(r) {
		if !at.at(s.name, x.span) {
			continue
		}
		out = append(out, reference{kind: x.kind, name: x.name})
		if s != c.without {
			continue
		}
		c.altered(r.Name, x.of)
		if !x.exists(r) && c.once("refers %s %s %s", r.Name, x.by, x.name) {
			c.add(r.Name, network.Span{}, x.span, "%s refers to %s %s, which is not defined: %s", x.by, x.word(r.Dialect), x.name, x.effect)
		}
	}
	return out
}

// proof is what the policy itself gives as proof.
func (c *causes) proof(f *Finding, router string) {
	if n := len(f.Proof); n > 0 {
		text := inWords(f.Proof)
		c.out = append(c.out, Cause{Router: router, Text: "what the policy saw: " + text, Sources: []Source{}})
	}
}

// changeChains follow a finding about the change as a whole: what it alters at the routers that the finding names, else anywhere.
func (q *inquiry) changeChains(f *Finding) []Chain {
	c := q.follow(false)
	all := func(*diff.Change) bool { return true }
	for _, r := range f.Routers {
		c.altered(r, all)
	}
	if len(c.out) == 0 {
		for _, r := range append([]string{""}, q.routerNames()...) {
			c.altered(r, all)
		}
	}
	if len(c.out) == 0 {
		return nil
	}
	c.proof(f, "")
	return []Chain{chainOf(f.Message, c)}
}
