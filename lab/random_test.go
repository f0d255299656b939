package lab_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/lab"
	"github.com/routegate/routegate/lab/random"
	"github.com/routegate/routegate/routing"
)

var (
	updateCases = flag.Bool("update-cases", false, "shrink the snapshots of failing seeds and keep them in testdata/cases")
	perFeature  = flag.Bool("features", false, "with TestRandom: run the seeds once for each feature, alone")
)

// soakSeeds run in a soak; ROUTEGATE_LAB_SEEDS="1-500,777" names others. Not with every `go test`: random
// networks still find differences (docs/FIDELITY.md counts them), and a test that is known to fail tells nothing.
const soakSeeds = "1-24"

// abreast is how many labs run at once: they idle while timers run.
const abreast = 2

// TestRandom holds the prediction for networks that nobody chose against the daemons.
func TestRandom(t *testing.T) {
	requireDaemons(t)
	text := os.Getenv("ROUTEGATE_LAB_SEEDS")
	if text == "" && os.Getenv("ROUTEGATE_SOAK") == "1" {
		text = soakSeeds
	}
	if text == "" {
		t.Skip("requires ROUTEGATE_SOAK=1 or ROUTEGATE_LAB_SEEDS, and daemons")
	}
	seeds, err := parseSeeds(text)
	if err != nil {
		t.Fatal(err)
	}
	var only []string
	if f := os.Getenv("ROUTEGATE_LAB_FEATURES"); f != "" {
		only = strings.Split(f, ",")
	}
	c := &counts{}
	t.Cleanup(func() { c.print(t) })
	if !*perFeature {
		runSeeds(t, c, seeds, "", random.Options{Only: only})
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
		runSeeds(t, c, seeds, f+"-", o)
	}
}

func runSeeds(t *testing.T, c *counts, seeds []uint64, name string, o random.Options) {
	gate := make(chan struct{}, abreast)
	t.Run(strings.TrimSuffix(name, "-"), func(t *testing.T) {
		for _, seed := range seeds {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				gate <- struct{}{}
				defer func() { <-gate }()
				s := random.Make(seed, o)
				s.Name = name + s.Name
				oneSeed(t, c, name, s)
			})
		}
	})
}

func oneSeed(t *testing.T, c *counts, feature string, s *random.Snapshot) {
	o, err := observe(t.Context(), t.TempDir(), s)
	if err != nil {
		c.add(feature, s.Name, "broken")
		t.Fatalf("%s: %v", s.Name, err)
	}
	for _, line := range o.notes {
		t.Log(line)
	}
	c.add(feature, s.Name, o.verdict())
	if len(o.unexplained) == 0 {
		return
	}
	for _, d := range o.unexplained {
		t.Errorf("%s", d)
	}
	if !*updateCases {
		t.Logf("to keep a small case of it: ROUTEGATE_LAB_SEEDS=%s go test ./lab -run TestRandom -update-cases", strings.TrimPrefix(s.Name, "seed-"))
		return
	}
	small := shrink(t, s, o)
	dir := filepath.Join("testdata", "cases", s.Name)
	if err := small.Write(dir); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d lines of %d are left in %s", small.Size(), s.Size(), dir)
}

// outcome is what came of one network.
type outcome struct {
	unexplained []lab.Difference
	notes       []string
	explained   int
	timing      int
	unsettled   bool // neither the prediction nor, perhaps, the daemons come to rest
}

func (o *outcome) verdict() string {
	switch {
	case len(o.unexplained) > 0:
		return "different"
	case o.unsettled:
		return "does not converge"
	case o.explained > 0:
		return "explained"
	case o.timing > 0:
		return "arrival order"
	}
	return "equal"
}

// observe boots a network and compares it.
func observe(ctx context.Context, dir string, s *random.Snapshot) (*outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Minute)
	defer cancel()
	if err := s.Write(dir); err != nil {
		return nil, err
	}
	snap, err := config.Load(ctx, dir, config.Options{})
	if err != nil {
		return nil, err
	}
	want, err := routing.Solve(ctx, snap.Network, routing.Options{})
	if err != nil {
		return nil, err
	}
	out := &outcome{}
	if !want.Converged {
		out.unsettled = true
		out.notes = append(out.notes, fmt.Sprintf("does not converge: %v %v", want.Oscillating, want.OscillatingPrefixes))
		return out, nil
	}
	for _, r := range snap.Network.Routers {
		for i := range r.Files {
			for _, n := range r.Files[i].Notes {
				out.notes = append(out.notes, fmt.Sprintf("%s: %s: %s", n.Span, n.Text, n.Reason))
			}
		}
	}
	plan, err := lab.MakePlan(snap.Network)
	if err != nil {
		return nil, err
	}
	// Not the test's own folder: the daemons run as users of their own and must be able to enter it.
	run, err := os.MkdirTemp("", "routegate-lab-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(run)
	if err := os.Chmod(run, 0o755); err != nil {
		return nil, err
	}
	l, err := lab.Up(ctx, plan, filepath.Join(run, "l"))
	if err != nil {
		return nil, err
	}
	defer l.Down()
	if err := l.AwaitSessions(ctx, want, 30*time.Second); err != nil {
		return nil, err
	}
	if err := l.Settle(ctx, plan.Quiet(), 40*time.Second); err != nil && !errors.Is(err, lab.ErrRestless) {
		return nil, err
	} else if err != nil {
		out.notes = append(out.notes, err.Error())
	}
	routers, outside, err := l.Observe(ctx)
	if err != nil {
		return nil, err
	}
	for _, line := range l.Rejected {
		out.notes = append(out.notes, "rejected by the daemon: "+line)
	}
	for _, d := range lab.Judge(plan, want, routers, outside) {
		switch {
		case d.Timing:
			out.timing++
			out.notes = append(out.notes, d.String())
		case d.Known != "":
			out.explained++
			out.notes = append(out.notes, fmt.Sprintf("#DIFFERS %s: %s", d.Known, d))
		default:
			out.unexplained = append(out.unexplained, d.Difference)
		}
	}
	if to := os.Getenv("ROUTEGATE_LAB_LOGS"); to != "" && len(out.unexplained) > 0 {
		if err := l.CopyFiles(filepath.Join(to, s.Name)); err != nil {
			return nil, err
		}
	}
	return out, nil
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

// counts are the outcomes by feature. Safe for concurrent use.
type counts struct {
	mu  sync.Mutex
	all map[string]map[string]int
}

func (c *counts) add(feature, _, verdict string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = map[string]map[string]int{}
	}
	if c.all[feature] == nil {
		c.all[feature] = map[string]int{}
	}
	c.all[feature][verdict]++
}

func (c *counts) print(t *testing.T) {
	var features []string
	for f := range c.all {
		features = append(features, f)
	}
	slices.Sort(features)
	for _, f := range features {
		var words []string
		for v, n := range c.all[f] {
			words = append(words, fmt.Sprintf("%d %s", n, v))
		}
		slices.Sort(words)
		t.Logf("%s: %s", strings.TrimSuffix(f, "-"), strings.Join(words, ", "))
	}
}
