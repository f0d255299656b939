package policy

import (
	"net/netip"

	"github.com/routegate/routegate/network"
)

// matches is the operator ~. known is false for kinds between which it means nothing, which is
// an error of the program.
func (f *frame) matches(a, b value) (holds, known bool) {
	switch set := b.x.(type) {
	case *valueSet:
		return f.inSet(a, set)
	case *prefixSet:
		if p, ok := a.x.(netip.Prefix); ok {
			return set.family(p) && set.accepts(p), true
		}
		return false, false
	case *mask:
		if p, ok := a.x.(network.ASPath); ok {
			return set.match(f, p), true
		}
		return false, false
	case netip.Prefix:
		switch x := a.x.(type) {
		case netip.Addr:
			return set.Contains(x.Unmap()), true
		case netip.Prefix:
			return set.Bits() <= x.Bits() && set.Contains(x.Addr()), true
		}
		return false, false
	case network.ASPath:
		if a.kind == network.NumberValue {
			return set.Count(uint32(a.n)) > 0, true
		}
	case []network.Community:
		if a.kind == network.PairValue || a.kind == network.QuadValue {
			return has(set, network.Community(a.n)), true
		}
		if x, ok := a.x.(netip.Addr); ok && x.Is4() {
			return has(set, network.Community(quad(x).n)), true
		}
	case []network.LargeCommunity:
		if x, ok := a.x.(network.LargeCommunity); ok {
			return has(set, x), true
		}
	case []network.ExtCommunity:
		if a.kind == network.ExtValue {
			return has(set, network.ExtCommunity(a.n)), true
		}
	case string:
		if x, ok := a.x.(string); ok {
			return glob(set, x), true
		}
	}
	return false, false
}

func (f *frame) inSet(a value, set *valueSet) (holds, known bool) {
	switch x := a.x.(type) {
	case network.ASPath:
		for _, s := range x {
			for _, as := range s.AS {
				if set.has(numeral(as)) {
					return true, true
				}
			}
		}
		return false, set.of == network.NumberValue || set.of == network.VoidValue
	case []network.Community:
		for _, c := range x {
			if set.of == network.AddressValue && set.has(address(quadAddress(uint64(c)))) ||
				set.of != network.AddressValue && set.has(value{kind: network.PairValue, n: uint64(c)}) {
				return true, true
			}
		}
		return false, true
	case []network.LargeCommunity:
		for _, c := range x {
			if set.has(value{kind: network.LargeValue, x: c}) {
				return true, true
			}
		}
		return false, true
	case []network.ExtCommunity:
		for _, c := range x {
			if set.has(value{kind: network.ExtValue, n: uint64(c)}) {
				return true, true
			}
		}
		return false, true
	}
	if set.of == network.VoidValue {
		return false, a.kind != network.VoidValue
	}
	if a.kind == network.QuadValue && set.of == network.AddressValue {
		return set.has(address(quadAddress(a.n))), true
	}
	if a.kind != set.of {
		return false, false
	}
	return set.has(a), true
}

// glob matches a text with a pattern in which * stands for any text and ? for one octet.
func glob(pattern, s string) bool {
	star, mark, i := -1, 0, 0
	for j := 0; j < len(s); {
		switch {
		case i < len(pattern) && pattern[i] == '*':
			star, mark = i, j
			i++
		case i < len(pattern) && (pattern[i] == '?' || pattern[i] == s[j]):
			i, j = i+1, j+1
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(pattern) && pattern[i] == '*' {
		i++
	}
	return i == len(pattern)
}

// mask is a compiled AS path mask.
type mask struct{ items []maskItem }

type maskItem struct {
	kind     network.MaskKind
	from, to uint32
	set      *valueSet
	as       expression
	repeat   bool // once or more
}

func (e *Evaluator) compileMask(items []network.MaskItem) *mask {
	m := &mask{}
	for i := range items {
		it := &items[i]
		c := maskItem{kind: it.Kind, from: it.From, to: it.To}
		switch {
		case it.Kind == network.MaskMore:
			if k := len(m.items); k > 0 {
				m.items[k-1].repeat = true
			}
			continue
		case it.Kind == network.MaskSet:
			c.set = e.valueSet(network.NumberValue, it.Ranges)
		case it.Value != nil:
			c.as = e.expression(it.Value)
		}
		m.items = append(m.items, c)
	}
	return m
}

// match runs the mask over the path as an automaton: a state is the number of items that are
// behind. A set in the path is one place that any of its ASes may fill; segments of a
// confederation count like any other.
func (m *mask) match(f *frame, p network.ASPath) bool {
	now := make([]bool, len(m.items)+1)
	skip := func(at []bool) {
		for i := range m.items {
			if at[i] && m.items[i].kind == network.MaskAny {
				at[i+1] = true
			}
		}
	}
	now[0] = true
	skip(now)
	place := func(as []uint32) {
		next := make([]bool, len(now))
		for i := range m.items {
			it := &m.items[i]
			if !now[i] && !(it.repeat && now[i+1]) {
				continue
			}
			if !it.takes(f, as) {
				continue
			}
			if it.kind == network.MaskAny {
				next[i] = true
			}
			next[i+1] = true
		}
		skip(next)
		now = next
	}
	for _, s := range p {
		if s.Kind == network.ASSet || s.Kind == network.ConfedSet {
			place(s.AS)
			continue
		}
		for i := range s.AS {
			place(s.AS[i : i+1])
		}
	}
	return now[len(m.items)]
}

func (it *maskItem) takes(f *frame, as []uint32) bool {
	for _, a := range as {
		switch {
		case it.kind == network.MaskAny, it.kind == network.MaskOne:
			return true
		case it.set != nil:
			if it.set.has(numeral(a)) {
				return true
			}
		case it.as != nil:
			if v := it.as(f); v.kind == network.NumberValue && v.n == uint64(a) {
				return true
			}
		case a >= it.from && a <= it.to:
			return true
		}
	}
	return false
}
