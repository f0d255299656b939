package canary

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// returnTries is how often a router is asked to go back before a person has to.
const returnTries = 3

// comeBack takes the whole change back: what is out and unconfirmed at once, for its switch would end it anyway and the
// time counts; then what was confirmed, the last wave first, at the plan's pace.
func (m *Machine) comeBack() bool {
	settled := true
	for _, r := range m.routers {
		if r.change == "" || r.back || r.where == New || r.given != "" {
			continue
		}
		switch m.drive(r, toOld) {
		case arrived:
			continue
		case stayed:
			m.note("%s had confirmed the change", r.plan.Name)
			return true
		}
		if m.doomed(r) {
			continue // its switch has ended by now; it is asked all the same
		}
		settled = false
	}
	if !settled {
		return false
	}
	if wave := m.lastNew(); wave >= 0 {
		return m.returnWave(wave)
	}
	return m.concluded()
}

// doomed: the switch of a router that does not answer has ended, whatever the router was told.
func (m *Machine) doomed(r *router) bool {
	end := m.latest(r)
	return !r.lost.IsZero() && !end.IsZero() && !m.now.Before(end)
}

// lastNew is the last wave with a router on the confirmed new configuration that is to go back; -1 for none.
func (m *Machine) lastNew() int {
	last := -1
	for _, r := range m.routers {
		if r.given == "" && (r.where == New || r.back && r.where != Old) {
			last = max(last, r.wave)
		}
	}
	return last
}

// returnWave takes one confirmed wave back: an armed change like any other, from the candidate to the base.
func (m *Machine) returnWave(wave int) bool {
	if m.returned != wave {
		if m.returned >= 0 && m.now.Before(m.between.Add(m.plan.Pace)) {
			return false
		}
		m.returned = wave
	}
	moved, there := false, true
	for _, r := range m.inWave(wave) {
		if r.given != "" || r.where == Old && (r.back || r.change == "") {
			continue
		}
		if !r.back {
			if r.where != New {
				continue
			}
			m.wayBack(r)
			moved = true
		}
		switch m.drive(r, toConfirmed) {
		case arrived:
			m.note("%s is back on the old configuration", r.plan.Name)
			moved = true
			continue
		case wentBack:
			moved = true
			m.note("%s did not take the old configuration: %s", r.plan.Name, words(r.problem, r.status.Detail))
			if r.tries == returnTries {
				r.given = fmt.Sprintf("it did not go back in %d tries: %s", returnTries, words(r.problem, r.status.Detail))
			} else {
				m.wayBack(r)
				r.retry = m.now.Add(m.plan.Pace + time.Second)
			}
		}
		if !r.lost.IsZero() && !m.now.Before(r.lost.Add(m.plan.Patience)) && r.given == "" {
			r.given = fmt.Sprintf("it does not answer since %s", stamp(r.lost))
			m.note("%s: %s", r.plan.Name, r.given)
			moved = true
			continue
		}
		there = false
	}
	if there {
		m.between = m.now
	}
	return moved
}

func (m *Machine) wayBack(r *router) {
	r.tries++
	r.begin(fmt.Sprintf("%s/back.%d", m.plan.ID, r.tries), true)
}

func words(some ...string) string {
	for _, s := range some {
		if s != "" {
			return s
		}
	}
	return "it does not say why"
}

// concluded ends the rollout when nothing can go back any more.
func (m *Machine) concluded() bool {
	var open []string
	for _, r := range m.routers {
		switch {
		case r.where == Old && r.given == "":
		case r.given != "":
			open = append(open, r.plan.Name)
		case r.change != "" && !r.lost.IsZero():
			if m.now.Before(r.lost.Add(m.plan.Patience)) || m.now.Before(m.latest(r)) {
				return false
			}
			r.given = fmt.Sprintf("it does not answer since %s; its switch has ended by itself", stamp(r.lost))
			open = append(open, r.plan.Name)
		default:
			return false // an answer is on its way
		}
	}
	if len(open) > 0 {
		m.note("not known to be back: %s", strings.Join(open, ", "))
		m.end(Unclear)
		return true
	}
	if !slices.ContainsFunc(m.routers, func(r *router) bool { return r.touched }) {
		m.note("no router was touched")
		m.end(Refused)
		return true
	}
	m.note("every router that was touched runs the old configuration again")
	m.end(Returned)
	return true
}
