package corpus

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// size is how many changes a test makes: few by itself, what ROUTEGATE_CORPUS says for a whole count.
func size(t *testing.T, few int) int { return setting(t, "ROUTEGATE_CORPUS", few) }

func setting(t *testing.T, name string, usual int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return usual
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q: want a whole number from 1", name, s)
	}
	return n
}

// made are the changes of a seed.
func made(t *testing.T, n int, kinds []Kind) []*Change {
	t.Helper()
	networks, err := Networks()
	if err != nil {
		t.Fatal(err)
	}
	changes := Make(uint64(setting(t, "ROUTEGATE_CORPUS_SEED", 1)), n, kinds, networks)
	if len(changes) < n {
		t.Fatalf("%d changes, want %d: there are no more", len(changes), n)
	}
	return changes
}

// judged asks the gate about changes.
func judged(t *testing.T, changes []*Change) []*Outcome {
	t.Helper()
	out, err := Run(t.Context(), t.TempDir(), changes, func(done int) {
		if done%100 == 0 {
			fmt.Fprintf(os.Stderr, "%d of %d\n", done, len(changes))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// scored writes a table where a whole count was asked for.
func scored(t *testing.T, write func(io.Writer, []*Outcome) error, outcomes []*Outcome) {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, outcomes); err != nil {
		t.Fatal(err)
	}
	if os.Getenv("ROUTEGATE_CORPUS") != "" {
		fmt.Printf("\n%s\n", b.Bytes())
	}
}

// TestHarmless: the gate refuses no change that does no harm.
func TestHarmless(t *testing.T) {
	outcomes := judged(t, made(t, size(t, 2*len(Harmless)), Harmless))
	scored(t, WriteHarmless, outcomes)
	for _, o := range outcomes {
		if !o.Passes() {
			t.Errorf("%s\n\t%s", o, o.Why())
			continue
		}
		moved := o.Verdict.Effects.Totals.RoutesWithdrawn + o.Verdict.Effects.Totals.RoutesNew + o.Verdict.Effects.Totals.RoutesMoved
		plainly := slices.ContainsFunc(plain, func(k Kind) bool { return k.Name == o.Kind })
		if plainly && moved > 0 || strings.HasPrefix(o.Kind, "new ") && o.Verdict.Effects.Totals.RoutesNew == 0 {
			t.Errorf("%s: it is not what it claims to be: %s", o, o.Verdict.Summary)
		}
	}
}

// TestMake: a seed makes the same changes each time, another one others, and every kind is among them in every dialect that it can be said in.
func TestMake(t *testing.T) {
	networks, err := Networks()
	if err != nil {
		t.Fatal(err)
	}
	n := 3 * len(Harmless)
	first, again, other := Make(7, n, Harmless, networks), Make(7, n, Harmless, networks), Make(8, n, Harmless, networks)
	same := 0
	seen := map[string]bool{}
	for i := range first {
		if first[i].String() != again[i].String() || sumOf("", first[i].After) != sumOf("", again[i].After) {
			t.Errorf("%s, then %s", first[i], again[i])
		}
		if first[i].String() == other[i].String() {
			same++
		}
		seen[first[i].Kind+" "+string(first[i].Dialect)] = true
	}
	if same == n {
		t.Error("two seeds make the same changes")
	}
	for i := range Harmless {
		for _, d := range Dialects {
			if k := &Harmless[i]; k.Can(d) && !seen[k.Name+" "+string(d)] {
				t.Errorf("no change of the kind %q in %s", k.Name, d)
			}
		}
	}
}
