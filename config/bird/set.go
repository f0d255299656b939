package bird

import (
	"net/netip"

	"github.com/routegate/routegate/network"
)

// set reads what is between brackets: of prefixes, of single values, or of nothing.
func (p *parser) set(open token) network.Value {
	if p.take("]") {
		return network.Value{Kind: network.SetValue}
	}
	if t := p.peek(); t.kind == address && p.after(1).is("/") {
		return p.prefixSet(open)
	}
	v := network.Value{Kind: network.SetValue}
	for {
		v.Ranges = append(v.Ranges, p.setItem(&v)...)
		if p.take("]") {
			return v
		}
		p.want(",")
	}
}

// setItem reads one item: all items of a set are of one type.
func (p *parser) setItem(v *network.Value) []network.ValueRange {
	t := p.peek()
	items := p.range1()
	if p.take("..") {
		to := p.range1()
		if len(items) != 1 || len(to) != 1 || items[0].From.Kind != to[0].From.Kind {
			p.fail(t, "the ends of a range must be single values of one type")
		}
		items[0].To = to[0].To
	}
	for _, r := range items {
		if v.Elements != network.VoidValue && v.Elements != r.From.Kind {
			p.fail(t, "a set of %s holds no %s", v.Elements, r.From.Kind)
		}
		v.Elements = r.From.Kind
	}
	return items
}

func single(v network.Value) []network.ValueRange { return []network.ValueRange{{From: v, To: v}} }

// range1 reads a value of a set, or a community with wild cards.
func (p *parser) range1() []network.ValueRange {
	t := p.peek()
	if t.is("(") {
		return p.tuple()
	}
	if t.kind == word && !keywords[t.text] || t.apos {
		p.next()
		s := p.find(t.text)
		if s == nil {
			p.fail(t, "%s is not defined", t)
		}
		if s.kind != constantName {
			p.fail(t, "%s is no constant", t)
		}
		if s.value.Kind == network.SetValue {
			return s.value.Ranges
		}
		return single(p.settable(t, s.value))
	}
	x := p.term()
	return single(p.settable(t, p.fold(x, t)))
}

func (p *parser) settable(t token, v network.Value) network.Value {
	switch v.Kind {
	case network.NumberValue, network.PairValue, network.AddressValue, network.EnumValue, network.ExtValue, network.LargeValue, network.QuadValue, network.DistinguisherValue:
		return v
	}
	p.fail(t, "a set cannot hold a value of type %s", v.Kind)
	return v
}

// part is one place of a community in a set: a range of numbers, or an address.
type part struct {
	from, to uint64
	any      bool
	addr     netip.Addr
}

func (p *parser) part() part {
	if p.take("*") {
		return part{any: true}
	}
	at := p.peek()
	v := p.fold(p.sum(), at)
	switch v.Kind {
	case network.AddressValue:
		return part{addr: v.Address}
	case network.NumberValue:
	default:
		p.fail(at, "a number is expected in a community, got %s", v.Kind)
	}
	x := part{from: v.Number, to: v.Number}
	if p.take("..") {
		at = p.peek()
		x.to = p.fold(p.sum(), at).Number
	}
	return x
}

// tuple reads what is between parentheses in a set.
func (p *parser) tuple() []network.ValueRange {
	t := p.want("(")
	if kind, ok := p.extKind(); ok {
		return p.extTuple(t, kind)
	}
	parts := []part{p.part()}
	for p.take(",") {
		parts = append(parts, p.part())
	}
	p.want(")")
	for i := range parts {
		if parts[i].any {
			parts[i].to = 0xFFFF
			if len(parts) == 3 {
				parts[i].to = 1<<32 - 1
			}
		}
	}
	switch len(parts) {
	case 1:
		v := func(n uint64) network.Value { return network.Value{Kind: network.NumberValue, Number: n} }
		return []network.ValueRange{{From: v(parts[0].from), To: v(parts[0].to)}}
	case 2:
		return p.pairs(t, parts[0], parts[1])
	case 3:
		return p.larges(t, parts)
	}
	p.fail(t, "a community has two or three parts")
	return nil
}

// pairs: a range in the first place and one in the second are many ranges of pairs.
func (p *parser) pairs(t token, a, b part) []network.ValueRange {
	if a.to > 0xFFFF || b.to > 0xFFFF || a.from > a.to || b.from > b.to {
		p.fail(t, "a value out of bounds in a pair")
	}
	v := func(x, y uint64) network.Value { return network.Value{Kind: network.PairValue, Number: x<<16 | y} }
	if b.any || a.from == a.to {
		return []network.ValueRange{{From: v(a.from, b.from), To: v(a.to, b.to)}}
	}
	out := make([]network.ValueRange, 0, a.to-a.from+1)
	for n := a.from; n <= a.to; n++ {
		out = append(out, network.ValueRange{From: v(n, b.from), To: v(n, b.to)})
	}
	return out
}

// larges: behind a range or a wild card there are only wild cards.
func (p *parser) larges(t token, parts []part) []network.ValueRange {
	for i := 1; i < len(parts); i++ {
		if b := parts[i-1]; b.from != b.to && !parts[i].any {
			p.fail(t, "behind a range in a large community only * may stand")
		}
	}
	v := func(a, b, c uint64) network.Value {
		return network.Value{Kind: network.LargeValue, Large: network.LargeCommunity{Global: uint32(a), Data1: uint32(b), Data2: uint32(c)}}
	}
	return []network.ValueRange{{From: v(parts[0].from, parts[1].from, parts[2].from), To: v(parts[0].to, parts[1].to, parts[2].to)}}
}

