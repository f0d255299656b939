package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

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
		p.para(2, dim, "Nothing that is simulated leads to it: there is no chain to follow.")
	}
	for i := range e.Chains {
		p.chain(&e.Finding, &e.Chains[i])
	}
}

func (p *page) chain(f *gate.Finding, c *gate.Chain) {
	p.blank()
	lead := p.paint(bold, "  how it comes about:")
	if c.Loss == f.Message {
		p.line("%s", lead)
	} else {
		p.wrap(lead+" ", 21, 0, printable(c.Loss))
	}
	quotedAlready := map[string]bool{}
	for i := range c.Causes {
		x := &c.Causes[i]
		at := fmt.Sprintf("  %2d  ", i+1)
		if x.Router != "" {
			at += printable(x.Router) + "  "
		}
		p.wrap(p.paint(bold, at), utf8.RuneCountInString(at), 0, printable(x.Text))
		for _, src := range x.Sources {
			if key := src.Side + place(src); !quotedAlready[key] && len(src.Lines)+len(src.Removed) > 0 {
				quotedAlready[key] = true
				p.source(src, red, Options{})
			}
		}
	}
	for _, x := range c.Values {
		p.wrap(p.paint(bold, "  "+printable(x.Name))+"  ", 6, 0, fmt.Sprintf("before: %s, after: %s", printable(x.Before), printable(x.After)))
	}
	if c.Router == "" {
		return
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
