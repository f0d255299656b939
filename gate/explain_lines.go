package gate

import (
	"fmt"
	"slices"

	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
)

// lineChains follow the lines that a finding points at: the line, what reads it, and what that decides now, a chain for each router.
func (q *inquiry) lineChains(f *Finding) []Chain {
	var routers []string
	for _, s := range f.Sources {
		if r := q.owner(&s); !slices.Contains(routers, r) {
			routers = append(routers, r)
		}
	}
	var out []Chain
	for _, r := range routers {
		if c := q.lineChain(f, r); len(c.Causes) > 0 && len(out) < maxChains {
			out = append(out, c)
		}
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
	var named []reference // what the lines define, or name
	for i := range c.changes {
		if x := &c.changes[i]; x.Router == router && touched(x) {
			named = append(named, referencesTo(x)...)
		}
	}
	c.altered(router, touched)
	for _, s := range []*side{c.with, c.without} {
		if r := s.net.Router(router); r != nil {
			named = append(named, at.names(c, s, r)...)
		}
	}
	n := len(c.out)
	c.readers(at, named)
	if len(c.out) == n { // nothing that is simulated reads them: what the policy itself saw
		c.proof(f, router)
	}
	return q.chain(f, f.Message, c)
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
			c.add(r.Name, x.span, x.span, "%s refers to %s %s, which is not defined: %s", x.by, x.word(r.Dialect), x.name, x.effect)
		}
	}
	return out
}

// readers says what the things that lines define decide now: over which sessions what comes and goes otherwise, and what is redistributed.
func (c *causes) readers(at *pointer, named []reference) {
	type end struct{ vrf, neighbor string }
	var ends []end
	policies := map[string]bool{}
	for _, s := range []*side{c.with, c.without} {
		r := s.net.Router(at.router)
		if r == nil {
			continue
		}
		readers := readersOf(references(r), named)
		for _, x := range append(slices.Clone(named), readers...) {
			if x.kind == refPolicy {
				policies[x.name] = true
			}
			if e := (end{x.vrf, x.neighbor}); x.neighbor != "" && !slices.Contains(ends, e) {
				ends = append(ends, e)
			}
		}
		for i := range s.res.Sessions {
			x := &s.res.Sessions[i]
			if e := (end{x.VRF, x.Neighbor}); x.Router == at.router && at.at(s.name, x.Config.Span) && !slices.Contains(ends, e) {
				ends = append(ends, e)
			}
		}
	}
	c.redistributions(at.router, func(side string, t *intake) bool { return at.at(side, t.line.Span) || policies[t.line.Policy.Name] })
	told := 0
	for _, e := range ends {
		n := len(c.out)
		if told < maxChains {
			c.session(at.router, e.vrf, e.neighbor)
		}
		if len(c.out) > n {
			told++
		}
	}
	if n := len(ends); n > told && told > 0 {
		c.out[len(c.out)-1].Text += fmt.Sprintf(" (one of %d neighbors whose routes it decides about)", n)
	}
	if told == 0 && len(ends) > 0 {
		var words []string
		for _, e := range ends {
			words = append(words, e.neighbor)
		}
		c.add(at.router, network.Span{}, network.Span{}, "decides about the routes of neighbors %s: of those that are known now, none comes or goes otherwise", inWords(words))
	}
}

// session says how a session fares: why it is down, or what goes over it that did not.
func (c *causes) session(router, vrf, neighbor string) {
	x, y := c.with.session(router, vrf, neighbor), c.without.session(router, vrf, neighbor)
	switch {
	case y != nil && y.State == bgp.Established:
		c.altered(router, concerns(y))
		for _, f := range network.Families {
			if y.Families[f] {
				c.exchanges(x, y, f)
			}
		}
	case x != nil && x.State == bgp.Established:
		c.lostSession(x, y)
	case y != nil:
		c.downSession(y, y)
	}
}

// readersOf are the references that name one of some things, and those that name what these stand in, and so on.
func readersOf(refs, named []reference) []reference {
	wanted := slices.Clone(named)
	var out []reference
	met := map[int]bool{}
	for i := 0; i < len(wanted); i++ {
		for k := range refs {
			if x := &refs[k]; x.kind == wanted[i].kind && x.name == wanted[i].name && !met[k] {
				met[k], out = true, append(out, *x)
				if x.policy != "" {
					wanted = append(wanted, reference{kind: refPolicy, name: x.policy})
				}
			}
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
	return []Chain{q.chain(f, f.Message, c)}
}
