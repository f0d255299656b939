package frr

import (
	"encoding/binary"
	"math/bits"
	"net/netip"

	"github.com/routegate/routegate/network"
)

func (g *grammar) accessLists() {
	top := in(configMode)
	head := "access-list WORD$name [seq (1-4294967295)$seq] <deny|permit> "
	g.yang(top, "[no] "+head+"<A.B.C.D/M$prefix [exact-match]|any>", (*parser).accessEntry)
	g.yang(top, "[no] "+head+"[host] A.B.C.D$addr", (*parser).accessHost)
	g.yang(top, "[no] "+head+"A.B.C.D$addr A.B.C.D$wild", (*parser).accessWildcard)
	g.yang(top, "[no] "+head+"ip <A.B.C.D$src A.B.C.D$srcwild|host A.B.C.D$srchost|any> LINE...$destination", (*parser).accessExtended)
	g.yang(top, "[no] ipv6 "+head+"<X:X::X:X/M$prefix [exact-match]|any>", (*parser).accessEntry)
	g.yang(top, "no access-list WORD$name", (*parser).removeAccessList)
	g.yang(top, "no ipv6 access-list WORD$name", (*parser).removeAccessList)
	g.irrelevant(top, "[no] access-list WORD remark ~ LINE...", "[no] ipv6 access-list WORD remark ~ LINE...")
	g.not(top, others, "MAC access lists concern EVPN only", "[no] mac access-list ~ LINE...")
}

func accessKind(a *args) (network.PrefixSetKind, network.Family) {
	if a.has("ipv6") {
		return network.AccessList6, network.IPv6Unicast
	}
	return network.AccessList, network.IPv4Unicast
}

// access adds or removes an entry.
func (p *parser) access(a *args, e network.PrefixRange) verdict {
	kind, _ := accessKind(a)
	e.Deny, e.Span = a.has("deny"), p.span()
	if a.no {
		return p.removeRange(kind, a.str("name"), e)
	}
	return p.addRange(kind, a.str("name"), e, int(a.num("seq")))
}

// accessEntry is zebra's own form: the prefix and everything inside it, or the prefix alone.
func (p *parser) accessEntry(a *args) verdict {
	_, family := accessKind(a)
	e := network.PrefixRange{Prefix: a.prefix("prefix").Masked(), Max: uint8(family.Bits())}
	switch {
	case a.has("any"):
		e.Prefix = family.Default()
	case a.has("exact-match"):
		e.Min, e.Max = uint8(e.Prefix.Bits()), uint8(e.Prefix.Bits())
	default:
		e.Min = uint8(e.Prefix.Bits())
	}
	return p.access(a, e)
}

// accessHost and accessWildcard are Cisco's standard form, which looks at the network address
// of a route and not at its length.
func (p *parser) accessHost(a *args) verdict {
	return p.access(a, network.PrefixRange{Prefix: netip.PrefixFrom(a.addr("addr"), 32), Max: 32})
}

func (p *parser) accessWildcard(a *args) verdict {
	x, ok := wildcard(a.addr("addr"), a.addr("wild"))
	if !ok {
		return unsupported(routes, "wildcards with holes are not simulated")
	}
	return p.access(a, network.PrefixRange{Prefix: x, Max: 32})
}

// wildcard is the prefix that an address and an inverted mask cover.
func wildcard(addr, wild netip.Addr) (netip.Prefix, bool) {
	w := wild.As4()
	v := binary.BigEndian.Uint32(w[:])
	if v&(v+1) != 0 {
		return netip.Prefix{}, false
	}
	return prefixFrom(addr, bits.LeadingZeros32(v)), true
}

// accessExtended is Cisco's extended form: the source is a route's network address, the destination its
// network mask.
func (p *parser) accessExtended(a *args) verdict {
	e := network.PrefixRange{Prefix: network.IPv4Unicast.Default(), Max: 32}
	switch {
	case a.given("src"):
		x, ok := wildcard(a.addr("src"), a.addr("srcwild"))
		if !ok {
			return unsupported(routes, "wildcards with holes are not simulated")
		}
		e.Prefix = x
	case a.given("srchost"):
		e.Prefix = netip.PrefixFrom(a.addr("srchost"), 32)
	}
	low, high, why := maskLengths(a.list("destination"))
	switch {
	case why != "":
		return rejected(why)
	case low > high:
		return unsupported(routes, "wildcards on network masks that fit no range of lengths are not simulated")
	}
	e.Min, e.Max = uint8(low), uint8(high)
	return p.access(a, e)
}

// maskLengths is the range of prefix lengths whose mask the words match; low is above high where the
// lengths are not one range.
func maskLengths(words []string) (low, high int, why string) {
	var want, care uint32 = 0, 0
	number := func(s string) (uint32, bool) {
		x, ok := parseAddr(s)
		if !ok || !x.Is4() {
			return 0, false
		}
		b := x.As4()
		return binary.BigEndian.Uint32(b[:]), true
	}
	switch {
	case len(words) == 1 && words[0] == "any":
		return 0, 32, ""
	case len(words) == 2 && words[0] == "host":
		v, ok := number(words[1])
		if !ok {
			return 0, 0, quote(words[1]) + " is not an IPv4 address"
		}
		want, care = v, 0xFFFFFFFF
	case len(words) == 2:
		v, ok1 := number(words[0])
		w, ok2 := number(words[1])
		if !ok1 || !ok2 {
			return 0, 0, "the destination is not two IPv4 addresses"
		}
		want, care = v&^w, ^w
	default:
		return 0, 0, "the destination is malformed"
	}
	low, high = 33, -1
	count := 0
	for n := 0; n <= 32; n++ {
		mask := uint32(0xFFFFFFFF) << (32 - n)
		if mask&care == want {
			low, high = min(low, n), n
			count++
		}
	}
	if count != high-low+1 {
		return 1, 0, ""
	}
	return low, high, ""
}

func (p *parser) removeAccessList(a *args) verdict {
	kind, _ := accessKind(a)
	delete(p.prefixes, setKey{kind, a.str("name")})
	return modelled
}
