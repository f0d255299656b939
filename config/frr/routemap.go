package frr

import (
	"sort"
	"strconv"

	"github.com/routegate/routegate/network"
)

// routeMap is a route-map being made.
type routeMap struct {
	*network.Policy
	entries []*entry // sorted by sequence
}

// entry is one sequence number of a route-map. FRR keeps one clause of each kind in an
// entry: said again, it replaces the one before.
type entry struct {
	network.Statement
	matchKinds, setKinds []string // of Match and Set, by index
	onMatchSpan          network.Span
}

func (g *grammar) routeMaps() {
	top, mode := in(configMode), in(routeMapMode)
	g.rule(top, "route-map WORD$name <deny|permit> (1-65535)$seq", &rule{do: (*parser).enterRouteMap, opens: routeMapMode, group: bgpdGroup})
	g.yang(top, "no route-map WORD$name [<deny|permit> (1-65535)$seq]", (*parser).removeRouteMap)
	g.irrelevant(top, "[no] route-map WORD optimization")
	g.rule(mode, "[no] description ~ LINE...$text", &rule{is: harmless, group: bgpdGroup})
	g.yang(mode, "[no] call ~ WORD$name", (*parser).call)
	g.yang(mode, "[no] on-match next", (*parser).onMatchNext)
	g.yang(mode, "on-match goto (1-65535)$seq", (*parser).onMatchGoto)
	g.yang(mode, "no on-match goto", (*parser).onMatchNext)
	g.yang(mode, "continue (1-65535)$seq", (*parser).onMatchGoto)
	g.yang(mode, "continue", (*parser).continueNext)
	g.yang(mode, "no continue ~ (1-65535)", (*parser).onMatchNext)
}

func (p *parser) enterRouteMap(a *args) verdict {
	name, seq := a.str("name"), int(a.num("seq"))
	m := p.maps[name]
	if m == nil {
		m = &routeMap{Policy: &network.Policy{Name: name, Default: network.Reject, Span: p.span()}}
		p.maps[name] = m
	}
	m.Span = m.Span.Join(p.span())
	i := sort.Search(len(m.entries), func(i int) bool { return m.entries[i].Sequence >= seq })
	if i == len(m.entries) || m.entries[i].Sequence != seq {
		m.entries = append(m.entries, nil)
		copy(m.entries[i+1:], m.entries[i:])
		m.entries[i] = &entry{Statement: network.Statement{Name: strconv.Itoa(seq), Sequence: seq, Span: p.span()}}
	}
	e := m.entries[i]
	e.Span = e.Span.Join(p.span())
	// An entry said again with the other disposition keeps its clauses.
	e.Result = network.Accept
	if a.has("deny") {
		e.Result = network.Reject
	}
	p.routeMap, p.entry = m, e
	return modelled
}

func (p *parser) removeRouteMap(a *args) verdict {
	name := a.str("name")
	m := p.maps[name]
	if m == nil {
		return modelled
	}
	if !a.given("seq") {
		delete(p.maps, name)
		return modelled
	}
	seq := int(a.num("seq"))
	for i, e := range m.entries {
		if e.Sequence == seq {
			m.entries = append(m.entries[:i:i], m.entries[i+1:]...)
			if len(m.entries) == 0 {
				delete(p.maps, name)
			}
			return modelled
		}
	}
	return modelled
}

// onEntry marks the line as one of the open entry's.
func (p *parser) onEntry() *entry {
	p.entry.Span = p.entry.Span.Join(p.span())
	p.routeMap.Span = p.routeMap.Span.Join(p.span())
	return p.entry
}

func (p *parser) call(a *args) verdict {
	e := p.onEntry()
	e.Call = p.ref(a.str("name"))
	if a.no {
		e.Call = network.Ref{}
	}
	return modelled
}

func (p *parser) onMatchNext(a *args) verdict {
	e := p.onEntry()
	e.Continue = network.Continue{Kind: network.ContinueNext}
	if a.no {
		e.Continue = network.Continue{}
	}
	return modelled
}

func (p *parser) onMatchGoto(a *args) verdict {
	e, to := p.onEntry(), int(a.num("seq"))
	if to <= e.Sequence {
		return p.spoil("a route-map cannot go backwards")
	}
	e.Continue = network.Continue{Kind: network.ContinueTo, To: to}
	return modelled
}

// continueNext is the form without a number, which FRR knew before 7.5.
func (p *parser) continueNext(a *args) verdict {
	if !p.defaults.before(7, 5) {
		return rejected("the command is incomplete: continue wants a number since FRR 7.5")
	}
	return p.onMatchNext(a)
}

// match adds or removes a condition of a kind.
func (p *parser) match(a *args, kind string, c network.Condition) verdict {
	e := p.onEntry()
	for i, k := range e.matchKinds {
		if k == kind {
			if a.no {
				e.Match = append(e.Match[:i:i], e.Match[i+1:]...)
				e.matchKinds = append(e.matchKinds[:i:i], e.matchKinds[i+1:]...)
			} else {
				e.Match[i] = c
			}
			return modelled
		}
	}
	if !a.no {
		e.Match, e.matchKinds = append(e.Match, c), append(e.matchKinds, kind)
	}
	return modelled
}

// set adds or removes an action of a kind.
func (p *parser) set(a *args, kind string, c network.Action) verdict {
	e := p.onEntry()
	for i, k := range e.setKinds {
		if k == kind {
			if a.no {
				e.Set = append(e.Set[:i:i], e.Set[i+1:]...)
				e.setKinds = append(e.setKinds[:i:i], e.setKinds[i+1:]...)
			} else {
				e.Set[i] = c
			}
			return modelled
		}
	}
	if !a.no {
		e.Set, e.setKinds = append(e.Set, c), append(e.setKinds, kind)
	}
	return modelled
}

// pos is the current line as a clause's position.
func (p *parser) pos() network.Pos { return network.Pos{Span: p.span()} }

// finishRouteMaps sorts them into the router.
func (p *parser) finishRouteMaps() {
	for _, m := range p.maps {
		m.Statements = make([]network.Statement, len(m.entries))
		for i, e := range m.entries {
			for k, c := range e.Match {
				// A list without entries lets everything through on a neighbor, and nothing in a match.
				if c, ok := c.(network.MatchPrefix); ok {
					if s := p.prefixes[setKey{c.Kind, c.Set}]; s != nil && len(s.Entries) == 0 {
						e.Match[k] = network.MatchNever{Pos: c.Pos, Why: "the prefix list " + c.Set + " has no entries"}
					}
				}
			}
			m.Statements[i] = e.Statement
		}
		p.r.Policies = append(p.r.Policies, m.Policy)
	}
	sort.Slice(p.r.Policies, func(i, j int) bool { return p.r.Policies[i].Name < p.r.Policies[j].Name })
}
