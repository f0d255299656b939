package report

import (
	"fmt"
	"io"

	"github.com/routegate/routegate/gate"
)

// Difference draws what changes and what that does, without a verdict.
func Difference(w io.Writer, name string, d *gate.Difference, o Options) error {
	switch name {
	case "json":
		return JSON(w, d)
	case "text":
	default:
		return fmt.Errorf("output format %q: want text or json", name)
	}
	p, c := newPage(o), &d.Comparison
	if !c.Differs() && c.Effects.Known {
		p.line("Nothing changes: no configuration line with a meaning, no route, no session.")
		return p.send(w)
	}
	p.line("%s", p.paint(bold, fmt.Sprintf("%s → %s", c.Before.Where, c.After.Where)))
	p.changes(c, o)
	p.effects(c, o)
	if len(c.Warnings) > 0 {
		p.heading("Warnings", "")
		p.remarks("  ", c.Warnings, yellow, o)
	}
	p.blank()
	p.line("next: routegate check --before %s --after %s", quote(c.Before.Where), quote(c.After.Where))
	return p.send(w)
}