func (p *parser) extTuple(t token, kind string) []network.ValueRange {
	p.want(",")
	a := p.part()
	p.want(",")
	b := p.part()
	p.want(")")
	key := network.Value{Kind: network.NumberValue, Number: a.from}
	limit := uint64(1<<32 - 1)
	if a.addr.IsValid() {
		key = network.Value{Kind: network.AddressValue, Address: a.addr}
		limit = 0xFFFF
	} else if a.from > 0xFFFF {
		limit = 0xFFFF
	}
	if b.any {
		b.to = limit
	}
	from, ok1 := extended(kind, key, b.from)
	to, ok2 := extended(kind, key, b.to)
	if !ok1 || !ok2 || a.any || a.from != a.to {
		p.fail(t, "a value out of bounds in an extended community")
	}
	v := func(n uint64) network.Value { return network.Value{Kind: network.ExtValue, Number: n} }
	return []network.ValueRange{{From: v(from), To: v(to)}}
}

// prefixSet reads patterns of prefixes: P alone, P+ with all inside, P- with all around, P{a,b} for lengths.
// What is around P becomes an entry for each length.
func (p *parser) prefixSet(open token) network.Value {
	set := &network.PrefixSet{}
	six := p.peek().addr.Is6()
	for {
		t := p.next()
		if t.kind != address {
			p.fail(t, "unexpected %s, expecting a prefix", t)
		}
		if t.addr.Is6() != six {
			p.fail(t, "mixed IPv4/IPv6 prefixes in prefix set")
		}
		pf := p.prefixAfter(t)
		lo, hi := pf.Bits(), pf.Bits()
		switch {
		case p.take("+"):
			hi = pf.Addr().BitLen()
		case p.take("-"):
			lo = 0
		case p.take("{"):
			a, b := p.number(), uint32(0)
			p.want(",")
			b = p.number()
			p.want("}")
			if a > b || int(b) > pf.Addr().BitLen() {
				p.fail(t, "invalid prefix pattern %s{%d,%d}", pf, a, b)
			}
			lo, hi = int(a), int(b)
		}
		span := p.since(t)
		for n := lo; n < min(pf.Bits(), hi+1); n++ {
			around := netip.PrefixFrom(pf.Addr(), n).Masked()
			set.Entries = append(set.Entries, network.PrefixRange{Sequence: len(set.Entries), Prefix: around, Min: uint8(n), Max: uint8(n), Span: span})
		}
		if hi >= pf.Bits() {
			set.Entries = append(set.Entries, network.PrefixRange{Sequence: len(set.Entries), Prefix: pf, Min: uint8(max(lo, pf.Bits())), Max: uint8(hi), Span: span})
		}
		if p.take("]") {
			set.Span = p.since(open)
			return network.Value{Kind: network.PrefixSetValue, Prefixes: set}
		}
		p.want(",")
	}
}

// mask reads an AS path mask.
func (p *parser) mask(open token) network.Value {
	v := network.Value{Kind: network.MaskValue}
	for {
		t := p.peek()
		switch {
		case p.take("=]"):
			return v
		case p.take("*"):
			v.Mask = append(v.Mask, network.MaskItem{Kind: network.MaskAny})
		case p.take("?"):
			v.Mask = append(v.Mask, network.MaskItem{Kind: network.MaskOne})
		case p.take("+"):
			if len(v.Mask) == 0 {
				p.fail(t, "nothing stands before +")
			}
			v.Mask = append(v.Mask, network.MaskItem{Kind: network.MaskMore})
		case p.take("["):
			s := p.set(t)
			if s.Elements != network.NumberValue && len(s.Ranges) > 0 {
				p.fail(t, "a path mask wants sets of numbers")
			}
			v.Mask = append(v.Mask, network.MaskItem{Kind: network.MaskSet, Ranges: s.Ranges})
		case t.kind == numeral:
			p.next()
			it := network.MaskItem{Kind: network.MaskAS, From: uint32(t.num), To: uint32(t.num)}
			if p.take("..") {
				n := p.next()
				if n.kind != numeral {
					p.fail(n, "unexpected %s, expecting a number", n)
				}
				it.To = uint32(n.num)
			}
			v.Mask = append(v.Mask, it)
		case t.is("("), t.kind == word:
			p.inMask = t.kind == word
			x := p.term()
			p.inMask = false
			if x.Op != network.OpConstant {
				p.wantType(t, x, network.NumberValue, "a path mask", 1)
				v.Mask = append(v.Mask, network.MaskItem{Kind: network.MaskAS, Value: x.Expression})
				continue
			}
			switch x.Value.Kind {
			case network.NumberValue:
				v.Mask = append(v.Mask, network.MaskItem{Kind: network.MaskAS, From: uint32(x.Value.Number), To: uint32(x.Value.Number)})
			case network.SetValue:
				v.Mask = append(v.Mask, network.MaskItem{Kind: network.MaskSet, Ranges: x.Value.Ranges})
			default:
				p.fail(t, "a path mask holds no value of type %s", x.Value.Kind)
			}
		default:
			p.fail(t, "unexpected %s in a path mask", t)
		}
	}
}
