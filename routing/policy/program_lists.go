package policy

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// member is a part of a value: x.len, x.first.
func (f *frame) member(x *network.Expression, v value) value {
	switch p := v.x.(type) {
	case netip.Prefix:
		switch x.Name {
		case "len":
			return numeral(uint32(p.Bits()))
		case "ip":
			return address(p.Addr())
		case "type":
			n := uint64(1)
			if p.Addr().Is6() {
				n = 2
			}
			return enumeration(network.EnumNetType, n)
		}
	case netip.Addr:
		if x.Name == "is_v4" {
			return boolean(p.Is4())
		}
	case network.ASPath:
		return f.pathMember(x, p)
	case []network.Community:
		if x.Name == "len" {
			return numeral(uint32(len(p)))
		}
		return extreme(x, elements(v), value{kind: network.PairValue})
	case []network.LargeCommunity:
		if x.Name == "len" {
			return numeral(uint32(len(p)))
		}
		return extreme(x, elements(v), value{kind: network.LargeValue, x: network.LargeCommunity{}})
	case []network.ExtCommunity:
		if x.Name == "len" {
			return numeral(uint32(len(p)))
		}
		return extreme(x, elements(v), value{kind: network.ExtValue})
	case network.LargeCommunity:
		switch x.Name {
		case "asn":
			return numeral(p.Global)
		case "data1":
			return numeral(p.Data1)
		case "data2":
			return numeral(p.Data2)
		}
	}
	if v.kind == network.PairValue {
		switch x.Name {
		case "asn":
			return numeral(uint32(v.n >> 16))
		case "data":
			return numeral(uint32(v.n & 0xFFFF))
		}
	}
	return f.fail(x.Span, "%s of a value of type %s", x.Name, v.kind)
}

// extreme is the smallest or largest element; of an empty list, zero of its kind.
func extreme(x *network.Expression, list []value, zero value) value {
	if len(list) == 0 {
		return zero
	}
	if x.Name == "min" {
		return slices.MinFunc(list, order)
	}
	return slices.MaxFunc(list, order)
}

// isSequence: members of a confederation are no first AS of a path, but they are a last one (bird-confederation-filter).
func isSequence(s network.ASSegment) bool {
	return s.Kind == network.ASSequence || s.Kind == network.ConfedSequence
}

// pathMember: the first and last AS are 0 where there is none or a set stands there; the last
// that is no aggregate's is the last before a set.
func (f *frame) pathMember(x *network.Expression, p network.ASPath) value {
	switch x.Name {
	case "len":
		n := p.Length(false)
		return numeral(uint32(n))
	case "first":
		if len(p) > 0 && p[0].Kind == network.ASSequence {
			return numeral(p[0].AS[0])
		}
		return numeral(0)
	case "last":
		if k := len(p) - 1; k >= 0 && isSequence(p[k]) {
			return numeral(p[k].AS[len(p[k].AS)-1])
		}
		return numeral(0)
	case "last_nonaggregated":
		last := uint32(0)
		for _, s := range p {
			if !isSequence(s) {
				break
			}
			last = s.AS[len(s.AS)-1]
		}
		return numeral(last)
	case "empty":
		return pathValue(nil)
	}
	return f.fail(x.Span, "%s of a path", x.Name)
}

// edit inserts into, removes from, or keeps of a list.
func (f *frame) edit(x *network.Expression, list, by value) value {
	single := by.kind == network.NumberValue || by.kind == network.PairValue || by.kind == network.QuadValue || by.kind == network.LargeValue || by.kind == network.ExtValue
	if x.Op == network.OpKeep && single {
		return f.fail(x.Span, "%s of %s and %s", x.Op, list.kind, by.kind) // wants a set or a list (BIRD, tried)
	}
	switch l := list.x.(type) {
	case network.ASPath:
		if x.Op == network.OpInsert {
			break
		}
		in := func(as uint32) bool { return by.kind == network.NumberValue && uint64(as) == by.n }
		if set, ok := by.x.(*valueSet); ok && (set.of == network.NumberValue || set.of == network.VoidValue) {
			in = func(as uint32) bool { return set.has(numeral(as)) }
		} else if by.kind != network.NumberValue {
			break
		}
		return pathValue(mapAS(l, func(as uint32) (uint32, bool) { return as, in(as) == (x.Op == network.OpKeep) }))
	case []network.Community:
		if y, ok := by.x.([]network.Community); ok {
			return value{kind: list.kind, x: combine(x.Op, l, y)}
		}
		if by.kind == network.PairValue || by.kind == network.QuadValue {
			return value{kind: list.kind, x: combine(x.Op, l, []network.Community{network.Community(by.n)})}
		}
		if a, ok := by.x.(netip.Addr); ok && a.Is4() {
			return value{kind: list.kind, x: combine(x.Op, l, []network.Community{network.Community(quad(a).n)})}
		}
		if set, ok := by.x.(*valueSet); ok && x.Op != network.OpInsert {
			return value{kind: list.kind, x: sift(x.Op, l, func(c network.Community) bool {
				if set.of == network.AddressValue {
					return set.has(address(quadAddress(uint64(c))))
				}
				return set.has(value{kind: network.PairValue, n: uint64(c)})
			})}
		}
	case []network.LargeCommunity:
		if y, ok := by.x.([]network.LargeCommunity); ok {
			return value{kind: list.kind, x: combine(x.Op, l, y)}
		}
		if y, ok := by.x.(network.LargeCommunity); ok {
			return value{kind: list.kind, x: combine(x.Op, l, []network.LargeCommunity{y})}
		}
		if set, ok := by.x.(*valueSet); ok && x.Op != network.OpInsert {
			return value{kind: list.kind, x: sift(x.Op, l, func(c network.LargeCommunity) bool {
				return set.has(value{kind: network.LargeValue, x: c})
			})}
		}
	case []network.ExtCommunity:
		if y, ok := by.x.([]network.ExtCommunity); ok {
			return value{kind: list.kind, x: combine(x.Op, l, y)}
		}
		if by.kind == network.ExtValue {
			return value{kind: list.kind, x: combine(x.Op, l, []network.ExtCommunity{network.ExtCommunity(by.n)})}
		}
		if set, ok := by.x.(*valueSet); ok && x.Op != network.OpInsert {
			return value{kind: list.kind, x: sift(x.Op, l, func(c network.ExtCommunity) bool {
				return set.has(value{kind: network.ExtValue, n: uint64(c)})
			})}
		}
	}
	return f.fail(x.Span, "%s of %s and %s", x.Op, list.kind, by.kind)
}

func combine[T comparable](op network.Operation, list, with []T) []T {
	if op == network.OpInsert {
		out := slices.Clone(list)
		for _, c := range with {
			if !has(out, c) {
				out = append(out, c)
			}
		}
		return out
	}
	return sift(op, list, func(c T) bool { return has(with, c) })
}

// sift removes, or keeps alone, what is in.
func sift[T comparable](op network.Operation, list []T, in func(T) bool) []T {
	var out []T
	for _, c := range list {
		if in(c) == (op == network.OpKeep) {
			out = append(out, c)
		}
	}
	return out
}
