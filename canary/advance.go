package canary

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// advance makes at most one transition and reports whether it did; what can be asked for now, it asks for.
func (m *Machine) advance() bool {
	switch m.phase {
	case Checking:
		return m.preflight()
	case Waiting:
		return m.wait()
	case Rolling:
		return m.roll()
	case Withdraw:
		return m.withdraw()
	case Returning:
		return m.comeBack()
	}
	return false
}

// preflight looks at everything before anything is touched.
func (m *Machine) preflight() bool {
	if !m.binding.asked {
		m.binding.asked = true
		m.act(Action{Do: DoVerify})
	}
	open, problems := !m.binding.done, []string{}
	for _, r := range m.routers {
		if r.problem != "" {
			problems = append(problems, r.problem)
			continue
		}
		m.check(r)
		open = open || !r.ready
	}
	switch {
	case open: // all of what is wrong is said at once
		return false
	case len(problems) > 0:
		m.fail("%s", strings.Join(problems, "; "))
		return true
	}
	m.phase, m.since, m.binding = Waiting, m.now, check{}
	m.note("pre-flight is done: %s", plural(len(m.routers), "router"))
	return true
}

func (m *Machine) check(r *router) {
	if !r.checking && !r.ready && !m.now.Before(r.retry) {
		r.checking = true
		m.act(Action{Do: DoCheck, Router: r.plan.Name})
	}
}

func (m *Machine) verified(v *Verified) bool {
	if !m.binding.asked || m.binding.done {
		return false
	}
	switch {
	case v.Error != "":
		m.fail("what was judged cannot be read any more: %s", v.Error)
	case v.Binding != m.plan.Binding:
		m.fail("the change has moved since it was judged (%.12s then, %.12s now): the verdict and every approval are void; check it again", m.plan.Binding, v.Binding)
	default:
		m.binding.done = true
	}
	return true
}

func (m *Machine) checked(c *Checked) bool {
	r := m.find(c.Router)
	if r == nil || !r.checking {
		return false
	}
	r.checking = false
	if c.Unreachable && m.phase == Rolling && (r.lost.IsZero() || m.now.Before(r.lost.Add(m.plan.Patience))) {
		// In the middle of a rollout one answer that is missing is no reason to take it all back.
		m.silent(r, c.Problem)
		return true
	}
	if !c.Unreachable {
		m.speaks(r)
	}
	if c.Problem == "" {
		r.ready = true
		return true
	}
	r.problem = c.Router + ": " + c.Problem
	for i, d := range c.Drift {
		if i == maxDrift {
			r.problem += fmt.Sprintf("; and %d more differences", len(c.Drift)-maxDrift)
			break
		}
		r.problem += "; " + d.String()
	}
	if m.phase != Checking {
		m.fail("%s", r.problem)
	}
	return true
}

// maxDrift bounds the differences that one sentence holds.
const maxDrift = 3

// Holds are the reasons why the next wave does not begin, each with the time when it ends by itself, if it does.
func (m *Machine) holds() (why []string, until time.Time) {
	if lacking := m.lacking(); len(lacking) > 0 {
		var words []string
		for _, n := range lacking {
			words = append(words, fmt.Sprintf("%d of %s", n.Count, n.Role))
		}
		why = append(why, "approvals are missing: "+strings.Join(words, ", "))
	}
	if m.pause != nil {
		why = append(why, fmt.Sprintf("paused by %s%s", m.pause.By, because(m.pause.Reason)))
	}
	if w, end := frozen(m.plan.Freezes, m.now); w != "" {
		why, until = append(why, w), end
	}
	if next := m.between.Add(m.plan.Pace); !m.between.IsZero() && m.now.Before(next) {
		why = append(why, fmt.Sprintf("%s between two waves", m.plan.Pace))
		if next.After(until) {
			until = next
		}
	}
	return why, until
}

// wait begins the next wave as soon as nothing holds it.
func (m *Machine) wait() bool {
	if m.wave == len(m.plan.Waves) {
		m.note("every router runs the confirmed new configuration")
		m.end(Completed)
		return true
	}
	if why, _ := m.holds(); len(why) > 0 {
		return false
	}
	// Approvals and freezes may have taken days: is this still what was judged? Once a router is touched the rest follows
	// as approved, whatever becomes of the folder.
	if !m.touched && !m.binding.done {
		if !m.binding.asked {
			m.binding.asked = true
			m.act(Action{Do: DoVerify})
		}
		return false
	}
	m.phase, m.attempt, m.baseline, m.unseen = Rolling, m.attempt+1, check{}, nil
	for _, r := range m.inWave(m.wave) {
		r.ready = false
		r.begin(fmt.Sprintf("%s/%d.%d", m.plan.ID, m.wave+1, m.attempt), false)
	}
	for _, s := range m.signals {
		s.reset()
	}
	m.enter(StepCheck)
	return true
}

func (m *Machine) enter(s Step) { m.step, m.since = s, m.now }

