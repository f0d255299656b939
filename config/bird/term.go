package bird

import (
	"net/netip"

	"github.com/routegate/routegate/network"
)

// term reads a constant, a name, an attribute, a call, or something in parentheses.
func (p *parser) term() typed {
	t := p.next()
	switch t.kind {
	case numeral:
		return p.constant(t, network.Value{Kind: network.NumberValue, Number: t.num})
	case quoted:
		return p.constant(t, network.Value{Kind: network.StringValue, Text: t.text})
	case distinguisher:
		return p.constant(t, network.Value{Kind: network.DistinguisherValue, Text: t.text})
	case address:
		if p.peek().is("/") && p.after(1).kind == numeral {
			return p.constant(t, network.Value{Kind: network.PrefixValue, Prefix: p.prefixAfter(t)})
		}
		return p.constant(t, network.Value{Kind: network.AddressValue, Address: t.addr})
	case sign:
		return p.signTerm(t)
	case endOfFile:
		p.fail(t, "unexpected end of the file")
	}
	if t.apos || !keywords[t.text] {
		return p.nameTerm(t)
	}
	if e, ok := enumerations[t.text]; ok {
		return p.constant(t, network.Value{Kind: network.EnumValue, Enum: e.kind, Number: e.number, Text: t.text})
	}
	if a, ok := p.attribute(t); ok {
		return typed{&network.Expression{Pos: network.Pos{Span: p.since(t)}, Op: network.OpAttribute, Attribute: a}, a.Type}
	}
	switch t.text {
	case "true", "false":
		v := network.Value{Kind: network.BoolValue}
		if t.text == "true" {
			v.Number = 1
		}
		return p.constant(t, v)
	case "defined":
		p.want("(")
		x := p.expression()
		p.want(")")
		return p.make(t, network.OpDefined, network.BoolValue, x)
	case "format":
		p.want("(")
		x := p.expression()
		p.want(")")
		return p.make(t, network.OpText, network.StringValue, x)
	case "prepend", "add", "delete", "filter":
		p.want("(")
		x := p.expression()
		p.want(",")
		y := p.expression()
		p.want(")")
		return p.edit(t, x, y)
	case "roa_check":
		return p.roaCheck(t)
	}
	p.fail(t, "unexpected %s", t)
	return typed{}
}

func (p *parser) roaCheck(t token) typed {
	p.want("(")
	name, _ := p.known(tableName, "a table")
	x := &network.Expression{Op: network.OpROA, Name: name.text}
	if p.take(",") {
		net := p.expression()
		p.want(",")
		as := p.expression()
		p.wantType(t, net, network.PrefixValue, "roa_check", 1)
		p.wantType(t, as, network.NumberValue, "roa_check", 2)
	}
	p.want(")")
	x.Span = p.since(t)
	return typed{x, network.EnumValue}
}

// prefixAfter reads the rest of a prefix behind its address.
func (p *parser) prefixAfter(t token) netip.Prefix {
	p.want("/")
	n := p.next()
	if n.kind != numeral || n.num > uint64(t.addr.BitLen()) {
		p.fail(n, "invalid prefix length %s", n)
	}
	pf := netip.PrefixFrom(t.addr, int(n.num))
	if pf.Masked() != pf {
		p.fail(t, "invalid prefix %s, maybe you wanted %s", pf, pf.Masked())
	}
	return pf
}

// edits are the operations on lists, with what they take beside the list.
func (p *parser) edit(t token, list, by typed) typed {
	switch list.typ {
	case network.VoidValue, network.PathValue, network.CommunitiesValue, network.LargeListValue, network.ExtListValue:
	default:
		p.fail(t, "%s of a value of type %s", t, list.typ)
	}
	op := map[string]network.Operation{"prepend": network.OpPrepend, "add": network.OpInsert, "delete": network.OpRemove, "filter": network.OpKeep}[t.text]
	if op == network.OpPrepend {
		p.wantType(t, list, network.PathValue, "prepend", 1)
		p.wantType(t, by, network.NumberValue, "prepend", 2)
	}
	x := &network.Expression{Pos: network.Pos{Span: p.since(t)}, Op: op, Args: []*network.Expression{list.Expression, by.Expression}}
	return typed{x, list.typ}
}

