package report

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/routegate/routegate/gate"
)

// quoted is how many lines of one source a report for people shows.
const quoted = 5

// mark is a finding's glyph and its colour.
func mark(f *gate.Finding) (string, style) {
	switch {
	case f.Denies:
		return "✗", red
	case f.Level == "advisory":
		return "!", yellow
	}
	return "·", dim
}

// findings shows the gravest findings in full and the others as one line each.
func (p *page) findings(v *gate.Verdict, o Options) {
	full := shown
	if o.All {
		full = len(v.Findings)
	}
	for i := range v.Findings {
		f := &v.Findings[i]
		if i < full && (f.Denies || o.All || v.Counts.Denying == 0) {
			p.finding(f, o)
		}
	}
	p.brief(v, o)
}

// brief lists what is not shown in full, one line a policy.
func (p *page) brief(v *gate.Verdict, o Options) {
	if hiddenFindings(v, o) == 0 {
		return
	}
	type group struct {
		first *gate.Finding
		n     int
	}
	var order []*group
	by := map[string]*group{}
	for i := range v.Findings {
		f := &v.Findings[i]
		if isShown(v, i, o) {
			continue
		}
		key := fmt.Sprint(f.Policy, f.Denies)
		if by[key] == nil {
			by[key] = &group{first: f}
			order = append(order, by[key])
		}
		by[key].n++
	}
	p.blank()
	for i, g := range order {
		if i == 8 {
			p.line("  … and %s more (--all shows them)", plural(len(order)-i, "policy", "policies"))
			break
		}
		glyph, s := mark(g.first)
		text := g.first.Message
		if g.n > 1 {
			text = fmt.Sprintf("%s, and %d more of this kind", strings.TrimSuffix(text, "."), g.n-1)
		}
		p.line("%s %s  %s", p.paint(s|bold, glyph), g.first.Policy, p.paint(dim, cut(printable(text), max(20, p.width-4-len(g.first.Policy)))))
	}
}

func isShown(v *gate.Verdict, i int, o Options) bool {
	return o.All || i < shown && (v.Findings[i].Denies || v.Counts.Denying == 0)
}

func hiddenFindings(v *gate.Verdict, o Options) int {
	n := 0
	for i := range v.Findings {
		if !isShown(v, i, o) {
			n++
		}
	}
	return n
}

// finding shows one finding: the sentence, the lines that cause it, what was seen, the proof.
func (p *page) finding(f *gate.Finding, o Options) {
	glyph, s := mark(f)
	p.blank()
	tags := f.Level
	if f.Status != "change" {
		tags = f.Status + ", " + tags
	}
	p.line("%s %s  %s", p.paint(s|bold, glyph), p.paint(bold, f.Policy), p.paint(dim, tags))
	p.para(2, 0, printable(f.Message))
	p.sources(f.Sources, s, o)
	const indent = "    "
	for _, v := range f.Values {
		if v.Before == v.After {
			p.wrap(indent+p.paint(dim, "seen  "), 10, 0, printable(v.Name+": "+v.After))
			continue
		}
		p.wrap(indent+p.paint(dim, "seen  "), 10, 0, printable(fmt.Sprintf("%s: %s → %s", v.Name, empty(v.Before), empty(v.After))))
	}
	if len(f.Prefixes) > 0 && !all(f.Prefixes, f.Message) {
		p.wrap(indent+p.paint(dim, "what  "), 10, 0, examples(f.Prefixes, max(f.Count, len(f.Prefixes)), limit(o, 5)))
	}
	lead := indent + p.paint(dim, "proof ")
	for i, l := range f.Proof {
		if !o.All && i == 8 {
			p.line("%10s%s", "", p.paint(dim, fmt.Sprintf("… %d more (--all)", len(f.Proof)-i)))
			break
		}
		p.wrap(lead, 10, cyan, printable(l))
		lead = strings.Repeat(" ", 10)
	}
	for i, d := range f.Doubts {
		if !o.All && i == 2 {
			break
		}
		p.wrap(indent+p.paint(yellow, "doubt "), 10, 0, printable(d))
	}
	if f.Hint != "" {
		p.wrap(indent+p.paint(dim, "hint  "), 10, 0, printable(f.Hint))
	}
}

// all reports whether the sentence names every one of the prefixes already.
func all(prefixes []string, message string) bool {
	for _, p := range prefixes {
		if !strings.Contains(message, p) {
			return false
		}
	}
	return true
}

func limit(o Options, n int) int {
	if o.All {
		return 0
	}
	return n
}

func empty(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// sources quotes lines of configuration and underlines them.
func (p *page) sources(list []gate.Source, s style, o Options) {
	limit := len(list)
	if !o.All {
		limit = min(limit, 2)
	}
	for _, src := range list[:limit] {
		p.source(src, s, o)
	}
	if n := len(list) - limit; n > 0 {
		var more []string
		for _, src := range list[limit:] {
			more = append(more, place(src))
		}
		p.wrap("    ", 4, dim, "also "+examples(more, len(more), 4))
	}
}

func (p *page) source(src gate.Source, s style, o Options) {
	side := ""
	if src.Side == "before" {
		side = "  (removed or changed: as it runs now)"
	}
	p.line("    %s%s", p.paint(blue, place(src)), p.paint(dim, side))
	gutter := len(fmt.Sprint(max(src.Last, 1)))
	row := func(n int, text string, st style) {
		p.line("    %s %s", p.paint(dim, fmt.Sprintf("%*d │", gutter, n)), p.paint(st, text))
	}
	room := max(p.width-8-gutter, 20)
	if src.Context != nil {
		row(src.Context.Number, cut(printable(src.Context.Text), room), dim)
	}
	lines := src.Lines
	if !o.All && len(lines) > quoted {
		lines = lines[:quoted]
	}
	widest, indent := 0, room
	for _, l := range lines {
		text := cut(printable(l.Text), room)
		row(l.Number, text, 0)
		if t := strings.TrimLeft(text, " "); t != "" {
			widest = max(widest, utf8.RuneCountInString(text))
			indent = min(indent, utf8.RuneCountInString(text)-utf8.RuneCountInString(t))
		}
	}
	blanks := strings.Repeat(" ", gutter)
	if widest > indent {
		p.line("    %s %s %s%s", blanks, p.paint(dim, "│"), strings.Repeat(" ", indent), p.paint(s, strings.Repeat("^", widest-indent)))
	}
	if n := src.Last - src.First + 1 - len(lines); n > 0 && len(lines) > 0 {
		p.line("    %s %s", blanks, p.paint(dim, fmt.Sprintf("│ … %s more", plural(n, "line"))))
	}
}

// standing counts the old sins.
func (p *page) standing(v *gate.Verdict, o Options) {
	if len(v.Standing) == 0 {
		return
	}
	by, order := map[string]int{}, []string{}
	for _, f := range v.Standing {
		if by[f.Policy] == 0 {
			order = append(order, f.Policy)
		}
		by[f.Policy]++
	}
	p.heading("Standing before this change", "no reason to refuse it")
	if o.All {
		for i := range v.Standing {
			f := &v.Standing[i]
			p.wrap("  "+p.paint(dim, "· "), 4, 0, f.Policy+": "+printable(f.Message))
		}
		return
	}
	for i, name := range order {
		if i == 4 {
			p.line("  %s", p.paint(dim, fmt.Sprintf("… and %s more (--all)", plural(len(order)-i, "policy", "policies"))))
			break
		}
		p.line("  %s %s", p.paint(dim, "·"), fmt.Sprintf("%s (%d)", name, by[name]))
	}
}
