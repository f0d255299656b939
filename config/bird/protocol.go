package bird

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
)

// protocol is one protocol instance, or a template for some.
type protocol struct {
	kind, name string
	span       network.Span
	disabled   bool
	vrf        string              // "": the default instance
	vrfSpan    network.Span        // of the line that names it
	order      []string            // of the channels
	channels   map[string]*channel // by family: ipv4, ipv6, and others that are read alone
	bgp        bgpSettings
	statics    []network.StaticRoute
	routeCode  *code                 // of the commands that stand with static routes
	routeBody  []network.Instruction // those commands, each for its prefix
	direct     []network.InterfacePattern
	kernel     kernelSettings
	ospf       ospfSettings
	pipe       [2]*symbol // the two tables: the primary one, and its peer
	pipeNames  [2]string
	pipeImport network.PolicyChain // from the peer
	pipeExport network.PolicyChain // to it
	marks      network.Marks
}

// copyOf is a protocol that begins with everything that another one says.
func copyOf(from *protocol) *protocol {
	o := *from
	o.channels = map[string]*channel{}
	for k, c := range from.channels {
		d := *c
		d.fresh = true
		d.marks = slices.Clone(c.marks)
		o.channels[k] = &d
	}
	o.order = slices.Clone(from.order)
	o.marks, o.statics, o.direct = slices.Clone(from.marks), slices.Clone(from.statics), slices.Clone(from.direct)
	o.ospf = from.ospf.clone()
	return &o
}

// option is a setting: the words that it begins with, and what reads the rest of it.
type option struct {
	words string
	read  func(p *parser, o *protocol) verdict
}

// protocolKinds are the protocols, by the word that names them.
var protocolKinds = map[string]bool{"bgp": true, "static": true, "direct": true, "device": true, "kernel": true, "ospf": true, "pipe": true, "bfd": true,
	"rpki": true, "mrt": true, "babel": true, "rip": true, "radv": true, "stats": true, "perf": true, "aggregator": true}

// protocolDefinition reads `protocol KIND [NAME] [from TEMPLATE] { ... }`.
func (p *parser) protocolDefinition(t token) {
	k := p.next()
	if k.kind != word || !protocolKinds[k.text] {
		p.fail(k, "unexpected %s, expecting the name of a protocol", k)
	}
	o := &protocol{kind: k.text, channels: map[string]*channel{}}
	version := ""
	if (k.is("ospf") || k.is("rip")) && (p.peek().is("v2") || p.peek().is("v3") || p.peek().is("ng")) {
		version = p.next().text
	}
	var name token
	if n := p.peek(); n.kind == word && (!keywords[n.text] || n.apos) {
		if s := p.find(n.text); s != nil && len(p.scopes) == 1 {
			p.fail(n, "symbol '%s' already defined", n)
		}
		name = p.newName()
	} else {
		// BIRD counts up until it finds a name that is free.
		for i := 1; name.text == ""; i++ {
			if s := fmt.Sprintf("%s%d", k.text, i); p.find(s) == nil {
				name = token{kind: word, text: s, file: t.file, line: t.line}
			}
		}
	}
	kind := protocolName
	if t.is("template") {
		kind = templateName
	}
	if p.take("from") {
		n := p.next()
		s := p.find(n.text)
		if s == nil || s.protocol == nil {
			p.fail(n, "%s is no template", n)
		}
		if s.protocol.kind != o.kind {
			p.fail(n, "template %s is of another protocol", n)
		}
		o = copyOf(s.protocol)
	}
	o.name = name.text
	if o.kind == "ospf" && version != "" {
		o.ospf.version3 = version == "v3"
	}
	p.define(name, &symbol{kind: kind, protocol: o})
	table := optionsOf(o)
	head := modelled
	p.want("{")
	for !p.peek().is("}") {
		if p.take(";") {
			continue
		}
		p.setting(o, table)
	}
	end := p.want("}")
	o.span = p.spanOf(t, end)
	if why := aside(o); why.support != network.Blank {
		// Every line of a protocol that is not simulated is not.
		why.context = "protocol " + o.kind + " " + o.name
		p.say(t, end, why)
		head = why
	}
	p.say(t, t, head)
	if kind == protocolName {
		p.check(t, o)
		if o.vrf != "" {
			p.elsewhere = append(p.elsewhere, o)
			return
		}
		p.protocols = append(p.protocols, o)
	}
}

// aside is why a protocol as a whole is not simulated; Blank where it is.
func aside(o *protocol) verdict {
	if o.vrf != "" {
		return unsupported(anything, "VRFs of BIRD are not simulated: nothing of the protocol is, nor its sessions")
	}
	switch o.kind {
	case "babel", "rip":
		return unsupported(routes, "the protocol "+o.kind+" is not simulated")
	case "rpki":
		return unsupported(routes, "RPKI is not simulated: every origin counts as not known")
	case "pipe":
		if o.pipe[0] != nil && o.pipe[0].table == otherTable {
			return unsupported(others, "pipes between tables of this kind are not simulated")
		}
	case "aggregator":
		return unsupported(routes, "aggregation is not simulated")
	case "bfd":
		return unsupported(sessions, "BFD is not simulated: neighbors are taken as alive")
	case "mrt", "radv", "stats", "perf":
		return harmless
	case "ospf":
		if o.ospf.version3 {
			return unsupported(others, "OSPFv3 is not simulated")
		}
	}
	return verdict{}
}

// optionsOf is what may stand in a protocol.
func optionsOf(o *protocol) []option {
	switch o.kind {
	case "bgp":
		return bgpOptions
	case "static":
		return staticOptions
	case "direct":
		return directOptions
	case "kernel":
		return kernelOptions
	case "device":
		return deviceOptions
	case "ospf":
		return ospfOptions
	case "pipe":
		return pipeOptions
	}
	return nil
}

