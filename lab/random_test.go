package lab_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/routegate/routegate/lab/random"
)

var (
	updateCases = flag.Bool("update-cases", false, "shrink the snapshots of failing seeds and keep them in testdata/cases")
	perFeature  = flag.Bool("features", false, "with TestRandom: run the seeds once for each feature, alone")
)

// defaultSeeds run with every `go test`, and ROUTEGATE_LAB_SEEDS="1-500,777" names others. Those left out do not converge, or hold
// a difference that docs/FIDELITY.md counts: a test that is known to fail tells nothing.
const defaultSeeds = "1-3,6-9,13,14,16-18,20033,20047,20053,20102"

// abreast is how many labs run at once: they wait for timers most of the time. ROUTEGATE_LAB_ABREAST says another number.
const abreast = 6

// TestRandom holds the prediction for networks that nobody chose against the daemons.
func TestRandom(t *testing.T) {
	requireDaemons(t)
	text := os.Getenv("ROUTEGATE_LAB_SEEDS")
	if text == "" {
		text = defaultSeeds
	}
	seeds, err := parseSeeds(text)
	if err != nil {
		t.Fatal(err)
	}
	var only []string
	if f := os.Getenv("ROUTEGATE_LAB_FEATURES"); f != "" {
		only = strings.Split(f, ",")
	}
	k, err := openScore(os.Getenv("ROUTEGATE_LAB_SCORE"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.finish() })
	if !*perFeature {
		runSeeds(t, k, seeds, "", random.Options{Only: only})
		return
	}
	if only == nil {
		only = append([]string{"none"}, random.Features...)
	}
	for _, f := range only {
		o := random.Options{Only: []string{f}, MaxRouters: 5}
		if f == "none" {
			o.Only = []string{}
		}
		runSeeds(t, k, seeds, f, o)
	}
}

// runSeeds runs one subtest a seed, several at once. What the score has seen already is not run again.
func runSeeds(t *testing.T, k *score, seeds []uint64, name string, o random.Options) {
	gate := make(chan struct{}, number("ROUTEGATE_LAB_ABREAST", abreast))
	for _, seed := range seeds {
		id := strings.TrimPrefix(fmt.Sprintf("%s/%d", name, seed), "/")
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			select {
			case gate <- struct{}{}:
				defer func() { <-gate }()
			case <-interrupted.Done():
			}
			if interrupted.Err() != nil {
				t.Skip("interrupted")
			}
			s := without(random.Make(seed, o), os.Getenv("ROUTEGATE_LAB_WITHOUT"))
			if name != "" {
				s.Name = name + "-" + s.Name
			}
			verdict, ok := k.known(s.Name)
			if !ok {
				verdict = oneSeed(t, k, s)
			} else if verdict == different {
				t.Errorf("%s was different before", s.Name)
			}
		})
	}
}

// without takes out the parts that a regular expression matches, to look at what else a network has.
func without(s *random.Snapshot, pattern string) *random.Snapshot {
	if pattern == "" {
		return s
	}
	odd := regexp.MustCompile(pattern)
	return s.Without(slices.DeleteFunc(s.Parts(), func(part string) bool { return !odd.MatchString(part) })...)
}

func oneSeed(t *testing.T, k *score, s *random.Snapshot) string {
	o, err := try(interrupted, s, patience)
	if interrupted.Err() != nil {
		t.Skip("interrupted")
	}
	if err != nil {
		k.add(s, broken, err.Error(), 0)
		t.Errorf("%s: %v", s.Name, err)
		return broken
	}
	for _, line := range o.notes {
		t.Log(line)
	}
	k.add(s, o.verdict(), o.summary(), o.stood)
	if len(o.unexplained) == 0 {
		return o.verdict()
	}
	for _, d := range o.unexplained {
		t.Errorf("%s", d)
	}
	if *updateCases {
		if err := keepCase(t, s, o); err != nil {
			t.Fatal(err)
		}
	}
	return o.verdict()
}

// interrupted ends with the first interrupt: what runs is taken down, what waits is not begun, and
// what has been counted is printed.
var interrupted = context.Background()

func number(variable string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// parseSeeds reads "1-12,40".
func parseSeeds(text string) ([]uint64, error) {
	var out []uint64
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		a, err := strconv.ParseUint(from, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("seeds %q: %w", text, err)
		}
		b := a
		if isRange {
			if b, err = strconv.ParseUint(to, 10, 64); err != nil {
				return nil, fmt.Errorf("seeds %q: %w", text, err)
			}
		}
		for ; a <= b; a++ {
			out = append(out, a)
		}
	}
	return out, nil
}
