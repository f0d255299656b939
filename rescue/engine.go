package rescue

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/rescue/bundle"
)

// Options say what is brought back, and how fast.
type Options struct {
	Network   string
	Routers   []bundle.Router // in the bundle's order: those of a lower stage return first
	Ways      []Way           // in the order in which they are tried
	Selection Selection
	// Configurations are the bundle's, for a router that lost its own and is reached as a Replacer; nil: none is replaced.
	Configurations map[device.Hash]device.Configuration
	Holder         string  // who has the leases; one line
	Record         *Record // nil: none
	Frozen         string  // what became of a running rollout, for the report
	AtOnce         int     // routers under way at a time; 0: 8
	Pace           time.Duration
	Reach          time.Duration // for one way to one router; 0: 20 s
	Patience       time.Duration // for a router that was reached to be back; 0: 2 min
	Answer         time.Duration // for the probes, once all routers are done; 0: 30 s
	// Told is called with each thing that happens, from one goroutine at a time; may be nil.
	Told func(Event)
	// Dial opens a TCP connection for a probe; nil: the system's.
	Dial Dial
}

// Event is something that has just happened, to a router or ("") to all.
type Event struct {
	After  time.Duration // since the beginning
	Router string
	Text   string
	// End: the router is done with, for now.
	End *RouterReport
}

// engine is one run.
type engine struct {
	Options
	began time.Time
	mu    sync.Mutex
	out   *Report
}

// Run brings the routers back: stage by stage, some at a time; then those once more that could not be reached or that another
// person had; then the probes. It ends with the context, with leases given back as far as routers answer.
func Run(ctx context.Context, o Options) *Report {
	for _, d := range []struct {
		at *time.Duration
		is time.Duration
	}{{&o.Reach, 20 * time.Second}, {&o.Patience, 2 * time.Minute}, {&o.Answer, 30 * time.Second}} {
		if *d.at <= 0 {
			*d.at = d.is
		}
	}
	if o.AtOnce <= 0 {
		o.AtOnce = 8
	}
	if o.Dial == nil {
		o.Dial = TCP
	}
	e := &engine{Options: o, began: time.Now()}
	e.out = &Report{Schema: Schema, Network: o.Network, By: o.Holder, Began: e.began.UTC().Round(0), Frozen: o.Frozen, Routers: []RouterReport{}, Probes: []ProbeReport{}, Notes: []string{}}
	if o.Record != nil {
		e.out.ID = o.Record.ID
	}
	for _, r := range o.Routers {
		e.out.Routers = append(e.out.Routers, RouterReport{Name: r.Name, Stage: r.Stage, Outcome: Waiting, Tried: []Attempt{}})
	}
	for _, stage := range stages(o.Routers) {
		e.pass(ctx, stage)
	}
	var again []int
	for i, r := range e.out.Routers {
		if r.Outcome == Unreachable || r.Outcome == Held {
			again = append(again, i)
		}
	}
	if len(again) > 0 && len(again) < len(e.out.Routers) && ctx.Err() == nil {
		e.tell("", "once more to those that did not answer or were held")
		e.pass(ctx, again)
	}
	e.probe(ctx)
	e.out.Interrupted = ctx.Err() != nil
	e.out.Seconds = time.Since(e.began).Seconds()
	if !e.out.Interrupted && e.out.ExitCode() == 0 {
		e.write(Line{Kind: "ended", Report: e.out})
	} else {
		e.write(Line{Kind: "left", Report: e.out}) // the same command goes on with it
	}
	return e.out
}

// stages are the indexes of the routers by stage.
func stages(all []bundle.Router) (out [][]int) {
	for i, r := range all {
		if i == 0 || r.Stage != all[i-1].Stage {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], i)
	}
	return out
}

// pass works on some routers, AtOnce at a time, and returns when all are done or given up.
func (e *engine) pass(ctx context.Context, which []int) {
	slots := make(chan struct{}, e.AtOnce)
	var wg sync.WaitGroup
	for n, i := range which {
		if n > 0 && e.Pace > 0 {
			select {
			case <-ctx.Done():
			case <-time.After(e.Pace):
			}
		}
		select {
		case <-ctx.Done():
			wg.Wait()
			return
		case slots <- struct{}{}:
		}
		wg.Go(func() {
			defer func() { <-slots }()
			e.write(Line{Kind: "trying", Name: e.Routers[i].Name})
			r := e.bring(ctx, e.Routers[i])
			e.mu.Lock()
			r.Tried = append(e.out.Routers[i].Tried, r.Tried...)
			e.out.Routers[i] = r
			e.mu.Unlock()
			e.write(Line{Kind: "router", Router: &r})
			e.told(Event{Router: r.Name, Text: string(r.Outcome), End: &r})
		})
	}
	wg.Wait()
}

// probe waits for what must answer again. Routers depend on each other: it is asked when all are done.
func (e *engine) probe(ctx context.Context) {
	for i, r := range e.Routers {
		if !e.out.Routers[i].Good() {
			continue
		}
		for _, p := range r.Probes {
			if !slices.ContainsFunc(e.out.Probes, func(x ProbeReport) bool { return x.Address == p.Address.String() }) {
				e.out.Probes = append(e.out.Probes, ProbeReport{Router: r.Name, Address: p.Address.String()})
			}
		}
	}
	if len(e.out.Probes) == 0 {
		return
	}
	e.tell("", "asking what should be reachable again")
	from := time.Now()
	ctx, cancel := context.WithTimeout(ctx, e.Answer)
	defer cancel()
	var wg sync.WaitGroup
	for i := range e.out.Probes {
		p := &e.out.Probes[i]
		wg.Go(func() {
			p.Error = "not asked"
			for at := netip.MustParseAddrPort(p.Address); ctx.Err() == nil; {
				one, end := context.WithTimeout(ctx, 3*time.Second)
				c, err := e.Dial(one, at)
				end()
				p.Seconds = time.Since(from).Seconds()
				if err == nil {
					c.Close()
					p.Error = ""
					return
				}
				p.Error = err.Error()
				select {
				case <-ctx.Done():
				case <-time.After(500 * time.Millisecond):
				}
			}
		})
	}
	wg.Wait()
}

func (e *engine) tell(router, text string) { e.told(Event{Router: router, Text: text}) }

func (e *engine) told(v Event) {
	v.After = time.Since(e.began)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.Told != nil {
		e.Told(v)
	}
}

// write notes a line. What the disk does not take is said once, and stops nothing.
func (e *engine) write(l Line) {
	l.At = time.Now().UTC()
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.Record.Write(l); err != nil && !slices.Contains(e.out.Notes, err.Error()) {
		e.out.Notes = append(e.out.Notes, err.Error())
	}
}
