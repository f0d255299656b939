package bird

import (
	"slices"

	"github.com/routegate/routegate/network"
)

// staticOptions are those of static protocols.
var staticOptions = []option{
	{"route", staticRoute},
	{"check link", aBoolean(harmless)},
	{"igp table", func(p *parser, o *protocol) verdict {
		if n, _ := p.known(tableName, "a table"); slices.ContainsFunc(o.sortedChannels(), func(c *channel) bool { return c.table == n.text }) {
			return modelled
		}
		return unsupported(routes, "next hops are looked up in the protocol's own table")
	}},
}

// staticRoute reads a route with all its next hops, and the attributes that it gives itself.
func staticRoute(p *parser, o *protocol) verdict {
	t := p.last()
	v := modelled
	at := p.peek()
	if at.kind != address {
		net := p.fold(p.term(), at)
		if net.Kind != network.PrefixValue {
			p.rest()
			return unsupported(others, "routes of this kind are not simulated")
		}
		return p.staticHops(o, t, network.StaticRoute{Prefix: net.Prefix})
	}
	p.next()
	st := network.StaticRoute{Prefix: p.prefixAfter(at)}
	if p.peek().is("from") || p.peek().is("max") {
		p.rest()
		return unsupported(others, "routes of this kind are not simulated")
	}
	if u := p.staticHops(o, t, st); u.support == network.NotModelled {
		v = u
	}
	return v
}

func (p *parser) staticHops(o *protocol, t token, st network.StaticRoute) verdict {
	v := modelled
	from := len(o.statics)
	add := func(s network.StaticRoute) { o.statics = append(o.statics, s) }
	w := p.next()
	switch {
	case w.is("blackhole"):
		st.Kind = network.StaticBlackhole
		add(st)
	case w.is("unreachable"), w.is("prohibit"):
		st.Kind = network.StaticReject
		add(st)
	case w.is("recursive"):
		val, at := p.constantOf(token{})
		st.NextHop, st.Lookup = p.addressOf(val, at), network.LookupTable
		add(st)
	case w.is("via"):
		for {
			s := st
			if n := p.peek(); n.kind == quoted {
				p.next()
				s.Kind, s.Interface = network.StaticInterface, n.text
			} else {
				val, at := p.constantOf(token{})
				s.NextHop, s.Lookup = p.addressOf(val, at), network.LookupConnected
				if p.take("%") {
					s.Interface = p.next().text
				} else if p.take("dev") {
					s.Interface = p.text()
				}
			}
			for more := true; more; {
				switch {
				case p.take("onlink"):
					s.OnLink = p.boolean0()
				case p.take("weight"):
					p.number()
					v = unsupported(routes, "the weights of next hops are not simulated: each takes the same share")
				case p.take("bfd"):
					p.boolean0()
					v = unsupported(routes, "BFD on static routes is not simulated: the next hop is taken as alive")
				case p.take("mpls"):
					p.sum()
					v = unsupported(forwarding, "MPLS labels are not simulated")
				default:
					more = false
				}
			}
			add(s)
			if !p.take("via") {
				break
			}
		}
	default:
		p.fail(w, "unexpected %s, expecting where the route goes", w)
	}
	span := p.since(t)
	if p.peek().is("{") {
		if p.attributesOf(o, st) {
			v = unsupported(others, "bird 2.0.12 ends with a segmentation fault on a static route whose commands unset attributes and set none")
		}
		span = p.since(t)
	}
	for i := from; i < len(o.statics); i++ {
		o.statics[i].Span = span
	}
	return v
}

// boolean0 is a switch in the middle of a setting.
func (p *parser) boolean0() bool {
	if t := p.peek(); t.is("yes") || t.is("no") || t.is("on") || t.is("off") || t.is("true") || t.is("false") {
		return p.boolean()
	}
	return true
}

// attributesOf reads the commands that stand with a static route. They run where the route enters BGP. It reports that they
// do nothing but take off what is not there.
func (p *parser) attributesOf(o *protocol, st network.StaticRoute) (onlyUnset bool) {
	if o.routeCode == nil {
		o.routeCode = &code{calls: map[string]bool{}}
	}
	p.code = o.routeCode
	t := p.peek()
	p.open()
	body := p.block()
	p.close()
	p.code = nil
	at := network.Pos{Span: p.since(t)}
	is := &network.Expression{Pos: at, Op: network.OpEqual, Args: []*network.Expression{
		{Pos: at, Op: network.OpAttribute, Attribute: attributes["net"]},
		{Pos: at, Op: network.OpConstant, Value: network.Value{Kind: network.PrefixValue, Prefix: st.Prefix}}}}
	o.routeBody = append(o.routeBody, network.Instruction{Pos: at, Do: network.DoIf, Value: is, Then: body})
	return len(body) > 0 && !slices.ContainsFunc(body, func(i network.Instruction) bool { return i.Do != network.DoUnset })
}

// directOptions are those of the protocol that takes the routes of interfaces.
var directOptions = []option{
	{"interface", func(p *parser, o *protocol) verdict {
		o.direct = append(o.direct, p.patterns()...)
		return modelled
	}},
	{"check link", aBoolean(harmless)},
}

// deviceOptions cannot change a route but for the choice of addresses.
var deviceOptions = []option{
	{"scan time", aNumber(harmless)},
	{"interface", anyRest(unsupported(routes, "the choice of an interface's main address is not simulated"))},
	{"primary", anyRest(unsupported(routes, "the choice of an interface's main address is not simulated"))},
}

// kernelSettings are those of a kernel protocol.
type kernelSettings struct {
	merge bool
	limit uint32
	learn bool
	table uint32 // of the kernel; 0 is its main one
}

// mainKernelTable is the number of the one that packets follow where no rule says otherwise (RT_TABLE_MAIN).
const mainKernelTable = 254

func (k *kernelSettings) main() bool { return k.table == 0 || k.table == mainKernelTable }

var kernelOptions = []option{
	{"persist", aBoolean(harmless)}, {"scan time", aNumber(harmless)}, {"graceful restart", aBoolean(harmless)},
	{"metric", aNumber(harmless)}, {"netlink rx buffer", aNumber(harmless)},
	{"learn", func(p *parser, o *protocol) verdict {
		if !p.peek().is(";") && p.peek().is("all") {
			p.next()
			o.kernel.learn = true
		} else {
			o.kernel.learn = p.boolean()
		}
		if o.kernel.learn {
			return unsupported(routes, "routes that others put into the kernel are not simulated")
		}
		return harmless
	}},
	{"kernel table", func(p *parser, o *protocol) verdict {
		if o.kernel.table = p.number(); o.kernel.main() {
			return modelled
		}
		return unsupported(forwarding, "packets that rules send to a kernel table beside the main one are not simulated")
	}},
	{"merge paths", func(p *parser, o *protocol) verdict {
		t := p.last()
		o.kernel.merge, o.kernel.limit = true, 16
		if !p.peek().is("limit") {
			o.kernel.merge = p.boolean()
		}
		if p.take("limit") {
			o.kernel.limit = p.number()
		}
		o.marks.Set("MaxPaths", p.since(t))
		return modelled
	}},
}
