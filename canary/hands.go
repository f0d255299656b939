package canary

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/routegate/routegate/device"
)

// Store keeps objects by their hash: the journal's.
type Store interface {
	// Put returns the object's name; it is on the disk then. Safe for concurrent use.
	Put(data []byte) (string, error)
	Get(name string) ([]byte, error)
}

// Hands do what a Machine asks for. Several actions may be under way at once.
type Hands struct {
	Plan *Plan
	// Agent gives the agent of a router that the plan names, whether it answers or not.
	Agent func(router string) (device.Agent, error)
	Store Store
	// Verify computes the binding of what was judged anew.
	Verify  func(ctx context.Context) (string, error)
	Signals []Signal

	mu        sync.Mutex
	since     time.Time           // when the wave that is out was applied
	baselines []string            // objects, by wave
	watches   map[string]*watched // by the baseline's object
}

// Times that a call to an agent may take.
const (
	askTime     = 10 * time.Second
	observeTime = 30 * time.Second
)

// Know tells what a machine knows; the driver does so before it has actions done.
func (h *Hands) Know(m *Machine) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.since, h.baselines = m.since, slices.Clone(m.baselines)
}

// Do does one action and returns the event in which it ends; its At is the caller's to set. It returns by the end of the
// context, or when the call has taken too long.
func (h *Hands) Do(ctx context.Context, a Action) Event {
	switch a.Do {
	case DoVerify:
		return Event{Verified: h.verify(ctx)}
	case DoCheck:
		return Event{Checked: h.check(ctx, a.Router)}
	case DoBaseline:
		return Event{Baseline: h.baseline(ctx, a.Wave)}
	case DoLook:
		return Event{Look: h.look(ctx, a)}
	}
	return Event{Answer: h.call(ctx, a)}
}

func (h *Hands) verify(ctx context.Context) *Verified {
	binding, err := h.Verify(ctx)
	if err != nil {
		return &Verified{Error: err.Error()}
	}
	return &Verified{Binding: binding}
}

// configuration reads one that the plan names.
func (h *Hands) configuration(object string, want device.Hash) (device.Configuration, error) {
	data, err := h.Store.Get(object)
	if err != nil {
		return device.Configuration{}, err
	}
	var c device.Configuration
	if err := json.Unmarshal(data, &c); err != nil {
		return device.Configuration{}, fmt.Errorf("object %.12s: %w", object, err)
	}
	if got := c.Hash(); got != want {
		return device.Configuration{}, fmt.Errorf("object %.12s holds the configuration %s, not %s", object, got.Short(), want.Short())
	}
	return c, nil
}

// check is a router's pre-flight.
func (h *Hands) check(ctx context.Context, router string) *Checked {
	ctx, cancel := context.WithTimeout(ctx, observeTime)
	defer cancel()
	out := &Checked{Router: router}
	problem := func(what string, err error) *Checked {
		out.Unreachable = errors.Is(err, device.ErrUnreachable)
		out.Problem = fmt.Sprintf("%s: %v", what, err)
		return out
	}
	r := h.Plan.Router(router)
	base, err := h.configuration(r.BaseObject, r.Base)
	if err != nil {
		return problem("the configuration from before", err)
	}
	agent, err := h.Agent(router)
	if err != nil {
		return problem("its agent", err)
	}
	s, err := agent.Status(ctx)
	switch {
	case err != nil:
		return problem("its agent", err)
	case s.Router != "" && s.Router != router:
		out.Problem = fmt.Sprintf("the agent at %s is that of %s", r.Address, s.Router)
		return out
	case s.Phase != device.Idle:
		out.Problem = fmt.Sprintf("another change is under way there: %s is %s", s.Change, s.Phase)
		return out
	}
	drift, err := agent.Differences(ctx, base)
	if err != nil {
		return problem("what runs cannot be compared", err)
	}
	if len(drift) > 0 {
		out.Problem, out.Drift = "what runs is not what was judged (drift)", drift
		return out
	}
	running, err := agent.Running(ctx)
	if err != nil {
		return problem("what runs cannot be read", err)
	}
	data, err := json.Marshal(running)
	if err == nil {
		out.Copy, err = h.Store.Put(data)
	}
	if err != nil {
		return problem("the rescue copy cannot be stored", err)
	}
	return out
}

// baseline observes the wave's routers and those beside them.
func (h *Hands) baseline(ctx context.Context, wave int) *Baseline {
	out := &Baseline{Wave: wave}
	names := append(slices.Clone(h.Plan.Waves[wave].Routers), h.Plan.Beside(wave)...)
	seen := make([]device.Observation, len(names))
	errs := make([]error, len(names))
	var all sync.WaitGroup
	for i, name := range names {
		all.Go(func() { seen[i], errs[i] = h.observe(ctx, name) })
	}
	all.Wait()
	base := map[string]device.Observation{}
	for i, name := range names {
		switch {
		case errs[i] == nil:
			base[name] = seen[i]
		case slices.Contains(h.Plan.Waves[wave].Routers, name):
			out.Error = fmt.Sprintf("%s: %v", name, errs[i])
			return out
		default:
			out.Missing = append(out.Missing, fmt.Sprintf("%s: %v", name, errs[i]))
		}
	}
	data, err := json.Marshal(base)
	if err == nil {
		out.Object, err = h.Store.Put(data)
	}
	if err != nil {
		out.Error = err.Error()
	}
	return out
}

