package report

import (
	"fmt"
	"strings"

	"github.com/routegate/routegate/gate"
)

// intent says what the change declares of itself, what came of it, and what happens beside it.
func (p *page) intent(in *gate.Intent, o Options) {
	if !in.Declared {
		return
	}
	about := in.Summary
	if in.Ticket != "" {
		about = strings.TrimSpace(about + " (" + in.Ticket + ")")
	}
	p.heading("What it is meant to do", printable(strings.TrimSpace(in.File+"  "+about)))
	if len(in.Declarations) == 0 {
		p.line("  nothing to any route or session")
	}
	p.rows(len(in.Declarations), o, 8, func(i int) {
		d := &in.Declarations[i]
		switch {
		case d.Count == 0:
			p.wrap("  "+p.paint(red|bold, "✗")+" ", 4, 0, printable(d.Name+": does not happen"))
		case len(d.Missing) > 0:
			p.wrap("  "+p.paint(red|bold, "✗")+" ", 4, 0, printable(fmt.Sprintf("%s: happens in part, and not: %s", d.Name, list(d.Missing, limit(o, 3)))))
		default:
			p.wrap("  "+p.paint(green|bold, "✓")+" ", 4, 0, printable(fmt.Sprintf("%s: happens (%s)", d.Name, plural(d.Count, "time"))))
		}
	})
	for _, u := range in.Undeclared {
		what := u.Effect
		if u.Outside {
			what += " to the outside"
		}
		p.wrap("  "+p.paint(yellow|bold, "!")+" ", 4, 0, printable(fmt.Sprintf("not declared: %s (%s), e.g. %s", what, plural(u.Count, "time"), list(u.Examples, limit(o, 3)))))
	}
}

// declared says which declaration an effect is of; "" where the change declares nothing at all.
func (p *page) declared(names []string, o Options) string {
	switch {
	case !p.declares:
		return ""
	case len(names) == 0:
		return "not declared"
	}
	return "declared: " + list(names, limit(o, 3))
}
