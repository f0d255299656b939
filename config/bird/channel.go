package bird

import (
	"net/netip"
	"strings"

	"github.com/routegate/routegate/network"
)

// channel connects a protocol with a table.
type channel struct {
	name       string // ipv4, ipv6, or another kind that is not simulated
	family     network.Family
	fresh      bool // from a template, and not yet spoken of
	span       network.Span
	table      string // "": the family's main one
	imports    network.PolicyChain
	exports    network.PolicyChain
	given      [2]bool // import and export were stated
	limits     [3]*limit
	preference *uint32

	nextHopSelf, nextHopKeep nextHopRule
	nextHop                  netip.Addr
	addPathRX, addPathTX     bool
	gatewayRecursive         *bool
	extendedNextHop          bool
	importTable              bool
	keepFiltered             bool
	marks                    network.Marks
}

// limit is one of import limit, receive limit and export limit.
type limit struct {
	count  uint32
	action string
	span   network.Span
}

// The limits by index.
const (
	importLimit = iota
	receiveLimit
	exportLimit
)

// nextHopRule is for which neighbors' routes `next hop self` and `next hop keep` hold.
type nextHopRule uint8

const (
	nextHopUnset nextHopRule = iota
	nextHopNever
	nextHopAlways
	nextHopIBGP
	nextHopEBGP
)

var channelKinds = map[string]bool{"ipv4": true, "ipv6": true, "vpn4": true, "vpn6": true, "flow4": true, "flow6": true, "roa4": true, "roa6": true, "mpls": true}

// isChannel reports whether a channel's head stands next.
func (p *parser) isChannel() bool {
	t := p.peek()
	n := p.after(1)
	return t.kind == word && channelKinds[t.text] && (n.is("{") || n.is(";") || n.is("mpls") || n.is("multicast") || n.is("sadr"))
}

func (p *parser) channel(o *protocol) {
	t := p.next()
	name := t.text
	for p.peek().is("mpls") || p.peek().is("multicast") || p.peek().is("sadr") {
		name += " " + p.next().text
	}
	c := o.channels[name]
	switch {
	case c != nil && !c.fresh:
		p.fail(t, "multiple %s channels", name)
	case c == nil:
		c = &channel{name: name, table: "master4"}
		if strings.HasPrefix(name, "ipv6") {
			c.family, c.table = network.IPv6Unicast, "master6"
		}
		c.imports.Default, c.exports.Default = network.Accept, network.Reject
		o.channels[name] = c
		o.order = append(o.order, name)
	}
	c.fresh = false
	if p.take("{") {
		for !p.peek().is("}") {
			if p.take(";") {
				continue
			}
			p.channelItem(o, c)
		}
		p.want("}")
	}
	c.span = p.since(t)
	if name != "ipv4" && name != "ipv6" {
		v := unsupported(others, "the address family "+name+" is not simulated")
		v.context = "protocol " + o.kind + " " + o.name
		p.say(t, p.last(), v)
	}
	p.mark(t.file, t.line, modelled)
	p.want(";")
}

func (p *parser) channelItem(o *protocol, c *channel) {
	t := p.next()
	if t.kind != word {
		p.fail(t, "unexpected %s in a channel", t)
	}
	v := p.channelSetting(o, c, t)
	v.context = "protocol " + o.kind + " " + o.name + " / " + c.name
	p.say(t, p.last(), v)
	p.want(";")
}

func (p *parser) channelSetting(o *protocol, c *channel, t token) verdict {
	switch t.text {
	case "table":
		n, s := p.known(tableName, "a table")
		c.table = n.text
		if c.name != "ipv4" && c.name != "ipv6" {
			return verdict{}
		}
		if s.table == otherTable || (s.table == ipv6Table) != (c.family == network.IPv6Unicast) {
			p.fail(n, "incompatible table type")
		}
		return modelled
	case "preference":
		n := p.number()
		if n > 65535 {
			p.fail(t, "invalid preference")
		}
		c.preference = &n
		c.marks.Set("Weight", p.since(t))
		return modelled
	case "import", "export":
		return p.importExport(o, c, t)
	case "receive":
		p.want("limit")
		return p.limit(c, receiveLimit, t)
	case "debug":
		p.rest()
		return harmless
	case "rpki":
		p.want("reload")
		p.boolean()
		return harmless
	}
	if o.kind == "bgp" {
		return p.bgpChannelSetting(c, t)
	}
	if o.kind == "kernel" || o.kind == "static" || o.kind == "ospf" || o.kind == "direct" || o.kind == "pipe" {
		p.fail(t, "unexpected %s in a channel", t)
	}
	p.rest()
	return verdict{}
}

