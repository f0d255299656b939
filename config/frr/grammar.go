package frr

import (
	"net/netip"
	"sort"
	"strconv"
	"strings"
)

// The command language. A rule's pattern is written as FRR's manual writes
// commands:
//
//	neighbor WORD$peer maximum-prefix (1-4294967295)$limit [(1-100)$threshold] [force]
//
// lower case is a keyword, WORD anything, LINE... the rest of the line, A.B.C.D an
// address, A.B.C.D/M a prefix, (1-10) a number, ASN an AS number; [x] may be left
// out, <a|b> is one of, {a|b} any of them in any order. "$name" names a value for the
// handler. A leading "[no]" allows both forms, "no" only the negative one, in
// which everything after "~" may be left out.
//
// Patterns of one mode are merged into one tree, which is walked token by token.

type tokenKind uint8

const (
	keywordToken tokenKind = iota
	numberToken
	asnToken
	ipv4Token
	ipv4PrefixToken
	ipv6Token
	ipv6PrefixToken
	wordToken
	lineToken
	forkToken // stands for its successors; never matches by itself
)

// node is one place in the tree: the token that leads to it, and what may follow.
type node struct {
	kind   tokenKind
	text   string // a keyword, or a variable's name
	lo, hi int64
	next   []*node
	rule   *rule

	// Filled by seal: what follows, forks expanded, by precedence.
	keywords []*node // sorted by text
	typed    []*node // numbers and addresses
	words    []*node // WORD, then LINE
	end      *rule
	sealed   bool
}

// child finds or makes a successor of the same token, so that common beginnings are shared.
func (n *node) child(t node) *node {
	if t.kind != forkToken {
		for _, c := range n.next {
			if c.kind == t.kind && c.text == t.text && c.lo == t.lo && c.hi == t.hi {
				return c
			}
		}
	}
	c := &t
	n.next = append(n.next, c)
	return c
}

// seal expands forks and orders successors; the tree is read-only afterwards.
func (n *node) seal() {
	if n.sealed {
		return
	}
	n.sealed = true
	seen := map[*node]bool{}
	var expand func(*node)
	expand = func(m *node) {
		if seen[m] {
			return
		}
		seen[m] = true
		if m.rule != nil && n.end == nil {
			n.end = m.rule
		}
		for _, c := range m.next {
			switch c.kind {
			case forkToken:
				expand(c)
			case keywordToken:
				n.keywords = append(n.keywords, c)
			case wordToken, lineToken:
				n.words = append(n.words, c)
			default:
				n.typed = append(n.typed, c)
			}
		}
	}
	expand(n)
	sort.SliceStable(n.keywords, func(i, j int) bool { return n.keywords[i].text < n.keywords[j].text })
	sort.SliceStable(n.words, func(i, j int) bool { return n.words[i].kind < n.words[j].kind })
	for _, c := range n.next {
		c.seal()
	}
	for c := range seen {
		for _, d := range c.next {
			d.seal()
		}
	}
}

// pattern builds a rule's tokens below the given roots.
type pattern struct {
	src      string
	pos      int
	negative bool // the tree of "no" forms: "~" ends the obligatory part
	optional bool // behind "~" in a negative form
	ends     []*node
}

// add merges a pattern into the tree.
func (n *node) add(src string, negative bool, r *rule) {
	p := &pattern{src: src, negative: negative}
	for _, e := range append(p.sequence([]*node{n}), p.ends...) {
		if e.rule == nil {
			e.rule = r
		}
	}
	if p.pos != len(p.src) {
		panic("frr: malformed pattern: " + src) // a table entry of this package; seen by every test
	}
}

func (p *pattern) sequence(from []*node) []*node {
	for {
		for p.pos < len(p.src) && p.src[p.pos] == ' ' {
			p.pos++
		}
		if p.pos == len(p.src) || strings.IndexByte("]>}|", p.src[p.pos]) >= 0 {
			return from
		}
		switch p.src[p.pos] {
		case '~':
			p.pos++
			if p.negative {
				p.optional = true
			}
		case '[':
			from = append(p.alternatives(from, ']'), from...)
		case '<':
			from = p.alternatives(from, '>')
		case '{':
			fork := &node{kind: forkToken}
			for _, f := range from {
				f.next = append(f.next, fork)
			}
			for _, e := range p.alternatives([]*node{fork}, '}') {
				e.next = append(e.next, fork)
			}
			from = []*node{fork}
		default:
			if p.optional {
				p.ends = append(p.ends, from...)
			}
			t := p.token()
			var to []*node
			for _, f := range from {
				to = append(to, f.child(t))
			}
			from = to
		}
	}
}

