package policy

import (
	"regexp"

	"github.com/routegate/routegate/network"
)

// Evaluator holds one router's policies and sets, compiled. It is read-only after
// Compile and safe for concurrent use.
type Evaluator struct {
	router         *network.Router
	conditionHolds bool // a condition on a set that does not exist
	policies       map[string]*compiledPolicy
	prefixSets     map[prefixSetKey]*prefixSet
	asPathSets     map[string]*asPathSet
	communitySets  map[communitySetKey]*communitySet
	neighborSets   map[string]*network.NeighborSet
	patterns       map[string]*pattern
}

type prefixSetKey struct {
	kind network.PrefixSetKind
	name string
}

type communitySetKey struct {
	kind network.CommunityKind
	name string
}

type compiledPolicy struct {
	*network.Policy
	statements []compiledStatement
	program    *program // nil where the policy has statements
}

type compiledStatement struct {
	*network.Statement
	conditions []compiledCondition
	actions    []compiledAction
	self       []*Clause // the one-element list that most results share
}

type compiledCondition struct {
	network.Condition
	test func(*evaluation) verdict
}

type compiledAction struct {
	network.Action
	apply func(*evaluation)
}

// Compile prepares a router's policies. It never fails: an expression that does not
// compile makes the results that depend on it uncertain.
func Compile(r *network.Router) *Evaluator {
	e := &Evaluator{
		router:        r,
		policies:      make(map[string]*compiledPolicy, len(r.Policies)),
		prefixSets:    make(map[prefixSetKey]*prefixSet, len(r.PrefixSets)),
		asPathSets:    make(map[string]*asPathSet, len(r.ASPathSets)),
		communitySets: make(map[communitySetKey]*communitySet, len(r.CommunitySets)),
		neighborSets:  make(map[string]*network.NeighborSet, len(r.NeighborSets)),
		patterns:      map[string]*pattern{},
	}
	for _, v := range r.VRFs {
		if v.BGP != nil {
			e.conditionHolds = v.BGP.Missing.ConditionHolds
			break
		}
	}
	for _, s := range r.PrefixSets {
		e.prefixSets[prefixSetKey{s.Kind, s.Name}] = compilePrefixSet(s)
	}
	for _, s := range r.ASPathSets {
		e.asPathSets[s.Name] = e.compileASPathSet(s)
	}
	for _, s := range r.CommunitySets {
		e.communitySets[communitySetKey{s.Kind, s.Name}] = e.compileCommunitySet(s)
	}
	for _, s := range r.NeighborSets {
		e.neighborSets[s.Name] = s
	}
	for _, p := range r.Policies {
		e.policies[p.Name] = e.compilePolicy(p)
	}
	return e
}

func (e *Evaluator) compilePolicy(p *network.Policy) *compiledPolicy {
	c := &compiledPolicy{Policy: p, statements: make([]compiledStatement, len(p.Statements))}
	if p.Program != nil {
		c.program = e.compileProgram(p.Program)
	}
	for i := range p.Statements {
		s := &p.Statements[i]
		cs := compiledStatement{Statement: s, self: []*Clause{{Policy: p.Name, Statement: s.Name, Result: s.Result, Span: s.Span}}}
		for _, m := range s.Match {
			cs.conditions = append(cs.conditions, compiledCondition{m, e.compileCondition(m)})
		}
		for _, a := range s.Set {
			cs.actions = append(cs.actions, compiledAction{a, e.compileAction(a)})
		}
		c.statements[i] = cs
	}
	return c
}

// pattern is one regular expression, compiled once for every place that uses it.
type pattern struct {
	text   string
	re     *regexp.Regexp // nil where it does not compile
	simple *simplePath    // nil where only the expression itself can tell
}

func (e *Evaluator) pattern(text string) *pattern {
	if p := e.patterns[text]; p != nil {
		return p
	}
	p := &pattern{text: text}
	if re, err := regexp.Compile(text); err == nil {
		p.re = re
		p.simple = simplify(text)
	}
	e.patterns[text] = p
	return p
}

// match applies the expression to a text; unknown where it does not compile.
func (p *pattern) match(s string) verdict {
	if p.re == nil {
		return unknown
	}
	return verdictOf(p.re.MatchString(s))
}

// verdict is the outcome of a condition, where not knowing is an outcome.
type verdict uint8

const (
	no verdict = iota
	unknown
	yes
)

func verdictOf(b bool) verdict {
	if b {
		return yes
	}
	return no
}

func (v verdict) yes() bool { return v == yes }

// not keeps what is not known.
func (v verdict) not() verdict { return yes - v }

func (v verdict) String() string { return [...]string{"no", "not known", "yes"}[v] }