func (p *parser) importExport(o *protocol, c *channel, t token) verdict {
	out := t.is("export")
	switch {
	case p.take("limit"):
		if out {
			return p.limit(c, exportLimit, t)
		}
		return p.limit(c, importLimit, t)
	case !out && p.take("keep"):
		p.want("filtered")
		if c.keepFiltered = p.boolean(); c.keepFiltered && c.limits[receiveLimit] != nil {
			return unsupported(sessions, keptCount)
		}
		return harmless
	case !out && o.kind == "bgp" && p.take("table"):
		c.importTable = p.boolean()
		return harmless
	case out && o.kind == "bgp" && p.take("table"):
		if p.boolean() {
			// Seen with 2.0.12: what stands in the table is tidied, and no attribute is fresh any more.
			return unsupported(routes, "with an export table BIRD may not send a MED or a next hop that its export filter sets, which is not simulated")
		}
		return harmless
	}
	chain := p.filterUse(o.name + " " + c.name + " " + t.text)
	if out {
		c.exports, c.given[1] = chain, true
		c.marks.Set("Export", p.since(t))
	} else {
		c.imports, c.given[0] = chain, true
		c.marks.Set("Import", p.since(t))
	}
	return modelled
}

// keptCount: without `import keep filtered`, BIRD counts what its filter refuses for no limit (tried with 2.0.12).
const keptCount = "a receive limit counts refused routes where they are kept; it is simulated on what the import filter leaves"

func (p *parser) limit(c *channel, which int, t token) verdict {
	if p.take("off") {
		c.limits[which] = nil
		return modelled
	}
	l := &limit{count: p.number(), action: "disable"}
	if p.take("action") {
		a := p.next()
		if !a.is("warn") && !a.is("block") && !a.is("restart") && !a.is("disable") {
			p.fail(a, "unexpected %s, expecting warn, block, restart or disable", a)
		}
		l.action = a.text
	}
	l.span = p.since(t)
	c.limits[which] = l
	c.marks.Set("MaximumPrefix", l.span)
	switch {
	case which == exportLimit && l.action == "block":
		return modelled
	case which == exportLimit && l.action != "warn":
		return unsupported(sessions, "sessions that an export limit ends are not simulated")
	case which != exportLimit && l.action == "block":
		return unsupported(routes, "which routes a limit lets in depends on the order in which they come: all are taken")
	case which == receiveLimit && l.action != "warn" && c.keepFiltered:
		return unsupported(sessions, keptCount)
	}
	return modelled
}

// bgpChannelSetting reads what channels have in BGP alone.
func (p *parser) bgpChannelSetting(c *channel, t token) verdict {
	rule := func() nextHopRule {
		switch {
		case p.take("ibgp"):
			return nextHopIBGP
		case p.take("ebgp"):
			return nextHopEBGP
		case p.boolean():
			return nextHopAlways
		}
		return nextHopNever
	}
	switch t.text {
	case "next":
		p.want("hop")
		switch {
		case p.take("self"):
			c.nextHopSelf = rule()
			c.marks.Set("NextHopSelf", p.since(t))
			return modelled
		case p.take("keep"):
			c.nextHopKeep = rule()
			c.marks.Set("NextHopUnchanged", p.since(t))
			return modelled
		case p.take("address"):
			v, at := p.constantOf(token{})
			c.nextHop = p.addressOf(v, at)
			return unsupported(routes, "a next hop address for a whole channel is not simulated")
		case p.take("prefer"):
			p.want("global")
			return harmless
		}
		p.fail(p.peek(), "unexpected %s", p.peek())
	case "add":
		p.want("paths")
		c.marks.Set("AddPathReceive", p.since(t))
		switch {
		case p.take("rx"):
			c.addPathRX, c.addPathTX = true, false
		case p.take("tx"):
			c.addPathRX, c.addPathTX = false, true
		default:
			c.addPathRX = p.boolean()
			c.addPathTX = c.addPathRX
		}
		return modelled
	case "extended":
		p.want("next")
		p.want("hop")
		c.extendedNextHop = p.boolean()
		return modelled
	case "gateway":
		b := p.take("recursive")
		if !b {
			p.want("direct")
		}
		c.gatewayRecursive = &b
		c.marks.Set("GatewayDirect", p.since(t))
		return modelled
	case "missing":
		p.want("lladdr")
		p.rest()
		return harmless
	case "validate":
		if c.name == "ipv4" || c.name == "ipv6" {
			p.fail(t, "validate is limited to flowspec channels")
		}
		p.boolean()
		return harmless
	case "mandatory":
		if p.boolean() {
			return unsupported(sessions, t.text+" is not simulated")
		}
		return harmless
	case "secondary":
		if p.boolean() {
			return unsupported(routes, "the announcement of second-best routes is not simulated")
		}
		return harmless
	case "aigp", "cost":
		p.rest()
		return unsupported(routes, t.text+" is not simulated")
	case "igp", "base":
		p.want("table")
		if n, _ := p.known(tableName, "a table"); t.is("igp") && n.text == c.table {
			return modelled
		}
		return unsupported(routes, "next hops are looked up in the channel's own table")
	case "graceful", "long":
		p.rest()
		return harmless
	case "require":
		p.rest()
		return unsupported(sessions, "required capabilities are not simulated")
	}
	p.fail(t, "unexpected %s in a channel", t)
	return verdict{}
}
