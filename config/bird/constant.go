package bird

import (
	"strconv"
	"strings"

	"github.com/routegate/routegate/network"
)

// fold is the value of an expression that must be constant.
func (p *parser) fold(x typed, at token) network.Value {
	if x.Op != network.OpConstant {
		p.fail(at, "a constant expression is expected")
	}
	return x.Value
}

// number reads a constant number.
func (p *parser) number() uint32 {
	v, at := p.constantOf(token{})
	if v.Kind != network.NumberValue {
		p.fail(at, "a number is expected, got a value of type %s", v.Kind)
	}
	return uint32(v.Number)
}

// compute does at once what has constant arguments alone. BIRD does so while it reads, and refuses
// the configuration where that fails.
func (p *parser) compute(t token, x *network.Expression) (network.Value, bool) {
	if len(x.Args) == 0 {
		return network.Value{}, false
	}
	for _, a := range x.Args {
		if a.Op != network.OpConstant {
			return network.Value{}, false
		}
	}
	num := func(i int) uint64 { return x.Args[i].Value.Number }
	switch x.Op {
	case network.OpAdd, network.OpSubtract, network.OpMultiply, network.OpDivide:
		a, b := uint32(num(0)), uint32(num(1))
		switch x.Op {
		case network.OpAdd:
			a += b
		case network.OpSubtract:
			a -= b
		case network.OpMultiply:
			a *= b
		default:
			if b == 0 {
				p.fail(t, "division by 0")
			}
			a /= b
		}
		return network.Value{Kind: network.NumberValue, Number: uint64(a)}, true
	case network.OpNot:
		return truth(num(0) == 0), true
	case network.OpAnd:
		return truth(num(0) != 0 && num(1) != 0), true
	case network.OpOr:
		return truth(num(0) != 0 || num(1) != 0), true
	case network.OpPair:
		if num(0) > 0xFFFF || num(1) > 0xFFFF {
			p.fail(t, "a value out of bounds in a pair")
		}
		return network.Value{Kind: network.PairValue, Number: num(0)<<16 | num(1)}, true
	case network.OpLarge:
		return network.Value{Kind: network.LargeValue, Large: network.LargeCommunity{Global: uint32(num(0)), Data1: uint32(num(1)), Data2: uint32(num(2))}}, true
	case network.OpExt:
		if x.Name == "" {
			return network.Value{}, false
		}
		n, ok := extended(x.Name, x.Args[0].Value, num(1))
		if !ok {
			p.fail(t, "a value out of bounds in an extended community")
		}
		return network.Value{Kind: network.ExtValue, Number: n}, true
	case network.OpEqual, network.OpNotEqual, network.OpLess, network.OpLessOrEqual:
		a, b := x.Args[0].Value, x.Args[1].Value
		if a.Kind != network.NumberValue || b.Kind != network.NumberValue {
			return network.Value{}, false
		}
		switch x.Op {
		case network.OpEqual:
			return truth(a.Number == b.Number), true
		case network.OpNotEqual:
			return truth(a.Number != b.Number), true
		case network.OpLess:
			return truth(a.Number < b.Number), true
		}
		return truth(a.Number <= b.Number), true
	}
	return network.Value{}, false
}

func truth(b bool) network.Value {
	v := network.Value{Kind: network.BoolValue}
	if b {
		v.Number = 1
	}
	return v
}

// extended makes an extended community: with an AS of two octets or an address, else with an AS of four.
func extended(kind string, a network.Value, n uint64) (uint64, bool) {
	sub := uint64(2)
	switch {
	case kind == "ro":
		sub = 3
	case kind == "generic":
		return a.Number<<32 | n, true
	case strings.HasPrefix(kind, "unknown "):
		v, _ := strconv.ParseUint(kind[len("unknown "):], 10, 16)
		return v<<48 | a.Number<<32 | n, a.Number <= 0xFFFF
	}
	switch {
	case a.Kind == network.AddressValue && a.Address.Is4():
		b := a.Address.As4()
		return 1<<56 | sub<<48 | (uint64(b[0])<<24|uint64(b[1])<<16|uint64(b[2])<<8|uint64(b[3]))<<16 | n, n <= 0xFFFF
	case a.Kind != network.NumberValue:
		return 0, false
	case a.Number <= 0xFFFF:
		return sub<<48 | a.Number<<32 | n, true
	}
	return 2<<56 | sub<<48 | a.Number<<16 | n, n <= 0xFFFF
}
