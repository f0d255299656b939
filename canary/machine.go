package canary

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Phase is where a rollout stands.
type Phase string

const (
	Checking  Phase = "checking"  // pre-flight: nothing was touched
	Waiting   Phase = "waiting"   // before a wave: for approvals, the end of a freeze, a person, the pace
	Rolling   Phase = "rolling"   // a wave is out
	Withdraw  Phase = "withdraw"  // a wave goes back that was not judged; it will be tried again
	Returning Phase = "returning" // the whole change comes back
	Ended     Phase = "ended"
)

// Result is how a rollout ended.
type Result string

const (
	Completed Result = "completed" // every router runs the confirmed new configuration
	Refused   Result = "refused"   // nothing was touched
	Returned  Result = "returned"  // every router that was touched runs the old configuration again
	Rescued   Result = "rescued"   // a rescue took it over: the journal's rescue lines say how it went on
	Unclear   Result = "unclear"   // a router did not answer to the end, or did not go back
)

// Step is how far the wave that is out has come.
type Step string

const (
	StepCheck    Step = "check"
	StepBaseline Step = "baseline"
	StepArm      Step = "arm"
	StepApply    Step = "apply"
	StepBake     Step = "bake"
	StepConfirm  Step = "confirm"
)

// Machine is a rollout: a pure state machine. The zero value waits for the event that starts it. Two machines that were
// given the same events are the same. Not safe for concurrent use.
type Machine struct {
	plan    Plan
	now     time.Time
	phase   Phase
	result  Result
	reason  string // why it returns, or was refused
	ended   time.Time
	wave    int // that is out, or is next
	attempt int // of this wave, from 1
	step    Step
	since   time.Time // when the step began
	touched bool      // some agent was asked to arm

	routers   []*router
	signals   []*signal
	binding   check // of what was judged
	baseline  check
	baselines []string // objects by wave
	unseen    []string // beside the wave that is out, without a baseline
	baked     time.Time
	between   time.Time // when the last wave, or the last step back, ended
	returned  int       // the wave that is on its way back; -1: none

	approvals []Approval
	pause     *Hold
	notes     []Note

	out []Action
}

// check is something that is asked once.
type check struct{ asked, done bool }

