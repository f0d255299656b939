package policy

import (
	"net/netip"

	"github.com/routegate/routegate/network"
)

// space is the finite set of routes that a comparison tries: the product of its dimensions.
type space struct {
	base       Route
	dims       []dimension
	statements [][]condition // the conditions of every statement, for directed probes
	inexact    string        // why the product does not stand for all routes; "" where it does
	max        int
}

// dimension is one input of the policies, with the values that they can tell apart. The first
// is the plainest.
type dimension struct {
	input  Input
	values []func(*Route, *network.PathAttributes)
}

// condition is a condition with its compiled test.
type condition struct {
	network.Condition
	test  func(*evaluation) verdict
	input Input
	e     *Evaluator
}

// material is everything that either side mentions.
type material struct {
	evaluators []*Evaluator
	conditions []condition
	statements [][]condition
	actions    []network.Action
	sets       map[*network.PrefixSet]bool // whose entries are in ranges
	ranges     []network.PrefixRange
	lengths    []int
	reads      Input
	writes     Input
	programs   bool // some policy is a program
}

func gather(sides ...*Side) *material {
	m := &material{sets: map[*network.PrefixSet]bool{}}
	for _, s := range sides {
		if s.Closed {
			continue
		}
		m.evaluators = append(m.evaluators, s.Evaluator)
		for _, f := range s.Filters {
			var c network.Condition = network.MatchPrefix{Kind: f.Kind, Set: f.Ref.Name}
			if f.ASPath {
				c = network.MatchASPath{Set: f.Ref.Name}
			}
			m.condition(s.Evaluator, c, s.Evaluator.compileCondition(c))
		}
		for _, name := range s.Evaluator.Reads(s.Chain).Policies {
			p := s.Evaluator.policies[name]
			if p == nil {
				continue
			}
			if p.Program != nil {
				m.program(s.Evaluator, p.Program)
			}
			for i := range p.statements {
				st := &p.statements[i]
				from := len(m.conditions)
				for _, c := range st.conditions {
					m.condition(s.Evaluator, c.Condition, c.test)
				}
				m.statements = append(m.statements, m.conditions[from:len(m.conditions):len(m.conditions)])
				for _, a := range st.Set {
					m.actions = append(m.actions, a)
					m.writes |= written(a)
				}
			}
		}
	}
	return m
}

func (m *material) condition(e *Evaluator, c network.Condition, test func(*evaluation) verdict) {
	r := reader{e: e, seen: map[string]bool{}, sets: map[prefixSetKey]bool{}}
	r.condition(c)
	m.reads |= r.out.Inputs
	m.conditions = append(m.conditions, condition{c, test, r.out.Inputs, e})
	for _, s := range r.out.Prefixes {
		if !m.sets[s] {
			m.sets[s] = true
			m.ranges = append(m.ranges, s.Entries...)
		}
	}
	if c, ok := c.(network.MatchPrefixLength); ok {
		m.lengths = append(m.lengths, int(c.Length))
	}
}

// written is the input that an action changes.
func written(a network.Action) Input {
	switch a.(type) {
	case network.SetLocalPref:
		return ReadsLocalPref
	case network.SetMED:
		return ReadsMED
	case network.SetTag:
		return ReadsTag
	case network.SetOrigin:
		return ReadsOrigin
	case network.SetNextHop:
		return ReadsNextHop
	case network.PrependASPath, network.ExcludeASPath, network.ReplaceASPath:
		return ReadsASPath
	case network.SetCommunity:
		return ReadsCommunities
	case network.SetLargeCommunity:
		return ReadsLarge
	case network.SetExtCommunity:
		return ReadsExt
	}
	return 0
}

func newSpace(before, after *Side, o Options) *space {
	m := gather(before, after)
	s := &space{base: o.Context, statements: m.statements, max: o.Max}
	if s.max == 0 {
		s.max = MaxProbes
	}
	families := o.Families
	if len(families) == 0 {
		families = network.Families[:]
	}
	s.baseAttributes(families[0])
	s.prefixes(m, families, o.Prefixes)
	s.paths(m)
	s.communities(m)
	s.numbers(m)
	s.context(m, o)
	if m.programs {
		s.doubtful("programs were tried on sample routes")
	}
	if m.reads.Has(ReadsUnknown) {
		s.doubtful("some clauses are not simulated")
	}
	return s
}

func (s *space) doubtful(why string) {
	if s.inexact == "" {
		s.inexact = why
	}
}

