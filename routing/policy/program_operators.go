package policy

import (
	"net/netip"

	"github.com/routegate/routegate/network"
)

// expression makes an expression ready to run.
func (e *Evaluator) expression(x *network.Expression) expression {
	args := make([]expression, len(x.Args))
	for i, a := range x.Args {
		args[i] = e.expression(a)
	}
	switch x.Op {
	case network.OpConstant:
		v := e.constant(&x.Value)
		return func(*frame) value { return v }
	case network.OpAttribute:
		return func(f *frame) value { return f.read(x) }
	case network.OpLocal:
		return func(f *frame) value { return f.locals[x.Local] }
	case network.OpCall:
		return func(f *frame) value { return f.call(x, args) }
	case network.OpAnd, network.OpOr:
		return shortCircuit(x, args)
	case network.OpNot:
		return unary(x, args, func(f *frame, v value) value {
			if v.kind != network.BoolValue {
				return f.fail(x.Span, "! of a value of type %s", v.kind)
			}
			return boolean(v.n == 0)
		})
	case network.OpAdd, network.OpSubtract, network.OpMultiply, network.OpDivide:
		return calculation(x, args)
	case network.OpEqual, network.OpNotEqual:
		return binary(args, func(_ *frame, a, b value) value { return boolean(same(a, b) == (x.Op == network.OpEqual)) })
	case network.OpLess, network.OpLessOrEqual:
		return binary(args, func(f *frame, a, b value) value { return f.less(x, a, b) })
	case network.OpMatch, network.OpNotMatch:
		return binary(args, func(f *frame, a, b value) value {
			holds, known := f.matches(a, b)
			if !known {
				return f.fail(x.Span, "%s between %s and %s", x.Op, a.kind, b.kind)
			}
			return boolean(holds == (x.Op == network.OpMatch))
		})
	case network.OpDefined:
		return unary(x, args, func(_ *frame, v value) value { return boolean(defined(v)) })
	case network.OpMember:
		return unary(x, args, func(f *frame, v value) value { return f.member(x, v) })
	case network.OpMask:
		return binary(args, func(f *frame, a, b value) value {
			to, ok := a.x.(netip.Addr)
			if !ok || b.kind != network.NumberValue || b.n > uint64(to.BitLen()) {
				return f.fail(x.Span, "mask of a value of type %s", a.kind)
			}
			return address(netip.PrefixFrom(to, int(b.n)).Masked().Addr())
		})
	case network.OpPrepend:
		return binary(args, func(f *frame, a, b value) value {
			p, ok := a.x.(network.ASPath)
			if !ok || b.kind != network.NumberValue {
				return f.fail(x.Span, "prepend to a value of type %s", a.kind)
			}
			return pathValue(prepend(p, []uint32{uint32(b.n)}))
		})
	case network.OpInsert, network.OpRemove, network.OpKeep:
		return binary(args, func(f *frame, a, b value) value { return f.edit(x, a, b) })
	case network.OpPair:
		return binary(args, func(f *frame, a, b value) value {
			if a.kind != network.NumberValue || b.kind != network.NumberValue || a.n > 0xFFFF || b.n > 0xFFFF {
				return f.fail(x.Span, "a value out of bounds in a pair")
			}
			return value{kind: network.PairValue, n: a.n<<16 | b.n}
		})
	case network.OpLarge:
		return largeOf(x, args)
	case network.OpExt:
		return binary(args, func(f *frame, a, b value) value {
			c, ok := extended(x.Name, a, b)
			if !ok {
				return f.fail(x.Span, "a value out of bounds in an extended community")
			}
			return value{kind: network.ExtValue, n: c}
		})
	case network.OpROA:
		return roa
	case network.OpText:
		return unary(x, args, func(_ *frame, v value) value { return text(v.String()) })
	}
	return func(f *frame) value {
		f.ev.doubt("not simulated: "+x.Name, x.Span)
		return voidValue
	}
}

func unary(_ *network.Expression, args []expression, do func(*frame, value) value) expression {
	arg := args[0]
	return func(f *frame) value {
		v := arg(f)
		if f.failed() {
			return voidValue
		}
		return do(f, v)
	}
}

func binary(args []expression, do func(f *frame, a, b value) value) expression {
	left, right := args[0], args[1]
	return func(f *frame) value {
		a := left(f)
		if f.failed() {
			return voidValue
		}
		b := right(f)
		if f.failed() {
			return voidValue
		}
		return do(f, a, b)
	}
}

