package bird

import "github.com/routegate/routegate/network"

// block reads commands between braces.
func (p *parser) block() []network.Instruction {
	p.want("{")
	var out []network.Instruction
	for !p.take("}") {
		out = append(out, p.command()...)
	}
	return out
}

// body is one command, or a block with names of its own.
func (p *parser) body() []network.Instruction {
	p.open()
	defer p.close()
	if p.peek().is("{") {
		return p.block()
	}
	return p.command()
}

// command reads one command; those that do nothing to the route give none.
func (p *parser) command() []network.Instruction {
	t := p.peek()
	if p.isType() {
		return p.declaration()
	}
	if t.is("{") {
		p.open()
		defer p.close()
		return p.block()
	}
	p.next()
	if t.kind != word {
		p.fail(t, "unexpected %s", t)
	}
	in := network.Instruction{}
	end := func() []network.Instruction {
		p.want(";")
		in.Span = p.since(t)
		return []network.Instruction{in}
	}
	if a, ok := p.attribute(t); ok {
		return p.assignment(t, a)
	}
	switch {
	case t.apos, !keywords[t.text]:
		return p.nameCommand(t)
	case t.is("if"):
		return p.conditional(t)
	case t.is("case"):
		return p.caseCommand(t)
	case t.is("for"):
		return p.forCommand(t)
	case t.is("accept"), t.is("reject"), t.is("error"):
		in.Do = map[string]network.Do{"accept": network.DoAccept, "reject": network.DoReject, "error": network.DoFail}[t.text]
		if !p.peek().is(";") {
			p.printed()
		}
		return end()
	case t.is("print"), t.is("printn"):
		// What is printed cannot change a route, but for a failure while it is computed.
		args := p.printed()
		p.want(";")
		var out []network.Instruction
		for _, a := range args {
			if a.Op != network.OpConstant && a.Op != network.OpAttribute && a.Op != network.OpLocal {
				out = append(out, network.Instruction{Pos: network.Pos{Span: p.since(t)}, Do: network.DoRun, Value: a.Expression})
			}
		}
		return out
	case t.is("return"):
		in.Do = network.DoReturn
		in.Value = p.expression().Expression
		return end()
	case t.is("unset"):
		p.want("(")
		at := p.next()
		a, ok := p.attribute(at)
		if !ok {
			p.fail(at, "unexpected %s, expecting an attribute", at)
		}
		p.want(")")
		in.Do, in.Attribute = network.DoUnset, a
		return end()
	}
	p.fail(t, "unexpected %s", t)
	return nil
}

func (p *parser) printed() []typed {
	out := []typed{p.expression()}
	for p.take(",") {
		out = append(out, p.expression())
	}
	return out
}

// declaration is `TYPE x = ...;`. One without a value leaves the variable void, which is
// an error for every type but those of lists (BIRD 2.0.12, tried).
func (p *parser) declaration() []network.Instruction {
	t := p.peek()
	kind, elements := p.typeName()
	name := p.newName()
	in := network.Instruction{Do: network.DoLocal, Attribute: network.Attribute{Type: kind}}
	if p.take("=") {
		x := p.expression()
		p.wantType(name, x, kind, "'"+name.text+"'", 1)
		in.Value = x.Expression
	} else if kind == network.PathValue || kind == network.CommunitiesValue || kind == network.LargeListValue || kind == network.ExtListValue {
		in.Value = p.constant(t, network.Value{Kind: kind}).Expression
	}
	p.want(";")
	in.Local = p.variable(name, kind, elements).local
	in.Span = p.since(t)
	return []network.Instruction{in}
}

// assignment is `ATTRIBUTE = ...;` or `LIST.add(...);`.
func (p *parser) assignment(t token, a network.Attribute) []network.Instruction {
	in := network.Instruction{Do: network.DoSet, Attribute: a}
	if readOnly[t.text] {
		p.fail(t, "the attribute %s is read-only", t)
	}
	if p.take("=") {
		x := p.expression()
		p.wantAttribute(t, a, x)
		in.Value = x.Expression
	} else {
		p.want(".")
		m := p.next()
		list := typed{&network.Expression{Pos: network.Pos{Span: p.spanOf(t, t)}, Op: network.OpAttribute, Attribute: a}, a.Type}
		switch {
		case m.is("empty"):
			in.Value = p.constant(t, network.Value{Kind: a.Type}).Expression
		case m.is("prepend"), m.is("add"), m.is("delete"), m.is("filter"):
			p.want("(")
			by := p.expression()
			p.want(")")
			in.Value = p.edit(m, list, by).Expression
		default:
			p.fail(m, "unexpected %s", m)
		}
	}
	p.want(";")
	in.Span = p.since(t)
	return []network.Instruction{in}
}