// common are the settings of every protocol.
var common = []option{
	{"disabled", func(p *parser, o *protocol) verdict {
		o.disabled = p.boolean()
		o.marks.Set("Shutdown", p.span1())
		return modelled
	}},
	{"debug", anyRest(harmless)}, {"mrtdump", anyRest(harmless)},
	{"description", func(p *parser, o *protocol) verdict { o.bgp.description = p.text(); return harmless }},
	{"router id", func(p *parser, o *protocol) verdict {
		v, at := p.constantOf(token{})
		o.bgp.routerID = p.addressOf(v, at)
		return modelled
	}},
	{"vrf", func(p *parser, o *protocol) verdict {
		if o.vrf = ""; !p.take("default") {
			o.vrf = p.text()
		}
		o.vrfSpan = p.span1()
		return modelled
	}},
}

// setting reads one setting of a protocol up to its semicolon.
func (p *parser) setting(o *protocol, table []option) {
	t := p.peek()
	if p.isChannel() && o.kind != "mrt" {
		p.channel(o)
		return
	}
	if table == nil {
		p.rest()
		if !p.last().is("}") {
			p.take(";")
		}
		return
	}
	opt := p.match(table)
	if opt == nil {
		opt = p.match(common)
	}
	if opt == nil {
		p.fail(t, "unexpected %s in protocol %s", t, o.name)
	}
	v := opt.read(p, o)
	v.context = "protocol " + o.kind + " " + o.name
	p.say(t, p.last(), v)
	if p.last().is("}") && !p.peek().is(";") {
		p.fail(p.peek(), "unexpected %s, expecting ;", p.peek())
	}
	p.want(";")
}

// match finds the option whose words stand next, the longest of several, and reads them.
func (p *parser) match(table []option) *option {
	var best *option
	long := 0
	for i := range table {
		words := strings.Fields(table[i].words)
		if len(words) <= long {
			continue
		}
		ok := true
		for j, w := range words {
			ok = ok && p.after(j).is(w)
		}
		if ok {
			best, long = &table[i], len(words)
		}
	}
	p.pos += long
	return best
}

// rest passes over everything up to the semicolon that ends the setting, which it leaves.
func (p *parser) rest() {
	depth := 0
	for {
		t := p.peek()
		switch {
		case t.kind == endOfFile:
			p.fail(t, "unexpected end of the file")
		case t.is("{"), t.is("["), t.is("("):
			depth++
		case t.is("}"), t.is("]"), t.is(")"):
			if depth == 0 {
				return
			}
			depth--
		case t.is(";") && depth == 0:
			return
		}
		p.next()
	}
}

func anyRest(v verdict) func(*parser, *protocol) verdict {
	return func(p *parser, _ *protocol) verdict { p.rest(); return v }
}

// A setting of one value that is read and told as it is.
func aNumber(v verdict) func(*parser, *protocol) verdict {
	return func(p *parser, _ *protocol) verdict { p.number(); return v }
}

func aBoolean(v verdict) func(*parser, *protocol) verdict {
	return func(p *parser, _ *protocol) verdict { p.boolean(); return v }
}

// unlessOff is a switch that matters only where it is on.
func unlessOff(affects network.Affects, why string) func(*parser, *protocol) verdict {
	return func(p *parser, _ *protocol) verdict {
		if p.boolean() {
			return unsupported(affects, why)
		}
		return harmless
	}
}

// boolean reads yes, on, no, off, a truth value, or nothing, which is yes.
func (p *parser) boolean() bool {
	t := p.peek()
	switch {
	case t.is(";"), t.is("{"), t.is("}"):
		return true
	case p.take("yes"), p.take("on"):
		return true
	case p.take("no"), p.take("off"):
		return false
	}
	v, at := p.constantOf(token{})
	if v.Kind != network.BoolValue && v.Kind != network.NumberValue {
		p.fail(at, "yes or no is expected")
	}
	return v.Number != 0
}

// text reads a text, or a constant that is one.
func (p *parser) text() string {
	v, at := p.constantOf(token{})
	if v.Kind != network.StringValue {
		p.fail(at, "a text is expected")
	}
	return v.Text
}

// span1 is the line of what was read last.
func (p *parser) span1() network.Span { return p.spanOf(p.last(), p.last()) }

// pipeOptions are those of the protocol that copies routes between tables.
var pipeOptions = []option{
	{"table", pipeTable(0)}, {"peer table", pipeTable(1)},
	{"import", pipeFilter}, {"export", pipeFilter}, {"preference", aNumber(harmless)},
}

func pipeTable(which int) func(*parser, *protocol) verdict {
	return func(p *parser, o *protocol) verdict {
		t, s := p.known(tableName, "a table")
		o.pipe[which], o.pipeNames[which] = s, t.text
		return modelled
	}
}

func pipeFilter(p *parser, o *protocol) verdict {
	t := p.last()
	if p.take("limit") {
		v := p.limit(&channel{}, exportLimit, t)
		if !p.last().is("off") && !p.last().is("warn") {
			v = unsupported(routes, "which routes the limit of a pipe lets in depends on the order in which they come: all are taken")
		}
		return v
	}
	if p.peek().is("keep") {
		p.fail(p.peek(), "Pipe protocol prohibits keeping filtered routes")
	}
	chain := p.filterUse(o.name + " " + t.text)
	if t.is("import") {
		o.pipeImport = chain
	} else {
		o.pipeExport = chain
	}
	return modelled
}

// sortedChannels are the channels in the order of the file.
func (o *protocol) sortedChannels() []*channel {
	var out []*channel
	for _, k := range o.order {
		out = append(out, o.channels[k])
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
