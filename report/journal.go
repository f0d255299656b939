package report

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/routegate/routegate/journal"
)

// Journal draws lines of a journal: text, or the lines themselves as JSON.
func Journal(w io.Writer, format string, lines []journal.Line, o Options) error {
	if format == "json" {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		for _, l := range lines {
			if err := e.Encode(l); err != nil {
				return err
			}
		}
		return nil
	}
	p := newPage(o)
	rollout := ""
	for _, l := range lines {
		if l.Rollout != rollout {
			rollout = l.Rollout
			title := "rollout " + rollout
			if rollout == "" {
				title = "beside the rollouts"
			}
			p.line("%s", p.paint(bold, title))
		}
		// A line stays a line, however long: it is searched more often than it is read.
		p.line("%s%s", p.paint(dim, fmt.Sprintf("  %5d  %s  ", l.Seq, l.At.Format(time.RFC3339))), printable(l.Text))
	}
	return p.send(w)
}

// JournalReport draws what verifying a journal found.
func JournalReport(w io.Writer, r journal.Report, o Options) error {
	p := newPage(o)
	switch {
	case len(r.Broken) > 0:
		p.wrap(p.paint(red|bold, "BROKEN")+"  ", 8, bold, fmt.Sprintf("%s up to here; then:", plural(int(r.Lines), "line is whole", "lines are whole")))
		for _, b := range r.Broken {
			p.para(2, red, printable(b.String()))
		}
	default:
		p.wrap(p.paint(green|bold, "VERIFIED")+"  ", 10, bold, fmt.Sprintf("%s, each with the hash of the one before; the last is %.12s", plural(int(r.Lines), "line"), r.Last))
	}
	if r.Torn > 0 {
		p.para(2, yellow, fmt.Sprintf("a last line of %d bytes was cut off by a crash while it was written: what it announced was not begun, and the next controller takes it away", r.Torn))
	}
	if r.NoHead {
		p.para(2, yellow, "the head is missing: lines missing at the end would not be missed")
	}
	return p.send(w)
}
