package canary

import "time"

// Wake is when the machine wants to be told the time next, if nothing else happens; the zero time: not at all.
func (m *Machine) Wake() time.Time {
	var next time.Time
	at := func(t time.Time) {
		if t.After(m.now) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	if m.phase == Ended || m.phase == "" {
		return next
	}
	if m.phase == Waiting {
		_, until := m.holds()
		at(until)
		for i := range m.plan.Freezes {
			at(m.plan.Freezes[i].Until(m.now))
		}
		return next
	}
	for _, r := range m.routers {
		at(r.retry)
		if r.change == "" {
			continue
		}
		at(m.latest(r))
		if end := m.earliest(r); !end.IsZero() {
			at(end.Add(-m.plan.Margin - m.plan.Bake.For))
			at(end.Add(-m.plan.Margin))
		}
		if !r.lost.IsZero() {
			at(r.lost.Add(m.plan.Patience))
		}
		if m.phase == Rolling && m.step == StepBake && r.wave == m.wave && r.busy == "" {
			at(r.heard.Add(statusInterval))
		}
	}
	if m.phase == Returning {
		at(m.between.Add(m.plan.Pace))
	}
	if m.phase == Rolling && m.step == StepBake {
		over := m.since.Add(m.plan.Bake.For)
		at(over)
		for _, s := range m.signals {
			if !s.busy {
				at(s.due(m.since, over))
			}
		}
	}
	return next
}
