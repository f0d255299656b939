package canary

import (
	"errors"
	"time"

	"github.com/routegate/routegate/device"
)

// perform has an action done: its answer comes later, or never in time.
func (w *world) perform(a Action) {
	me := w.incarnation
	deliver := func(d time.Duration, e Event) {
		w.after(d, func() {
			if w.incarnation == me {
				w.event(e)
			}
		})
	}
	switch a.Do {
	case DoVerify:
		v := &Verified{Binding: w.plan.Binding}
		if w.wrongBinding && w.rng.IntN(2) == 0 {
			v.Binding = "moved"
		}
		deliver(w.some(time.Second), Event{Verified: v})
		return
	case DoCheck:
		c := &Checked{Router: a.Router}
		if !w.agents[a.Router].up || w.isCut(a.Router) {
			c.Problem, c.Unreachable = "its agent: no answer", true
		}
		deliver(w.some(time.Second), Event{Checked: c})
		return
	case DoBaseline:
		deliver(w.some(time.Second), Event{Baseline: &Baseline{Wave: a.Wave, Object: "baseline"}})
		return
	case DoLook:
		l := &Look{Wave: a.Wave, Attempt: a.Attempt, Signal: a.Signal, Outcome: Pass}
		switch {
		case w.badFrom == a.Wave && w.rng.IntN(3) == 0:
			l.Outcome = Fail
		case w.chance(w.blind):
			l.Outcome = NoData
		}
		asked := w.now
		w.after(w.some(2*time.Second), func() {
			if w.incarnation == me {
				w.looks[a.Signal] = simLook{a.Wave, a.Attempt, l.Outcome, asked}
				w.event(Event{Look: l})
			}
		})
		return
	}
	w.allowed(a)
	// A call to an agent. The caller's patience is the plan's margin.
	answered := false
	answer := func(a *Answer) {
		if !answered {
			answered = true
			deliver(0, Event{Answer: a})
		}
	}
	w.after(w.plan.Margin, func() {
		answer(&Answer{Router: a.Router, Call: a.Do, Change: a.Change, Unreachable: true, Error: "no answer in time"})
	})
	times := 1
	if w.chance(w.lossy / 2) {
		times = 2
		w.faults["request twice"]++
	}
	for range times {
		if w.chance(w.lossy) {
			w.faults["request lost"]++
			continue
		}
		late := w.some(200 * time.Millisecond)
		if w.chance(w.lossy) {
			late = w.some(3 * time.Minute) // and comes when nobody counts on it any more
		}
		w.after(late, func() {
			g := w.agents[a.Router]
			if w.isCut(a.Router) || !g.up {
				return
			}
			g.serve(a, func(st device.Status, err error) {
				if w.isCut(a.Router) || w.chance(w.lossy) {
					w.faults["answer lost"]++
					return
				}
				out := &Answer{Router: a.Router, Call: a.Do, Change: a.Change, Status: st}
				var refusal *device.Refusal
				if errors.As(err, &refusal) {
					out.Status, out.Refused, out.Error = device.Status{}, refusal.Code, refusal.Detail
				}
				w.after(w.some(200*time.Millisecond), func() { answer(out) })
			})
		})
	}
}

func (w *world) isCut(router string) bool { return w.now.Before(w.cut[router]) }

func (w *world) partition() {
	if w.now.After(w.calm) {
		return
	}
	w.after(w.some(15*time.Minute), w.partition)
	if w.lossy == 0 {
		return
	}
	w.faults["partition"]++
	until := w.now.Add(w.some(8 * time.Minute))
	for _, r := range w.plan.Routers {
		if w.rng.IntN(2) == 0 {
			w.cut[r.Name] = until
		}
	}
}

func (w *world) killSomeAgent() {
	if w.now.After(w.calm) {
		return
	}
	w.after(w.some(10*time.Minute), w.killSomeAgent)
	if w.crashy > 0 {
		w.agents[w.plan.Routers[w.rng.IntN(len(w.plan.Routers))].Name].kill()
	}
}

