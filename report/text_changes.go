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
	case "gone":
		return "-", dim
	case "reset":
		return "↻", yellow
	}
	return "~", yellow
}

// changes lists the configuration changes by router.
func (p *page) changes(c *gate.Comparison, o Options) {
	if !c.Changes.Known {
		p.heading("What changes", "not known: the run ended before")
		return
	}
	n := len(c.Changes.RoutersChanged) + len(c.Changes.RoutersAdded) + len(c.Changes.RoutersRemoved)
	if n == 0 && len(c.Changes.Items) == 0 && len(c.Changes.NotModelled) == 0 {
		p.heading("What changes", "no configuration line with a meaning")
		return
	}
	p.heading("What changes", fmt.Sprintf("%d of %s", n, plural(max(c.After.Routers, n), "router")))
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
	for _, router := range changedRouters(c) {
		name := router
		if name == "" {
			name = "routegate.yaml and links"
		}
		if added[router] && !o.All {
			continue
		}
		p.line("  %s", p.paint(bold, name))
		shown, left := 0, 0
		for i := range c.Changes.Items {
			x := &c.Changes.Items[i]
			switch {
			case x.Router != router:
			case shown == perRouter || total == 0:
				left++
			default:
				shown, total = shown+1, total-1
				p.change(x)
			}
		}
		if left > 0 {
			p.line("      %s", p.paint(dim, fmt.Sprintf("… %s (--all)", plural(left, "more change"))))
		}
		p.spaces(c, router, o)
	}
	p.ledgerLines(c, o)
}

// changedRouters are those with anything to show, in the order of the document.
func changedRouters(c *gate.Comparison) []string {
	var out []string
	seen := map[string]bool{}
	add := func(r string) {
		if !seen[r] {
			seen[r] = true
			out = append(out, r)
		}
	}
	for i := range c.Changes.Items {
		add(c.Changes.Items[i].Router)
	}
	for i := range c.Changes.Spaces {
		add(c.Changes.Spaces[i].Router)
	}
	return out
}

func (p *page) change(x *gate.Change) {
	g, s := glyph(x.Kind)
	text := x.Summary
	if text == "" {
		text = strings.TrimSpace(x.Object + " " + x.Name)
	}
	if !x.HasEffect {
		text += ", without effect"
		s = dim
	}
	if len(x.Sources) > 0 {
		text += " (" + place(x.Sources[len(x.Sources)-1]) + ")"
	}
	p.wrap("    "+p.paint(s|bold, g)+" ", 6, 0, printable(text))
	if len(x.Members) > 0 {
		p.para(8, dim, "inherited by "+list(x.Members, 4))
	}
}

// spaces says what the changed policies of a router now do with routes, with one route that proves it.
func (p *page) spaces(c *gate.Comparison, router string, o Options) {
	n := 0
	for i := range c.Changes.Spaces {
		x := &c.Changes.Spaces[i]
		if x.Router != router {
			continue
		}
		if n++; n > 2 && !o.All {
			continue
		}
		p.wrap("    "+p.paint(magenta|bold, "≠")+" ", 6, 0, printable(x.Summary))
		if !o.All {
			continue // the summary names one route already
		}
		for _, w := range x.Witnesses {
			p.para(8, dim, printable(fmt.Sprintf("e.g. %s: %s → %s", w.Route, w.Before, w.After)))
		}
	}
	if n > 2 && !o.All {
		p.line("      %s", p.paint(dim, fmt.Sprintf("… %s (--all)", plural(n-2, "policy", "more policies"))))
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
			p.line("    %s", p.paint(dim, fmt.Sprintf("… %s (--all)", plural(len(c.Changes.NotModelled)-i, "more line"))))
			break
		}
		g, s := glyph(l.Kind)
		text := ""
		if len(l.Source.Lines) > 0 {
			text = strings.TrimSpace(l.Source.Lines[0].Text)
		}
		p.wrap("    "+p.paint(s|bold, g)+" ", 6, 0, printable(fmt.Sprintf("%s (%s): %s", text, place(l.Source), l.Reason)))
	}
}