func shortCircuit(x *network.Expression, args []expression) expression {
	decides := uint64(0)
	if x.Op == network.OpOr {
		decides = 1
	}
	return func(f *frame) value {
		for _, arg := range args {
			v := arg(f)
			if f.failed() {
				return voidValue
			}
			if v.kind != network.BoolValue {
				return f.fail(x.Span, "%s of a value of type %s", x.Op, v.kind)
			}
			if v.n == decides {
				return v
			}
		}
		return boolean(decides == 0)
	}
}

// calculation is of 32 bits without sign, and goes round (BIRD).
func calculation(x *network.Expression, args []expression) expression {
	return binary(args, func(f *frame, a, b value) value {
		if a.kind != network.NumberValue || b.kind != network.NumberValue {
			return f.fail(x.Span, "%s of values of type %s and %s", x.Op, a.kind, b.kind)
		}
		p, q := uint32(a.n), uint32(b.n)
		switch x.Op {
		case network.OpAdd:
			return numeral(p + q)
		case network.OpSubtract:
			return numeral(p - q)
		case network.OpMultiply:
			return numeral(p * q)
		}
		if q == 0 {
			return f.fail(x.Span, "division by 0")
		}
		return numeral(p / q)
	})
}

// less: what is not there is less than everything that is.
func (f *frame) less(x *network.Expression, a, b value) value {
	if a.kind != b.kind {
		if a.kind == network.VoidValue || b.kind == network.VoidValue {
			return boolean(a.kind == network.VoidValue)
		}
		return f.fail(x.Span, "%s between %s and %s", x.Op, a.kind, b.kind)
	}
	o := order(a, b)
	return boolean(o < 0 || o == 0 && x.Op == network.OpLessOrEqual)
}

// defined: an attribute that holds a list counts where it is not empty, or was made so by the program.
func defined(v value) bool {
	switch x := v.x.(type) {
	case network.ASPath:
		return len(x) > 0 || v.n != 0
	case []network.Community:
		return len(x) > 0 || v.n != 0
	case []network.LargeCommunity:
		return len(x) > 0 || v.n != 0
	case []network.ExtCommunity:
		return len(x) > 0 || v.n != 0
	}
	return v.kind != network.VoidValue
}

func (f *frame) call(x *network.Expression, args []expression) value {
	fn := f.policy.program.functions[x.Name]
	if fn == nil {
		return f.fail(x.Span, "there is no function %s", x.Name)
	}
	if f.run.depth++; f.run.depth > maxDepth {
		return f.fail(x.Span, "functions call each other without end")
	}
	inner := &frame{ev: f.ev, policy: f.policy, run: f.run, locals: make([]value, max(fn.Locals, len(args)))}
	for i, a := range args {
		inner.locals[i] = a(f)
	}
	if f.failed() {
		return voidValue
	}
	s := runAll(inner, fn.body)
	f.run.depth--
	if s == accepts || s == rejects {
		f.run.end = s
		return f.fail(x.Span, "ended")
	}
	return inner.result
}

// roa is the state that is known of the route; where none is, that of an empty table.
func roa(f *frame) value {
	n := map[string]uint64{"valid": 1, "invalid": 2}[f.ev.route.RPKI]
	return enumeration(network.EnumROA, n)
}

func largeOf(x *network.Expression, args []expression) expression {
	return func(f *frame) value {
		var v [3]uint32
		for i, arg := range args {
			a := arg(f)
			if f.failed() {
				return voidValue
			}
			if a.kind != network.NumberValue {
				return f.fail(x.Span, "a large community of a value of type %s", a.kind)
			}
			v[i] = uint32(a.n)
		}
		return value{kind: network.LargeValue, x: network.LargeCommunity{Global: v[0], Data1: v[1], Data2: v[2]}}
	}
}

// extended makes an extended community of its kind and two numbers: with an AS of two octets, an
// address, or an AS of four (RFC 4360, RFC 5668).
func extended(kind string, a, b value) (uint64, bool) {
	if b.kind != network.NumberValue {
		return 0, false
	}
	sub := uint64(2)
	if kind == "ro" {
		sub = 3
	}
	switch {
	case a.kind == network.QuadValue || a.kind == network.AddressValue:
		n := a.n
		if to, ok := a.x.(netip.Addr); ok {
			n = quad(to).n
		}
		return 1<<56 | sub<<48 | n<<16 | b.n, b.n <= 0xFFFF
	case a.kind != network.NumberValue:
		return 0, false
	case kind == "generic":
		return a.n<<32 | b.n, true
	case a.n <= 0xFFFF:
		return sub<<48 | a.n<<32 | b.n, true
	}
	return 2<<56 | sub<<48 | a.n<<16 | b.n, b.n <= 0xFFFF
}
