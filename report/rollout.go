package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/routegate/routegate/canary"
)

// Rollout draws a rollout: text or json.
func Rollout(w io.Writer, format string, d *canary.Document, o Options) error {
	if format == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(d)
	}
	p := newPage(o)
	word, s := rolloutWord(d)
	p.wrap(p.paint(s|bold, word)+"  ", len(word)+2, bold, printable(d.Summary))
	p.wrap("  ", 2, dim, fmt.Sprintf("rollout %s of %s, from %s to %s, started by %s at %s; what was judged is %.12s",
		d.ID, d.Network, d.Before, d.After, d.By, d.At.Format(time.RFC3339), d.Binding))
	if d.Phase != "planned" && d.Phase != string(canary.Ended) {
		lead := "no controller runs: nobody watches, and what is unconfirmed goes back by itself at its deadline"
		if d.Controller != "" {
			lead = "led by " + d.Controller
		}
		p.wrap("  ", 2, dim, lead)
	}
	p.rolloutWaves(d)
	p.rolloutRouters(d)
	p.rolloutJudge(d)
	p.rolloutWaivers(d)
	p.rolloutPeople(d)
	p.rolloutPack(d.Pack)
	p.rolloutNotes(d, o)
	p.blank()
	p.wrap(p.paint(s|bold, word)+"  ", len(word)+2, 0, rolloutNext(d))
	return p.send(w)
}

// rolloutWord is the one word of where a rollout stands.
func rolloutWord(d *canary.Document) (string, style) {
	switch canary.Result(d.Result) {
	case canary.Completed:
		return "COMPLETED", green
	case canary.Refused:
		return "REFUSED", red
	case canary.Returned:
		return "ROLLED BACK", red
	case canary.Unclear:
		return "UNCLEAR", yellow
	}
	if d.Phase == "planned" {
		return "PLAN", cyan
	}
	return strings.ToUpper(d.Phase), cyan
}

func (p *page) rolloutWaves(d *canary.Document) {
	p.heading("Waves", "")
	for i, w := range d.Waves {
		p.wrap(fmt.Sprintf("  %2d  ", i+1), 6, 0, fmt.Sprintf("%s   (%s; %s)", strings.Join(w.Routers, ", "), w.Why, w.State))
	}
	text := fmt.Sprintf("each wave is watched for %s", seconds(d.Bake.Seconds))
	var why []string
	for _, t := range d.Bake.Timers {
		why = append(why, fmt.Sprintf("%s %s (%s)", t.Name, seconds(t.Seconds), list(t.Routers, 3)))
	}
	if len(why) > 0 {
		text += fmt.Sprintf("; the change can wake timers of %s in all: %s", seconds(d.Bake.LeastSeconds), strings.Join(why, ", "))
	}
	p.para(2, dim, text+fmt.Sprintf("; a router that is not confirmed goes back by itself after %s", seconds(d.Bake.WindowSeconds)))
}

func seconds(s float64) string {
	d := time.Duration(s * float64(time.Second))
	if d >= 10*time.Second {
		d = d.Round(time.Second)
	}
	return d.String()
}

func (p *page) rolloutRouters(d *canary.Document) {
	p.heading("Routers", "")
	for _, r := range d.Routers {
		text := fmt.Sprintf("runs %s (%s)", r.Runs, r.Address)
		if r.Deadline != nil {
			text += ", goes back by itself at " + r.Deadline.Format("15:04:05Z")
		}
		if r.Silent != nil {
			text += ", does not answer since " + r.Silent.Format("15:04:05Z")
		}
		if r.Problem != "" {
			text += ": " + printable(r.Problem)
		}
		p.wrap("  "+pad(r.Name, 12)+" ", 15, 0, text)
	}
	if len(d.Unwatched) > 0 {
		p.para(2, yellow, "not watched, for they have no agent: "+list(d.Unwatched, 10))
	}
}

func (p *page) rolloutJudge(d *canary.Document) {
	p.heading("The judge", "")
	for _, s := range d.Signals {
		text := fmt.Sprintf("every %s; %d of %d looks passed", seconds(s.IntervalSeconds), s.Passes, s.Looks)
		if s.Looks == 0 {
			text = fmt.Sprintf("every %s; %d failures and %d looks without data in a row are borne", seconds(s.IntervalSeconds), s.FailureLimit, s.NoDataLimit)
		}
		if s.Last != "" {
			text += "; last: " + s.Last
		}
		for i, x := range s.Seen {
			if i > 0 && x.Outcome == string(canary.Pass) {
				break
			}
			text += fmt.Sprintf("; %s: %s", x.Subject, printable(x.Value))
		}
		style := style(0)
		if s.Last == string(canary.Fail) {
			style = red
		}
		p.wrap("  "+pad(s.Name, 14)+" ", 17, style, text)
	}
}

