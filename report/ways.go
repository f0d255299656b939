package report

import (
	"fmt"
	"io"

	"github.com/routegate/routegate/gate"
)

// Ways draws a simulated packet's ways, hop by hop with the reason at each.
func Ways(w io.Writer, name string, t *gate.Ways, o Options) error {
	switch name {
	case "json":
		return JSON(w, t)
	case "text":
	default:
		return fmt.Errorf("output format %q: want text or json", name)
	}
	p := newPage(o)
	p.line("%s  %s", p.paint(bold, fmt.Sprintf("from %s to %s", t.From, t.To)), p.paint(dim, plural(len(t.Ways), "way")))
	if !t.Converged {
		p.para(0, yellow, "The network does not converge: this is one of several states.")
	}
	limit := len(t.Ways)
	if !o.All {
		limit = min(limit, 8)
	}
	for i := range t.Ways[:limit] {
		p.way(&t.Ways[i])
	}
	if n := len(t.Ways) - limit; n > 0 {
		p.line("  … and %s (--all)", plural(n, "more way"))
	}
	p.blank()
	good, leave := 0, 0
	for _, x := range t.Ways {
		if x.Good {
			good++
		}
		if x.Via != "" {
			leave++
		}
	}
	switch {
	case !t.Arrives:
		p.line("%s  %d of %s gets there", p.paint(red|bold, "LOST"), good, plural(len(t.Ways), "way"))
	case leave > 0:
		p.line("%s  %d of %s ends outside of the snapshot", p.paint(yellow|bold, "LEAVES"), leave, plural(len(t.Ways), "way"))
	default:
		p.line("%s  every way gets there", p.paint(green|bold, "REACHED"))
	}
	return p.send(w)
}

func (p *page) way(x *gate.Way) {
	p.blank()
	for i := range x.Hops {
		h := &x.Hops[i]
		name := h.Router
		if h.VRF != "" {
			name += " vrf " + h.VRF
		}
		text := h.Reason
		if h.Prefix != "" {
			text = fmt.Sprintf("%s %s [%d/%d] %s", h.Protocol, h.Prefix, h.Distance, h.Metric, h.Out)
			if h.Next != "" {
				text += " → " + h.Next
			}
		}
		if h.Branches > 1 {
			text += fmt.Sprintf("  (one of %d equal ways)", h.Branches)
		}
		p.wrap(fmt.Sprintf("  %2d  %s  ", i+1, p.paint(bold, name)), 8+len(name), 0, text)
		if h.Prefix != "" && h.Reason != "" {
			why := h.Reason
			if h.Source != nil {
				why += ": " + place(*h.Source)
			}
			p.para(6, dim, why)
		}
		if h.Uncertain != "" {
			p.para(6, yellow, "uncertain: "+h.Uncertain)
		}
	}
	s, end := green, x.Outcome
	if !x.Good {
		s = red
	}
	switch {
	case x.Via != "":
		end = fmt.Sprintf("leaves the network at %s to %s", x.At, x.Via)
	case x.At != "":
		end += " at " + x.At
	}
	p.line("      %s", p.paint(s, end))
}