func (p *pattern) alternatives(from []*node, closing byte) (to []*node) {
	for {
		p.pos++ // the opening bracket, or the bar
		to = append(to, p.sequence(from)...)
		if p.pos < len(p.src) && p.src[p.pos] == '|' {
			continue
		}
		if p.pos == len(p.src) || p.src[p.pos] != closing {
			panic("frr: unbalanced pattern: " + p.src)
		}
		p.pos++
		return to
	}
}

func (p *pattern) token() node {
	start := p.pos
	for p.pos < len(p.src) && strings.IndexByte(" []<>{}|~", p.src[p.pos]) < 0 {
		p.pos++
	}
	text, name, _ := strings.Cut(p.src[start:p.pos], "$")
	switch text {
	case "WORD":
		return node{kind: wordToken, text: name}
	case "LINE...":
		return node{kind: lineToken, text: name}
	case "ASN":
		return node{kind: asnToken, text: name, lo: 1}
	case "A.B.C.D":
		return node{kind: ipv4Token, text: name}
	case "A.B.C.D/M":
		return node{kind: ipv4PrefixToken, text: name}
	case "X:X::X:X":
		return node{kind: ipv6Token, text: name}
	case "X:X::X:X/M":
		return node{kind: ipv6PrefixToken, text: name}
	}
	if strings.HasPrefix(text, "(") {
		lo, hi, _ := strings.Cut(strings.Trim(text, "()"), "-")
		l, err1 := strconv.ParseInt(lo, 10, 64)
		h, err2 := strconv.ParseInt(hi, 10, 64)
		if err1 != nil || err2 != nil {
			panic("frr: malformed range: " + p.src)
		}
		return node{kind: numberToken, text: name, lo: l, hi: h}
	}
	return node{kind: keywordToken, text: text}
}

// accepts reports whether a variable can hold the token.
func (n *node) accepts(tok string) bool {
	switch n.kind {
	case numberToken:
		v, ok := parseNumber(tok)
		return ok && v >= n.lo && v <= n.hi
	case asnToken:
		_, ok := parseASN(tok)
		return ok
	case ipv4Token:
		a, ok := parseAddr(tok)
		return ok && a.Is4()
	case ipv6Token:
		a, ok := parseAddr(tok)
		return ok && a.Is6()
	case ipv4PrefixToken:
		x, ok := parsePrefix(tok)
		return ok && x.Addr().Is4()
	case ipv6PrefixToken:
		x, ok := parsePrefix(tok)
		return ok && x.Addr().Is6()
	}
	return true
}

// describe names what a variable wants, for reasons.
func (n *node) describe() string {
	switch n.kind {
	case keywordToken:
		return strconv.Quote(n.text)
	case numberToken:
		return "a number from " + strconv.FormatInt(n.lo, 10) + " to " + strconv.FormatInt(n.hi, 10)
	case asnToken:
		return "an AS number"
	case ipv4Token:
		return "an IPv4 address"
	case ipv4PrefixToken:
		return "an IPv4 prefix"
	case ipv6Token:
		return "an IPv6 address"
	case ipv6PrefixToken:
		return "an IPv6 prefix"
	}
	return "a word"
}

func parseNumber(s string) (int64, bool) {
	if s == "" || len(s) > 12 || (s[0] != '-' && (s[0] < '0' || s[0] > '9')) {
		return 0, false
	}
	v, err := strconv.ParseInt(s, 10, 64)
	return v, err == nil
}

// parseASN reads asplain and asdot (RFC 5396).
func parseASN(s string) (uint32, bool) {
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, false
	}
	if hi, lo, ok := strings.Cut(s, "."); ok {
		h, err1 := strconv.ParseUint(hi, 10, 16)
		l, err2 := strconv.ParseUint(lo, 10, 16)
		return uint32(h<<16 | l), err1 == nil && err2 == nil && h|l != 0
	}
	v, err := strconv.ParseUint(s, 10, 32)
	return uint32(v), err == nil && v != 0
}

func parseAddr(s string) (netip.Addr, bool) {
	if len(s) < 2 || strings.IndexByte(s, '%') >= 0 || !strings.ContainsAny(s, ".:") {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(s)
	return a, err == nil
}

func parsePrefix(s string) (netip.Prefix, bool) {
	if strings.IndexByte(s, '/') < 0 {
		return netip.Prefix{}, false
	}
	x, err := netip.ParsePrefix(s)
	return x, err == nil
}
