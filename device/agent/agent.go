package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent/deadman"
	"github.com/routegate/routegate/device/agent/store"
)

// Clock is the machine's: a zero Instant where it cannot be read.
type Clock interface {
	Now() deadman.Instant
}

// Options make an agent.
type Options struct {
	Router  string
	Driver  device.Driver
	Disk    store.Disk
	Clock   Clock
	Limits  deadman.Limits
	Version string
	Log     *slog.Logger  // nil: nothing is logged
	Longest time.Duration // of one call to the driver: 60 s by default
	// Within bounds a call to the driver; context.WithTimeout by default, and another time's in a simulation.
	Within func(context.Context, time.Duration) (context.Context, context.CancelFunc)
}

// Agent guards one router. It is a device.Agent itself, for who is in the same process; a Server offers it to others.
// Several may call it at once: requests take turns, and what would delay a way back is cut short.
type Agent struct {
	o     Options
	store *store.Store
	sw    *deadman.Switch
	known map[device.Hash]device.Configuration // those of the change that is armed

	turn    chan struct{} // who holds it may use what is above
	changed chan struct{} // tells Run that the time to wake may be another

	leasing sync.Mutex // before mu
	leased  lease

	mu     sync.Mutex
	view   deadman.Switch     // as the last step left it, for Status
	moved  chan struct{}      // is closed when there is another view
	stop   context.CancelFunc // ends what may be cut short; nil where nothing may
	urgent int                // how many wait that do not let others have their time
}

var _ device.Agent = (*Agent)(nil)

// New reads what the disk holds and takes it up: whatever it finds unconfirmed goes back before New returns, and is read
// once more by Run, or tried again.
func New(ctx context.Context, o Options) (*Agent, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Longest <= 0 {
		o.Longest = time.Minute
	}
	if o.Within == nil {
		o.Within = context.WithTimeout
	}
	st, found, err := store.Open(o.Disk)
	if err != nil {
		return nil, err
	}
	for _, p := range found.Problems {
		o.Log.Error("the switch's state was damaged", "what", p)
	}
	a := &Agent{
		o: o, store: st, sw: deadman.New(o.Limits), known: map[device.Hash]device.Configuration{},
		turn: make(chan struct{}, 1), changed: make(chan struct{}, 1), moved: make(chan struct{}),
	}
	a.leased = a.readLease()
	if _, err := a.request(ctx, true, func() deadman.Event {
		return deadman.Start{Record: found.Record, Recovered: found.Recovered, Now: o.Clock.Now()}
	}); err != nil {
		return nil, err
	}
	return a, nil
}

// Close does nothing: an agent ends with its process, and an armed change outlives both.
func (a *Agent) Close() error { return nil }

