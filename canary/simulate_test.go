package canary

import (
	"container/heap"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/journal"
)

// The simulation: a controller and its agents in virtual time. Everything that can go wrong between two steps does, at
// moments that the seed decides: the controller is killed before it writes, after it has written and among its actions; messages
// are late, lost, or come twice; the management network is cut; agents are killed at any step of what they do, and start
// again; signals fail or see nothing; people pause, resume and abort.
//
// What must hold for each router, whatever happens: it ends with the old configuration or with the confirmed new one, and
// is never unconfirmed past its deadline.

func TestSimulation(t *testing.T) {
	seeds := uint64(400)
	if os.Getenv("ROUTEGATE_SOAK") != "" {
		seeds = 10_000
	}
	first := uint64(1)
	if s := os.Getenv("ROUTEGATE_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		first, seeds = n, 1
	}
	tally := map[string]int{}
	for seed := first; seed < first+seeds; seed++ {
		w := newWorld(seed)
		if testing.Verbose() && seeds == 1 {
			w.trace = t.Logf
		}
		w.run()
		for _, p := range w.broken {
			t.Errorf("seed %d: %s", seed, p)
		}
		if t.Failed() {
			t.Fatalf("seed %d: %s; again with ROUTEGATE_SEED=%d go test -v -run TestSimulation", seed, w.outcome(), seed)
		}
		tally[w.outcome()]++
		for k, n := range w.faults {
			tally["fault: "+k] += n
		}
	}
	for _, k := range slices.Sorted(maps.Keys(tally)) {
		t.Logf("%6d  %s", tally[k], k)
	}
	if seeds == 1 {
		return
	}
	// A simulation in which nothing happens proves nothing.
	for _, must := range []string{"completed", "returned", "refused", "left to the switches", "fault: controller killed", "fault: agent killed",
		"fault: request lost", "fault: answer lost", "fault: request twice", "fault: partition"} {
		if tally[must] == 0 {
			t.Errorf("in %d seeds there was none of: %s", seeds, must)
		}
	}
}

type timed struct {
	at  time.Time
	seq int
	do  func()
}

type queue []timed

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].at.Before(q[j].at) || q[i].at.Equal(q[j].at) && q[i].seq < q[j].seq
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(timed)) }
func (q *queue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

type simLook struct {
	wave, attempt int
	outcome       Outcome
	asked         time.Time
}

// world is one seed.
type world struct {
	rng    *rand.Rand
	now    time.Time
	queue  queue
	seq    int
	trace  func(string, ...any)
	faults map[string]int
	broken []string

	plan   Plan
	agents map[string]*simAgent
	cut    map[string]time.Time // partitions: until when

	looks       map[string]simLook // the last answer of each signal
	approved    bool
	m           *Machine // nil: the controller is dead
	incarnation int
	lines       []journal.Line // what is on the disk
	final       *Machine
	wakeAt      time.Time

	// chances of this seed, of 1000
	lossy, killer, crashy int
	badFrom               int // the wave whose signals fail; -1 for none
	blind                 int // chance of no data
	wrongBinding          bool
	calm                  time.Time // from then on nothing new goes wrong
}

func newWorld(seed uint64) *world {
	r := rand.New(rand.NewPCG(seed, 7))
	w := &world{rng: r, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), faults: map[string]int{}, agents: map[string]*simAgent{}, cut: map[string]time.Time{},
		looks: map[string]simLook{}, badFrom: -1, trace: func(string, ...any) {}}
	w.plan = Plan{ID: "sim", Binding: strings.Repeat("ab", 32), By: "ann", Bake: Bake{For: time.Duration(20+r.IntN(60)) * time.Second},
		Margin: 30 * time.Second, Pace: time.Duration(r.IntN(10)) * time.Second, Patience: 5 * time.Minute}
	for i := range 1 + r.IntN(4) {
		wave := Wave{}
		for k := range 1 + r.IntN(3) {
			name := fmt.Sprintf("r%d%c", i+1, 'a'+k)
			wave.Routers = append(wave.Routers, name)
			w.plan.Routers = append(w.plan.Routers, Router{Station: Station{Name: name}, Base: "old", Candidate: "new"})
			w.agents[name] = &simAgent{w: w, name: name, up: true, running: "old", ended: map[string]device.Outcome{}}
		}
		w.plan.Waves = append(w.plan.Waves, wave)
	}
	for i := range 1 + r.IntN(3) {
		w.plan.Signals = append(w.plan.Signals, SignalSetting{Name: fmt.Sprintf("s%d", i), Interval: time.Duration(2+r.IntN(15)) * time.Second,
			Delay: time.Duration(r.IntN(10)) * time.Second, FailureLimit: r.IntN(2), NoDataLimit: r.IntN(4)})
	}
	if r.IntN(4) == 0 {
		w.plan.Approvals, w.plan.Approvers = []Need{{"netops", 1}}, []Approver{{"bob", []string{"netops"}}}
	}
	if r.IntN(3) > 0 {
		w.lossy = r.IntN(150)
	}
	if r.IntN(3) > 0 {
		w.killer = r.IntN(60)
	}
	if r.IntN(3) > 0 {
		w.crashy = r.IntN(80)
	}
	if r.IntN(3) == 0 {
		w.badFrom = r.IntN(len(w.plan.Waves))
	}
	if r.IntN(3) == 0 {
		w.blind = r.IntN(200)
	}
	w.wrongBinding = r.IntN(20) == 0
	w.calm = w.now.Add(time.Duration(5+r.IntN(60)) * time.Minute)
	return w
}

