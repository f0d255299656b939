package report

import (
	"fmt"
	"strings"

	"github.com/routegate/routegate/gate"
)

// effects says what the change does, gravest first: to the outside, to reachability, to
// sessions, to routes.
func (p *page) effects(c *gate.Comparison, o Options) {
	e, t := &c.Effects, c.Effects.Totals
	if !e.Known {
		p.heading("What it does", "not known")
		return
	}
	if len(e.Sessions)+len(e.Outside)+len(e.Routes)+len(e.Reachability)+len(e.Redundancy)+len(e.Origins) == 0 {
		p.heading("What it does", "nothing to any route or session")
		return
	}
	p.heading("What it does", differently(t.RoutersTouched, t.Routers))
	p.outside(e, o)
	p.reachability(e, o)
	p.sessionEffects(e, o)
	p.routeEffects(e, o)
	p.redundancy(e, o)
	p.originEffects(e, o)
}

// rows bounds a section and says how many rows it left out.
func (p *page) rows(n int, o Options, most int, row func(i int)) {
	for i := range n {
		if !o.All && i == most {
			p.line("      %s", p.paint(dim, fmt.Sprintf("… %d more (--all)", n-most)))
			return
		}
		row(i)
	}
}

// effect writes one row: a glyph, a sentence, and what is below it.
func (p *page) effect(kind, text string, below ...string) {
	g, s := glyph(kind)
	p.wrap("    "+p.paint(s|bold, g)+" ", 6, 0, printable(text))
	for _, b := range below {
		if b != "" {
			p.para(8, dim, printable(b))
		}
	}
}

func (p *page) section(title string) { p.line("  %s", p.paint(bold, title)) }

func (p *page) outside(e *gate.Effects, o Options) {
	if len(e.Outside) == 0 {
		return
	}
	p.section("to the outside")
	p.rows(len(e.Outside), o, 4, func(i int) {
		x := e.Outside[i]
		var to []string
		for _, n := range x.Neighbors {
			to = append(to, neighborName(n))
		}
		what := x.Kind
		if x.Everywhere {
			what = "withdrawn everywhere"
		}
		p.effect(x.Kind, fmt.Sprintf("%s %s: %s", plural(x.Count, "prefix", "prefixes"), what, examples(x.Prefixes, x.Count, limit(o, 3))),
			preposition(x.Kind)+" "+list(to, limit(o, 4)), beforeAfter(x.Before, x.After), p.declared(x.Declared, o))
	})
}

// preposition fits the kind: withdrawn from, announced to.
func preposition(kind string) string {
	if kind == "withdrawn" {
		return "from"
	}
	return "to"
}

func neighborName(n gate.OutsideNeighbor) string {
	as := fmt.Sprintf("AS%d", n.AS)
	if n.Relation != "" {
		as = n.Relation + " " + as
	}
	return fmt.Sprintf("%s (%s at %s)", n.Neighbor, as, n.Router)
}

// beforeAfter shows both sides of what changed; one side alone needs no arrow.
func beforeAfter(before, after string) string {
	switch {
	case before == after || after == "":
		return ""
	case before == "":
		return after
	}
	return before + "  →  " + after
}

func (p *page) reachability(e *gate.Effects, o Options) {
	if len(e.Reachability) == 0 {
		return
	}
	p.section("to packets")
	p.rows(len(e.Reachability), o, 4, func(i int) {
		x := e.Reachability[i]
		if x.Kind == "gone" {
			p.effect(x.Kind, fmt.Sprintf("gone with their links: %s", examples(x.Classes, x.Count, limit(o, 3))), p.declared(x.Declared, o))
			return
		}
		path := ""
		if len(x.Path) > 2 && (x.Kind == "lost" || x.Kind == "partly lost" || o.All) {
			path = strings.Join(x.Path, "; ")
		}
		p.effect(x.Kind, fmt.Sprintf("%s from %s: %s", x.Kind, list(x.From, limit(o, 4)), examples(x.Classes, x.Count, limit(o, 3))),
			beforeAfter(x.Before, x.After), path, p.declared(x.Declared, o))
	})
}

func (p *page) sessionEffects(e *gate.Effects, o Options) {
	if len(e.Sessions) == 0 {
		return
	}
	p.section("to BGP sessions")
	p.rows(len(e.Sessions), o, 5, func(i int) {
		x := e.Sessions[i]
		far := x.Remote
		if far == "" {
			far = "outside"
			if x.RemoteAS != 0 {
				far = fmt.Sprintf("AS%d", x.RemoteAS)
			}
		}
		text := fmt.Sprintf("%s %s: %s – %s (%s)", x.Type, x.Kind, x.Router, far, x.Neighbor)
		if x.Reason != "" {
			text += ": " + x.Reason
		}
		if x.Deliberate {
			text += " (by this change itself)"
		}
		p.effect(x.Kind, text, p.declared(x.Declared, o))
	})
}

func (p *page) routeEffects(e *gate.Effects, o Options) {
	if len(e.Routes) == 0 {
		return
	}
	t := e.Totals
	p.line("  %s  %s", p.paint(bold, "to routes"), p.paint(dim, fmt.Sprintf("%d withdrawn, %d new, %d moved of %d", t.RoutesWithdrawn, t.RoutesNew, t.RoutesMoved, t.Routes)))
	p.rows(len(e.Routes), o, 5, func(i int) {
		x := e.Routes[i]
		kind := x.Kind
		if kind == "announced" {
			kind = "new" // a connected route is announced by nobody
		}
		p.effect(x.Kind, fmt.Sprintf("%s %s on %s: %s", plural(x.Count, "prefix", "prefixes"), kind, list(x.Routers, limit(o, 4)), examples(x.Prefixes, x.Count, limit(o, 3))),
			beforeAfter(x.Before, x.After), p.declared(x.Declared, o))
	})
}

func (p *page) redundancy(e *gate.Effects, o Options) {
	if len(e.Redundancy) == 0 {
		return
	}
	p.section("to redundancy")
	p.rows(len(e.Redundancy), o, 3, func(i int) {
		x := e.Redundancy[i]
		kind := "gained"
		if x.NextHopsAfter < x.NextHopsBefore || x.RoutersAfter < x.RoutersBefore {
			kind = "lost"
		}
		p.effect(kind, fmt.Sprintf("%s on %s: next hops %d → %d, over distinct routers %d → %d: %s", plural(x.Count, "prefix", "prefixes"), list(x.Routers, limit(o, 4)),
			x.NextHopsBefore, x.NextHopsAfter, x.RoutersBefore, x.RoutersAfter, examples(x.Prefixes, x.Count, limit(o, 3))))
	})
}

func (p *page) originEffects(e *gate.Effects, o Options) {
	if len(e.Origins) == 0 {
		return
	}
	p.section("to who originates")
	p.rows(len(e.Origins), o, 3, func(i int) {
		x := e.Origins[i]
		kind := "modified"
		if len(x.After) == 0 {
			kind = "removed"
		} else if len(x.Before) == 0 {
			kind = "added"
		}
		p.effect(kind, fmt.Sprintf("%s: %s → %s", examples(x.Prefixes, x.Count, limit(o, 3)), empty(list(x.Before, limit(o, 4))), empty(list(x.After, limit(o, 4)))))
	})
}

func differently(n, of int) string {
	verb := "behave"
	if n == 1 {
		verb = "behaves"
	}
	return fmt.Sprintf("%d of %s %s differently", n, plural(of, "router"), verb)
}
