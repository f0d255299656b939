package canary

import (
	"fmt"
	"time"

	"github.com/routegate/routegate/device"
)

// Where says which configuration a router runs, as far as the controller knows.
type Where string

const (
	Old         Where = "old"
	Armed       Where = "armed"       // old, and its switch is armed
	Unconfirmed Where = "unconfirmed" // new, until its deadline
	New         Where = "new"         // new and confirmed
	Unknown     Where = "unknown"     // an answer is missing: old or new, the switch decides
)

// router is what the machine knows of a router that changes.
type router struct {
	plan *Router
	wave int

	checking bool // pre-flight was asked for
	ready    bool // and went well
	problem  string

	where    Where
	change   string // the id that its agent is spoken to by; "" before the first
	back     bool   // the change goes from the candidate to the base
	tries    int    // ways back that were begun
	refusals int    // of this change, in a row
	status   device.Status
	known    bool // status is the answer to the last call
	busy     Call // what was asked and not answered
	retry    time.Time
	wait     int       // retries in a row
	lost     time.Time // since when the agent does not answer; zero: it does
	asked    time.Time // when arming was first asked for: the deadline is no earlier than the window after
	armed    time.Time // when arming was last asked for: nor later than the window after that, and the time of a call
	heard    time.Time // when its status was read last
	orphaned bool      // the controller that armed it is gone
	given    string    // why nothing more is tried
	touched  bool      // its agent was seen to hold one of our changes
}

// goal is where a router is to go.
type goal uint8

const (
	toArmed goal = iota
	toApplied
	toConfirmed
	toOld
)

// fate is how a router stands to its goal.
type fate uint8

const (
	underway fate = iota
	arrived
	wentBack // it is on the old configuration, or on its way there
	stayed   // it is on the confirmed new one and was to go back
)

// drive does the next thing that takes a router to its goal. It asks for nothing while an answer is missing, and for the
// agent's status wherever it is not sure: what was asked may have been done though no answer came.
func (m *Machine) drive(r *router, g goal) fate {
	if r.busy != "" || m.now.Before(r.retry) {
		return underway
	}
	if !r.known {
		m.call(r, DoAsk)
		return underway
	}
	s := r.status
	if s.Change != r.change {
		return m.driveStranger(r, g)
	}
	r.where, r.touched = r.runs(s), true
	switch s.Phase {
	case device.Idle:
		switch {
		case s.Outcome == device.Confirmed && g == toOld:
			return stayed
		case s.Outcome == device.Confirmed, g == toOld:
			return arrived
		}
		return wentBack
	case device.Armed:
		switch g {
		case toArmed:
			return arrived
		case toOld:
			m.call(r, DoRevert)
		default:
			m.call(r, DoApply)
		}
	case device.Applied:
		switch g {
		case toOld:
			m.call(r, DoRevert)
		case toConfirmed:
			m.call(r, DoConfirm)
		default:
			return arrived
		}
	case device.Reverting, device.Stuck:
		m.again(r)
		if g != toOld {
			return wentBack
		}
	default: // applying, confirming
		m.again(r)
	}
	return underway
}

// runs says which configuration a router runs while its agent speaks of the router's change.
func (r *router) runs(s device.Status) Where {
	from, to := Old, New
	if r.back {
		from, to = New, Old
	}
	switch s.Phase {
	case device.Idle:
		if s.Outcome == device.Confirmed {
			return to
		}
		return from
	case device.Armed:
		if r.back {
			return from
		}
		return Armed
	case device.Applied:
		return Unconfirmed
	}
	return Unknown
}

// driveStranger is for an agent that does not speak of our change.
func (m *Machine) driveStranger(r *router, g goal) fate {
	if r.status.Phase != device.Idle {
		if g == toOld {
			// Ours is not armed there, whatever is.
			r.where = Old
			return arrived
		}
		r.problem = fmt.Sprintf("%s: another change is armed: %s", r.plan.Name, r.status.Change)
		return wentBack
	}
	switch {
	case g == toArmed, r.back:
		m.call(r, DoArm)
		return underway
	case g == toOld:
		r.where = Old
		return arrived
	}
	r.problem = fmt.Sprintf("%s: its agent knows nothing of %s any more", r.plan.Name, r.change)
	return wentBack
}

