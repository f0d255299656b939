package diff

import (
	"fmt"
	"sort"
	"strings"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/policy"
)

// statement reports one aligned pair of statements.
// SameTarget: what they say of going on leads to the same place, whatever its number.
func (c *comparison) statement(p *place, b, a *network.Statement, sameTarget bool) {
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
	matches := align(b, a, func(x clause) string { return x.text }, func(clause) string { return what })
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

// conditionsText are the conditions of a statement in words, in one order however they are written.
func conditionsText(s *network.Statement) string {
	var when []string
	for _, m := range s.Match {
		when = append(when, policy.Describe(m))
	}
	sort.Strings(when)
	return strings.Join(when, " and ")
}

// statementText is a statement in words.
func statementText(s *network.Statement) string {
	var do []string
	for _, a := range s.Set {
		do = append(do, policy.DescribeAction(a))
	}
	t := map[network.Disposition]string{network.Accept: "accept", network.Reject: "reject", network.Next: "go on with"}[s.Result]
	if len(s.Match) == 0 {
		t += " every route"
	} else {
		t += " when " + conditionsText(s)
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