func (p *parser) wantAttribute(t token, a network.Attribute, x typed) {
	if a.Type == network.QuadValue && x.typ == network.AddressValue || a.Type == network.AddressValue && x.typ == network.QuadValue {
		return
	}
	p.wantType(t, x, a.Type, t.text, 1)
}

// nameCommand is an assignment to a variable, or a call for what it does.
func (p *parser) nameCommand(t token) []network.Instruction {
	s := p.find(t.text)
	if s == nil {
		p.fail(t, "%s is not defined", t)
	}
	in := network.Instruction{}
	switch {
	case s.kind == functionName:
		in.Do, in.Value = network.DoRun, p.call(t, s).Expression
	case s.kind == variableName:
		p.want("=")
		x := p.expression()
		p.wantType(t, x, s.typ, "'"+t.text+"'", 1)
		in.Do, in.Local, in.Value, in.Attribute = network.DoLocal, s.local, x.Expression, network.Attribute{Type: s.typ}
	default:
		p.fail(t, "%s is neither a variable nor a function", t)
	}
	p.want(";")
	in.Span = p.since(t)
	return []network.Instruction{in}
}

func (p *parser) conditional(t token) []network.Instruction {
	in := network.Instruction{Do: network.DoIf}
	x := p.expression()
	p.wantType(t, x, network.BoolValue, "if", 1)
	in.Value = x.Expression
	in.Span = p.since(t)
	p.want("then")
	in.Then = p.body()
	if p.peek().is("else") && !p.after(1).is(":") { // else: is the last branch of a case around it
		p.next()
		in.Else = p.body()
	}
	return []network.Instruction{in}
}

// caseCommand: the commands behind a label have names of their own.
func (p *parser) caseCommand(t token) []network.Instruction {
	in := network.Instruction{Do: network.DoCase, Value: p.expression().Expression}
	in.Span = p.since(t)
	p.want("{")
	arm := func() []network.Instruction {
		p.want(":")
		p.open()
		defer p.close()
		var out []network.Instruction
		for !p.peek().is("}") && !p.peek().is("else") && !p.label() {
			out = append(out, p.command()...)
		}
		return out
	}
	for !p.take("}") {
		if p.take("else") {
			in.Else = arm()
			continue
		}
		at := p.peek()
		v := network.Value{Kind: network.SetValue}
		v.Ranges = p.setItem(&v)
		for p.take(",") {
			v.Ranges = append(v.Ranges, p.setItem(&v)...)
		}
		set := p.constant(at, v)
		in.Cases = append(in.Cases, network.Case{Set: set.Expression, Then: arm()})
	}
	return []network.Instruction{in}
}

// label reports whether the label of another branch stands next: something that no command begins with.
func (p *parser) label() bool {
	t := p.peek()
	switch {
	case t.kind == numeral, t.kind == address, t.kind == distinguisher, t.is("("):
		return true
	case t.kind != word || t.apos:
		return false
	}
	if _, ok := enumerations[t.text]; ok {
		return true
	}
	s := p.find(t.text)
	return s != nil && s.kind == constantName
}

func (p *parser) forCommand(t token) []network.Instruction {
	in := network.Instruction{Do: network.DoFor}
	p.open()
	defer p.close()
	kind, _ := p.typeName()
	name := p.newName()
	p.want("in")
	x := p.expression()
	elements := map[network.ValueKind]network.ValueKind{network.PathValue: network.NumberValue, network.CommunitiesValue: network.PairValue,
		network.LargeListValue: network.LargeValue, network.ExtListValue: network.ExtValue}[x.typ]
	switch {
	case elements == network.VoidValue && x.typ != network.VoidValue:
		p.fail(t, "the expression in for must be iterable, got %s", x.typ)
	case elements != kind && x.typ != network.VoidValue:
		p.fail(name, "the variable in for must be of type %s, is %s", elements, kind)
	}
	in.Local = p.variable(name, kind, 0).local
	in.Value, in.Span = x.Expression, p.since(t)
	p.want("do")
	in.Then = p.body()
	return []network.Instruction{in}
}
