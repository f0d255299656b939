package report

import (
	"fmt"
	"strings"

	"github.com/routegate/routegate/gate"
)

// failures says what any single failure would lose, one entry a failure: what is new first, what stood before only counted.
func (p *page) failures(f *gate.Failures, o Options) {
	if len(f.Asked) == 0 {
		return
	}
	if !f.Known {
		p.heading("What a single failure would lose", "not known")
		return
	}
	p.heading("What a single failure would lose", triedWords(&f.After))
	var caused, old []gate.FailureLoss
	for _, l := range f.Losses {
		if l.Status == "new" || l.Status == "worse" {
			caused = append(caused, l)
		} else {
			old = append(old, l)
		}
	}
	p.rows(len(caused), o, 4, func(i int) { p.failure(&caused[i], o) })
	if len(caused) == 0 {
		p.line("    %s", "nothing that was not lost without this change as well")
	}
	if o.All {
		for i := range old {
			p.failure(&old[i], o)
		}
		return
	}
	by := map[string]int{}
	for i := range old {
		by[old[i].Status]++
	}
	if n := by["standing"]; n > 0 {
		p.line("  %s %s", p.paint(dim, "·"), fmt.Sprintf("%s would lose as much without this change", plural(n, "failure")))
	}
	if n := by["mended"]; n > 0 {
		p.line("  %s %s", p.paint(dim, "·"), fmt.Sprintf("%s would lose something only without this change", plural(n, "failure")))
	}
}

func triedWords(c *gate.FailureCounts) string {
	var out []string
	if c.Links > 0 {
		out = append(out, plural(c.Links, "link"))
	}
	if c.Routers > 0 {
		out = append(out, plural(c.Routers, "router"))
	}
	if len(out) == 0 {
		return "there is nothing that could fail"
	}
	return strings.Join(out, " and ") + " tried, one at a time"
}

// failure writes one failure and what is lost by it.
func (p *page) failure(l *gate.FailureLoss, o Options) {
	glyph := map[string]string{"new": "lost", "worse": "lost", "mended": "gained"}[l.Status]
	var below []string
	for i := range l.Lost {
		if !o.All && i == 3 {
			below = append(below, fmt.Sprintf("… %d more (--all)", len(l.Lost)-i))
			break
		}
		below = append(below, lostWords(&l.Lost[i], l.Status, o))
	}
	p.effect(glyph, l.Status+": "+l.Failure, below...)
}

func lostWords(x *gate.FailureLost, status string, o Options) string {
	who := x.Source
	if len(x.Losing) > 0 && x.Losing[0] != x.Source {
		who = fmt.Sprintf("%s (%s)", examples(x.Losing, max(x.Count, x.CountBefore), limit(o, 3)), x.Source)
	}
	what := fmt.Sprintf("%s %s", x.Name, x.Prefix)
	if x.Source == "origin" {
		return what + ": " + x.Outcome
	}
	end := x.Outcome
	if x.At != "" {
		end += " at " + x.At
	}
	if status == "mended" {
		return fmt.Sprintf("%s lost %s: %s", who, what, end)
	}
	text := fmt.Sprintf("%s: %s: %s", what, who, end)
	if status == "worse" {
		text += fmt.Sprintf(" (%d, without this change %d)", x.Count, x.CountBefore)
	}
	return text
}
