package corpus

import (
	"fmt"
	"os"
	"strconv"
	"testing"
)

// size is how many changes a test makes: few by itself, what the environment says for a whole count.
func size(t *testing.T, few int) int {
	t.Helper()
	s := os.Getenv("ROUTEGATE_CORPUS")
	if s == "" {
		return few
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("ROUTEGATE_CORPUS=%q: want a number of changes", s)
	}
	return n
}

// judged makes changes and asks the gate about them.
func judged(t *testing.T, n int, kinds []Kind) []*Outcome {
	t.Helper()
	networks, err := Networks()
	if err != nil {
		t.Fatal(err)
	}
	changes := Make(seed(t), n, kinds, networks)
	if len(changes) < n {
		t.Fatalf("%d changes, want %d", len(changes), n)
	}
	out, err := Run(t.Context(), t.TempDir(), changes, func(done int) {
		if n > 200 && done%100 == 0 {
			fmt.Fprintf(os.Stderr, "%d of %d\n", done, n)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func seed(t *testing.T) uint64 {
	t.Helper()
	s := os.Getenv("ROUTEGATE_CORPUS_SEED")
	if s == "" {
		return 1
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatalf("ROUTEGATE_CORPUS_SEED=%q: want a number", s)
	}
	return n
}

// TestHarmless: the gate refuses no change that does no harm.
func TestHarmless(t *testing.T) {
	for _, o := range judged(t, size(t, 66), Harmless) {
		if !o.Passes() {
			t.Errorf("%s\n\t%s", o, o.Why())
		}
	}
}
