package corpus

import (
	"fmt"
	"io"
	"strings"

	"github.com/routegate/routegate/lab/generate"
)

// tally counts the outcomes of one kind, or of all.
type tally struct {
	changes, silent, remarked, refused int
	dialects                           map[generate.Dialect]int
}

func (t *tally) add(o *Outcome) {
	t.changes++
	if t.dialects == nil {
		t.dialects = map[generate.Dialect]int{}
	}
	t.dialects[o.Dialect]++
	switch {
	case !o.Passes():
		t.refused++
	case o.Remarked():
		t.remarked++
	default:
		t.silent++
	}
}

// byKind are the counts by kind, and of all kinds together.
func byKind[T any, C interface {
	*T
	add(*Outcome)
}](outcomes []*Outcome) (map[string]C, C) {
	by, all := map[string]C{}, C(new(T))
	for _, o := range outcomes {
		if by[o.Kind] == nil {
			by[o.Kind] = new(T)
		}
		by[o.Kind].add(o)
		all.add(o)
	}
	return by, all
}

// WriteHarmless writes the counts of harmless changes as a table in Markdown, and each that the gate refused.
func WriteHarmless(w io.Writer, outcomes []*Outcome) error {
	var b strings.Builder
	by, all := byKind[tally](outcomes)
	b.WriteString("| harmless change | FRR | GoBGP | BIRD | allowed, no finding | allowed, with advice | refused |\n|---|---|---|---|---|---|---|\n")
	row := func(name string, t *tally) {
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %d |\n", name, t.dialects[frr], t.dialects[gobgp], t.dialects[bird], t.silent, t.remarked, t.refused)
	}
	for _, k := range Harmless {
		if t := by[k.Name]; t != nil {
			row(k.Name, t)
		}
	}
	row("all", all)
	for _, o := range outcomes {
		if !o.Passes() {
			fmt.Fprintf(&b, "\n- %s\n  %s\n", o, o.Why())
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
