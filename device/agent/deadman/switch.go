package deadman

import (
	"fmt"
	"slices"
	"time"

	"github.com/routegate/routegate/device"
)

// Switch is the state machine. It is not safe for concurrent use; the zero value awaits Start.
type Switch struct {
	limits Limits
	rec    Record // as it is, or is about to be, on the disk
	phase  device.Phase
	detail string

	then func(Outcome) Action // what follows the action that is under way; nil at rest
	err  error                // the answer to the last request

	incarnation string        // of the daemon, when what must stand undisturbed began
	guards      []*guard      // of the armed change
	retry       time.Duration // since boot: when to try again; zero where nothing waits
	again       func() Action // what is tried again
	attempts    int           // that failed in a row
	restless    bool          // what was at work when the agent died may still be: read twice
}

// New makes a switch that awaits Start.
func New(l Limits) *Switch {
	if l.Keep <= 0 {
		l.Keep = 10
	}
	l.Keep = min(l.Keep, 100)
	if l.Poll <= 0 {
		l.Poll = time.Second
	}
	if l.LongestWindow <= 0 {
		l.LongestWindow = 24 * time.Hour
	}
	return &Switch{limits: l, phase: device.Idle}
}

// Step takes one event and says what to do. While an action is under way the only event is its Outcome; at rest, any other.
func (s *Switch) Step(e Event) Action {
	if o, ok := e.(Outcome); ok {
		then := s.then
		s.then = nil
		return then(o)
	}
	if s.then != nil {
		panic("deadman: an event while an action is under way")
	}
	s.err = nil
	switch e := e.(type) {
	case Start:
		return s.start(e)
	case Arm:
		return s.due(e.Now, func() Action { return s.arm(e) })
	case Apply:
		return s.due(e.Now, func() Action { return s.apply(e) })
	case Confirm:
		return s.due(e.Now, func() Action { return s.confirm(e) })
	case Revert:
		return s.revert(e)
	case Restore:
		return s.restore(e)
	case Tick:
		return s.due(e.Now, func() Action { return s.tick(e.Now) })
	}
	panic(fmt.Sprintf("deadman: no event: %T", e))
}

// Answer is the answer to the last request, once the switch is at rest: nil, a *device.Refusal or a *device.Failure whose
// Status is not filled in.
func (s *Switch) Answer() error { return s.err }

// Resting reports whether no action is under way.
func (s *Switch) Resting() bool { return s.then == nil }

// Record is what is, or is about to be, on the disk.
func (s *Switch) Record() Record { return s.rec }

// Status is where the switch stands; also while an action is under way.
func (s *Switch) Status(now Instant) device.Status {
	st := device.Status{
		Phase: s.phase, Change: s.rec.Change, Confirmed: s.rec.Confirmed, Outcome: s.rec.Outcome, Detail: s.detail, BootID: now.Boot,
	}
	if s.unconfirmed() {
		st.Outcome = device.NoOutcome
		st.Base, st.Candidate = s.rec.Base, s.rec.Candidate
		if s.rec.Target != "" {
			st.Base = s.rec.Target
		}
		st.Remaining = max(s.remaining(now), 0)
	}
	return st
}

// Wake is the time since boot at which a Tick is wanted; false where nothing is to come.
func (s *Switch) Wake(now Instant) (time.Duration, bool) {
	switch {
	case s.again != nil:
		return s.retry, true
	case s.phase == device.Armed || s.phase == device.Applied:
		return min(now.Since+s.limits.Poll, s.rec.Armed.Since+s.rec.Window), true
	}
	return 0, false
}

// Unconfirmed reports a change that waits for its confirmation.
func (s *Switch) Unconfirmed() bool { return s.unconfirmed() }

func (s *Switch) unconfirmed() bool {
	switch s.phase {
	case device.Armed, device.Applying, device.Applied, device.Reverting, device.Stuck:
		return true
	}
	return false
}

// remaining is the time to the deadline: nothing where the clock cannot be read, is another boot's, or went backwards.
func (s *Switch) remaining(now Instant) time.Duration {
	a := s.rec.Armed
	if !now.Readable() || now.Boot != a.Boot || now.Since < a.Since {
		return 0
	}
	return a.Since + s.rec.Window - now.Since
}

