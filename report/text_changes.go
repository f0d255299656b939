package report

import (
	"fmt"
	"strings"

	"github.com/routegate/routegate/gate"
)

// glyph is the sign of an action: what comes, goes, changes, moves, or only looks changed.
func glyph(kind string) (string, style) {
	switch kind {
	case "added", "announced", "gained":
		return "+", green
	case "removed", "withdrawn", "lost", "partly lost":
		return "-", red
	case "moved":
		return "↕", yellow
	case "renumbered":
		return "=", dim
	case "reset":
		return "↻", yellow
	}
	return "~", yellow
}

// changes lists the configuration changes by router.
func (p *page) changes(c *gate.Comparison, o Options) {
	n := len(c.Changes.RoutersChanged) + len(c.Changes.RoutersAdded) + len(c.Changes.RoutersRemoved)
	if n == 0 && len(c.Changes.Items) == 0 && len(c.Changes.NotModelled) == 0 {
		p.heading("What changes", "no configuration line with a meaning")
		return
	}
	p.heading("What changes", fmt.Sprintf("%s of %d", plural(n, "router"), max(c.After.Routers, n)))
	for _, r := range c.Changes.RoutersAdded {
		p.line("  %s router %s", p.paint(green|bold, "+"), r)
	}
	for _, r := range c.Changes.RoutersRemoved {
		p.line("  %s router %s", p.paint(red|bold, "-"), r)
	}
	added := map[string]bool{}
	for _, r := range append(append([]string{}, c.Changes.RoutersAdded...), c.Changes.RoutersRemoved...) {
		added[r] = true
	}
	perRouter, total := 6, 18
	if o.All {
		perRouter, total = len(c.Changes.Items), len(c.Changes.Items)
	}
	router, in, left := "", 0, 0
	flush := func() {
		if left > 0 {
			p.line("      %s", p.paint(dim, fmt.Sprintf("… %s more (--all)", plural(left, "change"))))
		}
		left = 0
	}
	for i := range c.Changes.Items {
		x := &c.Changes.Items[i]
		if added[x.Router] && !o.All {
			continue
		}
		if x.Router != router {
			flush()
			router, in = x.Router, 0
			p.line("  %s", p.paint(bold, router))
		}
		if in++; in > perRouter || total <= 0 {
			left++
			continue
		}
		total--
		p.change(x, o)
	}
	flush()
	p.ledgerLines(c, o)
}

func (p *page) change(x *gate.Change, o Options) {
	g, s := glyph(x.Kind)
	text := x.Summary
	if text == "" {
		text = strings.TrimSpace(x.Object + " " + x.Name)
	}
	if !x.HasEffect {
		text += "  (no effect)"
		s = dim
	}
	if len(x.Sources) > 0 {
		text += "  " + place(x.Sources[len(x.Sources)-1])
	}
	p.wrap("    "+p.paint(s|bold, g)+" ", 6, 0, printable(text))
	for i, d := range x.Details {
		if !o.All && i == 2 {
			break
		}
		p.para(8, dim, printable(d))
	}
}

// ledgerLines lists what the change touches outside of the model.
func (p *page) ledgerLines(c *gate.Comparison, o Options) {
	if len(c.Changes.NotModelled) == 0 {
		return
	}
	p.line("  %s", p.paint(bold, "lines that the gate does not understand"))
	for i, l := range c.Changes.NotModelled {
		if !o.All && i == 6 {
			p.line("    %s", p.paint(dim, fmt.Sprintf("… %s more (--all)", plural(len(c.Changes.NotModelled)-i, "line"))))
			break
		}
		g, s := glyph(l.Kind)
		text := ""
		if len(l.Source.Lines) > 0 {
			text = strings.TrimSpace(l.Source.Lines[0].Text)
		}
		p.wrap("    "+p.paint(s|bold, g)+" ", 6, 0, printable(fmt.Sprintf("%s   %s: %s", text, place(l.Source), l.Reason)))
	}
}
