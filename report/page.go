package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// style is an ANSI attribute; styles are added with |.
type style uint16

const (
	bold style = 1 << iota
	dim
	red
	green
	yellow
	blue
	magenta
	cyan
)

var codes = []struct {
	style style
	code  string
}{{bold, "1"}, {dim, "2"}, {red, "31"}, {green, "32"}, {yellow, "33"}, {blue, "34"}, {magenta, "35"}, {cyan, "36"}}

// page collects lines of text for a terminal.
type page struct {
	b     bytes.Buffer
	width int
	color bool

	declares bool // the change declares its intent: effects say which declaration explains them
}

func newPage(o Options) *page {
	p := &page{width: o.Width, color: o.Color}
	if p.width <= 0 {
		p.width = 100
	}
	// Narrower than this nothing can be laid out; the terminal wraps then.
	p.width = max(p.width, 50)
	return p
}

// send writes the page out, in one piece.
func (p *page) send(w io.Writer) error {
	_, err := w.Write(p.b.Bytes())
	return err
}

// paint styles a text.
func (p *page) paint(s style, text string) string {
	if !p.color || s == 0 || text == "" {
		return text
	}
	var c []string
	for _, x := range codes {
		if s&x.style != 0 {
			c = append(c, x.code)
		}
	}
	return "\x1b[" + strings.Join(c, ";") + "m" + text + "\x1b[0m"
}

// line writes one line as it is.
func (p *page) line(format string, args ...any) {
	fmt.Fprintf(&p.b, format, args...)
	p.b.WriteByte('\n')
}

// blank writes an empty line.
func (p *page) blank() { p.b.WriteByte('\n') }

// wrap writes text of any length behind a lead, its further lines indented below the first word.
// The lead may be styled already: leadWidth is what it shows.
func (p *page) wrap(lead string, leadWidth int, s style, text string) {
	room := max(p.width-leadWidth, 20)
	for i, l := range fold(text, room) {
		if i > 0 {
			lead = strings.Repeat(" ", leadWidth)
		}
		p.line("%s%s", lead, p.paint(s, l))
	}
}

// para writes text behind an indentation.
func (p *page) para(indent int, s style, text string) {
	p.wrap(strings.Repeat(" ", indent), indent, s, text)
}

// fold breaks text into lines of at most width columns, at blanks; a longer word stands alone.
func fold(text string, width int) []string {
	var lines []string
	var line strings.Builder
	n := 0
	for _, word := range strings.Fields(text) {
		w := utf8.RuneCountInString(word)
		if n > 0 && n+1+w > width {
			lines = append(lines, line.String())
			line.Reset()
			n = 0
		}
		if n > 0 {
			line.WriteByte(' ')
			n++
		}
		line.WriteString(word)
		n += w
	}
	return append(lines, line.String())
}

// cut shortens a text to width columns.
func cut(text string, width int) string {
	if utf8.RuneCountInString(text) <= width || width < 2 {
		return text
	}
	return string([]rune(text)[:width-1]) + "…"
}

// cutWords shortens a sentence between two words: half a prefix is another prefix.
func cutWords(text string, width int) string {
	short := cut(text, width)
	if at := strings.LastIndexByte(short, ' '); short != text && at > len(short)/2 {
		return strings.TrimRight(short[:at], " ,:;") + " …"
	}
	return short
}

// printable replaces what would move the cursor: configuration text comes from outside.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n':
			return ' '
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0:
			return '�'
		}
		return r
	}, text)
}

// pad fills a text up with blanks.
func pad(text string, width int) string {
	if n := width - utf8.RuneCountInString(text); n > 0 {
		return text + strings.Repeat(" ", n)
	}
	return text
}

// plural is "1 route", "3 routes".
func plural(n int, one string, more ...string) string {
	if n == 1 {
		return "1 " + one
	}
	if len(more) > 0 {
		return fmt.Sprintf("%d %s", n, more[0])
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// list joins names, at most n of them: "a, b, c and 4 more".
func list(names []string, n int) string {
	if len(names) <= n || n <= 0 {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:n], ", "), len(names)-n)
}

// examples joins the first of count things: "a, b and 40 more".
func examples(some []string, count, n int) string {
	if len(some) > n && n > 0 {
		some = some[:n]
	}
	if count <= len(some) {
		return strings.Join(some, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(some, ", "), count-len(some))
}
