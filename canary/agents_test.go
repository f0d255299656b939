package canary

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent/simulate"
	"github.com/routegate/routegate/journal"
)

// TestSimulatedAgents is the controller's machine and hands against the real agents, their switches and their stores, all in
// virtual time: agents, daemons and machines crash at any step, disks are full or fail, clocks jump, messages are lost, late
// and repeated, the management network is cut, and the controller is killed before it writes, after, and among its actions. The routers'
// promise is simulate's: the old configuration or the confirmed new one, and nothing else past the deadline. What is
// added here: what the rollout says in the end is what the routers run.
func TestSimulatedAgents(t *testing.T) {
	seeds := uint64(150)
	if os.Getenv("ROUTEGATE_SOAK") != "" {
		seeds = 10_000
	}
	first := uint64(1)
	if only := os.Getenv("ROUTEGATE_SEED"); only != "" {
		n, err := strconv.ParseUint(only, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		first, seeds = n, 1
	}
	tally := map[string]int{}
	for seed := first; seed < first+seeds; seed++ {
		s := newStage(seed)
		if testing.Verbose() && seeds == 1 {
			s.world.Log = t.Logf
		}
		s.run()
		for _, p := range s.world.Broken() {
			t.Errorf("seed %d: %s", seed, p)
		}
		for _, p := range s.wrong {
			t.Errorf("seed %d: %s", seed, p)
		}
		if t.Failed() {
			t.Fatalf("seed %d ended %s; again with ROUTEGATE_SEED=%d go test -v -run TestSimulatedAgents", seed, s.outcome(), seed)
		}
		tally[s.outcome()]++
		tally["controller killed"] += s.kills
		tally["steps of agents"] += s.world.Steps
		for what, n := range s.world.Happened {
			tally["fault: "+what] += n
		}
	}
	for _, what := range slices.Sorted(maps.Keys(tally)) {
		t.Logf("%8d  %s", tally[what], what)
	}
	if seeds == 1 {
		return
	}
	for _, must := range []string{"completed", "returned", "controller killed"} {
		if tally[must] == 0 {
			t.Errorf("in %d seeds there was none of: %s", seeds, must)
		}
	}
}

// stage is one seed: a controller that does one thing after the other among simulated agents.
type stage struct {
	world   *simulate.World
	rng     *rand.Rand
	routers map[string]*simulate.Router
	hands   *Hands
	plan    Plan
	faults  simulate.Faults // once a router is touched: what goes wrong before only refuses the rollout
	bad     int             // the wave that the judge finds bad; -1 for none
	killing float64

	lines []journal.Line
	m     *Machine // nil: dead
	final *Machine
	kills int
	wrong []string
}

// memory is a store of objects.
type memory struct {
	mu  sync.Mutex
	all map[string][]byte
}

func (m *memory) Put(data []byte) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	name := journal.Name(data)
	m.all[name] = data
	return name, nil
}

func (m *memory) Get(name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	data, ok := m.all[name]
	if !ok {
		return nil, fmt.Errorf("object %.12s is missing", name)
	}
	return data, nil
}

func newStage(seed uint64) *stage {
	r := rand.New(rand.NewPCG(seed, 11))
	s := &stage{rng: r, routers: map[string]*simulate.Router{}, bad: -1}
	chance := func(most float64) float64 {
		if r.IntN(2) == 0 {
			return 0
		}
		return r.Float64() * most
	}
	// No hangs: simulate's routers share one stack, and one that hangs within another's step holds that one up. An agent whose
	// daemon hangs is proved there, by itself.
	s.faults = simulate.Faults{KillAgent: chance(0.01), Reboot: chance(0.005), KillDaemon: chance(0.005), ApplyFails: chance(0.02),
		DiskFull: chance(0.002), DiskBroken: chance(0.002), ClockUnreadable: chance(0.001), ClockJump: chance(0.005),
		LoseRequest: chance(0.1), LoseReply: chance(0.1), Repeat: chance(0.1)}
	s.world = simulate.New(seed, simulate.Faults{})
	store := &memory{all: map[string][]byte{}}
	put := func(x any) string {
		data, err := json.Marshal(x)
		if err != nil {
			panic(err)
		}
		name, _ := store.Put(data)
		return name
	}
	s.plan = Plan{ID: "sim", Binding: "b", By: "ann", Bake: Bake{For: time.Duration(10+r.IntN(50)) * time.Second}, Margin: 30 * time.Second,
		Pace: time.Duration(r.IntN(5)) * time.Second, Patience: 5 * time.Minute,
		Signals: []SignalSetting{{Name: "s", Interval: 5 * time.Second, FailureLimit: r.IntN(2), NoDataLimit: 2}}}
	nothing := put(Prediction{})
	for i := range 1 + r.IntN(3) {
		wave := Wave{Prediction: nothing}
		for k := range 1 + r.IntN(2) {
			name := fmt.Sprintf("r%d%c", i+1, 'a'+k)
			base := simulate.Configuration(fmt.Sprintf("as 64500\nname %s\nsession a\nroute 10.0.0.0/8\n", name))
			candidate := simulate.Configuration(fmt.Sprintf("as 64500\nname %s\nsession a\nsession b\n", name))
			wave.Routers = append(wave.Routers, name)
			s.plan.Routers = append(s.plan.Routers, Router{Station: Station{Name: name}, Base: base.Hash(), Candidate: candidate.Hash(),
				BaseObject: put(base), CandidateObject: put(candidate)})
			s.routers[name] = s.world.Router(name, base)
		}
		s.plan.Waves = append(s.plan.Waves, wave)
	}
	if r.IntN(3) == 0 {
		s.bad = r.IntN(len(s.plan.Waves))
	}
	s.killing = chance(0.05)
	s.hands = &Hands{Plan: &s.plan, Store: store, Verify: func(context.Context) (string, error) { return "b", nil },
		Agent: func(router string) (device.Agent, error) { return s.routers[router].Client(), nil }}
	return s
}

