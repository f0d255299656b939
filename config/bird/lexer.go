package bird

import (
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"
)

// kind is what a token is.
type kind uint8

const (
	endOfFile kind = iota
	word           // a name or keyword
	numeral
	address
	quoted
	distinguisher // 65000:1
	sign
)

// token is one token with the place where it stands.
type token struct {
	kind   kind
	text   string // of a word, a text, or a sign
	num    uint64
	addr   netip.Addr
	apos   bool // a word in apostrophes is never a keyword
	index  int  // in the list of all tokens
	file   int  // index into the parser's files
	line   int
	column int
}

// String is the token as messages quote it.
func (t token) String() string {
	switch t.kind {
	case endOfFile:
		return "the end of the file"
	case numeral:
		return strconv.FormatUint(t.num, 10)
	case address:
		return t.addr.String()
	case quoted:
		return strconv.Quote(t.text)
	}
	return t.text
}

// is reports a keyword or sign.
func (t token) is(s string) bool {
	return t.text == s && (t.kind == sign || t.kind == word && !t.apos)
}

// lexer turns the main file, and what it includes, into one list of tokens.
type lexer struct {
	files []Source
	used  []bool
	out   []token
	depth int
	at    func(file, line int, state verdict)
}

// maxIncludeDepth is how deeply BIRD lets files include each other.
const maxIncludeDepth = 8

// signs are the tokens of several characters, longest first.
var signs = []string{"---", "[=", "=]", "!=", "!~", "<=", ">=", "..", "&&", "||", "--", "->"}

func (l *lexer) fail(file, line, column int, format string, args ...any) {
	panic(&Error{Path: l.files[file].Path, Line: line, Column: column, Msg: fmt.Sprintf(format, args...)})
}

func (l *lexer) read(file int) {
	if l.depth++; l.depth > maxIncludeDepth {
		l.fail(file, 1, 0, "files include each other too deeply")
	}
	if err := readable(l.files[file]); err != nil {
		panic(err)
	}
	l.used[file] = true
	s := scanner{l: l, file: file, text: string(l.files[file].Text), line: 1}
	for {
		t, ok := s.next()
		if !ok {
			break
		}
		if t.is("include") && s.startsLine(t) {
			s.include(t)
			continue
		}
		l.out = append(l.out, t)
	}
	l.depth--
}

// scanner reads one file.
type scanner struct {
	l     *lexer
	file  int
	text  string
	pos   int
	line  int
	start int // of the line
}

// startsLine: `include` counts only at the beginning of a line.
func (s *scanner) startsLine(t token) bool {
	return strings.TrimSpace(s.text[s.start:s.start+t.column-1]) == ""
}

func (s *scanner) include(at token) {
	name, ok := s.next()
	if !ok || name.kind != quoted {
		s.l.fail(s.file, at.line, at.column, "include wants the name of a file in quotes")
	}
	if end, ok := s.next(); !ok || !end.is(";") {
		s.l.fail(s.file, at.line, at.column, "include ends with a semicolon")
	}
	s.l.at(s.file, at.line, modelled)
	want := name.text
	if path.IsAbs(want) {
		// What is installed in /etc/bird is in the router's folder of the snapshot.
		want = strings.TrimPrefix(strings.TrimPrefix(want, "/etc/bird/"), "/etc/")
	} else if dir := path.Dir(s.l.files[s.file].Path); dir != "." {
		want = path.Join(dir, want)
	}
	main := path.Dir(s.l.files[0].Path)
	var found []int
	for i, f := range s.l.files {
		match, err := path.Match(want, f.Path)
		inMain, _ := path.Match(path.Join(main, want), f.Path)
		if err == nil && (match || path.IsAbs(name.text) && inMain) {
			found = append(found, i)
		}
	}
	if len(found) == 0 && !strings.ContainsAny(want, "*?[") {
		panic(&Error{Path: s.l.files[s.file].Path, Line: at.line, Column: at.column, Msg: "there is no file " + name.text + " to include",
			Hint: "put it into the router's folder, beside bird.conf"})
	}
	slices.SortFunc(found, func(a, b int) int { return strings.Compare(s.l.files[a].Path, s.l.files[b].Path) })
	for _, i := range found {
		s.l.read(i)
	}
}

