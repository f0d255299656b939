package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/routegate/routegate/gate"
)

// Summary draws a verdict in a few lines, for a story: what it is, why, and what the findings say that refuse.
func Summary(w io.Writer, v *gate.Verdict, o Options) error {
	p := newPage(o)
	s := verdictStyle(v.Verdict)
	p.blank()
	lead := "  " + strings.ToUpper(string(v.Verdict)) + "  "
	p.wrap(p.paint(s|bold, lead), len(lead), bold, v.Summary)
	for i := range v.Findings {
		if f := &v.Findings[i]; f.Denies {
			p.wrap("    "+p.paint(s, "✗")+" ", 6, 0, f.Message)
		}
	}
	return p.send(w)
}

// Event draws something that has just happened in a story, so long after its page began.
func Event(w io.Writer, after time.Duration, text string, o Options) error {
	p := newPage(o)
	lead := fmt.Sprintf("  %6.2f s  ", after.Seconds())
	p.wrap(p.paint(dim, lead), len(lead), 0, text)
	return p.send(w)
}
