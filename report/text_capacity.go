package report

import (
	"fmt"

	"github.com/routegate/routegate/gate"
)

// capacity says how links carry the traffic that is stated: those that are full or change most.
func (p *page) capacity(c *gate.Capacity, o Options) {
	if !c.Known {
		return
	}
	p.heading("What links carry", fmt.Sprintf("%s, %s", plural(c.After.Demands, "demand"), gate.BitRate(c.After.Volume)))
	p.rows(len(c.Links), o, 4, func(i int) { p.load(&c.Links[i]) })
	switch n := c.Count - len(c.Links); {
	case c.Count == 0:
		p.line("    %s", "no link is half full, and none gains or loses a tenth of its bandwidth")
	case n > 0 && o.All:
		p.line("      %s", p.paint(dim, fmt.Sprintf("… and %d more, none of them fuller", n)))
	}
	if a, b := c.After.Undelivered, c.Before.Undelivered; a > 0 || b > 0 {
		p.line("  %s %s", p.paint(dim, "·"), fmt.Sprintf("%s do not arrive, without this change %s", gate.BitRate(a), gate.BitRate(b)))
	}
}

// load writes one direction of a link.
func (p *page) load(l *gate.LinkLoad) {
	arrow, s := "=", dim
	switch {
	case l.After > l.Before:
		arrow, s = "↑", yellow
	case l.After < l.Before:
		arrow, s = "↓", green
	}
	if l.PercentAfter > 100 {
		s = red
	}
	p.wrap("    "+p.paint(s|bold, arrow)+" ", 6, 0, printable(fmt.Sprintf("%s: %s → %s of %s (%v %% → %v %%)",
		l.Link, gate.BitRate(l.Before), gate.BitRate(l.After), gate.BitRate(l.Bandwidth), l.PercentBefore, l.PercentAfter)))
}
