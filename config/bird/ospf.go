package bird

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// ospfSettings are those of an OSPF protocol.
type ospfSettings struct {
	version3 bool
	areas    []network.OSPFArea
	patterns []network.OSPFPattern
	stub     bool // stub router
	paths    int
}

func (s ospfSettings) clone() ospfSettings {
	s.areas, s.patterns = slices.Clone(s.areas), slices.Clone(s.patterns)
	return s
}

var ospfOptions = []option{
	{"area", ospfArea},
	{"rfc1583compat", func(p *parser, _ *protocol) verdict {
		if p.boolean() {
			return unsupported(routes, "the preference of RFC 1583 among external routes is not simulated")
		}
		return harmless
	}},
	{"stub router", func(p *parser, o *protocol) verdict { o.ospf.stub = p.boolean(); return modelled }},
	{"ecmp", func(p *parser, o *protocol) verdict {
		o.ospf.paths = 16
		if !p.peek().is("limit") && !p.boolean() {
			o.ospf.paths = 1
		}
		if p.take("limit") {
			o.ospf.paths = int(p.number())
		}
		return modelled
	}},
	{"merge external", unlessOff(routes, "merging of external routes is not simulated")},
	{"instance id", anyRest(unsupported(sessions, "instances of OSPF are not simulated"))},
	{"tick", aNumber(harmless)}, {"graceful restart", anyRest(harmless)}, {"graceful restart time", aNumber(harmless)},
	{"rfc5838", aBoolean(harmless)}, {"vpn pe", unlessOff(routes, "OSPF as of a VPN's edge is not simulated")},
}

// ospfArea reads an area and everything in it.
func ospfArea(p *parser, o *protocol) verdict {
	t := p.last()
	v, at := p.constantOf(token{})
	id := p.addressOf(v, at).As4()
	a := network.OSPFArea{ID: uint32(id[0])<<24 | uint32(id[1])<<16 | uint32(id[2])<<8 | uint32(id[3]), StubDefaultCost: 1000}
	// Summaries stay outside of stub areas unless told otherwise (tried with 2.0.12).
	summary, nssaDefault := false, false
	p.want("{")
	for !p.take("}") {
		if p.take(";") {
			continue
		}
		nssaDefault = nssaDefault || p.peek().is("default") && p.after(1).is("nssa") && !p.after(2).is("no")
		p.areaSetting(o, &a, &summary)
	}
	if nssaDefault && (a.Type != network.OSPFNSSA || !summary) {
		p.fail(t, "only NSSA areas with summary propagation can use NSSA default route")
	}
	a.NoSummary = a.Type != network.OSPFNormal && !summary
	a.Span = p.since(t)
	o.ospf.areas = append(o.ospf.areas, a)
	p.mark(t.file, t.line, modelled)
	return verdict{}
}

func (p *parser) areaSetting(o *protocol, a *network.OSPFArea, summary *bool) {
	t := p.next()
	v := modelled
	switch {
	case t.is("stub"):
		if p.boolean() {
			a.Type = network.OSPFStub
		}
	case t.is("nssa"):
		if p.boolean() {
			a.Type = network.OSPFNSSA
		}
	case t.is("summary"):
		*summary = p.boolean()
	case t.is("default") && p.take("cost"):
		a.StubDefaultCost = p.number()
	case t.is("networks"):
		p.areaNetworks(a)
	case t.is("interface"):
		v = p.ospfInterface(o, a, t)
	case t.is("stubnet"), t.is("external"), t.is("virtual"), t.is("translator"), t.is("default"), t.is("cost2"):
		p.rest()
		v = unsupported(routes, t.text+" of an OSPF area is not simulated")
	default:
		p.fail(t, "unexpected %s in an OSPF area", t)
	}
	v.context = fmt.Sprintf("protocol ospf %s / area %d", o.name, a.ID)
	p.say(t, p.last(), v)
	p.want(";")
}

func (p *parser) areaNetworks(a *network.OSPFArea) {
	p.want("{")
	for !p.take("}") {
		if p.take(";") {
			continue
		}
		t := p.next()
		r := network.OSPFRange{Prefix: p.prefixAfter(t)}
		for !p.take(";") {
			switch n := p.next(); {
			case n.is("hidden"):
				r.NotAdvertise = true
			case n.is("tag"):
				p.number()
			default:
				p.fail(n, "unexpected %s", n)
			}
		}
		r.Span = p.since(t)
		a.Ranges = append(a.Ranges, r)
	}
}

