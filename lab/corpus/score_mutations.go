package corpus

import (
	"fmt"
	"io"
	"strings"
)

// Behaves reports whether the change does something: routes that come, go, move or get other attributes, sessions
// that come or go, or announcements outside that change.
func (o *Outcome) Behaves() bool {
	if o.Verdict == nil {
		return false
	}
	e := &o.Verdict.Effects
	t := &e.Totals
	return t.RoutesWithdrawn+t.RoutesNew+t.RoutesMoved+t.RoutesAttributes+t.SessionsLost+t.SessionsGained+len(e.Outside) > 0
}

// Unsettled reports whether nothing is known of what the change does: its files cannot be read, or the network comes to no rest. Both block it.
func (o *Outcome) Unsettled() bool { return o.Verdict == nil || !o.Verdict.Effects.Known }

// Missed reports whether the change does something and the gate lets it pass without a word.
func (o *Outcome) Missed() bool { return o.Behaves() && o.Passes() && !o.Remarked() }

// mutated counts the mutations of one kind, or of all.
type mutated struct {
	unsettled    int
	active, idle tally
}

func (m *mutated) add(o *Outcome) {
	switch {
	case o.Unsettled():
		m.unsettled++
	case o.Behaves():
		m.active.add(o)
	default:
		m.idle.add(o)
	}
}

// WriteMutations writes the counts of mutations as a table in Markdown, and each that does something and passes without a word, with what it does.
func WriteMutations(w io.Writer, outcomes []*Outcome) error {
	by, all := byKind[mutated](outcomes)
	var b strings.Builder
	b.WriteString("| mutation | made | no state | change behaviour | refused | with advice | not a word | change nothing | refused | with advice | not a word |\n|---|---|---|---|---|---|---|---|---|---|---|\n")
	row := func(name string, m *mutated) {
		fmt.Fprintf(&b, "| %s | %d | %d |", name, m.unsettled+m.active.changes+m.idle.changes, m.unsettled)
		for _, t := range []*tally{&m.active, &m.idle} {
			fmt.Fprintf(&b, " %d | %d | %d | %d |", t.changes, t.refused, t.remarked, t.silent)
		}
		b.WriteString("\n")
	}
	for _, k := range Mutations {
		if m := by[k.Name]; m != nil {
			row(k.Name, m)
		}
	}
	row("all", all)
	for _, o := range outcomes {
		if o.Missed() {
			fmt.Fprintf(&b, "\n- %s\n  %s\n", o, o.Verdict.Summary)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
