package diff

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/routegate/routegate/network"
)

// policies compares the routing policies by name. It returns the renamed ones, old name to
// new: a policy that is gone and a new one with the same content.
func (c *comparison) policies(b, a *network.Router) map[string]string {
	renamed := renamedPolicies(b.Policies, a.Policies)
	newNames := map[string]bool{}
	for _, to := range renamed {
		newNames[to] = true
	}
	pair(b.Policies, a.Policies, func(p *network.Policy) string { return p.Name }, func(name string, pb, pa *network.Policy) {
		p := &place{object: ObjectPolicy, path: "policy " + name, name: name, noun: "policy " + name}
		switch {
		case pb == nil && newNames[name]: // told at the old name
		case pb == nil:
			p.after = pa.Span
			c.appears(p, "", contentText(pa), true)
		case pa == nil && renamed[name] != "":
			to := a.Policy(renamed[name])
			c.add(Change{Path: "policy " + to.Name, Kind: Renamed, Object: ObjectPolicy, Name: to.Name, Before: name, After: to.Name,
				BeforeSpan: pb.Span, AfterSpan: to.Span, Effect: NoEffect,
				Summary: fmt.Sprintf("policy %s is called %s now, with the same content", name, to.Name)})
		case pa == nil:
			p.before = pb.Span
			c.appears(p, contentText(pb), "", false)
		default:
			p.before, p.after = pb.Span, pa.Span
			c.onePolicy(p, pb, pa)
		}
	})
	return renamed
}

// contentText says how much a policy is.
func contentText(p *network.Policy) string {
	if p.Program != nil {
		return "a program"
	}
	return plural(len(p.Statements), "statement")
}

// renamedPolicies pairs policies of one side with policies of the other that are the
// same but for the name and the places in the file, where the pairing is unambiguous.
func renamedPolicies(before, after []*network.Policy) map[string]string {
	lone := func(list, other []*network.Policy) (out []*network.Policy) {
		there := map[string]bool{}
		for _, p := range other {
			there[p.Name] = true
		}
		for _, p := range list {
			if !there[p.Name] {
				out = append(out, p)
			}
		}
		return out
	}
	twins := func(p *network.Policy, among []*network.Policy) (out []*network.Policy) {
		for _, q := range among {
			if cmp.Equal(p, q, leafOptions, ignoring(network.Policy{}, "Name")) {
				out = append(out, q)
			}
		}
		return out
	}
	old, now := lone(before, after), lone(after, before)
	out := map[string]string{}
	for _, p := range old {
		if t := twins(p, now); len(t) == 1 && len(twins(t[0], old)) == 1 {
			out[p.Name] = t[0].Name
		}
	}
	return out
}

// onePolicy compares the statements of a policy by order and meaning.
func (c *comparison) onePolicy(p *place, b, a *network.Policy) {
	for _, f := range fields(b, a, ignoring(network.Policy{}, "Statements", "Program")) {
		c.field(p, f)
	}
	if !same(b.Program, a.Program) {
		c.add(Change{Path: p.path, Kind: Modified, Object: p.object, Name: p.name, BeforeSpan: b.Span, AfterSpan: a.Span, Summary: p.noun + ": its program is another one"})
	}
	sb, sa := pointers(b.Statements), pointers(a.Statements)
	owner := map[*network.Statement]*network.Policy{}
	for _, s := range sb {
		owner[s] = b
	}
	for _, s := range sa {
		owner[s] = a
	}
	matches := align(sb, sa, func(s *network.Statement) string { return statementContent(s, owner[s]) },
		func(s *network.Statement) string { return alike(s) + "\x00" + s.Name }, alike,
		func(s *network.Statement) string { return s.Name }, func(s *network.Statement) string { return strconv.Itoa(s.Sequence) })
	stayed := fill(len(sb))
	for _, m := range matches {
		if m.before >= 0 && !m.moved {
			stayed[m.before] = m.after
		}
	}
	for _, m := range matches {
		var x, y *network.Statement
		if m.before >= 0 {
			x = sb[m.before]
		}
		if m.after >= 0 {
			y = sa[m.after]
		}
		if m.moved {
			c.movedStatement(p, x, y, passed(sb, sa, stayed, m))
			continue
		}
		sameTarget := x != nil && y != nil && statementContent(x, b) == statementContent(y, a)
		c.statement(p, x, y, sameTarget)
	}
}

// alike is equal for statements that ask the same of a route and let it pass or not, whatever they set: the same
// entry to whoever edits it. Those without a condition are alike to nothing.
func alike(s *network.Statement) string {
	if len(s.Match) == 0 {
		return ""
	}
	return s.Result.String() + " when " + conditionsText(s)
}

// passed says which entries a moved one stands behind or before now: those that decide otherwise than it
// does, where there are any, since only they can matter.
func passed(old, now []*network.Statement, stayed []int, m match) string {
	crossed := overtaken(stayed, m.before, m.after)
	self := now[m.after].Result
	if otherwise := func(k int) bool { return old[k].Result != self }; slices.ContainsFunc(crossed, otherwise) {
		crossed = slices.DeleteFunc(crossed, func(k int) bool { return !otherwise(k) })
	}
	var t []string
	for n, k := range crossed {
		if n == 2 {
			t = append(t, plural(len(crossed)-n, "other"))
			break
		}
		word, s := "before", now[stayed[k]]
		if stayed[k] < m.after {
			word = "behind"
		}
		name := s.Name
		if old[k].Name != name {
			name += " (" + old[k].Name + " before)"
		}
		t = append(t, fmt.Sprintf("%s entry %s, which %s", word, name, decision(s)))
	}
	return strings.Join(t, ", and ")
}

// decision is what an entry does to the routes that it takes.
func decision(s *network.Statement) string {
	verb := map[network.Disposition]string{network.Accept: "accepts", network.Reject: "refuses", network.Next: "goes on with"}[s.Result]
	if len(s.Match) == 0 {
		return verb + " every route"
	}
	return verb + " when " + conditionsText(s)
}

// movedStatement reports an entry that stands on another side of others now, and what else is new about it.
func (c *comparison) movedStatement(p *place, b, a *network.Statement, passed string) {
	name := fmt.Sprintf("entry %s, which %s,", b.Name, decision(b))
	ch := Change{Path: step(p.path, "entry "+a.Name), Kind: Moved, Object: ObjectStatement, Name: p.name, Before: b.Name, After: a.Name, BeforeSpan: b.Span, AfterSpan: a.Span}
	if b.Name != a.Name {
		name += fmt.Sprintf(" becomes entry %s and", a.Name)
	}
	ch.Summary = fmt.Sprintf("%s: %s now stands %s", p.noun, name, passed)
	c.add(ch)
	if statementText(b) != statementText(a) {
		ch.Kind = Modified
		c.clauses(p, b, a, ch, true)
	}
}