// nameTerm is a name: a constant, a variable, a call.
func (p *parser) nameTerm(t token) typed {
	s := p.find(t.text)
	if s == nil {
		p.fail(t, "%s is not defined", t)
	}
	if p.peek().is("(") && (s.kind == functionName || !p.inMask) {
		return p.call(t, s)
	}
	switch s.kind {
	case constantName:
		return p.constant(t, s.value)
	case variableName:
		return typed{&network.Expression{Pos: network.Pos{Span: p.since(t)}, Op: network.OpLocal, Local: s.local}, s.typ}
	case attributeName:
		a, _ := p.attribute(t)
		return typed{&network.Expression{Pos: network.Pos{Span: p.since(t)}, Op: network.OpAttribute, Attribute: a}, a.Type}
	}
	p.fail(t, "%s is no value", t)
	return typed{}
}

func (p *parser) call(t token, s *symbol) typed {
	if s.kind != functionName {
		p.fail(t, "%s is called and is no function", t)
	}
	p.want("(")
	x := &network.Expression{Op: network.OpCall, Name: t.text}
	for !p.take(")") {
		if len(x.Args) > 0 {
			p.want(",")
		}
		a := p.expression()
		if n := len(x.Args); n < len(s.parameter) {
			p.wantType(t, a, s.parameter[n], "'"+t.text+"'", n+1)
		}
		x.Args = append(x.Args, a.Expression)
	}
	if len(x.Args) != len(s.parameter) {
		p.fail(t, "function '%s' expects %d arguments, got %d", t, len(s.parameter), len(x.Args))
	}
	x.Span = p.since(t)
	if p.code != nil {
		p.code.calls[t.text] = true
	}
	return typed{x, network.VoidValue}
}

// signTerm is what begins with a sign: parentheses, sets, masks, empty lists.
func (p *parser) signTerm(t token) typed {
	switch t.text {
	case "(":
		return p.parentheses(t)
	case "[":
		return p.constant(t, p.set(t))
	case "[=":
		return p.constant(t, p.mask(t))
	case "+":
		p.want("empty")
		p.want("+")
		return p.constant(t, network.Value{Kind: network.PathValue})
	case "-", "--", "---":
		p.want("empty")
		p.want(t.text)
		kinds := map[string]network.ValueKind{"-": network.CommunitiesValue, "--": network.ExtListValue, "---": network.LargeListValue}
		return p.constant(t, network.Value{Kind: kinds[t.text]})
	}
	p.fail(t, "unexpected %s", t)
	return typed{}
}

// parentheses are a grouping, a pair, or a large or extended community.
func (p *parser) parentheses(t token) typed {
	if kind, ok := p.extKind(); ok {
		p.want(",")
		a := p.expression()
		p.want(",")
		b := p.expression()
		p.want(")")
		x := p.make(t, network.OpExt, network.ExtValue, a, b)
		if x.Op == network.OpExt {
			x.Name = kind
			if v, ok := p.compute(t, x.Expression); ok {
				return p.constant(t, v)
			}
		}
		return x
	}
	a := p.expression()
	if p.take(")") {
		return a
	}
	p.want(",")
	b := p.expression()
	p.wantType(t, a, network.NumberValue, "a pair", 1)
	p.wantType(t, b, network.NumberValue, "a pair", 2)
	if p.take(",") {
		c := p.expression()
		p.wantType(t, c, network.NumberValue, "a large community", 3)
		p.want(")")
		return p.make(t, network.OpLarge, network.LargeValue, a, b, c)
	}
	p.want(")")
	return p.make(t, network.OpPair, network.PairValue, a, b)
}

// extKind reads the kind of an extended community.
func (p *parser) extKind() (string, bool) {
	t := p.peek()
	switch {
	case t.is("rt"), t.is("ro"), t.is("generic"):
		p.next()
		return t.text, true
	case t.is("unknown"):
		p.next()
		n := p.next()
		if n.kind != numeral || n.num > 0xFFFF {
			p.fail(n, "unexpected %s, expecting the type of an extended community", n)
		}
		return "unknown " + n.String(), true
	}
	return "", false
}