// take waits for the turn. Who is urgent cuts short what may be.
func (a *Agent) take(ctx context.Context, urgent bool) error {
	select {
	case a.turn <- struct{}{}:
		return nil
	default:
	}
	if urgent {
		a.hurry(1)
		defer a.hurry(-1)
	}
	select {
	case a.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (a *Agent) hurry(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.urgent += n; a.urgent > 0 && a.stop != nil {
		a.stop()
	}
}

func (a *Agent) give() { <-a.turn }

// request has its turn and performs all that the switch wants done about an event. Once begun it does not end with the
// caller's context: a controller that hangs up stops nothing half-way.
func (a *Agent) request(ctx context.Context, urgent bool, event func() deadman.Event) (device.Status, error) {
	return a.requestFor(ctx, urgent, anybody, event)
}

// requestFor is refused, and touches nothing, where a lease stands against who asks.
func (a *Agent) requestFor(ctx context.Context, urgent bool, who asker, event func() deadman.Event) (device.Status, error) {
	err := a.against(who) // at once, too: the turn may be with a call to a daemon that hangs
	if err == nil {
		if err := a.take(ctx, urgent); err != nil {
			return device.Status{}, err
		}
		defer a.give()
		err = a.against(who)
	}
	if err != nil {
		st, _ := a.Status(ctx)
		return st, err
	}
	ctx = context.WithoutCancel(ctx)
	before := a.sw.Status(a.o.Clock.Now())
	action := a.sw.Step(event())
	for action != nil {
		a.publish()
		action = a.sw.Step(a.perform(ctx, action))
	}
	a.publish()
	st := a.fill(a.sw.Status(a.o.Clock.Now()))
	if st.Phase != before.Phase || st.Detail != before.Detail {
		level := slog.LevelInfo
		if st.Phase == device.Stuck {
			level = slog.LevelError
		}
		a.o.Log.Log(ctx, level, "switch", "phase", string(st.Phase), "change", st.Change, "outcome", string(st.Outcome), "detail", st.Detail)
	}
	select {
	case a.changed <- struct{}{}:
	default:
	}
	err = a.sw.Answer()
	var failure *device.Failure
	if errors.As(err, &failure) {
		failure.Status = st
	}
	return st, err
}

func (a *Agent) publish() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.view = *a.sw
	close(a.moved)
	a.moved = make(chan struct{})
}

func (a *Agent) fill(s device.Status) device.Status {
	s.Router, s.Agent = a.o.Router, a.o.Version
	return s
}

// short makes a context that an urgent request ends.
func (a *Agent) short(ctx context.Context, longest time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := a.o.Within(ctx, longest)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.urgent > 0 {
		cancel()
	}
	a.stop = cancel
	return ctx, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.stop = nil
		cancel()
	}
}

// perform does one action.
func (a *Agent) perform(ctx context.Context, action deadman.Action) deadman.Outcome {
	var o deadman.Outcome
	var end context.CancelFunc
	switch action.(type) {
	case deadman.Save, deadman.Keep, deadman.Release:
	default:
		// On the way forward, going back is more urgent; on the way back nothing is.
		longest := a.o.Longest
		switch st := a.sw.Status(a.o.Clock.Now()); st.Phase {
		case device.Reverting, device.Stuck, device.Confirming:
			ctx, end = a.o.Within(ctx, longest)
		case device.Applying:
			// An apply that is not done at the deadline has no time left to be judged either.
			ctx, end = a.short(ctx, min(longest, max(st.Remaining, time.Millisecond)))
		default:
			ctx, end = a.short(ctx, longest)
		}
		defer end()
	}
	switch x := action.(type) {
	case deadman.ReadRunning:
		var c device.Configuration
		if c, o.Err = a.o.Driver.Running(ctx); o.Err == nil {
			o.Hash, o.Files = c.Hash(), fileNames(c)
			a.known[o.Hash] = c
		}
	case deadman.ReadIncarnation:
		o.Incarnation, o.Err = a.o.Driver.Incarnation(ctx)
	case deadman.Observe:
		o.Seen, o.Err = a.o.Driver.Observe(ctx)
	case deadman.Compare:
		var c device.Configuration
		if c, o.Err = a.configuration(x.With); o.Err == nil {
			o.Left, o.Err = a.o.Driver.Differences(ctx, c)
		}
	case deadman.Check:
		var c device.Configuration
		if c, o.Err = a.configuration(x.Hash); o.Err == nil {
			o.Err = a.o.Driver.Check(ctx, c)
		}
	case deadman.Load:
		var c device.Configuration
		if c, o.Err = a.configuration(x.To); o.Err == nil {
			o.Err = a.o.Driver.Apply(ctx, c)
		}
	case deadman.Persist:
		var c device.Configuration
		if c, o.Err = a.configuration(x.Hash); o.Err == nil {
			o.Err = a.o.Driver.Persist(ctx, c)
		}
	case deadman.Keep:
		o.Err = a.keep(x.Record)
	case deadman.Save:
		o.Err = a.store.Save(x.Record)
	case deadman.Release:
		if o.Err = a.store.Release(x.Needs); o.Err != nil {
			a.o.Log.Warn("what is not needed any more could not be removed", "error", o.Err)
		}
	default:
		o.Err = fmt.Errorf("the agent does not know the action %T", action)
	}
	o.Now = a.o.Clock.Now()
	return o
}

