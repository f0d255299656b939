package report

import (
	"fmt"

	"github.com/routegate/routegate/gate"
)

// waivers lists every waiver: what it lifts, until when, why, and who answers for it; or why it lifts nothing.
func (p *page) waivers(v *gate.Verdict, o Options) {
	if len(v.Waivers) == 0 {
		return
	}
	p.heading("Waivers", plural(v.Counts.Waived, "finding")+" lifted")
	for i := range v.Waivers {
		w := &v.Waivers[i]
		glyph, s := "○", yellow
		if w.Lifts == 0 {
			glyph, s = "·", dim
		}
		p.wrap("  "+p.paint(s|bold, glyph)+" ", 4, 0, printable(waiverWords(w)))
		p.para(6, dim, printable(w.Reason))
	}
}

func waiverWords(w *gate.Waiver) string {
	text := fmt.Sprintf("%s lifts %s of %s", w.Name, plural(w.Lifts, "finding"), w.Policy)
	if w.Lifts == 0 {
		text = fmt.Sprintf("%s, for %s, lifts nothing: %s", w.Name, w.Policy, w.Why)
	}
	text += fmt.Sprintf(" (%s", w.Owner)
	if w.ApprovedBy != "" {
		text += ", approved by " + w.ApprovedBy
	}
	text += ", until " + w.Expires
	if w.New {
		text += "; it comes with this change"
	}
	return text + ")"
}

// waived says of a finding which waiver lifts it; "" for none.
func waived(f *gate.Finding) string {
	if f.Waived == "" {
		return ""
	}
	return "waived by " + f.Waived
}
