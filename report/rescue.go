package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"

	"github.com/routegate/routegate/rescue"
)

var rescueWords = map[rescue.Outcome]struct {
	word  string
	style style
}{
	rescue.Waiting: {"NOT BEGUN", yellow}, rescue.Back: {"BACK", green}, rescue.Ran: {"RAN IT", green}, rescue.Untouched: {"LEFT ALONE", green},
	rescue.Unreachable: {"NOT REACHED", red}, rescue.Held: {"HELD", yellow}, rescue.Failed: {"NOT BACK", red},
}

// RescueNext are the commands that a report ends with.
type RescueNext struct {
	Again string // goes on with the same rescue
	Local func(router rescue.RouterReport) string
}

// Rescue draws a rollback: one block a router, those that are not back last, and what to type next.
func Rescue(w io.Writer, format string, r *rescue.Report, next RescueNext, o Options) error {
	if format == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(r)
	}
	p := newPage(o)
	width := 0
	for _, x := range r.Routers {
		width = max(width, len(x.Name))
	}
	if r.Frozen != "" {
		p.para(0, 0, r.Frozen)
	}
	for _, good := range []bool{true, false} {
		for _, x := range r.Routers {
			if x.Good() != good {
				continue
			}
			word := rescueWords[x.Outcome]
			p.line("%-*s  %s", width, printable(x.Name), p.paint(word.style|bold, fmt.Sprintf("%-11s", word.word))+fmt.Sprintf("  %5.1f s  %s", x.Seconds, cmp.Or(x.Way, "-")))
			if x.What != "" && x.Outcome != rescue.Untouched {
				p.para(width+2, dim, "configuration "+printable(x.What))
			}
			if x.Outcome != rescue.Back && x.Detail != "" {
				p.para(width+2, 0, printable(x.Detail))
			}
			if good {
				continue
			}
			for _, t := range x.Tried {
				if t.Error != "" {
					p.para(width+2, dim, fmt.Sprintf("by %s: %s (%.1f s)", t.Way, printable(t.Error), t.Seconds))
				}
			}
			if next.Local != nil && (x.Outcome == rescue.Unreachable || x.Outcome == rescue.Failed) {
				p.line("%*s  on its own console: %s", width, "", p.paint(bold, next.Local(x)))
			}
		}
	}
	if len(r.Probes) > 0 {
		p.blank()
		for _, x := range r.Probes {
			if x.Error == "" {
				p.line("%s  %s answers (%s)", p.paint(green, "reachable"), x.Address, x.Router)
			} else {
				p.line("%s  %s does not answer (%s): %s", p.paint(red, "SILENT   "), x.Address, x.Router, printable(x.Error))
			}
		}
	}
	for _, n := range r.Notes {
		p.para(0, yellow, "note: "+printable(n))
	}
	p.blank()
	good, bad, silent := r.Counts()
	switch {
	case r.Interrupted:
		p.wrap(p.paint(yellow|bold, "INTERRUPTED")+"  ", 13, bold, fmt.Sprintf("%d of %s are back and verified. Nothing is half-way at a router: each one's agent ends what was begun.", good, plural(good+bad, "router")))
	case bad == 0 && silent == 0:
		p.wrap(p.paint(green|bold, "ALL BACK")+"  ", 10, bold, fmt.Sprintf("%s back and verified, in %.1f s", plural(good, "router is", "routers are"), r.Seconds))
		return p.send(w)
	case bad == 0:
		p.wrap(p.paint(red|bold, "NOT REACHABLE")+"  ", 15, bold, fmt.Sprintf("every router is back and verified, and %d of %d probes get no answer: look at what stands between", silent, len(r.Probes)))
	default:
		p.wrap(p.paint(red|bold, "NOT ALL BACK")+"  ", 14, bold, fmt.Sprintf("%d of %s are back and verified, %d not, after %.1f s", good, plural(good+bad, "router"), bad, r.Seconds))
	}
	p.line("next: %s   (goes on; what is back is only verified)", p.paint(bold, next.Again))
	return p.send(w)
}
