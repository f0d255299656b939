package bird

import (
	"fmt"
	"net/netip"

	"github.com/routegate/routegate/network"
)

// parser goes through the tokens once, as BIRD does: what a line says is known to those behind it.
type parser struct {
	name   string
	files  []Source
	lines  [][]verdict // the state of every line of every file
	used   []bool
	tokens []token
	pos    int
	scopes []scope
	inMask bool  // between [= and =], where ( behind a name begins the next item
	code   *code // of the filter or function that is being read

	routerID  netip.Addr
	idSpan    network.Span
	protocols []*protocol
	elsewhere []*protocol // those of a VRF, of which nothing is simulated
	instances []instance  // of the tables that are used
	policies  []*network.Policy
	constants []*network.PrefixSet
	counters  map[string]int
	functions map[string]*symbol
}

func newParser(name string, files []Source) *parser {
	p := &parser{name: name, files: files, used: make([]bool, len(files)), lines: make([][]verdict, len(files)),
		counters: map[string]int{}, functions: map[string]*symbol{}}
	for i, f := range files {
		p.lines[i] = make([]verdict, countLines(f.Text))
	}
	l := lexer{files: files, used: p.used, at: p.mark}
	l.read(0)
	end := token{kind: endOfFile, file: 0, line: max(1, len(p.lines[0]))}
	p.tokens = append(l.out, end)
	for i := range p.tokens {
		p.tokens[i].index = i
	}
	p.scopes = []scope{{"master4": {kind: tableName, table: ipv4Table}, "master6": {kind: tableName, table: ipv6Table}}}
	return p
}

func (p *parser) peek() token { return p.tokens[p.pos] }

// after is the token n places further on.
func (p *parser) after(n int) token { return p.tokens[min(p.pos+n, len(p.tokens)-1)] }

func (p *parser) next() token {
	t := p.tokens[p.pos]
	if p.pos < len(p.tokens)-1 {
		p.pos++
	}
	return t
}

// last is the token before the next one.
func (p *parser) last() token { return p.tokens[max(p.pos-1, 0)] }

// fail ends the reading: BIRD refuses the whole configuration.
func (p *parser) fail(t token, format string, args ...any) {
	panic(&Error{Path: p.files[t.file].Path, Line: t.line, Column: t.column, Msg: fmt.Sprintf(format, args...)})
}

// take reads the word or sign if it is the next.
func (p *parser) take(s string) bool {
	if p.peek().is(s) {
		p.next()
		return true
	}
	return false
}

func (p *parser) want(s string) token {
	t := p.next()
	if !t.is(s) {
		p.fail(t, "unexpected %s, expecting %s", t, s)
	}
	return t
}

// spanOf is the lines from one token to another. Tokens of different files have the first one's place.
func (p *parser) spanOf(from, to token) network.Span {
	s := network.At(p.files[from.file].Path, from.line)
	if to.file == from.file && to.line > from.line {
		s.Last = int32(to.line)
	}
	return s
}

// since is the lines from a token to what was read last.
func (p *parser) since(from token) network.Span { return p.spanOf(from, p.last()) }

// configuration reads everything.
func (p *parser) configuration() {
	for p.peek().kind != endOfFile {
		if p.take(";") {
			continue
		}
		p.statement()
	}
}

// skip passes over a statement of the top level: to its semicolon, or the end of its block.
func (p *parser) skip() {
	depth := 0
	for {
		t := p.next()
		switch {
		case t.kind == endOfFile:
			p.fail(t, "unexpected end of the file")
		case t.is("{") || t.is("("):
			depth++
		case t.is("}") || t.is(")"):
			if depth--; depth == 0 && t.is("}") && !p.peek().is(";") {
				return
			}
		case t.is(";") && depth == 0:
			return
		}
	}
}

// statement reads one statement of the top level.
func (p *parser) statement() {
	t := p.next()
	if t.kind != word || t.apos {
		p.fail(t, "unexpected %s", t)
	}
	say := modelled
	switch t.text {
	case "router":
		p.want("id")
		if p.take("from") {
			p.skip()
			say = unsupported(sessions, "a router id taken from an interface is not simulated")
			break
		}
		p.routerID = p.addressOf(p.constantOf(t))
		p.want(";")
		p.idSpan = p.since(t)
	case "define":
		name := p.newName()
		p.want("=")
		from := p.peek()
		v := p.fold(p.expression(), from)
		p.want(";")
		p.define(name, &symbol{kind: constantName, value: v})
		if v.Kind == network.PrefixSetValue {
			p.constants = append(p.constants, &network.PrefixSet{Name: name.text, Kind: network.PrefixConstant, Entries: v.Prefixes.Entries, Span: p.since(t)})
		}
	case "filter":
		p.filterDefinition(t)
	case "function":
		p.functionDefinition(t)
	case "template", "protocol":
		p.protocolDefinition(t)
		return
	case "attribute":
		kind, _ := p.typeName()
		p.define(p.newName(), &symbol{kind: attributeName, typ: kind})
		p.want(";")
	case "log", "debug", "timeformat", "mrtdump", "watchdog", "eval", "hostname", "cli":
		p.skip()
		say = harmless
	case "graceful":
		p.skip()
		say = harmless
	case "threads", "netlink":
		p.skip()
		say = harmless
	default:
		if !p.tableDefinition(t) {
			p.fail(t, "unexpected %s", t)
		}
	}
	p.say(t, p.last(), say)
}

// tableTypes are the words that begin the definition of a table.
var tableTypes = map[string]tableKind{"ipv4": ipv4Table, "ipv6": ipv6Table, "ipv6_sadr": otherTable, "vpn4": otherTable, "vpn6": otherTable,
	"roa4": otherTable, "roa6": otherTable, "flow4": otherTable, "flow6": otherTable, "mpls": otherTable}

func (p *parser) tableDefinition(t token) bool {
	if t.text == "ipv6" && p.peek().is("sadr") {
		p.next()
		t.text = "ipv6_sadr"
	}
	kind, typed := tableTypes[t.text]
	if t.is("table") {
		kind = ipv4Table
	} else if !typed || !p.take("table") {
		return false
	}
	if n := p.peek(); n.text == "master4" && kind == ipv4Table || n.text == "master6" && kind == ipv6Table {
		p.next() // the main tables may be spoken of again
	} else {
		p.define(p.newName(), &symbol{kind: tableName, table: kind})
	}
	if p.peek().is(";") || p.peek().is("sorted") {
		p.skip()
		return true
	}
	depth := 0
	for {
		switch x := p.next(); {
		case x.is("{"):
			depth++
		case x.is("}"):
			if depth--; depth == 0 {
				p.take(";")
				return true
			}
		case x.kind == endOfFile:
			p.fail(x, "unexpected end of the file")
		}
	}
}

// addressOf is a constant that must be an address.
func (p *parser) addressOf(v network.Value, at token) netip.Addr {
	switch v.Kind {
	case network.AddressValue:
		return v.Address
	case network.NumberValue, network.QuadValue:
		n := v.Number
		return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
	}
	p.fail(at, "an address is expected")
	return netip.Addr{}
}

// constantOf reads an expression that can be computed now, and where it began.
func (p *parser) constantOf(token) (network.Value, token) {
	from := p.peek()
	return p.fold(p.expression(), from), from
}
