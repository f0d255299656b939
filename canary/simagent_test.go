package canary

import (
	"time"

	"github.com/routegate/routegate/device"
)

// simAgent is a model of an agent: what the contract of device.Agent says, in virtual time, killed between any two steps.
type simAgent struct {
	w       *world
	name    string
	up      bool
	life    int // counts starts
	working bool
	waiting []func()
	applied time.Time

	disk    simDisk
	running string                    // what the daemon runs: old, new, or "between"
	last    string                    // the configuration confirmed last; "" before the first
	ended   map[string]device.Outcome // on disk too
}

type simDisk struct {
	phase     device.Phase // "" is idle
	change    string
	base      string
	candidate string
	deadline  time.Time
}

func (d *simDisk) unconfirmed() bool {
	return d.phase != "" && d.phase != device.Idle && d.phase != device.Confirming
}

// simRevert bounds how long the model needs to go back when nothing disturbs it.
const simRevert = 10 * time.Second

// kill ends the agent where it stands; it starts again later.
func (g *simAgent) kill() {
	if !g.up {
		return
	}
	g.w.faults["agent killed"]++
	g.w.say("%s: the agent is killed", g.name)
	g.up, g.working, g.waiting = false, false, nil
	g.life++
	g.w.after(g.w.some(3*time.Minute), func() {
		g.up = true
		g.w.say("%s: the agent starts: %s", g.name, g.disk.phase)
		if g.disk.phase == device.Confirming {
			g.finish(nil)
		} else if g.disk.unconfirmed() {
			g.revert(nil) // found unconfirmed at the start
		}
	})
}

// steps does one thing after the other, and may be killed between any two.
func (g *simAgent) steps(done func(), all ...func()) {
	life := g.life
	g.working = true
	var next func(int)
	next = func(i int) {
		if g.life != life {
			return
		}
		if g.w.chance(g.w.crashy) {
			g.kill()
			return
		}
		if i == len(all) {
			g.working = false
			if done != nil {
				done()
			}
			if len(g.waiting) > 0 && !g.working {
				w := g.waiting[0]
				g.waiting = g.waiting[1:]
				w()
			}
			return
		}
		all[i]()
		g.w.after(g.w.some(500*time.Millisecond), func() { next(i + 1) })
	}
	next(0)
}

func (g *simAgent) status() device.Status {
	s := device.Status{Router: g.name, Phase: g.disk.phase, Change: g.disk.change, Outcome: g.ended[g.disk.change]}
	if s.Phase == "" {
		s.Phase = device.Idle
	}
	if g.disk.unconfirmed() {
		s.Remaining = g.disk.deadline.Sub(g.w.now)
	}
	return s
}

// serve answers a call. Calls that change something are done one at a time.
func (g *simAgent) serve(a Action, reply func(device.Status, error)) {
	if a.Do == DoAsk {
		reply(g.status(), nil)
		return
	}
	if g.working {
		g.waiting = append(g.waiting, func() { g.serve(a, reply) })
		return
	}
	refuse := func(code device.RefusalCode) {
		reply(device.Status{}, &device.Refusal{Code: code, Detail: g.name + " refuses: " + string(code)})
	}
	mine := g.disk.change == a.Change
	idle := g.disk.phase == "" || g.disk.phase == device.Idle
	ok := func() { reply(g.status(), nil) }
	switch a.Do {
	case DoArm:
		base, candidate := "old", "new"
		if a.Back {
			base, candidate = candidate, base
		}
		switch {
		case !idle && mine:
			ok()
		case !idle:
			refuse(device.RefusedArmed)
		case g.ended[a.Change] != "":
			refuse(device.RefusedEnded)
		case g.running != base:
			refuse(device.RefusedDrift)
		default:
			g.steps(ok, func() {
				g.disk = simDisk{device.Armed, a.Change, base, candidate, g.w.now.Add(a.Window)}
				g.timer(a.Change)
			})
		}
	case DoApply:
		switch {
		case !mine || idle:
			refuse(device.RefusedUnknown)
		case g.disk.phase == device.Applied:
			ok()
		case g.disk.phase != device.Armed:
			refuse(device.RefusedPhase)
		default:
			to := g.disk.candidate
			g.steps(ok,
				func() { g.disk.phase = device.Applying },
				func() { g.running = "between" },
				func() { g.running = to },
				func() { g.disk.phase, g.applied = device.Applied, g.w.now })
		}
	case DoConfirm:
		switch {
		case mine && idle && g.ended[a.Change] == device.Confirmed:
			ok()
		case !mine || idle:
			refuse(device.RefusedUnknown)
		case g.disk.phase == device.Confirming:
			ok()
		case g.disk.phase != device.Applied || g.w.now.After(g.disk.deadline):
			refuse(device.RefusedPhase)
		default:
			g.disk.phase, g.last = device.Confirming, g.disk.candidate
			g.finish(ok)
		}
	case DoRevert:
		switch {
		case mine && idle && g.ended[a.Change] == device.Reverted:
			ok()
		case !mine || idle:
			refuse(device.RefusedUnknown)
		case g.disk.phase == device.Confirming:
			refuse(device.RefusedPhase)
		default:
			g.revert(ok)
		}
	}
}

func (g *simAgent) finish(done func()) {
	g.steps(done, func() {
		g.ended[g.disk.change] = device.Confirmed
		g.disk.phase = device.Idle
	})
}

func (g *simAgent) revert(done func()) {
	base := g.disk.base
	g.steps(done,
		func() { g.disk.phase = device.Reverting },
		func() { g.running = base },
		func() {
			g.ended[g.disk.change] = device.Reverted
			g.disk.phase = device.Idle
		})
}

// timer is the dead man's switch.
func (g *simAgent) timer(change string) {
	g.w.after(g.disk.deadline.Sub(g.w.now), func() { g.expire(change) })
}

func (g *simAgent) expire(change string) {
	if !g.up || g.disk.change != change || !g.disk.unconfirmed() {
		return // a start finds it
	}
	if g.working {
		g.waiting = append([]func(){func() { g.expire(change) }}, g.waiting...)
		return
	}
	g.w.say("%s: the deadline of %s has come", g.name, change)
	g.revert(nil)
}
