package failures

import (
	"context"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/sourcegraph/conc"

	"github.com/routegate/routegate/routing"
)

// Options bound and observe a survey.
type Options struct {
	// Goals are what must not be lost.
	Goals []routing.Goal
	// Whole: nothing is left out and nothing is taken over: the slow way, which the others are held against.
	Whole    bool
	Workers  int                   // 0: one a processor
	Progress func(done, total int) // may be nil; called from one goroutine at a time
}

// Counts say how failures were tried.
type Counts struct {
	Harmless int // proved from the state before the failure
	Anew     int // solved anew
}

// Try tries failures. judge is called, from several goroutines, for each that cannot be proved harmless, with its place in the
// list, the goals (by their place, sorted) that are in doubt, and the network as it settles then; it must not keep what it is given. What a failure
// leaves alone it is not asked about: packets to every other goal arrive as they did. The error is ctx's.
func Try(ctx context.Context, base *routing.Result, list []Failure, o Options, judge func(i int, goals []int, res *routing.Result)) (Counts, error) {
	t := &try{ctx: ctx, base: base, list: list, o: o, judge: judge}
	for i := range o.Goals {
		t.all = append(t.all, i)
	}
	if !o.Whole {
		if t.only = t.dependencies(t.all); t.only != nil {
			t.trial = base.Trial(o.Goals)
		}
	}
	workers := o.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var wg conc.WaitGroup // a panic in a goroutine comes out at Wait, where the caller can catch it
	for range min(workers, len(list)) {
		wg.Go(t.work)
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return Counts{}, err
	}
	return Counts{Harmless: int(t.harmless.Load()), Anew: int(t.anew.Load())}, nil
}

type try struct {
	ctx            context.Context
	base           *routing.Result
	list           []Failure
	o              Options
	judge          func(i int, goals []int, res *routing.Result)
	all            []int                   // goals
	only           func(netip.Prefix) bool // of all goals
	trial          *routing.Trial
	next           atomic.Int64
	harmless, anew atomic.Int64
	mu             sync.Mutex
	done           int
}

func (t *try) work() {
	run := t.trial.Run()
	for {
		i := int(t.next.Add(1)) - 1
		if i >= len(t.list) || t.ctx.Err() != nil {
			return
		}
		goals, known := run.Doubted(t.list[i].Take)
		if !known {
			goals = t.all
		}
		if len(goals) == 0 && known {
			t.harmless.Add(1)
		} else if !t.solve(i, goals) {
			return
		}
		t.report()
	}
}

// dependencies are the prefixes that matter to goals; nil: all.
func (t *try) dependencies(goals []int) func(netip.Prefix) bool {
	var to []netip.Addr
	for _, i := range goals {
		to = append(to, t.o.Goals[i].To...)
	}
	return t.base.Dependencies(to)
}

// taken is what a solution may take sessions over from.
func (t *try) taken() *routing.Result {
	if t.o.Whole {
		return nil
	}
	return t.base
}

// solve solves the network without what failed, as far as some goals depend on it.
func (t *try) solve(i int, goals []int) bool {
	only := t.only
	if only != nil && len(goals) < len(t.all) {
		only = t.dependencies(goals)
	}
	res, err := routing.Solve(t.ctx, t.base.Network, routing.Options{Workers: 1, Fail: t.list[i].Take, Only: only, Base: t.taken()})
	if err == nil && !res.Converged && len(goals) < len(t.all) {
		// A network that does not settle may lose anything.
		return t.solve(i, t.all)
	}
	if err != nil {
		return false
	}
	t.anew.Add(1)
	t.judge(i, goals, res)
	return true
}

func (t *try) report() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done++
	if t.o.Progress != nil {
		t.o.Progress(t.done, len(t.list))
	}
}