func (w *world) chance(of1000 int) bool { return w.now.Before(w.calm) && w.rng.IntN(1000) < of1000 }

func (w *world) after(d time.Duration, do func()) {
	w.seq++
	heap.Push(&w.queue, timed{w.now.Add(d), w.seq, do})
}

func (w *world) breaks(format string, args ...any) {
	w.broken = append(w.broken, w.now.Format("15:04:05.000 ")+fmt.Sprintf(format, args...))
}

func (w *world) say(format string, args ...any) {
	w.trace("%s %s", w.now.Format("15:04:05.000"), fmt.Sprintf(format, args...))
}

func (w *world) run() {
	w.m = &Machine{}
	w.event(Event{Start: &w.plan})
	w.after(w.some(10*time.Minute), w.people)
	w.after(w.some(2*time.Minute), w.partition)
	w.after(w.some(2*time.Minute), w.killSomeAgent)
	end := w.calm.Add(6 * time.Hour)
	for len(w.queue) > 0 && len(w.broken) == 0 {
		next := heap.Pop(&w.queue).(timed)
		if next.at.After(end) {
			break
		}
		w.now = next.at
		next.do()
		w.invariant()
	}
	w.atTheEnd()
}

func (w *world) some(d time.Duration) time.Duration { return time.Duration(w.rng.Int64N(int64(d))) }

// event is one event that reaches the controller: into the machine, onto the disk, and then its actions, with the
// controller killed anywhere in between.
func (w *world) event(e Event) {
	if w.m == nil || w.m.Ended() {
		return
	}
	e.At = w.now
	actions, changed := w.m.Step(e)
	if changed {
		if w.chance(w.killer) {
			w.kill("before writing") // the event is lost
			return
		}
		data, err := json.Marshal(Recorded{e, actions})
		if err != nil {
			w.breaks("%v", err)
			return
		}
		w.say("%s", sentence(e, actions))
		if e.Command != nil && e.Command.Do == Approve {
			w.approved = true
		}
		w.lines = append(w.lines, journal.Line{Seq: int64(len(w.lines) + 1), Rollout: w.plan.ID, Kind: KindEvent, Data: data})
		if w.m.Ended() {
			w.final = w.m
			return
		}
		for _, a := range actions {
			if w.chance(w.killer / 2) {
				w.kill("before " + a.String())
				return
			}
			w.perform(a)
		}
	}
	w.wake()
}

func (w *world) wake() {
	at := w.m.Wake()
	if at.IsZero() || at.Equal(w.wakeAt) {
		return
	}
	w.wakeAt = at
	me := w.incarnation
	w.after(at.Sub(w.now), func() {
		if w.incarnation == me {
			w.wakeAt = time.Time{}
			w.event(Event{Tick: &Tick{}})
		}
	})
}

// kill ends the controller; another one may go on some time later, or never.
func (w *world) kill(when string) {
	w.faults["controller killed"]++
	w.say("the controller is killed %s", when)
	w.m = nil
	w.incarnation++
	if w.rng.IntN(6) == 0 {
		return
	}
	w.after(w.some(10*time.Minute), func() {
		m, err := Replay(w.lines, w.plan.ID)
		if err != nil {
			if len(w.lines) == 0 {
				return // it was killed before anything was written: there is no rollout
			}
			w.breaks("the journal cannot be replayed: %v", err)
			return
		}
		w.m, w.wakeAt = m, time.Time{}
		w.event(Event{Takeover: &Takeover{By: "zoe"}})
	})
}