func (s *scanner) blank() {
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case c == '\n':
			s.pos++
			s.line++
			s.start = s.pos
		case c == ' ' || c == '\t' || c == '\r':
			s.pos++
		case c == '#':
			if end := strings.IndexByte(s.text[s.pos:], '\n'); end >= 0 {
				s.pos += end
			} else {
				s.pos = len(s.text)
			}
		case strings.HasPrefix(s.text[s.pos:], "/*"):
			end := strings.Index(s.text[s.pos+2:], "*/")
			if end < 0 {
				s.l.fail(s.file, s.line, s.pos-s.start+1, "a comment is not closed")
			}
			for _, c := range s.text[s.pos : s.pos+end+4] {
				if c == '\n' {
					s.line++
				}
			}
			s.pos += end + 4
			if nl := strings.LastIndexByte(s.text[:s.pos], '\n'); nl >= 0 {
				s.start = nl + 1
			}
		default:
			return
		}
	}
}

func isLetter(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isHex(c byte) bool   { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

// span is the length of the run of characters that pass.
func (s *scanner) span(ok func(byte) bool) int {
	n := 0
	for s.pos+n < len(s.text) && ok(s.text[s.pos+n]) {
		n++
	}
	return n
}

// next is the next token; false at the end.
func (s *scanner) next() (t token, ok bool) {
	s.blank()
	if s.pos >= len(s.text) {
		return token{kind: endOfFile, file: s.file, line: s.line}, false
	}
	t = token{file: s.file, line: s.line, column: s.pos - s.start + 1}
	if s.number(&t) {
		return t, true
	}
	rest := s.text[s.pos:]
	switch c := rest[0]; {
	case isLetter(c):
		n := s.span(func(c byte) bool { return isLetter(c) || isDigit(c) })
		t.kind, t.text = word, rest[:n]
		s.pos += n
	case c == '"':
		end := strings.IndexAny(rest[1:], "\"\n")
		if end < 0 || rest[1+end] == '\n' {
			s.l.fail(s.file, s.line, t.column, "a text is not closed")
		}
		t.kind, t.text = quoted, rest[1:1+end]
		s.pos += end + 2
	case c == '\'':
		end := strings.IndexAny(rest[1:], "'\n")
		if end < 0 || rest[1+end] == '\n' {
			s.l.fail(s.file, s.line, t.column, "a name in apostrophes is not closed")
		}
		t.kind, t.text, t.apos = word, rest[1:1+end], true
		if strings.Trim(t.text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:") != "" {
			s.l.fail(s.file, s.line, t.column, "invalid character in a name in apostrophes")
		}
		s.pos += end + 2
	default:
		t.kind = sign
		for _, x := range signs {
			if strings.HasPrefix(rest, x) {
				t.text = x
				s.pos += len(x)
				return t, true
			}
		}
		if !strings.ContainsRune("=<>~!+-*/.,:;()[]{}?%", rune(c)) {
			s.l.fail(s.file, s.line, t.column, "unknown character %q", c)
		}
		t.text = rest[:1]
		s.pos++
	}
	return t, true
}

// number reads numbers, addresses and route distinguishers.
func (s *scanner) number(t *token) bool {
	rest := s.text[s.pos:]
	// An IPv6 address has a colon after at most four hexadecimal digits.
	if n := s.span(func(c byte) bool { return isHex(c) || c == ':' }); n >= 2 && strings.Contains(rest[:n], ":") {
		text := rest[:n]
		if m := s.span(func(c byte) bool { return isHex(c) || c == ':' || c == '.' }); m > n && strings.Count(rest[:m], ".") == 3 {
			text = rest[:m]
		}
		if a, err := netip.ParseAddr(text); err == nil {
			t.kind, t.addr = address, a
			s.pos += len(text)
			return true
		}
	}
	if !isDigit(rest[0]) {
		return false
	}
	if strings.HasPrefix(rest, "0x") || strings.HasPrefix(rest, "0X") {
		s.pos += 2
		n := s.span(isHex)
		s.pos -= 2
		s.decimal(t, rest[2:2+n], 16)
		s.pos += 2 + n
		return true
	}
	n := s.span(func(c byte) bool { return isDigit(c) || c == '.' })
	if a, err := netip.ParseAddr(rest[:n]); err == nil {
		t.kind, t.addr = address, a
		s.pos += n
		return true
	}
	n = s.span(isDigit)
	if s.pos+n < len(s.text) && s.text[s.pos+n] == ':' && s.pos+n+1 < len(s.text) && isDigit(s.text[s.pos+n+1]) {
		m := n + 1
		for s.pos+m < len(s.text) && isDigit(s.text[s.pos+m]) {
			m++
		}
		t.kind, t.text = distinguisher, rest[:m]
		s.pos += m
		return true
	}
	s.decimal(t, rest[:n], 10)
	s.pos += n
	return true
}

func (s *scanner) decimal(t *token, digits string, base int) {
	v, err := strconv.ParseUint(digits, base, 32)
	if err != nil {
		s.l.fail(s.file, s.line, t.column, "number out of range")
	}
	t.kind, t.num = numeral, v
}
