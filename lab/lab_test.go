package lab_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/lab"
	"github.com/routegate/routegate/lab/labtest"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// TestMain runs the tests again inside a private world of namespaces, which the
// kernel clears away with its first process.
func TestMain(m *testing.M) {
	if done, err := lab.Job(); done {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if why := lab.Missing(); why == "" && !lab.Inside() {
		code, err := lab.Enter()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(code)
	}
	var stop context.CancelFunc
	interrupted, stop = signal.NotifyContext(context.Background(), os.Interrupt)
	code := m.Run()
	stop()
	os.Exit(code)
}

// requireDaemons skips with a visible line where this machine has no daemons, and
// fails instead where ROUTEGATE_REQUIRE_DAEMONS says that it must have them.
func requireDaemons(t *testing.T) {
	t.Helper()
	why := lab.Missing()
	switch {
	case why == "":
	case os.Getenv("ROUTEGATE_REQUIRE_DAEMONS") == "1":
		t.Fatal(why)
	default:
		t.Skip("requires daemons: " + why)
	}
}

// museum is where the exhibits stand.
const museum = "../testdata/outages"

// TestExhibits boots exhibits of the museum and holds the prediction against what the
// daemons decide: every session, path, attribute and main-table route. A soak
// boots all of them.
func TestExhibits(t *testing.T) {
	requireDaemons(t)
	snapshots := []string{"cloudflare-2026/after", "allegheny-2019/after", "facebook-2021/before"}
	if os.Getenv("ROUTEGATE_SOAK") == "1" {
		snapshots = nil
		for _, pattern := range []string{"*/before", "*/after", "*/benign"} {
			dirs, err := filepath.Glob(filepath.Join(museum, pattern))
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range dirs {
				name, _ := filepath.Rel(museum, d)
				snapshots = append(snapshots, name)
			}
		}
	}
	for _, name := range snapshots {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compare(t, filepath.Join(museum, name))
		})
	}
}

// TestSnapshot boots the snapshot that ROUTEGATE_LAB_SNAPSHOT names.
func TestSnapshot(t *testing.T) {
	dir := os.Getenv("ROUTEGATE_LAB_SNAPSHOT")
	if dir == "" {
		t.Skip("requires ROUTEGATE_LAB_SNAPSHOT, and daemons")
	}
	requireDaemons(t)
	compare(t, dir)
}

// keepLogs copies the daemons' logs to ROUTEGATE_LAB_LOGS after a failure.
func keepLogs(t *testing.T, l *lab.Lab) {
	if to := os.Getenv("ROUTEGATE_LAB_LOGS"); to != "" && t.Failed() {
		if err := l.CopyFiles(to); err != nil {
			t.Log(err)
		}
	}
}

func compare(t *testing.T, dir string) {
	t.Helper()
	boot(t, dir)
}

// load reads the network of a snapshot.
func load(t *testing.T, ctx context.Context, dir string) *network.Network {
	t.Helper()
	s, err := config.Load(ctx, dir, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s.Network
}

// configure types lines into a router's vtysh, from `configure terminal` on.
func configure(t *testing.T, ctx context.Context, l *lab.Lab, router string, lines ...string) {
	t.Helper()
	command := []string{"vtysh", "-c", "configure terminal"}
	for _, line := range lines {
		command = append(command, "-c", line)
	}
	if _, err := l.Exec(ctx, router, "", command...); err != nil {
		t.Fatal(err)
	}
}

// settle waits until the tables stand still.
func settle(t *testing.T, ctx context.Context, l *lab.Lab, plan *lab.Plan, limit time.Duration) {
	t.Helper()
	if err := l.Settle(ctx, plan.Quiet(), limit); err != nil {
		t.Fatal(err)
	}
}

// foretold is the prediction for a network.
func foretold(t *testing.T, ctx context.Context, n *network.Network) *routing.Result {
	t.Helper()
	want, err := predict(ctx, n)
	if err != nil {
		t.Fatal(err)
	}
	return want
}

// judged holds a prediction against what the daemons have.
func judged(t *testing.T, ctx context.Context, l *lab.Lab, plan *lab.Plan, want *routing.Result) []lab.Judged {
	t.Helper()
	out, _, err := judge(ctx, l, plan, want, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// established is a lab whose sessions are as predicted; it goes down with the test.
func established(t *testing.T, ctx context.Context, n *network.Network) (*lab.Lab, *lab.Plan, *routing.Result) {
	t.Helper()
	plan, err := lab.MakePlan(n)
	if err != nil {
		t.Fatal(err)
	}
	l, err := lab.Up(ctx, plan, filepath.Join(labtest.RunDir(t), "l"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Down() })
	want, err := predict(ctx, n)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.AwaitSessions(ctx, want, 30*time.Second); err != nil {
		t.Fatal(err)
	}
	return l, plan, want
}

// boot runs a snapshot, holds the prediction against what the daemons do, and returns what that was.
func boot(t *testing.T, dir string) (*network.Network, map[string]*lab.Tables) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	s, err := config.Load(ctx, dir, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want, err := routing.Solve(ctx, s.Network, routing.Options{Fresh: true})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := lab.MakePlan(s.Network)
	if err != nil {
		t.Fatal(err)
	}
	l, err := lab.Up(ctx, plan, filepath.Join(labtest.RunDir(t), "l"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Down()
	defer keepLogs(t, l)
	start := time.Now()
	if err := l.AwaitSessions(ctx, want, 75*time.Second); err != nil {
		t.Fatal(err)
	}
	if err := l.Settle(ctx, plan.Quiet(), 90*time.Second); err != nil {
		t.Error(err)
	}
	t.Logf("settled after %s", time.Since(start).Round(time.Millisecond))
	judged, routers, err := judge(ctx, l, plan, want, patience)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range l.Rejected {
		t.Logf("rejected by the daemon: %s", r)
	}
	for _, d := range judged {
		switch {
		case d.Timing:
			t.Logf("%s", d)
		case d.Known != "":
			t.Logf("#DIFFERS %s: %s", d.Known, d)
		default:
			t.Errorf("%s", d)
		}
	}
	return s.Network, routers
}

// patience is how long a network that stands still is looked at again while it differs from the prediction: an OSPF
// adjacency that misses its turn on a busy machine comes with the next one, up to 40 s later, and tables stand still meanwhile.
const patience = 60 * time.Second

// judge compares until nothing is unexplained any more, or the caller's patience has ended.
func judge(ctx context.Context, l *lab.Lab, plan *lab.Plan, want *routing.Result, patience time.Duration) ([]lab.Judged, map[string]*lab.Tables, error) {
	for start := time.Now(); ; {
		routers, outside, err := l.Observe(ctx)
		if err != nil {
			return nil, nil, err
		}
		judged := lab.Judge(plan, want, routers, outside)
		unexplained := slices.ContainsFunc(judged, func(d lab.Judged) bool { return !d.Timing && d.Known == "" })
		if !unexplained || time.Since(start) > patience {
			return judged, routers, nil
		}
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-time.After(5 * time.Second):
		}
	}
}