// add makes a dimension of values, each put into the route by set.
func add[T any](s *space, in Input, values []T, set func(*Route, *network.PathAttributes, T)) {
	if len(values) == 0 {
		return
	}
	d := dimension{input: in}
	for _, v := range values {
		d.values = append(d.values, func(r *Route, a *network.PathAttributes) { set(r, a, v) })
	}
	s.dims = append(s.dims, d)
}

// Addresses and numbers that stand for anything that no configuration mentions:
// documentation space (RFC 5737, RFC 3849) and odd values.
var (
	plainNextHop = [network.NumFamilies]netip.Addr{netip.MustParseAddr("198.51.100.199"), netip.MustParseAddr("2001:db8:ffff::199")}
	plainPrefix  = [network.NumFamilies]netip.Prefix{netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8:113::/48")}
)

func (s *space) baseAttributes(f network.Family) {
	a := &network.PathAttributes{NextHop: plainNextHop[f]}
	if s.base.Direction != Redistribute && s.base.Type != network.RouteLocal {
		as := s.base.PeerAS
		if as == 0 || s.base.Direction == Export {
			as = 65551
		}
		a.ASPath = network.Sequence(as)
	}
	if s.base.Direction == Export || s.base.Direction == Import && s.base.Type == network.RouteInternal {
		a.HasLocalPref, a.LocalPref = true, 100
	}
	s.base.Attributes = a
	s.base.Prefix = plainPrefix[f]
}

// signature is what the conditions that read an input say of a value; values with
// equal signatures are one class.
func (s *space) signature(m *material, in Input, set func(*Route, *network.PathAttributes)) string {
	rt := s.route(set)
	var b []byte
	for i := range m.conditions {
		if c := &m.conditions[i]; c.input.Has(in) {
			ev := newEvaluation(c.e, &rt)
			b = append(b, '0'+byte(c.test(ev)))
			ev.done()
		}
	}
	return string(b)
}

// route is the base with some values put in.
func (s *space) route(sets ...func(*Route, *network.PathAttributes)) Route {
	rt := s.base
	a := *s.base.Attributes
	rt.Attributes = &a
	for _, set := range sets {
		set(&rt, &a)
	}
	return rt
}

// prefixes finds one representative of every class of prefixes that the lists tell apart, among those that are to be looked at. Exact.
func (s *space) prefixes(m *material, families []network.Family, only []netip.Prefix) {
	var reps []netip.Prefix
	seen := map[string]bool{}
	class := m.classifier(s.route(), ReadsPrefix)
	var key []byte
	for _, f := range families {
		try := func(p netip.Prefix) bool {
			key = append(key[:0], byte(f))
			for _, c := range class {
				c.ev.route.Prefix = p
				key = append(key, byte(c.test(c.ev)))
			}
			if !seen[string(key)] {
				seen[string(key)] = true
				reps = append(reps, p)
			}
			return true
		}
		for _, p := range only {
			if network.FamilyOf(p) == f {
				try(p)
			}
		}
		if len(only) > 0 {
			continue
		}
		try(plainPrefix[f])
		if m.reads.Has(ReadsPrefix) {
			cells(f, m.ranges, m.lengths, try)
		}
	}
	add(s, ReadsPrefix, reps, func(r *Route, a *network.PathAttributes, p netip.Prefix) {
		r.Prefix = p
		if network.FamilyOf(p) != network.FamilyOfAddr(a.NextHop) {
			a.NextHop = plainNextHop[network.FamilyOf(p)]
		}
	})
}

// probe is a condition with an evaluation to try it on.
type probe struct {
	test func(*evaluation) verdict
	ev   *evaluation
}

// classifier prepares the different conditions that read an input; the same condition of many
// statements counts once.
func (m *material) classifier(rt Route, in Input) []probe {
	type key struct {
		e *Evaluator
		s string
	}
	var out []probe
	seen := map[key]bool{}
	evs := map[*Evaluator]*evaluation{}
	for i := range m.conditions {
		c := &m.conditions[i]
		k := key{c.e, Describe(c.Condition)}
		if !c.input.Has(in) || seen[k] {
			continue
		}
		seen[k] = true
		if evs[c.e] == nil {
			evs[c.e] = &evaluation{Evaluator: c.e, in: rt, route: rt}
		}
		out = append(out, probe{c.test, evs[c.e]})
	}
	return out
}
