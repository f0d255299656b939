package policy

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/routegate/routegate/network"
)

// value is what an expression gives while a program runs. X holds what no number can: an
// address, a prefix, a text, a path, a list, a set.
type value struct {
	kind network.ValueKind
	enum network.EnumKind
	n    uint64
	x    any
}

var (
	voidValue = value{}
	falsity   = value{kind: network.BoolValue}
	truth     = value{kind: network.BoolValue, n: 1}
)

func boolean(b bool) value {
	if b {
		return truth
	}
	return falsity
}

func numeral(n uint32) value { return value{kind: network.NumberValue, n: uint64(n)} }

func address(a netip.Addr) value { return value{kind: network.AddressValue, x: a.WithZone("")} }

func text(s string) value { return value{kind: network.StringValue, x: s} }

func enumeration(k network.EnumKind, n uint64) value {
	return value{kind: network.EnumValue, enum: k, n: n}
}

func pathValue(p network.ASPath) value { return value{kind: network.PathValue, x: p} }

// quad is a router id.
func quad(a netip.Addr) value {
	if !a.Is4() {
		return value{kind: network.QuadValue}
	}
	b := a.As4()
	return value{kind: network.QuadValue, n: uint64(b[0])<<24 | uint64(b[1])<<16 | uint64(b[2])<<8 | uint64(b[3])}
}

func quadAddress(n uint64) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// valueSet is a set of single values: ranges in ascending order, not overlapping.
type valueSet struct {
	of     network.ValueKind
	ranges [][2]value
}

// constant makes the running form of a value that stands in a program.
func (e *Evaluator) constant(v *network.Value) value {
	switch v.Kind {
	case network.AddressValue:
		return address(v.Address)
	case network.PrefixValue:
		return value{kind: v.Kind, x: v.Prefix}
	case network.StringValue:
		return text(v.Text)
	case network.PathValue:
		return pathValue(v.Path)
	case network.CommunitiesValue:
		return value{kind: v.Kind, x: []network.Community(nil)}
	case network.LargeListValue:
		return value{kind: v.Kind, x: []network.LargeCommunity(nil)}
	case network.ExtListValue:
		return value{kind: v.Kind, x: []network.ExtCommunity(nil)}
	case network.LargeValue:
		return value{kind: v.Kind, x: v.Large}
	case network.SetValue:
		return value{kind: v.Kind, x: e.valueSet(v.Elements, v.Ranges)}
	case network.PrefixSetValue:
		set := v.Prefixes
		if set == nil {
			set = &network.PrefixSet{}
		}
		return value{kind: v.Kind, x: compilePrefixSet(set)}
	case network.MaskValue:
		return value{kind: v.Kind, x: e.compileMask(v.Mask)}
	}
	return value{kind: v.Kind, enum: v.Enum, n: v.Number}
}

func (e *Evaluator) valueSet(of network.ValueKind, ranges []network.ValueRange) *valueSet {
	s := &valueSet{of: of}
	for i := range ranges {
		s.ranges = append(s.ranges, [2]value{e.constant(&ranges[i].From), e.constant(&ranges[i].To)})
	}
	slices.SortFunc(s.ranges, func(a, b [2]value) int { return order(a[0], b[0]) })
	// Merged, so that a search finds the only range that can hold a value.
	out := s.ranges[:0]
	for _, r := range s.ranges {
		if k := len(out) - 1; k >= 0 && order(r[0], out[k][1]) <= 0 {
			if order(r[1], out[k][1]) > 0 {
				out[k][1] = r[1]
			}
			continue
		}
		out = append(out, r)
	}
	s.ranges = out
	return s
}

func (s *valueSet) has(v value) bool {
	i, found := slices.BinarySearchFunc(s.ranges, v, func(r [2]value, v value) int { return order(r[0], v) })
	return found || i > 0 && order(v, s.ranges[i-1][1]) <= 0
}

// order compares two values of one kind.
func order(a, b value) int {
	switch x := a.x.(type) {
	case netip.Addr:
		y, _ := b.x.(netip.Addr)
		return x.Unmap().Compare(y.Unmap())
	case netip.Prefix:
		y, _ := b.x.(netip.Prefix)
		return cmp.Or(x.Addr().Compare(y.Addr()), cmp.Compare(x.Bits(), y.Bits()))
	case string:
		y, _ := b.x.(string)
		return strings.Compare(x, y)
	case network.LargeCommunity:
		y, _ := b.x.(network.LargeCommunity)
		return cmp.Or(cmp.Compare(x.Global, y.Global), cmp.Compare(x.Data1, y.Data1), cmp.Compare(x.Data2, y.Data2))
	}
	return cmp.Compare(a.n, b.n)
}

// same is equality; values of different kinds are not equal, but for an address and a router
// id of the same number.
func same(a, b value) bool {
	if a.kind != b.kind {
		if a.kind == network.QuadValue && b.kind == network.AddressValue {
			a, b = b, a
		}
		if x, ok := a.x.(netip.Addr); ok && b.kind == network.QuadValue {
			return x == quadAddress(b.n)
		}
		return false
	}
	switch x := a.x.(type) {
	case network.ASPath:
		return slices.Equal(flat(x), flat(b.x.(network.ASPath)))
	case []network.Community:
		return slices.Equal(x, b.x.([]network.Community))
	case []network.LargeCommunity:
		return slices.Equal(x, b.x.([]network.LargeCommunity))
	case []network.ExtCommunity:
		return slices.Equal(x, b.x.([]network.ExtCommunity))
	case *valueSet, *prefixSet, *mask:
		return a.x == b.x
	}
	return a.enum == b.enum && order(a, b) == 0
}

// flat are the path's ASes with marks for the segments, for comparison.
func flat(p network.ASPath) []uint64 {
	var out []uint64
	for _, s := range p {
		if s.Kind != network.ASSequence {
			out = append(out, 1<<40|uint64(s.Kind))
		}
		for _, as := range s.AS {
			out = append(out, uint64(as))
		}
	}
	return out
}

// String is for explanations and texts that programs make.
func (v value) String() string {
	switch x := v.x.(type) {
	case network.ASPath:
		return x.String()
	case []network.Community, []network.LargeCommunity, []network.ExtCommunity:
		return strings.Trim(fmt.Sprint(x), "[]")
	case *valueSet, *prefixSet, *mask:
		return v.kind.String()
	case nil:
		switch v.kind {
		case network.VoidValue:
			return "(void)"
		case network.BoolValue:
			return strings.ToUpper(strconv.FormatBool(v.n != 0))
		case network.PairValue:
			return numeric(network.Community(v.n))
		case network.QuadValue:
			return quadAddress(v.n).String()
		case network.ExtValue:
			return network.ExtCommunity(v.n).String()
		}
		return strconv.FormatUint(v.n, 10)
	default:
		return fmt.Sprint(x)
	}
}