// patterns reads a list of interface patterns.
func (p *parser) patterns() []network.InterfacePattern {
	var out []network.InterfacePattern
	for {
		x := network.InterfacePattern{}
		x.Not = p.take("-")
		switch t := p.next(); t.kind {
		case quoted:
			x.Name = t.text
		case address:
			x.Prefix = netip.PrefixFrom(t.addr, t.addr.BitLen())
			if p.peek().is("/") {
				x.Prefix = p.prefixAfter(t)
			}
		default:
			p.fail(t, "unexpected %s, expecting the name of an interface", t)
		}
		out = append(out, x)
		if !p.take(",") {
			return out
		}
	}
}

// interfaceTypes are the network types by their names.
var interfaceTypes = map[string]network.OSPFNetworkType{"broadcast": network.OSPFBroadcast, "bcast": network.OSPFBroadcast,
	"pointopoint": network.OSPFPointToPoint, "ptp": network.OSPFPointToPoint, "nonbroadcast": network.OSPFNonBroadcast, "nbma": network.OSPFNonBroadcast,
	"pointomultipoint": network.OSPFPointToMultipoint, "ptmp": network.OSPFPointToMultipoint}

// ospfInterface reads what is said of the interfaces that patterns fit.
func (p *parser) ospfInterface(o *protocol, a *network.OSPFArea, t token) verdict {
	x := network.OSPFPattern{Patterns: p.patterns()}
	if p.take("instance") {
		p.number()
	}
	i := network.OSPFInterface{HasArea: true, Area: a.ID, Cost: 10, Priority: 1, Hello: 10, Dead: 0}
	count, auth, secret, typed := uint32(4), "none", "", false
	v := modelled
	if p.take("{") {
		for !p.take("}") {
			if p.take(";") {
				continue
			}
			s := p.next()
			say := modelled
			switch {
			case s.is("cost"):
				i.Cost = p.number()
			case s.is("stub"):
				on := p.boolean()
				i.Passive = &on
			case s.is("hello"):
				i.Hello = p.number()
			case s.is("dead") && p.take("count"):
				count = p.number()
			case s.is("dead"):
				i.Dead = p.number()
			case s.is("priority"):
				i.Priority = uint8(min(p.number(), 255))
			case s.is("type"):
				n := p.next()
				kind, ok := interfaceTypes[n.text]
				if !ok {
					p.fail(n, "unexpected %s, expecting a type of network", n)
				}
				i.NetworkType, typed = kind, true
			case s.is("authentication"):
				n := p.next()
				auth = n.text
			case s.is("password"):
				secret = p.password()
			case s.is("passwords"):
				p.want("{")
				for !p.take("}") {
					if p.take("password") {
						secret = p.password()
					} else {
						p.want(";")
					}
				}
			case s.is("bfd"), s.is("ttl"), s.is("neighbors"), s.is("strict"), s.is("real"), s.is("poll"), s.is("ecmp"):
				p.rest()
				say = unsupported(sessions, s.text+" of an OSPF interface is not simulated")
			case s.is("retransmit"), s.is("wait"), s.is("transmit"), s.is("check"), s.is("tx"), s.is("rx"), s.is("link"), s.is("ptp"):
				p.rest()
				say = harmless
			default:
				p.fail(s, "unexpected %s in an OSPF interface", s)
			}
			say.context = fmt.Sprintf("protocol ospf %s / area %d / interface", o.name, a.ID)
			p.say(s, p.last(), say)
			if !p.last().is("}") {
				p.want(";")
			}
		}
	}
	if i.Dead == 0 {
		i.Dead = i.Hello * count
	}
	if auth != "none" {
		i.AuthKey = fmt.Sprintf("%s %x", auth, sha256.Sum256([]byte(secret)))[:len(auth)+17]
	}
	i.Span = p.since(t)
	x.Settings, x.TypeGiven, x.Span = i, typed, i.Span
	o.ospf.patterns = append(o.ospf.patterns, x)
	p.mark(t.file, t.line, v)
	return verdict{}
}

// password reads a password with what may be said of it.
func (p *parser) password() string {
	s := p.text()
	if p.take("{") {
		for !p.take("}") {
			if p.next().kind == endOfFile {
				p.fail(p.peek(), "unexpected end of the file")
			}
		}
	}
	return s
}