// rolloutWaivers says what goes out by leave of somebody: who is asked for an approval must know.
func (p *page) rolloutWaivers(d *canary.Document) {
	if len(d.Waivers) == 0 {
		return
	}
	p.heading("Waivers", "")
	for _, w := range d.Waivers {
		by := w.Owner
		if w.ApprovedBy != "" {
			by += ", approved by " + w.ApprovedBy
		}
		p.para(2, yellow, printable(fmt.Sprintf("%s lifts %s of %s, until %s: %s (%s)", w.Name, plural(w.Lifts, "finding"), w.Policy, w.Expires, w.Reason, by)))
	}
}

func (p *page) rolloutPeople(d *canary.Document) {
	if len(d.Approvals)+len(d.Holds) == 0 {
		return
	}
	title := "Approvals"
	if len(d.Holds) > 0 {
		title = "What it waits for"
	}
	p.heading(title, "")
	for _, a := range d.Approvals {
		by := "nobody yet"
		if len(a.By) > 0 {
			by = strings.Join(a.By, ", ")
		}
		p.para(2, 0, fmt.Sprintf("approval of %d of %s: %s", a.Needed, a.Role, by))
	}
	for _, h := range d.Holds {
		p.para(2, yellow, h)
	}
}

// rolloutPack says what becomes of the rescue bundle.
func (p *page) rolloutPack(d *canary.DocumentPack) {
	if d == nil {
		return
	}
	p.heading("Rescue bundle", "")
	made := fmt.Sprintf("%s, number %d: %s, %s", d.Bundle, d.Serial, plural(d.Routers, "router"), plural(d.Configurations, "configuration"))
	switch d.State {
	case canary.PackPlanned:
		p.para(2, 0, "packed by "+d.Plan+" once the rollout is confirmed")
	case canary.PackUnder:
		p.para(2, 0, "being packed by "+d.Plan)
	case canary.PackSkipped:
		p.para(2, 0, "not packed, for nothing was confirmed: it is the one from before")
	case canary.PackDone:
		p.para(2, 0, made)
	case canary.PackPartial:
		p.para(2, yellow, made+"; of those that did not answer it has what the one from before had")
	case canary.PackFailed:
		p.para(2, red, "NOT PACKED: "+printable(d.Problem)+"; it is the one from before, without this change")
	}
	for _, m := range d.Missing {
		p.para(4, yellow, "no answer from "+printable(m))
	}
}

// rolloutNotesShown are the last notes that are shown where not all are asked for.
const rolloutNotesShown = 8

func (p *page) rolloutNotes(d *canary.Document, o Options) {
	if len(d.Notes) == 0 {
		return
	}
	p.heading("What happened", "")
	notes := d.Notes
	if n := len(notes) - rolloutNotesShown; n > 0 && !o.All {
		p.line("  … %s before (--all shows them)", plural(n, "more line"))
		notes = notes[n:]
	}
	for _, n := range notes {
		p.wrap("  "+n.At.Format("15:04:05Z")+"  ", 13, 0, printable(n.Text))
	}
}

// rolloutNext is what to type now.
func rolloutNext(d *canary.Document) string {
	switch {
	case d.Phase == "planned":
		return "next: the same command without --dry-run"
	case !d.Pack.Good():
		return "next: " + d.Pack.Command
	case d.Result == string(canary.Completed):
		return fmt.Sprintf("next: routegate journal show %s   (every step, with its time)", d.ID)
	case d.Result == string(canary.Refused):
		return "next: mend what is said above, then routegate rollout start again"
	case d.Result == string(canary.Returned):
		return fmt.Sprintf("next: routegate journal show %s   (what was seen, step by step)", d.ID)
	case d.Result == string(canary.Unclear):
		return "next: look at those routers by hand; routegate rollback returns them out of band"
	case d.Controller == "":
		return "next: routegate rollout resume goes on with it, routegate rollout abort takes it back"
	}
	for _, a := range d.Approvals {
		if len(a.By) < a.Needed {
			return fmt.Sprintf("next: routegate rollout approve --role %s, from another account", a.Role)
		}
	}
	return "next: routegate rollout status shows it again; pause, resume and abort work from any terminal"
}
