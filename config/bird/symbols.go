package bird

import "github.com/routegate/routegate/network"

// symbolKind is what a name stands for.
type symbolKind uint8

const (
	constantName symbolKind = iota
	variableName
	functionName
	filterName
	tableName
	protocolName
	templateName
	attributeName
)

// symbol is a name that is known.
type symbol struct {
	kind      symbolKind
	value     network.Value     // of a constant
	local     int               // of a variable: its number
	typ       network.ValueKind // of a variable or attribute; VoidValue where not known
	elements  network.ValueKind // of a set
	function  *network.Function
	calls     map[string]bool // functions that a function or filter calls
	parameter []network.ValueKind
	filter    *network.Policy
	protocol  *protocol // of a protocol or template
	table     tableKind
	span      network.Span
}

// tableKind is what a routing table holds.
type tableKind uint8

const (
	otherTable tableKind = iota
	ipv4Table
	ipv6Table
)

// scope is one level of names.
type scope map[string]*symbol

// find looks a name up from the innermost scope; nil when nobody knows it.
func (p *parser) find(name string) *symbol {
	for i := len(p.scopes) - 1; i >= 0; i-- {
		if s := p.scopes[i][name]; s != nil {
			return s
		}
	}
	return nil
}

// newName reads a name that nothing in the scope has yet.
func (p *parser) newName() token {
	t := p.next()
	if t.kind != word || keywords[t.text] && !t.apos {
		p.fail(t, "unexpected %s, expecting a name", t)
	}
	if p.scopes[len(p.scopes)-1][t.text] != nil {
		p.fail(t, "symbol '%s' already defined", t.text)
	}
	return t
}

func (p *parser) define(t token, s *symbol) *symbol {
	s.span = p.spanOf(t, t)
	p.scopes[len(p.scopes)-1][t.text] = s
	return s
}

func (p *parser) open()  { p.scopes = append(p.scopes, scope{}) }
func (p *parser) close() { p.scopes = p.scopes[:len(p.scopes)-1] }

// known reads a name that stands for something.
func (p *parser) known(want symbolKind, what string) (token, *symbol) {
	t := p.next()
	if t.kind != word || keywords[t.text] && !t.apos {
		p.fail(t, "unexpected %s, expecting %s", t, what)
	}
	s := p.find(t.text)
	if s == nil {
		p.fail(t, "%s is not defined", t.text)
	}
	if s.kind != want {
		p.fail(t, "%s is not %s", t.text, what)
	}
	return t, s
}
