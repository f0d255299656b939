package frr

import (
	"net/netip"
	"strings"
)

// args is one matched line: its tokens, and the places of the tree they led to.
type args struct {
	no     bool
	line   string
	tokens []string
	starts []int // offsets of the tokens in line
	path   []*node
}

// split cuts a line into tokens, reusing the slices.
func (a *args) split(line string) {
	a.no, a.line = false, line
	a.tokens, a.starts = a.tokens[:0], a.starts[:0]
	for i := 0; i < len(line); {
		if isSpace(line[i]) {
			i++
			continue
		}
		j := i + 1
		for j < len(line) && !isSpace(line[j]) {
			j++
		}
		a.tokens, a.starts = append(a.tokens, line[i:j]), append(a.starts, i)
		i = j
	}
	for len(a.path) < len(a.tokens) {
		a.path = append(a.path, nil)
	}
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// has reports whether the keyword stands in the line (unabbreviated by the tree).
func (a *args) has(keyword string) bool {
	for i := range a.tokens {
		if n := a.path[i]; n != nil && n.kind == keywordToken && n.text == keyword {
			return true
		}
	}
	return false
}

// any is the first of the keywords that stands in the line; "" when none does.
func (a *args) any(keywords ...string) string {
	for _, k := range keywords {
		if a.has(k) {
			return k
		}
	}
	return ""
}

func (a *args) find(name string) int {
	for i := range a.tokens {
		if n := a.path[i]; n != nil && n.kind != keywordToken && n.text == name {
			return i
		}
	}
	return -1
}

// str is a variable's text; "" when it was left out. A LINE runs to the end.
func (a *args) str(name string) string {
	i := a.find(name)
	if i < 0 {
		return ""
	}
	if a.path[i].kind == lineToken {
		return strings.TrimRight(a.line[a.starts[i]:], " \t\r\n\v\f")
	}
	return a.tokens[i]
}

// list is every token that a repeated variable or a LINE took.
func (a *args) list(name string) []string {
	i := a.find(name)
	if i < 0 {
		return nil
	}
	return a.tokens[i:]
}

func (a *args) given(name string) bool { return a.find(name) >= 0 }

// num is a number's value; 0 when it was left out.
func (a *args) num(name string) uint32 {
	v, _ := parseNumber(a.str(name))
	return uint32(v)
}

func (a *args) asn(name string) uint32 {
	v, _ := parseASN(a.str(name))
	return v
}

func (a *args) addr(name string) netip.Addr {
	v, _ := parseAddr(a.str(name))
	return v
}

func (a *args) prefix(name string) netip.Prefix {
	v, _ := parsePrefix(a.str(name))
	return v
}

// matcher walks a tree with one line.
type matcher struct {
	*args
	first     int  // index of the first token to match: 1 behind "no"
	ambiguous bool // two abbreviations fit
	deepest   int  // how many tokens fitted on the best way
	at        *node
}

// match finds the rule for the tokens from first on. FRR prefers, token by token from the
// left, typed values over keywords, whole keywords over abbreviated ones, and both
// over free words; two different keywords that fit an abbreviation and both lead to
// a command make the line ambiguous.
func (m *matcher) match(root *node) *rule { return m.walk(root, m.first) }

func (m *matcher) walk(n *node, i int) *rule {
	if i > m.deepest || m.at == nil {
		m.deepest, m.at = i, n
	}
	if i == len(m.tokens) {
		return n.end
	}
	tok := m.tokens[i]
	for _, c := range n.typed {
		if c.accepts(tok) {
			m.path[i] = c
			if r := m.walk(c, i+1); r != nil {
				return r
			}
		}
	}
	if r := m.keywords(n, i, tok); r != nil || m.ambiguous {
		return r
	}
	for _, c := range n.words {
		m.path[i] = c
		if c.kind == lineToken {
			if c.end != nil && c.end.do == nil && m.abbreviated(i) {
				continue // the pattern is wider than the command: it takes whole words only
			}
			for j := i + 1; j < len(m.tokens); j++ {
				m.path[j] = nil
			}
			m.deepest, m.at = len(m.tokens), c
			return c.end
		}
		if r := m.walk(c, i+1); r != nil {
			return r
		}
	}
	return nil
}

// abbreviated reports whether one of the first n tokens is a shortened keyword.
func (m *matcher) abbreviated(n int) bool {
	for i := m.first; i < n; i++ {
		if c := m.path[i]; c.kind == keywordToken && c.text != m.tokens[i] {
			return true
		}
	}
	return false
}

func (m *matcher) keywords(n *node, i int, tok string) *rule {
	// Binary search for the first keyword that is not before the token.
	lo, hi := 0, len(n.keywords)
	for lo < hi {
		mid := (lo + hi) / 2
		if n.keywords[mid].text < tok {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	for lo < len(n.keywords) && n.keywords[lo].text == tok {
		m.path[i] = n.keywords[lo]
		if r := m.walk(n.keywords[lo], i+1); r != nil {
			return r
		}
		lo++
	}
	var found *rule
	var as *node
	var path []*node
	for ; lo < len(n.keywords) && strings.HasPrefix(n.keywords[lo].text, tok); lo++ {
		c := n.keywords[lo]
		if found != nil && c.text == as.text {
			continue
		}
		m.path[i] = c
		r := m.walk(c, i+1)
		if m.ambiguous {
			return nil
		}
		if r == nil {
			continue
		}
		if found != nil {
			m.ambiguous = true
			return nil
		}
		found, as = r, c
		path = append(path, m.path[i:len(m.tokens)]...)
	}
	if found != nil {
		copy(m.path[i:], path)
	}
	return found
}

// reason says why no rule fitted, for the ledger.
func (m *matcher) reason() verdict {
	if m.ambiguous {
		return rejected("the abbreviation is ambiguous")
	}
	if m.at == nil || m.deepest == m.first {
		return unknownCommand
	}
	if m.deepest >= len(m.tokens) {
		return rejected("the command is incomplete")
	}
	tok := m.tokens[m.deepest]
	if len(m.at.keywords) == 0 && len(m.at.words) == 0 {
		if len(m.at.typed) == 0 {
			return rejected("nothing may follow here, but " + quote(tok) + " does")
		}
		return rejected(quote(tok) + " is not " + m.at.typed[0].describe())
	}
	return verdict{notModelled, "unknown command: " + quote(tok) + " is not known after " +
		quote(strings.Join(m.tokens[:m.deepest], " ")), anything}
}

func quote(s string) string {
	if len(s) > 60 {
		s = s[:60] + "..."
	}
	return `"` + s + `"`
}
