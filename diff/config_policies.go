package diff

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/policy"
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
			c.appears(p, "", plural(len(pa.Statements), "statement"), true)
		case pa == nil && renamed[name] != "":
			to := a.Policy(renamed[name])
			c.add(Change{Path: "policy " + to.Name, Kind: Renamed, Object: ObjectPolicy, Name: to.Name, Before: name, After: to.Name,
				BeforeSpan: pb.Span, AfterSpan: to.Span, Effect: NoEffect,
				Summary: fmt.Sprintf("policy %s is called %s now, with the same content", name, to.Name)})
		case pa == nil:
			p.before = pb.Span
			c.appears(p, plural(len(pb.Statements), "statement"), "", false)
		default:
			p.before, p.after = pb.Span, pa.Span
			c.onePolicy(p, pb, pa)
		}
	})
	return renamed
}

// renamedPolicies pairs policies of one side with policies of the other that are the
// same but for the name, where the pairing is unambiguous.
func renamedPolicies(before, after []*network.Policy) map[string]string {
	byContent := func(list, other []*network.Policy) map[string][]string {
		there := map[string]bool{}
		for _, p := range other {
			there[p.Name] = true
		}
		m := map[string][]string{}
		for _, p := range list {
			if !there[p.Name] {
				k := p.Default.String()
				for i := range p.Statements {
					k += "\x01" + strconv.Itoa(p.Statements[i].Sequence) + statementContent(&p.Statements[i], p)
				}
				m[k] = append(m[k], p.Name)
			}
		}
		return m
	}
	old, now := byContent(before, after), byContent(after, before)
	out := map[string]string{}
	for k, names := range old {
		if len(names) == 1 && len(now[k]) == 1 {
			out[names[0]] = now[k][0]
		}
	}
	return out
}

// onePolicy compares the statements of a policy by order and meaning.
func (c *comparison) onePolicy(p *place, b, a *network.Policy) {
	for _, f := range fields(b, a, ignoring(network.Policy{}, "Statements")) {
		c.field(p, f)
	}
	sb, sa := pointers(b.Statements), pointers(a.Statements)
	owner := map[*network.Statement]*network.Policy{}
	for _, s := range sb {
		owner[s] = b
	}
	for _, s := range sa {
		owner[s] = a
	}
	matches := align(sb, sa, func(s *network.Statement) string { return statementContent(s, owner[s]) }, func(s *network.Statement) int { return s.Sequence })
	for _, m := range matches {
		var x, y *network.Statement
		if m.before >= 0 {
			x = sb[m.before]
		}
		if m.after >= 0 {
			y = sa[m.after]
		}
		sameTarget := x != nil && y != nil && statementContent(x, b) == statementContent(y, a)
		c.statement(p, x, y, m.moved, sameTarget)
	}
}

// statement reports one aligned pair of statements.
// SameTarget: what they say of going on leads to the same place, whatever its number.
func (c *comparison) statement(p *place, b, a *network.Statement, moved, sameTarget bool) {
	at := func(s *network.Statement) string { return step(p.path, "entry "+s.Name) }
	ch := Change{Object: ObjectStatement, Name: p.name}
	switch {
	case b == nil:
		ch.Path, ch.Kind, ch.After, ch.AfterSpan = at(a), Added, statementText(a), a.Span
		ch.Summary = fmt.Sprintf("%s: entry %s is new: %s", p.noun, a.Name, ch.After)
		c.add(ch)
		return
	case a == nil:
		ch.Path, ch.Kind, ch.Before, ch.BeforeSpan = at(b), Removed, statementText(b), b.Span
		ch.Summary = fmt.Sprintf("%s: entry %s is removed: %s", p.noun, b.Name, ch.Before)
		c.add(ch)
		return
	}
	ch.Path, ch.BeforeSpan, ch.AfterSpan = at(a), b.Span, a.Span
	if moved {
		ch.Kind, ch.Before, ch.After = Moved, b.Name, a.Name
		ch.Summary = fmt.Sprintf("%s: entry %s moves to another place, as entry %s: %s", p.noun, b.Name, a.Name, statementText(a))
		c.add(ch)
		return
	}
	if b.Name != a.Name || b.Sequence != a.Sequence {
		if b.Name != a.Name {
			// Only a number or a name: nothing reads it but `continue`, whose target is part of the content.
			ch.Kind, ch.Effect, ch.Before, ch.After = Renumbered, NoEffect, b.Name, a.Name
			ch.Summary = fmt.Sprintf("%s: entry %s is called %s now, with the same content and order", p.noun, b.Name, a.Name)
			if statementText(b) != statementText(a) {
				ch.Effect = MayMatter
				ch.Summary = fmt.Sprintf("%s: entry %s is called %s now", p.noun, b.Name, a.Name)
			}
			c.add(ch)
		}
	}
	c.clauses(p, b, a, ch, sameTarget)
}