// call asks a router's agent for something.
func (m *Machine) call(r *router, c Call) {
	a := Action{Do: c, Router: r.plan.Name, Wave: r.wave, Change: r.change, Back: r.back}
	switch c {
	case DoArm:
		a.Window = m.plan.Window()
		if r.asked.IsZero() {
			r.asked = m.now
		}
		r.armed = m.now
		m.touched = true
	case DoRevert:
		a.Reason = m.reason
		if a.Reason == "" {
			a.Reason = "the wave was not judged in time"
		}
	}
	r.busy = c
	m.act(a)
}

// again has the status read once more, later and later.
func (m *Machine) again(r *router) {
	r.known = false
	r.retry = m.now.Add(min(time.Second<<min(r.wait, 4), 10*time.Second))
	r.wait++
}

// answer takes an agent's answer in.
func (m *Machine) answer(a *Answer) bool {
	r := m.find(a.Router)
	if r == nil || r.busy != a.Call {
		return false
	}
	r.busy = ""
	switch {
	case a.Unreachable:
		m.silent(r, a.Error)
		return true
	case a.Refused != "":
		m.refused(r, a)
	case a.Failed && a.Status.Phase == "":
		m.again(r)
		m.note("%s: %s", a.Router, a.Error)
	case a.Failed:
		r.status, r.known, r.wait = a.Status, true, 0
		m.note("%s: %s", a.Router, a.Error)
		r.problem = fmt.Sprintf("%s: %s", a.Router, a.Error)
	case a.Error != "":
		m.again(r)
		m.note("%s: %s", a.Router, a.Error)
	default:
		r.status, r.known, r.wait, r.refusals = a.Status, true, 0, 0
	}
	m.speaks(r)
	r.heard = m.now
	return true
}

// silent is a router whose agent gave no answer: it is asked again.
func (m *Machine) silent(r *router, why string) {
	if r.lost.IsZero() {
		r.lost = m.now
		m.note("%s does not answer: %s", r.plan.Name, why)
	}
	m.again(r)
}

// speaks is one whose agent has answered.
func (m *Machine) speaks(r *router) {
	if !r.lost.IsZero() {
		m.note("%s answers again", r.plan.Name)
	}
	r.lost = time.Time{}
}

// refusalLimit is how often an agent may say no, its status being read in between, before it is believed.
const refusalLimit = 3

func (m *Machine) refused(r *router, a *Answer) {
	m.again(r)
	r.refusals++
	// What the agent says of an order will not change; of a point in time it may: the answer before may have been lost.
	final := a.Call == DoArm && a.Refused != device.RefusedEnded && a.Refused != device.RefusedPhase || a.Refused == device.RefusedRole
	if !final && r.refusals < refusalLimit {
		return
	}
	r.problem = fmt.Sprintf("%s: %s", a.Router, a.Error)
	if m.phase == Returning {
		if r.back || a.Refused == device.RefusedRole || r.refusals > 3*refusalLimit {
			r.given = r.problem
			m.note("%s: it is not tried again", r.problem)
		}
		return
	}
	m.fail("%s", r.problem)
}

// earliest is the soonest that the router's switch can end; zero where it is not armed.
func (m *Machine) earliest(r *router) time.Time {
	if r.asked.IsZero() {
		return time.Time{}
	}
	return r.asked.Add(m.plan.Window())
}

// latest is when the switch has ended for sure, if the candidate was not confirmed: no order to arm is on its way for
// longer than the plan's patience.
func (m *Machine) latest(r *router) time.Time {
	if r.armed.IsZero() {
		return time.Time{}
	}
	return r.armed.Add(m.plan.Window() + m.plan.Patience)
}

// begin gives a router a new change.
func (r *router) begin(change string, back bool) {
	r.change, r.back, r.known, r.retry, r.wait, r.refusals, r.problem = change, back, false, time.Time{}, 0, 0, ""
	r.asked, r.armed, r.orphaned = time.Time{}, time.Time{}, false
}