// Hold is a pause.
type Hold struct {
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// Approval is a person's yes.
type Approval struct {
	By      string    `json:"by"`
	Role    string    `json:"role"`
	At      time.Time `json:"at"`
	Binding string    `json:"binding"`
}

// Note is something that happened and that a person will want to know.
type Note struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// ErrEnded is wrapped where a rollout has ended already.
var ErrEnded = errors.New("the rollout has ended")

// Ended reports whether there is nothing more to do.
func (m *Machine) Ended() bool { return m.phase == Ended }

// Plan is what the rollout does. Read-only.
func (m *Machine) Plan() *Plan { return &m.plan }

// Notes are what has happened, oldest first. Read-only.
func (m *Machine) Notes() []Note { return m.notes }

// Paused reports a pause.
func (m *Machine) Paused() bool { return m.pause != nil }

// Accepts says why a command would be refused now; nil where it would not be.
func (m *Machine) Accepts(c Command, at time.Time) error {
	switch {
	case m.phase == "":
		return errors.New("there is no rollout")
	case m.phase == Ended:
		return fmt.Errorf("%w: %s", ErrEnded, m.result)
	}
	switch c.Do {
	case Approve:
		return m.mayApprove(c)
	case Pause:
		if m.phase == Returning {
			return errors.New("the change is coming back already: that is not paused")
		}
		if m.pause != nil {
			return fmt.Errorf("it is paused already, by %s", m.pause.By)
		}
	case Resume:
		if m.phase == Returning {
			return errors.New("the change is coming back: it does not go on")
		}
		if m.pause == nil {
			return errors.New("it is not paused")
		}
	case Abort:
		if m.phase == Returning {
			return errors.New("the change is coming back already")
		}
	case Rescue:
	default:
		return fmt.Errorf("unknown command %q", c.Do)
	}
	return nil
}

// Step takes an event in and gives the actions that follow from it, in a fixed order. changed is false where the event
// was of no consequence: it need not be written down then. An event that is too late, or that was never asked for, is of no
// consequence.
func (m *Machine) Step(e Event) (actions []Action, changed bool) {
	if m.phase == Ended || m.phase == "" && e.Start == nil {
		return nil, false
	}
	if e.At.After(m.now) {
		m.now = e.At // a clock that is set back does not turn the rollout back
	}
	m.out = nil
	switch {
	case e.Start != nil:
		changed = m.start(e.Start)
	case e.Takeover != nil:
		changed = m.takeover(e.Takeover)
	case e.Command != nil:
		changed = m.command(e.Command)
	case e.Verified != nil:
		changed = m.verified(e.Verified)
	case e.Checked != nil:
		changed = m.checked(e.Checked)
	case e.Baseline != nil:
		changed = m.seen(e.Baseline)
	case e.Answer != nil:
		changed = m.answer(e.Answer)
	case e.Look != nil:
		changed = m.look(e.Look)
	}
	for m.advance() {
		changed = true
	}
	return m.out, changed || len(m.out) > 0
}

func (m *Machine) start(p *Plan) bool {
	if m.phase != "" {
		return false
	}
	m.plan, m.phase, m.since, m.returned = *p, Checking, m.now, -1
	m.baselines = make([]string, len(p.Waves))
	for i := range p.Routers {
		m.routers = append(m.routers, &router{plan: &m.plan.Routers[i], where: Old, wave: waveOf(p, p.Routers[i].Name)})
	}
	for _, s := range p.Signals {
		m.signals = append(m.signals, &signal{setting: s})
	}
	return true
}

func waveOf(p *Plan, router string) int {
	return slices.IndexFunc(p.Waves, func(w Wave) bool { return slices.Contains(w.Routers, router) })
}

// takeover forgets what the controller before was waiting for: all of it is asked again.
func (m *Machine) takeover(t *Takeover) bool {
	m.note("%s goes on with the rollout", t.By)
	m.binding.asked, m.baseline.asked = m.binding.done, m.baseline.done
	for _, r := range m.routers {
		if r.checking {
			r.checking = false
		}
		r.busy, r.known, r.retry = "", false, time.Time{}
		r.orphaned = r.change != ""
	}
	for _, s := range m.signals {
		s.busy = false
		s.noData = 0 // nobody looked
	}
	return true
}

func (m *Machine) command(c *Command) bool {
	if m.Accepts(*c, m.now) != nil {
		return false
	}
	switch c.Do {
	case Approve:
		m.approvals = append(m.approvals, Approval{By: c.By, Role: c.Role, At: m.now, Binding: c.Binding})
		m.note("approved by %s for %s", c.By, c.Role)
	case Pause:
		m.pause = &Hold{By: c.By, At: m.now, Reason: c.Reason}
		m.note("paused by %s%s", c.By, because(c.Reason))
	case Resume:
		m.pause = nil
		m.note("resumed by %s", c.By)
	case Abort:
		m.fail("aborted by %s%s", c.By, because(c.Reason))
	case Rescue:
		m.reason = fmt.Sprintf("%s brings routers back (routegate rollback)%s", c.By, because(c.Reason))
		m.note("%s", m.reason)
		m.end(Rescued)
	}
	return true
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

func (m *Machine) note(format string, args ...any) {
	m.notes = append(m.notes, Note{m.now, fmt.Sprintf(format, args...)})
}

// fail ends the way forward. Where nothing was touched that is all; else the whole change comes back.
func (m *Machine) fail(format string, args ...any) {
	if m.phase == Returning || m.phase == Ended {
		return
	}
	m.reason = fmt.Sprintf(format, args...)
	m.note("%s", m.reason)
	if !m.touched {
		m.end(Refused)
		return
	}
	m.phase, m.since, m.pause = Returning, m.now, nil
	for _, r := range m.routers {
		r.retry = time.Time{}
	}
}

func (m *Machine) end(r Result) {
	m.phase, m.result, m.ended = Ended, r, m.now
}

// act asks for an action.
func (m *Machine) act(a Action) { m.out = append(m.out, a) }

// find is a router by name; nil where it does not change.
func (m *Machine) find(name string) *router {
	i := slices.IndexFunc(m.routers, func(r *router) bool { return r.plan.Name == name })
	if i < 0 {
		return nil
	}
	return m.routers[i]
}

// inWave are the routers of a wave.
func (m *Machine) inWave(wave int) []*router {
	var out []*router
	for _, r := range m.routers {
		if r.wave == wave {
			out = append(out, r)
		}
	}
	return out
}
