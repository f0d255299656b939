package gate

import (
	"context"
	"fmt"
	"reflect"
	"runtime/debug"
	"slices"
	"time"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// pipeline carries a run from stage to stage.
type pipeline struct {
	o       Options
	started time.Time
	now     string // the stage that runs
	run     Run

	snapshots     [2]*config.Snapshot // before, after
	before, after *side
	quoters       quoters
	config        *diff.ConfigDiff
	behaviour     *diff.Behaviour
	out           Comparison
	tried         Failures
	carried       Capacity
	restless      []Reason // see capacities.unsettled
	intent        *intent  // nil where the change declares nothing
	meant         Intent
}

func newPipeline(o Options) *pipeline {
	return &pipeline{o: o, started: time.Now(), out: emptyComparison(), tried: emptyFailures(), carried: emptyCapacity(), meant: emptyIntent(), run: Run{Version: o.Version, Stages: []Stage{}}}
}

func emptyComparison() Comparison {
	return Comparison{
		Changes: Changes{RoutersChanged: []string{}, RoutersAdded: []string{}, RoutersRemoved: []string{}, Items: []Change{}, Spaces: []Space{}, NotModelled: []LedgerLine{}},
		Effects: Effects{Sessions: []SessionEffect{}, Outside: []OutsideEffect{}, Routes: []RouteEffect{}, Reachability: []ReachEffect{},
			Redundancy: []RedundancyEffect{}, Origins: []OriginEffect{}},
		Coverage: Coverage{Routers: []RouterCoverage{}}, Assumptions: []string{}, Warnings: []string{},
	}
}

func (p *pipeline) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if p.o.Timeout > 0 {
		return context.WithTimeout(ctx, p.o.Timeout)
	}
	return context.WithCancel(ctx)
}

// stage runs and times one stage.
func (p *pipeline) stage(name string, f func() error) error {
	p.now = name
	p.progress(name, 0, 0)
	start := time.Now()
	err := f()
	p.run.Stages = append(p.run.Stages, Stage{name, milliseconds(time.Since(start))})
	return err
}

// compute runs a stage whose work cannot be told to stop: at ctx's end it is left alone, and what it
// finds is thrown away. f must write to nothing that is read then; what it found it writes in the function that it returns.
func (p *pipeline) compute(ctx context.Context, name string, f func() (keep func())) error {
	return p.stage(name, func() error {
		keep, err := abandoned(ctx, func() (func(), error) { return f(), nil })
		if err != nil {
			return err
		}
		keep()
		return ctx.Err()
	})
}

func (p *pipeline) progress(stage string, done, total int) {
	if p.o.Progress != nil {
		p.o.Progress(stage, done, total)
	}
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Round(10*time.Microsecond)) / float64(time.Millisecond)
}

func (p *pipeline) finish() *Run {
	p.run.Started, p.run.Milliseconds = p.started.UTC().Truncate(time.Second), milliseconds(time.Since(p.started))
	return &p.run
}

// load reads both snapshots; routers with the same files are shared.
func (p *pipeline) load(ctx context.Context) error {
	return p.stage("load", func() error {
		var base *config.Snapshot
		for i, where := range []string{p.o.Before, p.o.After} {
			s, err := p.snapshot(ctx, where, base)
			if err != nil {
				return fmt.Errorf("%s: %w", []string{"before", "after"}[i], err)
			}
			p.snapshots[i], base = s, s
		}
		before, after := p.snapshots[0], p.snapshots[1]
		// A network without a name is called like its folder, which is no change of name.
		if before.Network.Name == before.Where && (after.Network.Name == after.Where || before.Where == Nothing) {
			before.Network.Name = after.Network.Name
		}
		p.quoters = newQuoters(before, after)
		p.out.Network, p.out.Before, p.out.After = after.Network.Name, sideOf(before), sideOf(after)
		p.out.Assumptions = bothSides(before.Assumptions, after.Assumptions)
		p.out.Warnings = bothSides(before.Warnings, after.Warnings)
		return nil
	})
}

// Nothing stands for a snapshot without routers: what is before a new network.
const Nothing = "none"

func (p *pipeline) snapshot(ctx context.Context, where string, base *config.Snapshot) (*config.Snapshot, error) {
	if where == Nothing && base == nil {
		return &config.Snapshot{Where: Nothing, Network: &network.Network{Name: Nothing}}, nil
	}
	return load(ctx, where, config.Options{Base: base, Workers: p.o.Workers, Progress: p.o.Progress})
}

// bothSides merges sentences: one that only one side has says which.
func bothSides(before, after []string) []string {
	out := names(after)
	for i, s := range out {
		if !slices.Contains(before, s) {
			out[i] = s + " (after only)"
		}
	}
	for _, s := range before {
		if !slices.Contains(after, s) {
			out = append(out, s+" (before only)")
		}
	}
	return out
}

// compare finds what changes, and what both sides do.
func (p *pipeline) compare(ctx context.Context) error {
	before, after := p.snapshots[0].Network, p.snapshots[1].Network
	if err := p.compute(ctx, "compare configurations", func() func() {
		d := diff.Configuration(before, after)
		c, lines := changes(d, p.quoters), coverage(p.snapshots[1], p.quoters.after, len(d.Ledger))
		c.Items = append(policyFiles(p.snapshots[0], p.snapshots[1]), c.Items...)
		c.Items = append(waiverChanges(p.snapshots[0].Waivers, p.snapshots[1].Waivers), c.Items...)
		for i := range c.Items {
			c.Items[i].Declared = explained(p, ofItem, &c.Items[i])
		}
		return func() { p.config, p.out.Changes, p.out.Coverage = d, c, lines }
	}); err != nil {
		return err
	}
	if err := p.route(ctx); err != nil {
		return err
	}
	if !p.before.res.Converged || !p.after.res.Converged {
		return nil
	}
	return p.compute(ctx, "compare behaviours", func() func() {
		b := diff.Behave(p.before.res, p.after.res)
		e := p.effects(b)
		return func() { p.behaviour, p.out.Effects = b, e }
	})
}

// route computes what both sides do, the second from the first; once, where they are the same.
func (p *pipeline) route(ctx context.Context) error {
	return p.stage("route", func() error {
		before, after := p.snapshots[0], p.snapshots[1]
		if sameNetwork(before.Network, after.Network) {
			res, err := p.solve(ctx, before.Network, nil)
			if err != nil {
				return err
			}
			p.before, p.after = newSide("before", before, res), newSide("after", after, res)
			return nil
		}
		was, err := p.solve(ctx, before.Network, nil)
		if err != nil {
			return err
		}
		is, err := p.solve(ctx, after.Network, was)
		if err != nil {
			return err
		}
		p.before, p.after = newSide("before", before, was), newSide("after", after, is)
		return nil
	})
}

func (p *pipeline) solve(ctx context.Context, n *network.Network, base *routing.Result) (*routing.Result, error) {
	return solve(ctx, n, routing.Options{Workers: p.o.Workers, Progress: p.o.Progress, Base: base})
}

// sameNetwork reports whether both sides are the same routers, wires and surroundings.
func sameNetwork(a, b *network.Network) bool {
	return slices.Equal(a.Routers, b.Routers) && reflect.DeepEqual(a.Links, b.Links) && reflect.DeepEqual(a.Env, b.Env)
}

// crash is a panic that was caught.
type crash struct {
	value any
	stack string
}

func (c *crash) Error() string { return fmt.Sprintf("routegate crashed: %v", c.value) }

// guard turns a panic into an error: a gate that falls over must not leave the door open.
func guard(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &crash{v, string(debug.Stack())}
		}
	}()
	return f()
}