// people approve, pause, resume and abort.
func (w *world) people() {
	w.after(w.some(4*time.Minute), w.people)
	if w.m == nil {
		return
	}
	c := Command{Do: Resume, By: "eve"}
	if w.now.Before(w.calm) {
		c.Do = []Verb{Approve, Approve, Pause, Resume, Resume, Resume, Resume, Resume, Resume, Abort}[w.rng.IntN(10)]
		if c.Do == Abort && w.rng.IntN(5) > 0 {
			return
		}
	} else if w.rng.IntN(2) == 0 {
		c.Do = Approve
	}
	if c.Do == Approve {
		c.By, c.Role, c.Binding = "bob", "netops", w.plan.Binding
	}
	w.event(Event{Command: &c})
}

// allowed holds what is asked of an agent against what a rollout promises, by the world's own records.
func (w *world) allowed(a Action) {
	if a.Back || a.Do != DoArm && a.Do != DoConfirm {
		return
	}
	if w.m.pause != nil && a.Do == DoArm && w.m.step == StepCheck {
		w.breaks("%s while it is paused", a)
	}
	if len(w.plan.Approvals) > 0 && !w.approved {
		w.breaks("%s without approval", a)
	}
	for i, wave := range w.plan.Waves {
		for _, name := range wave.Routers {
			g := w.agents[name]
			if i < a.Wave && (g.running != "new" || g.last != "new") {
				w.breaks("%s before %s of wave %d is confirmed", a, name, i+1)
			}
			if i > a.Wave && (g.running != "old" || g.disk.change != "") {
				w.breaks("%s after %s of wave %d was touched", a, name, i+1)
			}
		}
	}
	if a.Do != DoConfirm {
		return
	}
	over := time.Time{}
	for _, name := range w.plan.Waves[a.Wave].Routers {
		if at := w.agents[name].applied.Add(w.plan.Bake.For); at.After(over) {
			over = at
		}
	}
	if w.now.Before(over) {
		w.breaks("%s before it has baked", a)
	}
	for _, s := range w.plan.Signals {
		l := w.looks[s.Name]
		if l.wave != a.Wave || l.attempt != w.m.attempt || l.outcome != Pass || l.asked.Before(over) {
			w.breaks("%s, and the last look at %s was %q of wave %d, asked for at %s; the bake was over at %s", a, s.Name, l.outcome, l.wave+1, stamp(l.asked), stamp(over))
		}
	}
}

// invariant is looked at after each step of the world.
func (w *world) invariant() {
	for _, r := range w.plan.Routers {
		g := w.agents[r.Name]
		if g.up && g.disk.unconfirmed() && w.now.After(g.disk.deadline.Add(simRevert)) && !g.working {
			w.breaks("%s is unconfirmed past its deadline", r.Name)
		}
		if g.running == "new" && !g.disk.unconfirmed() && g.last != "new" {
			w.breaks("%s runs the new configuration and nobody has confirmed it", r.Name)
		}
	}
}

// atTheEnd: everything is up again and has had its time.
func (w *world) atTheEnd() {
	for _, r := range w.plan.Routers {
		g := w.agents[r.Name]
		switch {
		case !g.up:
			w.breaks("%s is down at the end: the simulation is wrong", r.Name)
		case g.disk.unconfirmed():
			w.breaks("%s ends unconfirmed", r.Name)
		case g.running != "old" && g.running != "new":
			w.breaks("%s ends with %q, between the two", r.Name, g.running)
		case g.running == "new" && g.last != "new":
			w.breaks("%s ends with the new configuration, unconfirmed", r.Name)
		}
		if w.final == nil {
			continue
		}
		if want := map[Result]string{Completed: "new", Returned: "old", Refused: "old"}[w.final.result]; want != "" && g.running != want {
			w.breaks("the rollout is %s, and %s runs %s", w.final.result, r.Name, g.running)
		}
	}
	if w.final == nil && w.m != nil {
		if why, _ := w.m.holds(); w.m.phase != Waiting || len(why) == 0 {
			w.breaks("the rollout does not end: %s, step %s, wave %d", w.m.phase, w.m.step, w.m.wave+1)
		}
	}
}

func (w *world) outcome() string {
	switch {
	case w.final != nil:
		return string(w.final.result)
	case w.m != nil:
		return "held"
	}
	return "left to the switches"
}