// clauses reports what differs inside a statement, clause by clause.
func (c *comparison) clauses(p *place, b, a *network.Statement, at Change, sameTarget bool) {
	noun := fmt.Sprintf("%s entry %s", p.noun, a.Name)
	if b.Result != a.Result {
		ch := at
		ch.Path, ch.Kind, ch.Before, ch.After = step(at.Path, "result"), Modified, b.Result.String(), a.Result.String()
		ch.Effect, ch.Summary = MayMatter, fmt.Sprintf("%s: was %s and becomes %s", noun, b.Result, a.Result)
		c.add(ch)
	}
	conditions := func(s *network.Statement) (t []clause) {
		for _, m := range s.Match {
			t = append(t, clause{policy.Describe(m), m.Where()})
		}
		return t
	}
	actions := func(s *network.Statement) (t []clause) {
		for _, x := range s.Set {
			t = append(t, clause{policy.DescribeAction(x), x.Where()})
		}
		return t
	}
	c.clauseList(step(at.Path, "match"), noun, "match", at, conditions(b), conditions(a))
	c.clauseList(step(at.Path, "set"), noun, "set", at, actions(b), actions(a))
	pl := &place{object: ObjectStatement, path: at.Path, name: p.name, noun: noun, before: b.Span, after: a.Span}
	for _, f := range fields(b, a, ignoring(network.Statement{}, "Name", "Sequence", "Match", "Set", "Result", "Continue")) {
		c.field(pl, f)
	}
	if bt, at2 := continueText(b.Continue), continueText(a.Continue); bt != at2 && !sameTarget {
		ch := at
		ch.Path, ch.Kind, ch.Before, ch.After = step(at.Path, "continue"), Modified, bt, at2
		ch.Effect, ch.Summary = MayMatter, fmt.Sprintf("%s: after a match it %s, and now it %s", noun, bt, at2)
		c.add(ch)
	}
}

// clause is one condition or action in words.
type clause struct {
	text string
	span network.Span
}

// clauseList compares the conditions or actions of a statement by their words; one
// that is replaced by another is one change.
func (c *comparison) clauseList(path, noun, what string, at Change, b, a []clause) {
	matches := align(b, a, func(x clause) string { return x.text }, func(clause) int { return -1 })
	for _, m := range matches {
		ch := at
		ch.Path, ch.Effect, ch.Kind, ch.Before, ch.After = path, MayMatter, Modified, "", ""
		switch {
		case m.before >= 0 && m.after >= 0 && b[m.before].text == a[m.after].text:
			if !m.moved {
				continue
			}
			ch.Kind, ch.Before, ch.After, ch.BeforeSpan, ch.AfterSpan = Moved, b[m.before].text, a[m.after].text, b[m.before].span, a[m.after].span
			ch.Summary = fmt.Sprintf("%s: %q stands in another order", noun, ch.After)
			if what == "match" {
				ch.Effect = NoEffect // all conditions must hold, in whatever order
			}
		case m.before >= 0 && m.after >= 0:
			ch.Before, ch.After, ch.BeforeSpan, ch.AfterSpan = b[m.before].text, a[m.after].text, b[m.before].span, a[m.after].span
			ch.Summary = fmt.Sprintf("%s: %s was %q and becomes %q", noun, what, ch.Before, ch.After)
		case m.before >= 0:
			ch.Kind, ch.Before, ch.BeforeSpan = Removed, b[m.before].text, b[m.before].span
			ch.Summary = fmt.Sprintf("%s: %s %q is gone", noun, what, ch.Before)
		default:
			ch.Kind, ch.After, ch.AfterSpan = Added, a[m.after].text, a[m.after].span
			ch.Summary = fmt.Sprintf("%s: %s %q is new", noun, what, ch.After)
		}
		c.add(ch)
	}
}

// statementContent is everything about a statement but its name and number. The target
// of `continue` counts as the position that it leads to.
func statementContent(s *network.Statement, of *network.Policy) string {
	t := statementText(s)
	if s.Continue.Kind == network.ContinueTo {
		target := len(of.Statements)
		for i := range of.Statements {
			if of.Statements[i].Sequence >= s.Continue.To {
				target = i
				break
			}
		}
		self := sort.Search(len(of.Statements), func(i int) bool { return of.Statements[i].Sequence >= s.Sequence })
		t += fmt.Sprintf(" +%d", target-self)
	}
	return t
}

// statementText is a statement in words.
func statementText(s *network.Statement) string {
	var when, do []string
	for _, m := range s.Match {
		when = append(when, policy.Describe(m))
	}
	sort.Strings(when)
	for _, a := range s.Set {
		do = append(do, policy.DescribeAction(a))
	}
	t := map[network.Disposition]string{network.Accept: "accept", network.Reject: "reject", network.Next: "go on with"}[s.Result]
	if len(when) == 0 {
		t += " every route"
	} else {
		t += " when " + strings.Join(when, " and ")
	}
	if len(do) > 0 {
		t += ", set " + strings.Join(do, ", ")
	}
	if s.Call.IsSet() {
		t += ", call " + s.Call.Name
	}
	if s.Continue.Kind != network.Stop {
		t += ", then go on"
	}
	return t
}

func continueText(c network.Continue) string {
	switch c.Kind {
	case network.ContinueNext:
		return "goes on with the next entry"
	case network.ContinueTo:
		return fmt.Sprintf("goes on at entry %d", c.To)
	}
	return "ends"
}
