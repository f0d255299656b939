package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/routegate/routegate/gate"
)

// shown is how many findings a report for people shows in full.
const shown = 3

// verdictText is the report that a person reads in ten seconds: the verdict, why, what
// changes, what that does, and what to type next.
func verdictText(w io.Writer, v *gate.Verdict, o Options) error {
	p := newPage(o)
	p.declares = v.Intent.Declared
	s := verdictStyle(v.Verdict)
	p.wrap(p.paint(s|bold, strings.ToUpper(string(v.Verdict)))+"  ", len(v.Verdict)+2, bold, v.Summary)
	p.unknowns(v, o)
	p.findings(v, o)
	p.standing(v, o)
	p.waivers(v, o)
	p.intent(&v.Intent, o)
	p.changes(&v.Comparison, o)
	p.effects(&v.Comparison, o)
	p.failures(&v.Failures, o)
	p.capacity(&v.Capacity, o)
	p.footing(v, o)
	p.blank()
	p.wrap(p.paint(s|bold, strings.ToUpper(string(v.Verdict)))+"  ", len(v.Verdict)+2, 0, next(v, o))
	return p.send(w)
}

func verdictStyle(d gate.Decision) style {
	switch d {
	case gate.Allow:
		return green
	case gate.Deny:
		return red
	}
	return yellow
}

// next is the last line: what to type now.
func next(v *gate.Verdict, o Options) string {
	switch {
	case v.Verdict == gate.Deny && len(v.Findings) > 0:
		why := "how it comes about"
		if hidden := hiddenFindings(v, o); hidden > 0 {
			why += "; check --all: " + plural(hidden, "more finding")
		}
		return fmt.Sprintf("next: routegate explain --before %s --after %s   (%s)", quote(v.Before.Where), quote(v.After.Where), why)
	case v.Verdict == gate.Unknown:
		return fmt.Sprintf("blocked as a deny would be; next: mend what is listed above, then %s", check(v))
	case len(v.Effects.Reachability)+len(v.Effects.Routes) > 0:
		return fmt.Sprintf("next: routegate diff %s %s --all   (every route that moves)", quote(v.Before.Where), quote(v.After.Where))
	}
	return fmt.Sprintf("next: routegate routes %s   (the tables to expect)", quote(v.After.Where))
}

func check(v *gate.Verdict) string {
	return fmt.Sprintf("routegate check --before %s --after %s", quote(v.Before.Where), quote(v.After.Where))
}

// quote protects a path for a shell.
func quote(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t\n\"'`$&|;<>()*?[]#~!{}\\") {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// heading starts a section.
func (p *page) heading(title, rest string) {
	p.blank()
	if rest != "" {
		rest = "  " + p.paint(dim, rest)
	}
	p.line("%s%s", p.paint(bold, title), rest)
}

// unknowns are the reasons why the gate cannot judge.
func (p *page) unknowns(v *gate.Verdict, o Options) {
	limit := len(v.Unknowns)
	if !o.All {
		limit = min(limit, 5)
	}
	for _, r := range v.Unknowns[:limit] {
		p.blank()
		p.wrap(p.paint(yellow|bold, "?")+" ", 2, 0, fmt.Sprintf("%s: %s", r.Kind, r.Message))
		p.sources(r.Sources, yellow, o)
		if r.Hint != "" {
			p.wrap("    "+p.paint(dim, "hint  "), 10, 0, r.Hint)
		}
	}
	if n := len(v.Unknowns) - limit; n > 0 {
		p.blank()
		p.line("  … and %s (--all shows them)", plural(n, "more reason"))
	}
}

// footing is what the verdict rests on.
func (p *page) footing(v *gate.Verdict, o Options) {
	c := v.Coverage
	p.heading("What this rests on", "")
	lead := func(s string) string { return "  " + p.paint(dim, pad(s, 10)) }
	text := fmt.Sprintf("%s modelled, %d irrelevant to routing, %d not modelled", plural(c.Modelled, "line"), c.Irrelevant, c.NotModelled)
	if c.NotModelled > 0 {
		if c.Touched == 0 {
			text += ", none of which the change touches"
		} else {
			text += fmt.Sprintf("; the change touches %d", c.Touched)
		}
	}
	p.wrap(lead("coverage"), 12, 0, text)
	limit := 3
	if o.All {
		limit = len(c.Routers)
	}
	for i, r := range c.Routers {
		if i == limit {
			p.line("%12s… and %s", "", plural(len(c.Routers)-limit, "more router"))
			break
		}
		var why []string
		for _, x := range r.Reasons {
			why = append(why, fmt.Sprintf("%s (%s)", x.Reason, place(x.Example)))
		}
		if !o.All && len(why) > 2 {
			why = append(why[:2], "…")
		}
		p.wrap(strings.Repeat(" ", 12), 12, dim, fmt.Sprintf("%s: %s not modelled: %s", r.Router, plural(r.NotModelled, "line"), strings.Join(why, "; ")))
	}
	text = plural(v.Policies.Evaluated, "policy", "policies") + " applied"
	if v.Policies.Own > 0 {
		text += fmt.Sprintf(", %d of them your own", v.Policies.Own)
	}
	if n := len(v.NotApplied); n > 0 {
		text += fmt.Sprintf("; %d did not", n)
		if !o.All {
			text += " (--all says why)"
		}
	}
	p.wrap(lead("policies"), 12, 0, text)
	if o.All {
		for _, n := range v.NotApplied {
			p.wrap(strings.Repeat(" ", 12), 12, dim, n.Policy+": "+n.Why)
		}
	}
	p.remarks(lead("warnings"), v.Warnings, yellow, o)
	p.remarks(lead("assumed"), v.Assumptions, dim, o)
}

// remarks writes a few sentences behind one lead.
func (p *page) remarks(lead string, text []string, s style, o Options) {
	limit := 3
	if o.All {
		limit = len(text)
	}
	for i, t := range text {
		if i == limit {
			p.line("%12s%s", "", p.paint(dim, fmt.Sprintf("… and %d more (--all)", len(text)-limit)))
			return
		}
		p.wrap(lead, 12, s, printable(t))
		lead = strings.Repeat(" ", 12)
	}
}

// place is "file:12" or "file:12-19".
func place(s gate.Source) string {
	switch {
	case s.First == 0:
		return s.File
	case s.Last <= s.First:
		return fmt.Sprintf("%s:%d", s.File, s.First)
	}
	return fmt.Sprintf("%s:%d-%d", s.File, s.First, s.Last)
}
