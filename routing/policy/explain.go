package policy

import (
	"strings"

	"github.com/routegate/routegate/network"
)

// Step is one step of an evaluation in words: an entry that was tried, or a default
// that applied.
type Step struct {
	Policy    string // "" for the chain's own default
	Statement string
	Matched   bool
	Checks    []Check  // of an entry's conditions, until one that does not hold
	Actions   []string // what a matching entry changed
	Text      string   // one sentence without the conditions
	Span      network.Span
}

// Check is one condition of an entry and whether it held.
type Check struct {
	Text  string
	Holds bool
	Known bool // false: the condition is not simulated; Holds is false then
	Span  network.Span
}

// String is the step as one line: "TRANSIT-IN 10: matches, because prefix is in prefix-list CUSTOMERS: accept, local-preference 200".
func (s Step) String() string {
	var b strings.Builder
	if s.Policy != "" {
		b.WriteString(s.Policy)
		if s.Statement != "" {
			b.WriteString(" " + s.Statement)
		}
		b.WriteString(": ")
	}
	b.WriteString(s.Text)
	var why []string
	for _, c := range s.Checks {
		if s.Matched || !c.Holds {
			t := c.Text
			switch {
			case !c.Known:
				t += " (not simulated)"
			case !c.Holds:
				t = "not: " + t
			}
			why = append(why, t)
		}
	}
	if len(why) > 0 {
		b.WriteString(" because " + strings.Join(why, " and "))
	}
	if len(s.Actions) > 0 {
		b.WriteString("; " + strings.Join(s.Actions, ", "))
	}
	return b.String()
}

// Explain evaluates a chain as Chain does and tells every step.
func (e *Evaluator) Explain(c network.PolicyChain, rt Route, missing network.Disposition) ([]Step, Result) {
	ev := newEvaluation(e, &rt)
	defer ev.done()
	var steps []Step
	ev.trace = &steps
	r := ev.chain(c, missing)
	return steps, r
}

func (ev *evaluation) explain(s Step) {
	if ev.trace != nil {
		*ev.trace = append(*ev.trace, s)
	}
}

// holdsAloud is holds with every condition told.
func (ev *evaluation) holdsAloud(p *compiledPolicy, s *compiledStatement) bool {
	st := Step{Policy: p.Name, Statement: s.Name, Span: s.Span}
	all := yes
	for i := range s.conditions {
		c := &s.conditions[i]
		v := c.test(ev)
		all = min(all, v)
		st.Checks = append(st.Checks, Check{Text: Describe(c.Condition), Holds: v == yes, Known: v != unknown, Span: c.Where()})
		if v == no {
			break
		}
	}
	st.Matched = all == yes
	st.Text = "does not match"
	if st.Matched {
		st.Text = "matches: " + outcome(s.Statement)
		if s.Result != network.Reject {
			for _, a := range s.Set {
				st.Actions = append(st.Actions, DescribeAction(a))
			}
		}
	}
	ev.explain(st)
	if all == unknown {
		ev.doubtConditions(s)
	}
	return st.Matched
}

// outcome is what a matching entry does, in words.
func outcome(s *network.Statement) string {
	t := map[network.Disposition]string{network.Accept: "accept", network.Reject: "reject", network.Next: "go on"}[s.Result]
	if s.Result == network.Reject {
		return t
	}
	if s.Call.IsSet() {
		t += ", after calling " + s.Call.Name
	}
	if s.Continue.Kind != network.Stop {
		t += ", and go on"
	}
	return t
}
