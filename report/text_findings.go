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
	case f.Waived != "":
		return "○", yellow
	case f.Level == "advisory":
		return "!", yellow
	}
	return "·", dim
}

// findings shows the gravest findings in full and the others as one line each.
func (p *page) findings(v *gate.Verdict, o Options) {
	full := fullFindings(v, o)
	quotedAlready := map[string]bool{}
	for i := range v.Findings {
		if full[i] {
			p.finding(&v.Findings[i], quotedAlready, o)
		}
	}
	p.brief(v, full)
}

// fullFindings chooses what is shown in full: the first finding of each of the gravest
// policies, so that three findings tell three things.
func fullFindings(v *gate.Verdict, o Options) map[int]bool {
	full := map[int]bool{}
	policies := map[string]bool{}
	for i := range v.Findings {
		f := &v.Findings[i]
		switch {
		case o.All:
			full[i] = true
		case len(full) < shown && !policies[f.Policy] && (f.Denies || v.Counts.Denying == 0 && f.Level != "shadow"):
			full[i], policies[f.Policy] = true, true
		}
	}
	return full
}

// brief lists what is not shown in full, one line a policy.
func (p *page) brief(v *gate.Verdict, full map[int]bool) {
	type group struct {
		first *gate.Finding
		n     int
	}
	var order []*group
	by := map[string]*group{}
	for i := range v.Findings {
		f := &v.Findings[i]
		if full[i] {
			continue
		}
		key := fmt.Sprint(f.Policy, f.Denies, f.Waived != "")
		if by[key] == nil {
			by[key] = &group{first: f}
			order = append(order, by[key])
		}
		by[key].n++
	}
	if len(order) > 0 {
		p.blank()
	}
	for i, g := range order {
		if i == 8 {
			p.line("  … and %s (--all shows them)", plural(len(order)-i, "more policy", "more policies"))
			break
		}
		glyph, s := mark(g.first)
		name := g.first.Policy
		if g.first.Waived != "" {
			name += " (waived)"
		}
		lead, width := name+"  ", len(name)+4
		if g.n > 1 {
			count := fmt.Sprintf("%d times, e.g. ", g.n)
			lead, width = lead+count, width+len(count)
		}
		p.line("%s %s%s", p.paint(s|bold, glyph), lead, p.paint(dim, cutWords(printable(g.first.Message), max(8, p.width-width))))
	}
}

func hiddenFindings(v *gate.Verdict, o Options) int {
	return len(v.Findings) - len(fullFindings(v, o))
}

// finding shows one finding: the sentence, the lines that cause it, what was seen, the proof.
func (p *page) finding(f *gate.Finding, quotedAlready map[string]bool, o Options) {
	glyph, s := mark(f)
	p.blank()
	tags := f.Level
	if f.Status != "change" {
		tags = f.Status + ", " + tags
	}
	if w := waived(f); w != "" {
		tags += ", " + w
	}
	p.line("%s %s  %s", p.paint(s|bold, glyph), p.paint(bold, f.Policy), p.paint(dim, tags))
	p.para(2, 0, printable(f.Message))
	p.findingSources(f.Sources, quotedAlready, s, o)
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
	if len(f.Declared) > 0 {
		p.wrap(indent+p.paint(dim, "meant "), 10, 0, printable("declared as "+list(f.Declared, limit(o, 3))+", which excuses nothing"))
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

// findingSources quotes what no finding before has quoted, and names the rest.
func (p *page) findingSources(list []gate.Source, quotedAlready map[string]bool, s style, o Options) {
	var fresh, old []gate.Source
	for _, src := range list {
		if key := src.Side + place(src); quotedAlready[key] {
			old = append(old, src)
		} else {
			quotedAlready[key] = true
			fresh = append(fresh, src)
		}
	}
	p.sources(fresh, s, o)
	if len(old) > 0 && len(fresh) == 0 {
		p.wrap("    "+p.paint(dim, "cause "), 10, dim, "the lines above: "+places(old, 4))
	}
}

func places(list []gate.Source, n int) string {
	var out []string
	for _, src := range list {
		out = append(out, place(src))
	}
	return examples(out, len(out), n)
}

// sources quotes lines of configuration and underlines them.
func (p *page) sources(list []gate.Source, s style, o Options) {
	// What cannot be quoted is only named.
	var quotable, bare []gate.Source
	for _, src := range list {
		if len(src.Lines) > 0 {
			quotable = append(quotable, src)
		} else {
			bare = append(bare, src)
		}
	}
	limit := len(quotable)
	if !o.All {
		limit = min(limit, 2)
	}
	for _, src := range quotable[:limit] {
		p.source(src, s, o)
	}
	if rest := append(quotable[limit:], bare...); len(rest) > 0 {
		p.wrap("    ", 4, dim, "also "+places(rest, 4))
	}
}

// source shows the lines: those that the change alters with a sign, and a single one underlined.
func (p *page) source(src gate.Source, s style, o Options) {
	side, sign := "", "+"
	if src.Side == "before" {
		side, sign = "  as it runs now", "-"
	}
	p.line("    %s%s", p.paint(blue, place(src)), p.paint(dim, side))
	gutter := len(fmt.Sprint(max(src.Last, 1)))
	room := max(p.width-10-gutter, 20)
	row := func(l *gate.Line, st style) {
		g := " "
		if l.Changed {
			g = p.paint(s|bold, sign)
		}
		p.line("    %s %s %s", p.paint(dim, fmt.Sprintf("%*d", gutter, l.Number)), g+p.paint(dim, "│"), p.paint(st, cut(printable(l.Text), room)))
	}
	if src.Context != nil {
		row(src.Context, dim)
		if src.Context.Number < src.First-1 {
			p.line("    %s  %s", strings.Repeat(" ", gutter), p.paint(dim, "│ …"))
		}
	}
	lines, most := src.Lines, quoted
	if len(src.Removed) > 0 && !anyChanged(lines) {
		most = 2 // what is gone says more than what is left
	}
	if !o.All && len(lines) > most {
		lines = lines[:most]
	}
	for i := range lines {
		row(&lines[i], 0)
	}
	blanks := strings.Repeat(" ", gutter)
	if len(lines) == 1 && len(src.Removed) == 0 {
		text := cut(printable(lines[0].Text), room)
		if t := strings.TrimLeft(text, " "); t != "" {
			p.line("    %s  %s %s%s", blanks, p.paint(dim, "│"), text[:len(text)-len(t)], p.paint(s, strings.Repeat("^", utf8.RuneCountInString(t))))
		}
	}
	if n := src.Last - src.First + 1 - len(lines); n > 0 {
		p.line("    %s  %s", blanks, p.paint(dim, fmt.Sprintf("│ … %s", plural(n, "more line"))))
	}
	for i := range src.Removed {
		if !o.All && i == quoted {
			p.line("    %s  %s", blanks, p.paint(dim, fmt.Sprintf("│ … %s", plural(len(src.Removed)-i, "more removed line"))))
			break
		}
		l := &src.Removed[i]
		p.line("    %s %s %s", blanks, p.paint(s|bold, "-")+p.paint(dim, "│"), p.paint(s, cut(printable(l.Text), room)))
	}
}

func anyChanged(lines []gate.Line) bool {
	for i := range lines {
		if lines[i].Changed {
			return true
		}
	}
	return false
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
			p.line("  %s", p.paint(dim, fmt.Sprintf("… and %s (--all)", plural(len(order)-i, "more policy", "more policies"))))
			break
		}
		p.line("  %s %s", p.paint(dim, "·"), fmt.Sprintf("%s (%d)", name, by[name]))
	}
}
