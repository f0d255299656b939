package lab_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/routegate/routegate/lab"
	"github.com/routegate/routegate/lab/random"
)

// shrinking: one network at a time, for each boots several labs at once.
var shrinking sync.Mutex

// shrinkLimit bounds the shrinking of one network; what is smallest by then is kept.
const shrinkLimit = 25 * time.Minute

// keepCase shrinks a network that differs and keeps it in testdata/cases, with what differed beside it. A network that only
// sometimes differs shrinks by chance: so what is left is booted twice more, and kept only if it differs each time.
func keepCase(t *testing.T, s *random.Snapshot, first *outcome) error {
	kinds := map[string]bool{}
	for _, d := range first.unexplained {
		kinds[kindOf(d)] = true
	}
	differs := func(ctx context.Context, x *random.Snapshot, patience time.Duration) *outcome {
		o, err := try(ctx, x, patience)
		if err != nil || !slices.ContainsFunc(o.unexplained, func(d lab.Difference) bool { return kinds[kindOf(d)] }) {
			return nil
		}
		return o
	}
	shrinking.Lock()
	defer shrinking.Unlock()
	ctx, cancel := context.WithTimeout(interrupted, shrinkLimit)
	defer cancel()
	start := time.Now()
	small := random.Shrink(ctx, s, number("ROUTEGATE_LAB_ABREAST", abreast), func(x *random.Snapshot) bool { return differs(ctx, x, hasty) != nil })
	var last *outcome
	for range 2 {
		if last = differs(interrupted, small, patience); last == nil {
			t.Logf("%s: what was left after shrinking, %d lines of %d, does not always differ: nothing is kept", s.Name, small.Size(), s.Size())
			return nil
		}
	}
	dir := filepath.Join("testdata", "cases", s.Name)
	if err := small.Write(dir); err != nil {
		return err
	}
	var why strings.Builder
	for _, d := range last.unexplained {
		fmt.Fprintln(&why, d)
	}
	t.Logf("%d lines of %d are left in %s after %s", small.Size(), s.Size(), dir, time.Since(start).Round(time.Second))
	return os.WriteFile(filepath.Join(dir, "differed.txt"), []byte(why.String()), 0o644)
}

// hasty is how long a network is looked at again while it is made smaller. What differs only for being late is found out
// afterwards.
const hasty = 3 * time.Second

// kindOf is what a difference is about, whoever it concerns: the table, and whether something is missing there or too much.
func kindOf(d lab.Difference) string {
	word, _, _ := strings.Cut(d.Feature, " ")
	switch {
	case d.Predicted == "none":
		word += " too much"
	case d.Observed == "none":
		word += " missing"
	}
	return word
}
