package canary

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/journal"
)

// prompt is an agent that does at once what it is asked.
type prompt struct {
	device.Agent
	mu   sync.Mutex
	s    device.Status
	runs device.Hash
}

func (p *prompt) do(f func()) (device.Status, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	return p.s, nil
}

func (p *prompt) Status(context.Context) (device.Status, error) { return p.do(func() {}) }

func (p *prompt) Running(context.Context) (device.Configuration, error) {
	return device.Configuration{}, nil
}

func (p *prompt) Differences(_ context.Context, want device.Configuration) ([]device.Difference, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.runs != "" && p.runs != want.Hash() {
		return []device.Difference{{Path: "all"}}, nil
	}
	return nil, nil
}

func (p *prompt) Observe(context.Context) (device.Observation, error) {
	return tables("up 10.0.0.1", "10.1.0.0/16 via 10.0.0.1"), nil
}

func (p *prompt) Arm(_ context.Context, o device.Order) (device.Status, error) {
	return p.do(func() {
		p.s = device.Status{Phase: device.Armed, Change: o.Change, Candidate: o.Candidate.Hash(), Base: o.Base.Hash()}
	})
}

func (p *prompt) Apply(context.Context, string) (device.Status, error) {
	return p.do(func() { p.s.Phase, p.runs = device.Applied, p.s.Candidate })
}

func (p *prompt) Confirm(context.Context, string) (device.Status, error) {
	return p.do(func() { p.s.Phase, p.s.Outcome = device.Idle, device.Confirmed })
}

func (p *prompt) Revert(context.Context, string, string) (device.Status, error) {
	return p.do(func() { p.s.Phase, p.s.Outcome, p.runs = device.Idle, device.Reverted, p.s.Base })
}

// diskStore is a journal's objects.
type diskStore struct {
	*journal.Journal
	dir string
}

func (d diskStore) Get(name string) ([]byte, error) { return journal.Object(d.dir, name) }