// expired says why the deadline counts as past; "" where it does not.
func (s *Switch) expired(now Instant) string {
	a := s.rec.Armed
	switch {
	case !now.Readable():
		return "the clock cannot be read"
	case now.Boot != a.Boot:
		return "the machine was booted anew"
	case now.Since < a.Since:
		return "the monotonic clock went backwards"
	case now.Since-a.Since >= s.rec.Window:
		return fmt.Sprintf("not confirmed within %v", s.rec.Window)
	}
	return ""
}

// due goes back before anything else where the deadline is past; the request is answered after that.
func (s *Switch) due(now Instant, request func() Action) Action {
	if s.phase != device.Armed && s.phase != device.Applied {
		return request()
	}
	why := s.expired(now)
	if why == "" {
		return request()
	}
	return s.back(why, request)
}

// back ends an armed or applied change: what was not touched is not touched now either.
func (s *Switch) back(why string, then func() Action) Action {
	if s.phase == device.Armed {
		return s.disarm(why, then)
	}
	return s.wayBack(s.rec.Base, device.Reverted, why, then)
}

// do asks for an action and remembers what follows.
func (s *Switch) do(a Action, then func(Outcome) Action) Action {
	s.then = then
	return a
}

// rest ends a request.
func rest() Action { return nil }

// refuse ends a request that changes nothing.
func (s *Switch) refuse(code device.RefusalCode, format string, args ...any) Action {
	s.err = &device.Refusal{Code: code, Detail: fmt.Sprintf(format, args...)}
	return nil
}

// fail ends a request that went wrong on its way.
func (s *Switch) fail(format string, args ...any) Action {
	s.err = &device.Failure{Detail: fmt.Sprintf(format, args...)}
	return nil
}

// say sets the sentence for a person, on screen and in the record.
func (s *Switch) say(format string, args ...any) {
	d := fmt.Sprintf(format, args...)
	if len(d) > longestDetail {
		d = d[:longestDetail] + "..."
	}
	s.detail, s.rec.Detail = d, d
}

// later tries again after a pause that doubles, and ends the request that is under way.
func (s *Switch) later(now Instant, what func() Action) Action {
	pause := min(time.Second<<min(s.attempts, 10), LongestPause)
	s.attempts++
	s.again, s.retry = what, now.Since+pause
	return nil
}

// settling is how long after a crash a daemon that runs the target is read once more: a program that the agent had started
// may outlive it and give the daemon the rest of the candidate.
const settling = 2 * time.Second

// once asks again after the settling time.
func (s *Switch) once(now Instant, what func() Action) {
	s.restless = false
	s.again, s.retry = what, now.Since+settling
}

// tryAgain takes up what failed.
func (s *Switch) tryAgain() Action {
	what := s.again
	s.again = nil
	return what()
}

// settled forgets failed attempts.
func (s *Switch) settled() { s.again, s.attempts, s.retry = nil, 0, 0 }

// ended notes the end of a change in the record.
func (s *Switch) ended(how device.Outcome) {
	r := &s.rec
	r.Phase, r.Outcome = device.Idle, how
	r.Expected, r.Base, r.Candidate, r.CandidateFiles, r.Target, r.Ends = "", "", "", nil, "", ""
	r.Window, r.Persist = 0, false
	if r.Change != "" && !slices.Contains(r.Ended, r.Change) {
		r.Ended = append(slices.Clone(r.Ended), r.Change)
		r.Ended = r.Ended[max(0, len(r.Ended)-endedKept):]
	}
}

// had adds a configuration to the history and keeps the newest of its kind.
func (s *Switch) had(e Entry) {
	var out []Entry
	for _, old := range s.rec.History {
		if old.Hash == e.Hash {
			if old.Confirmed && !e.Confirmed {
				e = old // what brought it is still true
			}
			continue
		}
		out = append(out, old)
	}
	out = append(out, e)
	kept := 0
	for i := len(out) - 1; i >= 0; i-- {
		if out[i].Confirmed != e.Confirmed {
			continue
		}
		if kept++; kept > s.limits.Keep {
			out = slices.Delete(out, i, i+1)
		}
	}
	s.rec.History = out
}

func names(left []device.Difference) string {
	switch len(left) {
	case 0:
		return "no difference"
	case 1:
		return left[0].String()
	}
	return fmt.Sprintf("%s, and %d more differences", left[0], len(left)-1)
}