func (h *Hands) observe(ctx context.Context, router string) (device.Observation, error) {
	ctx, cancel := context.WithTimeout(ctx, observeTime)
	defer cancel()
	agent, err := h.Agent(router)
	if err != nil {
		return device.Observation{}, err
	}
	return agent.Observe(ctx)
}

// Beside are the watched neighbors of a wave's routers, which are not in the wave; sorted.
func (p *Plan) Beside(wave int) []string {
	var out []string
	for _, name := range p.Waves[wave].Routers {
		for _, n := range p.Router(name).Neighbors {
			has := p.Router(n) != nil || slices.ContainsFunc(p.Watched, func(s Station) bool { return s.Name == n })
			if has && !slices.Contains(p.Waves[wave].Routers, n) {
				out = append(out, n)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// call asks an agent.
func (h *Hands) call(ctx context.Context, a Action) *Answer {
	out := &Answer{Router: a.Router, Call: a.Do, Change: a.Change}
	limit := h.Plan.Margin
	if a.Do == DoAsk {
		limit = min(askTime, limit)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	agent, err := h.Agent(a.Router)
	if err == nil {
		switch a.Do {
		case DoAsk:
			out.Status, err = agent.Status(ctx)
		case DoArm:
			var order device.Order
			if order, err = h.order(a); err == nil {
				out.Status, err = agent.Arm(ctx, order)
			}
		case DoApply:
			out.Status, err = agent.Apply(ctx, a.Change)
		case DoConfirm:
			out.Status, err = agent.Confirm(ctx, a.Change)
		case DoRevert:
			out.Status, err = agent.Revert(ctx, a.Change, a.Reason)
		}
	}
	if err == nil {
		return out
	}
	out.Error = err.Error()
	var refusal *device.Refusal
	var failure *device.Failure
	switch {
	case errors.As(err, &refusal):
		out.Refused = refusal.Code
	case errors.As(err, &failure):
		out.Failed, out.Status = true, failure.Status
	case errors.Is(err, device.ErrUnreachable), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		out.Unreachable = true
	default:
		// What cannot be placed is as good as no answer: the status tells.
		out.Unreachable = true
	}
	return out
}

// order is what a router is armed with.
func (h *Hands) order(a Action) (device.Order, error) {
	r := h.Plan.Router(a.Router)
	base, err := h.configuration(r.BaseObject, r.Base)
	if err != nil {
		return device.Order{}, err
	}
	candidate, err := h.configuration(r.CandidateObject, r.Candidate)
	if err != nil {
		return device.Order{}, err
	}
	if a.Back {
		return device.Order{Change: a.Change, Base: candidate, Candidate: base, Window: a.Window}, nil
	}
	w, err := h.watch(a.Wave)
	if err != nil {
		return device.Order{}, err
	}
	return device.Order{Change: a.Change, Base: base, Candidate: candidate, Window: a.Window, Guards: h.guards(a.Router, w)}, nil
}

// guards are what the agent itself goes back for: sessions that are up and are to stay so, and protected prefixes that it
// has and is to keep. They hold where nobody can be asked any more.
func (h *Hands) guards(router string, w *watched) []device.Guard {
	base, told := w.baseline[router]
	after, known := w.prediction.After[router]
	if h.Plan.Guard <= 0 || !told || !known {
		return nil
	}
	g := device.Guard{For: h.Plan.Guard}
	for _, s := range base.Sessions {
		if s.VRF == "" && s.Established && slices.ContainsFunc(after.Sessions, func(x device.Session) bool {
			return x.VRF == "" && sameNeighbor(x.Neighbor, s.Neighbor) && x.Established
		}) {
			g.Neighbors = append(g.Neighbors, s.Neighbor)
		}
	}
	for _, p := range h.Plan.Protected {
		if hasRoute(base, p) && hasRoute(after, p) {
			g.Prefixes = append(g.Prefixes, p)
		}
	}
	if len(g.Neighbors)+len(g.Prefixes) == 0 {
		return nil
	}
	return []device.Guard{g}
}

func hasRoute(o device.Observation, prefix string) bool {
	return slices.ContainsFunc(o.Routes, func(r device.Route) bool { return r.VRF == "" && r.Prefix.String() == prefix })
}

// sameNeighbor compares the names of two sides: addresses by value, interfaces by name.
func sameNeighbor(a, b string) bool { return a == b || strings.EqualFold(a, b) }