// roll takes the wave that is out one step further.
func (m *Machine) roll() bool {
	wave := m.inWave(m.wave)
	switch m.step {
	case StepCheck:
		for _, r := range wave {
			m.check(r)
		}
		if !slices.ContainsFunc(wave, func(r *router) bool { return !r.ready }) {
			m.enter(StepBaseline)
			return true
		}
	case StepBaseline:
		if m.baseline.done {
			m.enter(StepArm)
			return true
		}
		if !m.baseline.asked {
			m.baseline.asked = true
			m.act(Action{Do: DoBaseline, Wave: m.wave, Attempt: m.attempt})
		}
	case StepArm:
		return m.together(wave, toArmed, StepApply)
	case StepApply:
		return m.together(wave, toApplied, StepBake)
	case StepBake:
		return m.bake(wave)
	case StepConfirm:
		return m.together(wave, toConfirmed, "")
	}
	return false
}

func (m *Machine) seen(b *Baseline) bool {
	if !m.baseline.asked || m.baseline.done || b.Wave != m.wave {
		return false
	}
	if b.Error != "" {
		m.fail("the routers cannot be observed before the wave: %s", b.Error)
		return true
	}
	m.baseline.done, m.baselines[b.Wave], m.unseen = true, b.Object, b.Missing
	return true
}

// together drives a wave to a goal, and goes on when all of it is there.
func (m *Machine) together(wave []*router, g goal, next Step) bool {
	there := true
	for _, r := range wave {
		switch m.drive(r, g) {
		case arrived:
			continue
		case wentBack:
			return m.lostWave(r)
		}
		there = false
		if late := m.late(r, g); late != "" {
			return m.overdue(wave, late)
		}
	}
	switch {
	case !there:
		return false
	case next != "":
		m.enter(next)
		return true
	}
	m.note("wave %d of %d is confirmed: %s", m.wave+1, len(m.plan.Waves), strings.Join(m.plan.Waves[m.wave].Routers, ", "))
	m.wave, m.attempt, m.between, m.phase, m.since = m.wave+1, 0, m.now, Waiting, m.now
	return true
}

// late says why a router is not waited for any more.
func (m *Machine) late(r *router, g goal) string {
	switch g {
	case toArmed, toApplied:
		// What could not be watched for the whole bake cannot be confirmed in time.
		if end := m.earliest(r); !end.IsZero() && !m.now.Before(end.Add(-m.plan.Margin-m.plan.Bake.For)) {
			return fmt.Sprintf("%s did not run the new configuration in time%s", r.plan.Name, m.silence(r))
		}
		if r.asked.IsZero() && !r.lost.IsZero() && !m.now.Before(r.lost.Add(m.plan.Patience)) {
			return fmt.Sprintf("%s does not answer since %s", r.plan.Name, stamp(r.lost))
		}
	case toConfirmed:
		if end := m.latest(r); !m.now.Before(end) {
			return fmt.Sprintf("%s: whether it was confirmed is not known%s", r.plan.Name, m.silence(r))
		}
	}
	return ""
}

func (m *Machine) silence(r *router) string {
	if r.lost.IsZero() {
		return ""
	}
	return fmt.Sprintf(": its agent does not answer since %s", stamp(r.lost))
}

func stamp(t time.Time) string { return t.UTC().Format("15:04:05Z") }

// lostWave is a wave of which a router went back by itself.
func (m *Machine) lostWave(r *router) bool {
	why := r.problem
	if why == "" {
		why = fmt.Sprintf("%s went back by itself", r.plan.Name)
		if r.status.Detail != "" {
			why += ": " + r.status.Detail
		}
	}
	if end := m.earliest(r); r.orphaned && !end.IsZero() && !m.now.Before(end) {
		m.note("%s; its deadline passed while no controller was there", why)
		m.unjudged()
		return true
	}
	m.fail("%s", why)
	return true
}

// overdue is a wave whose time is up. Where its controller is gone that is nobody's fault, and the wave is tried again.
func (m *Machine) overdue(wave []*router, why string) bool {
	if slices.ContainsFunc(wave, func(r *router) bool { return r.orphaned && !r.known && r.lost.IsZero() }) {
		return false // it may have gone back by itself: what it answers says more
	}
	if !slices.ContainsFunc(wave, func(r *router) bool { return r.orphaned }) {
		m.fail("wave %d: %s", m.wave+1, why)
		return true
	}
	m.note("wave %d: %s; no controller was there in the meantime", m.wave+1, why)
	m.unjudged()
	return true
}

// unjudged takes the wave back that is out, which nobody found bad, to try it again.
func (m *Machine) unjudged() {
	m.phase, m.since = Withdraw, m.now
	for _, r := range m.inWave(m.wave) {
		r.retry = time.Time{}
	}
}

// withdraw takes the wave back.
func (m *Machine) withdraw() bool {
	there := true
	for _, r := range m.inWave(m.wave) {
		switch m.drive(r, toOld) {
		case arrived:
			continue
		case stayed:
			m.fail("%s was confirmed while the rest of its wave went back", r.plan.Name)
			return true
		}
		there = false
		if end := m.latest(r); !end.IsZero() && !m.now.Before(end) && !r.lost.IsZero() {
			m.fail("%s: whether it went back is not known%s", r.plan.Name, m.silence(r))
			return true
		}
	}
	if !there {
		return false
	}
	m.note("wave %d went back without a judgement; it will be tried again", m.wave+1)
	m.phase, m.between, m.since = Waiting, m.now, m.now
	return true
}

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
