package bird

import "github.com/routegate/routegate/network"

// typed is an expression with its type as far as it is known while reading; VoidValue where not.
type typed struct {
	*network.Expression
	typ network.ValueKind
}

// BIRD's operators, loosest first: && and || on one level, from left to right (tried with
// 2.0.12: true || false && false is false); comparisons, which do not chain; + and -; * and /; !; members.
func (p *parser) expression() typed {
	x := p.comparison()
	for {
		t := p.peek()
		op, ok := map[string]network.Operation{"&&": network.OpAnd, "||": network.OpOr}[t.text]
		if !ok || t.kind != sign {
			return x
		}
		p.next()
		y := p.comparison()
		p.wantType(t, x, network.BoolValue, t.text, 1)
		p.wantType(t, y, network.BoolValue, t.text, 2)
		x = p.make(t, op, network.BoolValue, x, y)
	}
}

var comparisons = map[string]network.Operation{"=": network.OpEqual, "!=": network.OpNotEqual, "<": network.OpLess, "<=": network.OpLessOrEqual,
	">": network.OpLess, ">=": network.OpLessOrEqual, "~": network.OpMatch, "!~": network.OpNotMatch}

func (p *parser) comparison() typed {
	x := p.sum()
	t := p.peek()
	op, ok := comparisons[t.text]
	if !ok || t.kind != sign {
		return x
	}
	p.next()
	y := p.sum()
	if n := p.peek(); n.kind == sign && comparisons[n.text] != 0 {
		p.fail(n, "unexpected %s: comparisons do not chain", n)
	}
	if op == network.OpLess || op == network.OpLessOrEqual {
		if x.typ != y.typ && x.typ != 0 && y.typ != 0 {
			p.fail(t, "both sides of %s must be of the same type, got %s and %s", t, x.typ, y.typ)
		}
		if t.text[0] == '>' {
			x, y = y, x
		}
	}
	return p.make(t, op, network.BoolValue, x, y)
}

func (p *parser) sum() typed {
	x := p.product()
	for {
		t := p.peek()
		if !t.is("+") && !t.is("-") {
			return x
		}
		p.next()
		op := network.OpAdd
		if t.text == "-" {
			op = network.OpSubtract
		}
		x = p.arithmetic(t, op, x, p.product())
	}
}

func (p *parser) product() typed {
	x := p.negation()
	for {
		t := p.peek()
		if !t.is("*") && !t.is("/") {
			return x
		}
		p.next()
		op := network.OpMultiply
		if t.text == "/" {
			op = network.OpDivide
		}
		x = p.arithmetic(t, op, x, p.negation())
	}
}

func (p *parser) arithmetic(t token, op network.Operation, x, y typed) typed {
	p.wantType(t, x, network.NumberValue, t.text, 1)
	p.wantType(t, y, network.NumberValue, t.text, 2)
	return p.make(t, op, network.NumberValue, x, y)
}

func (p *parser) negation() typed {
	t := p.peek()
	if !t.is("!") {
		return p.members()
	}
	p.next()
	x := p.negation()
	p.wantType(t, x, network.BoolValue, "!", 1)
	return p.make(t, network.OpNot, network.BoolValue, x)
}

// wantType refuses an argument that is known to be of another type.
func (p *parser) wantType(t token, x typed, want network.ValueKind, what string, n int) {
	if x.typ != network.VoidValue && x.typ != want {
		p.fail(t, "argument %d of %s must be of type %s, got type %s", n, what, want, x.typ)
	}
}

// make builds an expression, computed at once where that is possible.
func (p *parser) make(t token, op network.Operation, typ network.ValueKind, args ...typed) typed {
	x := &network.Expression{Pos: network.Pos{Span: p.since(t)}, Op: op}
	for _, a := range args {
		x.Args = append(x.Args, a.Expression)
	}
	if v, ok := p.compute(t, x); ok {
		return p.constant(t, v)
	}
	return typed{x, typ}
}

func (p *parser) constant(t token, v network.Value) typed {
	return typed{&network.Expression{Pos: network.Pos{Span: p.since(t)}, Op: network.OpConstant, Value: v}, v.Kind}
}

// members reads a term and what is asked of it.
func (p *parser) members() typed {
	x := p.term()
	for p.take(".") {
		t := p.next()
		if t.kind != word {
			p.fail(t, "unexpected %s", t)
		}
		x = p.member(t, x)
	}
	return x
}

// memberTypes are what members give, by what they are asked of.
var memberTypes = map[string]map[network.ValueKind]network.ValueKind{
	"is_v4":              {network.AddressValue: network.BoolValue},
	"type":               {network.PrefixValue: network.EnumValue},
	"ip":                 {network.PrefixValue: network.AddressValue},
	"rd":                 {network.PrefixValue: network.DistinguisherValue},
	"maxlen":             {network.PrefixValue: network.NumberValue},
	"src":                {network.PrefixValue: network.PrefixValue},
	"dst":                {network.PrefixValue: network.PrefixValue},
	"first":              {network.PathValue: network.NumberValue},
	"last":               {network.PathValue: network.NumberValue},
	"last_nonaggregated": {network.PathValue: network.NumberValue},
	"asn":                {network.PairValue: network.NumberValue, network.LargeValue: network.NumberValue, network.PrefixValue: network.NumberValue},
	"data":               {network.PairValue: network.NumberValue},
	"data1":              {network.LargeValue: network.NumberValue},
	"data2":              {network.LargeValue: network.NumberValue},
	"len": {network.PrefixValue: network.NumberValue, network.PathValue: network.NumberValue, network.CommunitiesValue: network.NumberValue,
		network.LargeListValue: network.NumberValue, network.ExtListValue: network.NumberValue},
	"min": {network.CommunitiesValue: network.PairValue, network.LargeListValue: network.LargeValue, network.ExtListValue: network.ExtValue},
	"max": {network.CommunitiesValue: network.PairValue, network.LargeListValue: network.LargeValue, network.ExtListValue: network.ExtValue},
}

func (p *parser) member(t token, x typed) typed {
	if t.is("mask") {
		p.wantType(t, x, network.AddressValue, "mask", 1)
		p.want("(")
		n := p.expression()
		p.want(")")
		return p.make(t, network.OpMask, network.AddressValue, x, n)
	}
	to, ok := memberTypes[t.text]
	if !ok {
		p.fail(t, "unexpected %s", t)
	}
	typ, ok := to[x.typ]
	if !ok && x.typ != network.VoidValue {
		p.fail(t, "%s of a value of type %s", t, x.typ)
	}
	m := p.make(t, network.OpMember, typ, x)
	m.Name = t.text
	return m
}