// configuration is from memory while its change is armed, for a disk can fail; else from the store.
func (a *Agent) configuration(h device.Hash) (device.Configuration, error) {
	if c, ok := a.known[h]; ok {
		return c, nil
	}
	c, err := a.store.Load(h)
	if err == nil {
		a.known[h] = c
	}
	return c, err
}

func (a *Agent) keep(r deadman.Record) error {
	var all []device.Configuration
	for _, h := range []device.Hash{r.Expected, r.Base, r.Candidate} {
		c, err := a.configuration(h)
		if err != nil {
			return err
		}
		all = append(all, c)
	}
	return a.store.Keep(r, r.Armed.Wall, all...)
}

func fileNames(c device.Configuration) []string {
	var out []string
	for _, f := range c.Sorted().Files {
		out = append(out, f.Name)
	}
	return out
}

// Status answers also while something is under way.
func (a *Agent) Status(context.Context) (device.Status, error) {
	now := a.o.Clock.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.fill(a.view.Status(now)), nil
}

func (a *Agent) Arm(ctx context.Context, order device.Order) (device.Status, error) {
	base, candidate := order.Base.Sorted(), order.Candidate.Sorted()
	for _, c := range []device.Configuration{base, candidate} {
		if err := checkFiles(c); err != nil {
			return device.Status{}, err
		}
	}
	return a.requestFor(ctx, false, controller, func() deadman.Event {
		if !a.sw.Unconfirmed() {
			clear(a.known)
		}
		a.known[base.Hash()], a.known[candidate.Hash()] = base, candidate
		return deadman.Arm{
			Change: order.Change, Base: base.Hash(), Candidate: candidate.Hash(),
			BaseFiles: fileNames(base), NewFiles: fileNames(candidate),
			Window: order.Window, Guards: order.Guards, Now: a.o.Clock.Now(),
		}
	})
}

// checkFiles refuses names that a driver could take for a way out of its folder, and more than a record can name.
func checkFiles(c device.Configuration) error {
	bad := func(format string, args ...any) error {
		return &device.Refusal{Code: device.RefusedInvalid, Detail: fmt.Sprintf(format, args...)}
	}
	if len(c.Files) > 100 {
		return bad("the configuration has %d files, at most 100 are taken", len(c.Files))
	}
	seen := map[string]bool{}
	for _, f := range c.Files {
		switch {
		case f.Name == "" || len(f.Name) > 255 || f.Name[0] == '.' || slices.ContainsFunc([]byte(f.Name), func(b byte) bool { return b == '/' || b < ' ' || b == 0x7f }):
			return bad("the configuration's file %q: want a plain name without a folder", f.Name)
		case seen[f.Name]:
			return bad("the configuration has two files %s", f.Name)
		}
		seen[f.Name] = true
	}
	return nil
}

func (a *Agent) Apply(ctx context.Context, change string) (device.Status, error) {
	return a.requestFor(ctx, false, controller, func() deadman.Event { return deadman.Apply{Change: change, Now: a.o.Clock.Now()} })
}

func (a *Agent) Confirm(ctx context.Context, change string) (device.Status, error) {
	return a.requestFor(ctx, false, controller, func() deadman.Event { return deadman.Confirm{Change: change, Now: a.o.Clock.Now()} })
}

func (a *Agent) Revert(ctx context.Context, change, reason string) (device.Status, error) {
	// Another change's revert must not cut short what this one does.
	st, err := a.Status(ctx)
	urgent := err == nil && st.Change == change
	return a.request(ctx, urgent, func() deadman.Event {
		return deadman.Revert{Change: change, Reason: reason, Now: a.o.Clock.Now()}
	})
}

func (a *Agent) Restore(ctx context.Context, to device.Hash, reason string) (device.Status, error) {
	return a.RestoreFor(ctx, to, "", reason)
}
