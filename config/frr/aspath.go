package frr

import (
	"regexp"
	"sort"
	"strings"

	"github.com/routegate/routegate/network"
)

// Regular expressions are POSIX extended ones; `_` stands for a boundary between numbers.
const boundary = `(?:^|[,{}() ]|$)`

// translate gives the RE2 equivalent of FRR's expression; ok is false where FRR cannot compile it.
func translate(text string) (re string, ok bool) {
	var b strings.Builder
	bracket, repeated := false, false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case bracket:
			if c == '\\' { // literal in a POSIX bracket expression
				b.WriteByte('\\')
			}
			b.WriteByte(c)
			if c == '[' && i+1 < len(text) && strings.IndexByte(":.=", text[i+1]) >= 0 {
				if end := strings.Index(text[i+2:], string(text[i+1])+"]"); end >= 0 {
					b.WriteString(text[i+1 : i+2+end+2])
					i += end + 3
				}
			}
			if c == ']' {
				bracket = false
			}
		case c == '_':
			b.WriteString(boundary)
		case c == '\\' && i+1 < len(text):
			i++
			if n := text[i]; n >= '0' && n <= '9' || n >= 'a' && n <= 'z' || n >= 'A' && n <= 'Z' {
				b.WriteByte(n) // an escaped letter or digit is itself
			} else {
				b.WriteString(regexp.QuoteMeta(string(n)))
			}
		case c == '[':
			bracket = true
			b.WriteByte(c)
			if i+1 < len(text) && text[i+1] == '^' {
				i++
				b.WriteByte('^')
			}
			if i+1 < len(text) && text[i+1] == ']' {
				i++
				b.WriteString(`\]`)
			}
		case c == '*' || c == '+' || c == '?':
			// POSIX allows repetitions of repetitions (a+? is a*); RE2 refuses them or means something else.
			if !repeated {
				b.WriteByte(c)
			} else if text[i-1] != c {
				s := b.String()
				b.Reset()
				b.WriteString(s[:len(s)-1] + "*")
			}
			repeated = true
			continue
		default:
			b.WriteByte(c)
		}
		repeated = false
	}
	re = b.String()
	if _, err := regexp.Compile(re); err != nil {
		return "", false
	}
	return re, true
}

func (g *grammar) communityLists() {
	const action = "[seq (0-4294967295)$seq] <deny|permit> LINE...$values"
	for _, form := range [...]struct {
		word string
		old  bool
	}{{"bgp", false}, {"ip", true}} {
		do := func(pattern string, h func(*parser, *args) verdict) {
			if !form.old {
				g.list(pattern, h)
				return
			}
			g.list(pattern, func(p *parser, a *args) verdict {
				if !p.defaults.before(8, 0) {
					return rejected("FRR 8 took this form away; it is `" + strings.Replace(clauseText(a), "ip ", "bgp ", 1) + "` now")
				}
				return h(p, a)
			})
		}
		do("[no] "+form.word+" as-path access-list WORD$name "+action, (*parser).asPathEntry)
		do("no "+form.word+" as-path access-list WORD$name", (*parser).removeASPathList)
		for _, kind := range [...]string{"community-list", "large-community-list", "extcommunity-list"} {
			head := form.word + " " + kind + " <(1-99)$standard|(100-500)$expanded|standard WORD$name|expanded WORD$name> "
			do("[no] "+head+action, (*parser).communityEntry)
			do("no "+head, (*parser).removeCommunityList)
		}
		do("no "+form.word+" large-community-list WORD$name", (*parser).removeCommunityList)
	}
}

// nextSequence numbers entries in steps of five behind the last.
func nextSequence(last int) int { return last/5*5 + 5 }

func (p *parser) asPathEntry(a *args) verdict {
	name := a.str("name")
	text := strings.Join(a.list("values"), " ")
	if i := strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune(`1234567890_^|[,{}() ]$*+.?-\`, r) }); i >= 0 {
		return rejected(quote(text[i:i+1]) + " may not stand in an expression on AS paths")
	}
	re, ok := translate(text)
	if !ok {
		return rejected("the expression cannot be compiled")
	}
	e := network.ASPathEntry{Sequence: int(a.num("seq")), Deny: a.has("deny"), Text: text, Pattern: re, Span: p.span()}
	s := p.asPaths[name]
	if a.no {
		if s != nil {
			for i, o := range s.Entries {
				if o.Deny == e.Deny && o.Text == e.Text {
					s.Entries = append(s.Entries[:i:i], s.Entries[i+1:]...)
					if len(s.Entries) == 0 {
						delete(p.asPaths, name)
					}
					return modelled
				}
			}
		}
		return rejected("the list has no such entry")
	}
	if s == nil {
		s = &network.ASPathSet{Name: name, Span: p.span()}
		p.asPaths[name] = s
	}
	s.Span = s.Span.Join(p.span())
	last := 0
	for _, o := range s.Entries {
		if o.Deny == e.Deny && o.Text == e.Text && e.Sequence == 0 {
			return modelled
		}
		last = max(last, o.Sequence)
	}
	if e.Sequence == 0 {
		e.Sequence = nextSequence(last)
	}
	i := sort.Search(len(s.Entries), func(i int) bool { return s.Entries[i].Sequence >= e.Sequence })
	if i < len(s.Entries) && s.Entries[i].Sequence == e.Sequence {
		s.Entries[i] = e
		return modelled
	}
	s.Entries = append(s.Entries, e)
	copy(s.Entries[i+1:], s.Entries[i:])
	s.Entries[i] = e
	return modelled
}

func (p *parser) removeASPathList(a *args) verdict {
	if p.asPaths[a.str("name")] == nil {
		return rejected("there is no such list")
	}
	delete(p.asPaths, a.str("name"))
	return modelled
}
