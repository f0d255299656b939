package canary

import (
	"fmt"
	"strings"
	"time"
)

// signal is what the machine knows of a signal during the wave that is out.
type signal struct {
	setting SignalSetting
	busy    bool
	next    time.Time // not before this
	looks   int
	passes  int
	fails   int
	noData  int // in a row
	last    Outcome
	lastAt  time.Time
	began   time.Time // when the last look that was answered was asked for
	asked   time.Time
	seen    []Measurement
}

func (s *signal) reset() { *s = signal{setting: s.setting} }

// statusInterval is how often agents are asked, while a wave bakes, whether they have gone back by themselves.
const statusInterval = 5 * time.Second

// bake watches the wave until every signal has passed at its end, or one has failed, or the time is up.
func (m *Machine) bake(wave []*router) bool {
	for _, r := range wave {
		if r.known && r.busy == "" && !m.now.Before(r.heard.Add(statusInterval)) {
			r.known = false
		}
		if m.drive(r, toApplied) == wentBack {
			return m.lostWave(r)
		}
	}
	over := m.since.Add(m.plan.Bake.For)
	ready := !m.now.Before(over)
	var open []string
	for _, s := range m.signals {
		if why := s.failed(); why != "" {
			m.fail("wave %d: %s", m.wave+1, why)
			return true
		}
		// What was seen before the bake was over says nothing of what a slow timer brings.
		if s.last != Pass || s.began.Before(over) {
			ready = false
			open = append(open, s.setting.Name)
		}
		m.lookAt(s, over)
	}
	if limit := m.limit(wave); !m.now.Before(limit) {
		if m.pause != nil {
			m.note("wave %d goes back: it was paused until its switches had nearly ended", m.wave+1)
			m.unjudged()
			return true
		}
		return m.overdue(wave, "not judged in time: "+m.undecided(wave, open))
	}
	for _, r := range wave {
		ready = ready && r.known && r.busy == ""
	}
	if !ready || m.pause != nil {
		return false
	}
	m.baked = m.now
	m.enter(StepConfirm)
	return true
}

// undecided says what kept a wave from being confirmed.
func (m *Machine) undecided(wave []*router, open []string) string {
	var out []string
	for _, r := range wave {
		if !r.lost.IsZero() {
			out = append(out, fmt.Sprintf("%s does not answer since %s", r.plan.Name, stamp(r.lost)))
		}
	}
	for _, name := range open {
		for _, s := range m.signals {
			if s.setting.Name == name {
				out = append(out, fmt.Sprintf("%s: %s%s", name, words(string(s.last), "never looked at"), s.values()))
			}
		}
	}
	return words(strings.Join(out, "; "), "the time was too short")
}

// lookAt asks for a signal's next look, when it is due or when the bake is over.
func (m *Machine) lookAt(s *signal, over time.Time) {
	due := s.due(m.since, over)
	if s.busy || m.now.Before(due) {
		return
	}
	s.busy, s.asked, s.next = true, m.now, m.now.Add(s.setting.Interval)
	m.act(Action{Do: DoLook, Wave: m.wave, Attempt: m.attempt, Signal: s.setting.Name})
}

// due is when a signal is looked at next: never before its delay, and at the bake's end if that is sooner than its
// interval.
func (s *signal) due(applied, over time.Time) time.Time {
	due := applied.Add(s.setting.Delay)
	if s.next.After(due) {
		due = s.next
	}
	if s.asked.Before(over) && due.After(over) {
		due = over
	}
	return due
}

func (s *signal) failed() string {
	switch {
	case s.fails > s.setting.FailureLimit:
		return fmt.Sprintf("%s failed%s%s", s.setting.Name, times(s.fails), s.values())
	case s.noData > s.setting.NoDataLimit:
		return fmt.Sprintf("%s has no data%s%s", s.setting.Name, times(s.noData), s.values())
	}
	return ""
}

func times(n int) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprintf(" %d times", n)
}

// values are what was seen last.
func (s *signal) values() string {
	var out []string
	for _, x := range s.seen {
		if x.Outcome != Pass {
			out = append(out, x.Subject+": "+x.Value)
		}
	}
	if len(out) == 0 {
		return ""
	}
	return " (" + strings.Join(out, "; ") + ")"
}

func (m *Machine) look(l *Look) bool {
	if m.phase != Rolling || m.step != StepBake || l.Wave != m.wave || l.Attempt != m.attempt {
		return false
	}
	for _, s := range m.signals {
		if s.setting.Name != l.Signal || !s.busy {
			continue
		}
		s.busy, s.last, s.lastAt, s.began, s.seen = false, l.Outcome, m.now, s.asked, l.Seen
		s.looks++
		switch l.Outcome {
		case Pass:
			s.passes++
			s.noData = 0
		case Fail:
			s.fails++
			s.noData = 0
		default:
			s.last = NoData
			s.noData++
		}
		return true
	}
	return false
}

// limit is when the wave that is out goes back if it is not confirmed: its first deadline less the margin.
func (m *Machine) limit(wave []*router) time.Time {
	var first time.Time
	for _, r := range wave {
		if end := m.earliest(r); !end.IsZero() && (first.IsZero() || end.Before(first)) {
			first = end
		}
	}
	return first.Add(-m.plan.Margin)
}
