package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/routegate/routegate/gate"
)

// Explanations draws findings with the chains of causes that lead to them.
func Explanations(w io.Writer, name string, v *gate.Verdict, all []gate.Explanation, o Options) error {
	switch name {
	case "json":
		if all == nil {
			all = []gate.Explanation{}
		}
		return JSON(w, all)
	case "text":
	default:
		return fmt.Errorf("output format %q: want text or json", name)
	}
	p := newPage(o)
	o.All = true
	for i := range all {
		p.explanation(&all[i], o)
	}
	p.blank()
	p.line("%s", verdictLine(p, v))
	return p.send(w)
}

func verdictLine(p *page, v *gate.Verdict) string {
	return p.paint(verdictStyle(v.Verdict)|bold, strings.ToUpper(string(v.Verdict))) + "  " + printable(v.Summary)
}

func (p *page) explanation(e *gate.Explanation, o Options) {
	p.finding(&e.Finding, map[string]bool{}, o)
	if len(e.Chains) == 0 {
		p.blank()
		p.para(2, dim, "It is not about a route that is lost or new: there is no chain to follow.")
	}
	for i := range e.Chains {
		p.chain(&e.Chains[i], o)
	}
}

func (p *page) chain(c *gate.Chain, o Options) {
	p.blank()
	p.line("  %s %s", p.paint(bold, "how it comes about:"), printable(c.Loss))
	quotedAlready := map[string]bool{}
	for i := range c.Causes {
		x := &c.Causes[i]
		lead := fmt.Sprintf("  %2d  ", i+1)
		p.wrap(p.paint(bold, lead+x.Router)+"  ", 6, 0, printable(x.Text))
		for _, src := range x.Sources {
			if key := src.Side + place(src); !quotedAlready[key] && len(src.Lines)+len(src.Removed) > 0 {
				quotedAlready[key] = true
				p.source(src, red, Options{})
			}
		}
	}
	p.line("  %s", p.paint(bold, "the table of "+c.Router))
	p.tableOf("before", c.Before)
	p.tableOf("after", c.After)
}

func (p *page) tableOf(when string, list []gate.TablePrefix) {
	if len(list) == 0 {
		p.line("    %-7s %s", when, p.paint(dim, "no path"))
		return
	}
	for i := range list {
		for k := range list[i].Paths {
			x := &list[i].Paths[k]
			hop := x.NextHop
			if hop == "" {
				hop = "self"
			}
			text := fmt.Sprintf("%s %s  next hop %s, AS path %s", codesOf(x, list[i].Suppressed), list[i].Prefix, hop, empty(x.ASPath))
			if x.Reason != "" {
				text += ": " + x.Reason
			}
			p.wrap(fmt.Sprintf("    %-7s ", when), 12, 0, printable(text))
			when = ""
		}
	}
}