// run leads the rollout until it ends or its last controller is dead, and lets everything come to rest.
func (s *stage) run() {
	s.m = &Machine{}
	next := []Event{{Start: &s.plan}}
	limit := s.world.Now() + 6*time.Hour
	for s.final == nil && s.world.Now() < limit && len(s.wrong) == 0 {
		if s.m == nil {
			if !s.another() {
				break
			}
			next = []Event{{Takeover: &Takeover{By: "zoe"}}}
		}
		if len(next) == 0 {
			s.passTime()
			next = []Event{{Tick: &Tick{}}}
		}
		e := next[0]
		next = append(next[1:], s.step(e)...)
	}
	s.world.Quiet()
	s.world.Sleep(30 * time.Minute)
	for name, r := range s.routers {
		s.wrong = append(s.wrong, r.Verdict()...)
		if s.final == nil || s.final.result == Unclear {
			continue
		}
		p := s.plan.Router(name)
		want, err := s.hands.configuration(p.BaseObject, p.Base)
		if s.final.result == Completed {
			want, err = s.hands.configuration(p.CandidateObject, p.Candidate)
		}
		if err != nil || !r.Runs(want) {
			s.wrong = append(s.wrong, fmt.Sprintf("the rollout is %s (%s), and %s runs %q: %v", s.final.result, s.final.reason, name, r.Running(), err))
		}
	}
	if s.final == nil && s.m != nil && s.m.pause == nil {
		s.wrong = append(s.wrong, fmt.Sprintf("the rollout does not end: %s, step %s, wave %d", s.m.phase, s.m.step, s.m.wave+1))
	}
}

func (s *stage) chance(p float64) bool { return s.rng.Float64() < p }

// another controller goes on, some time later or never.
func (s *stage) another() bool {
	if len(s.lines) == 0 || s.rng.IntN(8) == 0 {
		return false
	}
	s.world.Sleep(time.Duration(s.rng.Int64N(int64(5 * time.Minute))))
	m, err := Replay(s.lines, s.plan.ID)
	if err != nil {
		s.wrong = append(s.wrong, err.Error())
		return false
	}
	s.m = m
	return true
}

// passTime sleeps until the machine wants to know the time; the management network is cut now and then.
func (s *stage) passTime() {
	for _, r := range s.plan.Routers {
		if s.chance(0.01) {
			s.routers[r.Name].Cut(true)
			s.world.After(time.Duration(s.rng.Int64N(int64(6*time.Minute))), func() { s.routers[r.Name].Cut(false) })
		}
	}
	at := s.m.Wake()
	s.world.Sleep(max(at.Sub(s.world.Wall()), time.Millisecond))
}

// step is one event: into the machine, onto the disk, and then its actions.
func (s *stage) step(e Event) (next []Event) {
	e.At = s.world.Wall()
	actions, changed := s.m.Step(e)
	if !changed {
		return nil
	}
	if s.chance(s.killing / 2) {
		return s.kill()
	}
	data, err := json.Marshal(Recorded{e, actions})
	if err != nil {
		s.wrong = append(s.wrong, err.Error())
		return nil
	}
	s.lines = append(s.lines, journal.Line{Seq: int64(len(s.lines) + 1), Rollout: s.plan.ID, Kind: KindEvent, Data: data})
	if s.m.Ended() {
		s.final = s.m
		return nil
	}
	if s.m.touched {
		s.world.Faults = s.faults
	}
	if s.world.Log != nil {
		s.world.Log("%10v controller: %s", s.world.Now(), sentence(e, actions))
	}
	s.hands.Know(s.m)
	for _, a := range actions {
		if s.chance(s.killing / 2) {
			return s.kill()
		}
		next = append(next, s.do(a))
	}
	return next
}

func (s *stage) kill() []Event {
	s.kills++
	s.m = nil
	return nil
}

// do is an action by the real hands; what looks at tables is decided by the seed.
func (s *stage) do(a Action) Event {
	switch a.Do {
	case DoBaseline:
		name, _ := s.hands.Store.Put([]byte("{}"))
		return Event{Baseline: &Baseline{Wave: a.Wave, Object: name}}
	case DoLook:
		l := &Look{Wave: a.Wave, Attempt: a.Attempt, Signal: a.Signal, Outcome: Pass}
		if a.Wave == s.bad && s.rng.IntN(2) == 0 {
			l.Outcome = Fail
		} else if s.rng.IntN(20) == 0 {
			l.Outcome = NoData
		}
		return Event{Look: l}
	}
	return s.hands.Do(context.Background(), a)
}

func (s *stage) outcome() string {
	if s.final != nil {
		return string(s.final.result)
	}
	return "left to the switches"
}
