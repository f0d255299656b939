package policy

import (
	"sync"

	"github.com/routegate/routegate/network"
)

// maxCalls bounds nested calls. FRR stops at 10 (RMAP_RECURSION_LIMIT) and denies.
const maxCalls = 10

// evaluation is the state of one run over one route.
type evaluation struct {
	*Evaluator
	in      Route
	route   Route
	owned   bool // route.Attributes is this evaluation's own copy
	matched []*Clause
	byFall  bool // the default of something decided
	at      int  // Result.Sequence
	by      network.Span
	what    string
	doubts  []Doubt
	trace   *[]Step // nil unless Explain asks
}

var noAttributes = &network.PathAttributes{}

func newEvaluation(e *Evaluator, rt *Route) *evaluation {
	ev := evaluations.Get().(*evaluation)
	*ev = evaluation{Evaluator: e, in: *rt, route: *rt}
	if ev.route.Attributes == nil {
		ev.route.Attributes = noAttributes
	}
	return ev
}

// evaluations keeps used evaluations, which would else be most of what a solution allocates.
var evaluations = sync.Pool{New: func() any { return new(evaluation) }}

// done returns the evaluation; nothing of it may be used afterwards but what a Result holds.
func (ev *evaluation) done() {
	*ev = evaluation{}
	evaluations.Put(ev)
}

// attributes are writable: copied at the first change.
func (ev *evaluation) attributes() *network.PathAttributes {
	if !ev.owned {
		a := *ev.route.Attributes
		ev.route.Attributes, ev.owned = &a, true
	}
	return ev.route.Attributes
}

func (ev *evaluation) doubt(why string, s network.Span) {
	for _, d := range ev.doubts {
		if d.Why == why && d.Span == s {
			return
		}
	}
	ev.doubts = append(ev.doubts, Doubt{why, s})
}

func (ev *evaluation) match(s *compiledStatement) {
	if ev.matched == nil {
		ev.matched = s.self[:1:1]
	} else {
		ev.matched = append(ev.matched, s.self[0])
	}
	ev.byFall, ev.by, ev.what = false, s.Span, ""
}

func (ev *evaluation) fall(what string, by network.Span) { ev.byFall, ev.by, ev.what = true, by, what }

func (ev *evaluation) result(d network.Disposition) Result {
	r := Result{Disposition: d, Route: ev.route, Matched: ev.matched, Sequence: ev.at, Default: ev.byFall, By: ev.by, What: ev.what, Uncertain: ev.doubts}
	if d == network.Reject {
		r.Route = ev.in
	} else if !ev.owned {
		r.Route.Attributes = ev.in.Attributes
	}
	return r
}

// chain runs the policies until one decides; each sees what those before it changed.
func (ev *evaluation) chain(c network.PolicyChain, missing network.Disposition) Result {
	for _, ref := range c.Policies {
		d := missing
		if p := ev.policies[ref.Name]; p != nil {
			d = ev.policy(p, 0)
		} else {
			ev.fall("policy "+ref.Name+", which does not exist", ref.Span)
			ev.explain(Step{Text: "policy " + ref.Name + " does not exist: " + d.String(), Span: ref.Span})
		}
		if d != network.Next {
			return ev.result(d)
		}
	}
	if c.Default != network.Next {
		ev.fall("the chain's default", c.Span)
		ev.explain(Step{Text: "no policy of the chain decided: " + c.Default.String() + " by default", Span: c.Span})
	}
	return ev.result(c.Default)
}

// policy runs one policy. The rules are those of FRR's route_map_apply, of which
// GoBGP's statements are the case without call and continue: a matching entry
// applies its actions, calls, and then ends, or goes on with the acceptance in hand.
func (ev *evaluation) policy(p *compiledPolicy, depth int) network.Disposition {
	if p.program != nil {
		return ev.program(p)
	}
	accepted := false
	end := func(sequence int) {
		if depth == 0 {
			ev.at = sequence
		}
	}
	for i := 0; i < len(p.statements); i++ {
		s := &p.statements[i]
		if !ev.holds(p, s) {
			// An acceptance that was handed on does not survive an entry that does
			// not match: FRR 8.4's route_map_apply_ext then ends in its default.
			accepted = false
			continue
		}
		ev.match(s)
		if s.Result == network.Reject {
			return network.Reject
		}
		for _, a := range s.actions {
			a.apply(ev)
		}
		if s.Call.IsSet() && ev.call(s, depth) == network.Reject {
			return network.Reject
		}
		if s.Result == network.Accept {
			accepted = true
			switch s.Continue.Kind {
			case network.Stop:
				end(s.Sequence)
				return network.Accept
			case network.ContinueTo:
				// The first entry that is not before the number; never backwards.
				for i+1 < len(p.statements) && p.statements[i+1].Sequence < s.Continue.To {
					i++
				}
				if i+1 == len(p.statements) {
					end(p.statements[i].Sequence)
				}
			}
		}
	}
	if accepted {
		return network.Accept
	}
	ev.fall("the end of policy "+p.Name, p.Span)
	ev.explain(Step{Policy: p.Name, Text: "no entry decided: " + fallText(p.Default), Span: p.Span})
	return p.Default
}

func fallText(d network.Disposition) string {
	if d == network.Next {
		return "the next policy"
	}
	return d.String() + " by default"
}

// call evaluates a called policy on the route as changed so far. One that does
// not exist is passed over, as FRR does; a called policy's own end by default counts.
func (ev *evaluation) call(s *compiledStatement, depth int) network.Disposition {
	p := ev.policies[s.Call.Name]
	if p == nil {
		ev.explain(Step{Text: "called policy " + s.Call.Name + " does not exist: passed over", Span: s.Call.Span})
		return network.Next
	}
	if depth >= maxCalls {
		ev.doubt("policies call each other without end", s.Call.Span)
		ev.fall("a circle of calls", s.Call.Span)
		return network.Reject
	}
	d := ev.policy(p, depth+1)
	if d != network.Reject {
		ev.byFall, ev.by, ev.what = false, s.Span, ""
	}
	return d
}

// holds tests every condition. A clause that is not simulated makes the entry not
// match, and the result uncertain, but only where nothing else already refuses it.
func (ev *evaluation) holds(p *compiledPolicy, s *compiledStatement) bool {
	if ev.in.Seen == nil {
		return ev.allHold(p, s)
	}
	changed := ev.route.Attributes
	ev.route.Attributes = ev.in.Seen
	ok := ev.allHold(p, s)
	ev.route.Attributes = changed
	return ok
}

func (ev *evaluation) allHold(p *compiledPolicy, s *compiledStatement) bool {
	if ev.trace != nil {
		return ev.holdsAloud(p, s)
	}
	all := yes
	for i := range s.conditions {
		v := s.conditions[i].test(ev)
		if v == no {
			return false
		}
		if v < all {
			all = v
		}
	}
	if all == yes {
		return true
	}
	ev.doubtConditions(s)
	return false
}

func (ev *evaluation) doubtConditions(s *compiledStatement) {
	for i := range s.conditions {
		if c := &s.conditions[i]; c.test(ev) == unknown {
			ev.doubt("not simulated: "+Describe(c.Condition), c.Where())
		}
	}
}
