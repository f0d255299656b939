package bird

import (
	"fmt"
	"sort"

	"github.com/routegate/routegate/network"
)

// code is what is known of the filter or function that is being read.
type code struct {
	locals int
	calls  map[string]bool
}

// filterDefinition reads `filter NAME { ... }`.
func (p *parser) filterDefinition(t token) {
	name := p.newName()
	s := p.define(name, &symbol{kind: filterName})
	s.filter = p.policy(name.text, t, true)
}

// policy reads the body of a filter and keeps it under a name.
func (p *parser) policy(name string, from token, declared bool) *network.Policy {
	p.code = &code{calls: map[string]bool{}}
	p.open()
	if declared {
		p.oldLocals()
	}
	body := p.block()
	p.close()
	return p.keep(name, from, body)
}

// keep makes a policy of a body with the functions that it needs.
func (p *parser) keep(name string, from token, body []network.Instruction) *network.Policy {
	prog := &network.Program{Body: body, Locals: p.code.locals}
	needed := map[string]bool{}
	var need func(calls map[string]bool)
	need = func(calls map[string]bool) {
		for f := range calls {
			if s := p.functions[f]; s != nil && !needed[f] {
				needed[f] = true
				need(s.calls)
			}
		}
	}
	need(p.code.calls)
	for f := range needed {
		prog.Functions = append(prog.Functions, p.functions[f].function)
	}
	sort.Slice(prog.Functions, func(i, j int) bool { return prog.Functions[i].Name < prog.Functions[j].Name })
	pol := &network.Policy{Name: name, Default: network.Reject, Program: prog, Span: p.since(from)}
	p.policies = append(p.policies, pol)
	p.code = nil
	return pol
}

// functionDefinition reads `function NAME (TYPE a; TYPE b) { ... }`. It is known to itself.
func (p *parser) functionDefinition(t token) {
	name := p.newName()
	fn := &network.Function{Name: name.text}
	s := p.define(name, &symbol{kind: functionName, function: fn})
	p.functions[name.text] = s
	p.code = &code{calls: map[string]bool{}}
	s.calls = p.code.calls
	p.open()
	p.want("(")
	for !p.take(")") {
		if fn.Parameters > 0 {
			p.want(";")
		}
		kind, elements := p.typeName()
		p.variable(p.newName(), kind, elements)
		s.parameter = append(s.parameter, kind)
		fn.Parameters++
	}
	p.oldLocals()
	fn.Body = p.block()
	p.close()
	fn.Locals, fn.Span = p.code.locals, p.since(t)
	p.code = nil
}

func (p *parser) variable(name token, kind, elements network.ValueKind) *symbol {
	s := p.define(name, &symbol{kind: variableName, typ: kind, elements: elements, local: p.code.locals})
	p.code.locals++
	return s
}

// oldLocals are variables declared before the body; they start void.
func (p *parser) oldLocals() {
	for p.isType() {
		kind, elements := p.typeName()
		p.variable(p.newName(), kind, elements)
		p.want(";")
	}
}

// filterUse reads what stands behind import or export: all, none, where, a filter's name, or a
// filter of its own, which gets a name here.
func (p *parser) filterUse(name string) network.PolicyChain {
	t := p.peek()
	switch {
	case p.take("all"):
		return network.PolicyChain{Default: network.Accept, Span: p.since(t)}
	case p.take("none"):
		return network.PolicyChain{Default: network.Reject, Span: p.since(t)}
	case p.take("where"):
		p.code = &code{calls: map[string]bool{}}
		x := p.expression()
		p.wantType(t, x, network.BoolValue, "where", 1)
		at := network.Pos{Span: p.since(t)}
		body := []network.Instruction{{Pos: at, Do: network.DoIf, Value: x.Expression,
			Then: []network.Instruction{{Pos: at, Do: network.DoAccept}}, Else: []network.Instruction{{Pos: at, Do: network.DoReject}}}}
		pol := p.keep(p.freshPolicy(name), t, body)
		return network.PolicyChain{Policies: []network.Ref{{Name: pol.Name, Span: pol.Span}}, Default: network.Reject, Span: pol.Span}
	}
	p.take("filter")
	if n := p.peek(); n.is("{") || p.isType() {
		pol := p.policy(p.freshPolicy(name), t, true)
		return network.PolicyChain{Policies: []network.Ref{{Name: pol.Name, Span: p.spanOf(t, t)}}, Default: network.Reject, Span: pol.Span}
	}
	n, _ := p.known(filterName, "a filter")
	return network.PolicyChain{Policies: []network.Ref{{Name: n.text, Span: p.since(t)}}, Default: network.Reject, Span: p.since(t)}
}

// freshPolicy is a name that no filter can have in the language, since it holds blanks.
func (p *parser) freshPolicy(name string) string {
	p.counters[name]++
	if n := p.counters[name]; n > 1 {
		return fmt.Sprintf("%s (%d)", name, n)
	}
	return name
}
