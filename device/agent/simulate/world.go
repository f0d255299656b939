// Package simulate is a network of routers in virtual time: the real agent and the real store over a model of a disk, a
// daemon and a management network, with a crash possible between any two steps. Everything hangs on one seed, so what
// went wrong once goes wrong again. A controller joins it through Router.Client and World.Sleep.
package simulate

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/routegate/routegate/device"
)

// Faults are probabilities: of each step of an agent (a disk's or a daemon's) unless said otherwise.
type Faults struct {
	KillAgent, Reboot, KillDaemon float64
	ApplyFails                    float64 // of each line of an apply
	Hang                          float64 // of each call to a daemon
	DiskFull, DiskBroken          float64 // begins a spell of it
	ClockUnreadable, ClockJump    float64 // a spell in which the clock cannot be read; the wall clock is set
	Foreign                       float64 // somebody else configures the daemon
	LoseRequest, LoseReply        float64 // of each message of a client
	Repeat                        float64 // of each message of a client: comes again, later
}

// World is virtual time and all that is in it. It belongs to one goroutine.
type World struct {
	Rand   *rand.Rand
	Faults Faults
	Log    func(format string, args ...any) // nil: what happens is not told
	// Steps and Happened count what the simulation did: steps of agents, and faults by name.
	Steps    int
	Happened map[string]int

	now     time.Duration
	order   int
	events  []event
	routers []*Router
	broken  []string
}

type event struct {
	at    time.Duration
	order int
	do    func()
}

// New begins a world at time zero.
func New(seed uint64, f Faults) *World {
	return &World{Rand: rand.New(rand.NewPCG(seed, 0x726f757465676174)), Faults: f, Happened: map[string]int{}}
}

// epoch is the wall clock's time zero.
var epoch = time.Date(2021, 10, 4, 15, 40, 0, 0, time.UTC)

// Now is the time since the world began.
func (w *World) Now() time.Duration { return w.now }

// Wall is the true time of day.
func (w *World) Wall() time.Time { return epoch.Add(w.now) }

// Quiet ends all faults, also those that last.
func (w *World) Quiet() {
	w.Faults = Faults{}
	for _, r := range w.routers {
		r.disk.full, r.disk.broken, r.unreadable, r.cut, r.crash = false, false, false, false, nil
	}
}

// After does something once, when the time has passed.
func (w *World) After(d time.Duration, do func()) {
	w.order++
	w.events = append(w.events, event{w.now + d, w.order, do})
}

// Sleep lets time pass: agents look at their clocks, and what died starts anew.
func (w *World) Sleep(d time.Duration) { w.pass(d) }

// pass also runs within an agent's step; the agents of other routers go on meanwhile.
func (w *World) pass(d time.Duration) {
	until := w.now + d
	for {
		at, do := until, func() {}
		found := false
		for _, r := range w.routers {
			if r.agent != nil && !r.busy && r.tick <= at {
				at, do, found = r.tick, r.look, true
			}
		}
		for i, e := range w.events {
			if e.at < at || e.at == at && !found {
				at, found = e.at, true
				do = func() {
					w.events = slices.Delete(w.events, i, i+1)
					e.do()
				}
			}
		}
		if !found {
			break
		}
		w.now = max(w.now, at)
		do()
		w.watch()
	}
	w.now = max(w.now, until)
	w.watch()
}

func (w *World) watch() {
	for _, r := range w.routers {
		r.watch()
	}
}

// Broken are the sentences in which the promise was broken so far; none is what is hoped for.
func (w *World) Broken() []string { return w.broken }

func (w *World) breaks(format string, args ...any) {
	s := fmt.Sprintf("%v: ", w.now) + fmt.Sprintf(format, args...)
	if len(w.broken) < 20 && !slices.Contains(w.broken, s) {
		w.broken = append(w.broken, s)
	}
	w.tell("BROKEN: %s", s)
}

func (w *World) tell(format string, args ...any) {
	if w.Log != nil {
		w.Log("%10v %s", w.now, fmt.Sprintf(format, args...))
	}
}

// span is a random time up to the longest.
func (w *World) span(longest time.Duration) time.Duration {
	return time.Duration(w.Rand.Int64N(int64(longest))) + time.Millisecond
}

// Routers in the order in which they were added.
func (w *World) Routers() []*Router { return w.routers }

type withinKey struct{}

// bound is context.WithTimeout in virtual time: who is called sees how much it has.
func bound(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithCancel(context.WithValue(ctx, withinKey{}, d))
}

func within(ctx context.Context) time.Duration {
	d, ok := ctx.Value(withinKey{}).(time.Duration)
	if !ok {
		return time.Minute
	}
	return d
}

// Configuration makes one of a single file.
func Configuration(text string) device.Configuration {
	return device.Configuration{Files: []device.File{{Name: "model.conf", Data: []byte(text)}}}
}