// many is a rollout over n routers in waves of fifty, each of which bakes for a second.
func many(t *testing.T, n int) (*Driver, *Plan, map[string]*prompt, string) {
	t.Helper()
	dir := t.TempDir()
	j, err := journal.Open(dir, journal.Options{Owner: "ann@here"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	put := func(x any) string {
		data, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		name, err := j.Put(data)
		if err != nil {
			t.Fatal(err)
		}
		return name
	}
	p := &Plan{ID: "many", By: "ann", Bake: Bake{For: time.Second}, Margin: 30 * time.Second, Patience: time.Minute}
	for _, s := range []string{SignalProtected, SignalSessions, SignalRoutes} {
		p.Signals = append(p.Signals, SignalSetting{Name: s, Interval: time.Second, NoDataLimit: 3})
	}
	agents := map[string]*prompt{}
	for i := range n {
		name := fmt.Sprintf("r%03d", i)
		base := device.Configuration{Files: []device.File{{Name: "frr.conf", Data: []byte("hostname " + name + "\n")}}}
		candidate := device.Configuration{Files: []device.File{{Name: "frr.conf", Data: []byte("hostname new-" + name + "\n")}}}
		p.Routers = append(p.Routers, Router{Station: Station{Name: name}, Base: base.Hash(), Candidate: candidate.Hash(), BaseObject: put(base), CandidateObject: put(candidate)})
		agents[name] = &prompt{s: device.Status{Phase: device.Idle}, runs: base.Hash()}
		if i%50 == 0 {
			p.Waves = append(p.Waves, Wave{})
		}
		w := &p.Waves[len(p.Waves)-1]
		w.Routers = append(w.Routers, name)
	}
	for i := range p.Waves {
		seen := map[string]device.Observation{}
		for _, r := range p.Waves[i].Routers {
			seen[r] = tables("up 10.0.0.1", "10.1.0.0/16 via 10.0.0.1")
		}
		p.Waves[i].Prediction = put(Prediction{Before: seen, After: seen})
	}
	h := &Hands{Plan: p, Store: diskStore{j, dir}, Signals: Predicted(10), Verify: func(context.Context) (string, error) { return p.Binding, nil },
		Agent: func(r string) (device.Agent, error) { return agents[r], nil }}
	return NewDriver(&Machine{}, j, h), p, agents, dir
}

// TestManyRouters: two hundred routers take as long as their bakes, and little more.
func TestManyRouters(t *testing.T) {
	d, p, agents, dir := many(t, 200)
	began := time.Now()
	if err := d.Run(t.Context(), Event{Start: p}); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	if d.Machine.result != Completed {
		t.Fatalf("%s: %s", d.Machine.result, d.Machine.reason)
	}
	for name, a := range agents {
		if a.s.Outcome != device.Confirmed || a.runs != p.Router(name).Candidate {
			t.Errorf("%s: %+v", name, a.s)
		}
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	r, err := journal.Verify(dir)
	if err != nil || len(r.Broken) > 0 {
		t.Errorf("%+v, %v", r, err)
	}
	t.Logf("%d routers, %d waves that bake for %s: %s, %d lines of journal, %d MiB of memory", len(agents), len(p.Waves), p.Bake.For, took.Round(10*time.Millisecond), r.Lines, mem.Sys>>20)
	// What the journal says is what was: a machine that is rebuilt from it is where this one is.
	lines, err := journal.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Replay(lines, p.ID)
	if err != nil || m.result != Completed {
		t.Errorf("replayed: %v, %v", m, err)
	}
}

// TestInterrupted: a driver that is told to stop leaves a rollout that another one takes over; commands reach whichever runs.
func TestInterrupted(t *testing.T) {
	d, p, agents, dir := many(t, 3)
	p.Bake.For = time.Hour
	ctx, stop := context.WithCancel(t.Context())
	d.Changed = func(m *Machine) {
		if m.phase == Rolling && m.step == StepBake {
			stop()
		}
	}
	if err := d.Run(ctx, Event{Start: p}); !errors.Is(err, ErrInterrupted) {
		t.Fatalf("%v, want to be interrupted", err)
	}
	if err := d.Tell(t.Context(), Command{Do: Abort}); !errors.Is(err, ErrEnded) {
		t.Errorf("a command after that: %v", err)
	}
	lines, err := journal.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Replay(lines, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	next := NewDriver(m, d.Journal, d.Hands)
	done := make(chan error)
	go func() { done <- next.Run(t.Context(), Event{Takeover: &Takeover{By: "bob"}}) }()
	if err := next.Tell(t.Context(), Command{Do: Resume, By: "bob"}); err == nil || !strings.Contains(err.Error(), "it is not paused") {
		t.Errorf("resume: %v", err)
	}
	if err := next.Tell(t.Context(), Command{Do: Abort, By: "bob", Reason: "enough"}); err != nil {
		t.Errorf("abort: %v", err)
	}
	if err := <-done; err != nil || m.result != Returned {
		t.Errorf("%v, %s (%s), want it returned", err, m.result, m.reason)
	}
	for name, a := range agents {
		if a.s.Outcome != device.Reverted || a.runs != p.Router(name).Base {
			t.Errorf("%s: %+v", name, a.s)
		}
	}
}

// TestJournalFirst: where the journal cannot be written, nothing is done.
func TestJournalFirst(t *testing.T) {
	d, p, agents, _ := many(t, 3)
	d.Journal.Close()
	if err := d.Run(t.Context(), Event{Start: p}); err == nil || !strings.Contains(err.Error(), "nothing more is done") {
		t.Errorf("%v", err)
	}
	for name, a := range agents {
		if a.s.Phase != device.Idle || a.s.Change != "" {
			t.Errorf("%s was asked all the same: %+v", name, a.s)
		}
	}
}
