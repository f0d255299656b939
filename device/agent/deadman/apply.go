package deadman

import (
	"slices"

	"github.com/routegate/routegate/device"
)

// other refuses a request that names a change which is not the armed one.
func (s *Switch) other(change string) (Action, bool) {
	switch {
	case s.phase == device.Idle && change == s.rec.Change && s.rec.Outcome != device.NoOutcome:
		return nil, false
	case s.phase == device.Idle && slices.Contains(s.rec.Ended, change):
		return s.refuse(device.RefusedEnded, "%s has ended here", change), true
	case s.phase == device.Idle:
		return s.refuse(device.RefusedUnknown, "no change %s is armed here", change), true
	case change != s.rec.Change:
		return s.refuse(device.RefusedUnknown, "no change %s is armed here; %s is %s", change, s.rec.Change, s.phase), true
	}
	return nil, false
}

// apply gives the daemon the candidate and believes only what is read back.
func (s *Switch) apply(e Apply) Action {
	if a, refused := s.other(e.Change); refused {
		return a
	}
	switch s.phase {
	case device.Applied:
		return rest() // a repeated message
	case device.Armed:
	case device.Idle:
		return s.refuse(device.RefusedPhase, "%s has ended here as %s: %s", e.Change, s.rec.Outcome, s.detail)
	default:
		return s.refuse(device.RefusedPhase, "%s is %s", e.Change, s.phase)
	}
	return s.do(ReadIncarnation{}, func(o Outcome) Action {
		if o.Err != nil {
			return s.refuse(device.RefusedDaemon, "the daemon's incarnation: %v", o.Err)
		}
		if o.Incarnation != s.incarnation {
			why := s.foreign(o.Incarnation)
			return s.disarm(why, func() Action { return s.fail("%s was not applied: %s", e.Change, why) })
		}
		if why := s.expired(o.Now); why != "" {
			return s.disarm(why, func() Action { return s.fail("%s was not applied: %s", e.Change, why) })
		}
		rec := s.rec
		rec.Phase = device.Applying
		return s.do(Save{rec}, func(o Outcome) Action {
			if o.Err != nil {
				return s.refuse(device.RefusedStorage, "the disk does not take the switch's state, so the daemon is not touched: %v", o.Err)
			}
			s.rec, s.phase = rec, device.Applying
			return s.load()
		})
	})
}

func (s *Switch) load() Action {
	undo := func(why string) Action {
		return s.wayBack(s.rec.Base, device.Reverted, why, func() Action { return s.fail("%s: %s", s.rec.Change, s.detail) })
	}
	return s.do(Load{s.rec.Candidate}, func(o Outcome) Action {
		if o.Err != nil {
			return undo("the candidate could not be applied: " + o.Err.Error())
		}
		// Read before comparing: who configures the daemon after this is noticed.
		return s.do(ReadIncarnation{}, func(o Outcome) Action {
			if o.Err != nil {
				return undo("the daemon does not answer after the candidate was applied: " + o.Err.Error())
			}
			s.incarnation = o.Incarnation
			return s.do(Compare{s.rec.Candidate}, func(o Outcome) Action {
				if o.Err != nil {
					return undo("the candidate could not be read back: " + o.Err.Error())
				}
				if len(o.Left) > 0 {
					return undo("read back, the candidate does not run: " + names(o.Left))
				}
				if why := s.expired(o.Now); why != "" {
					return undo(why)
				}
				s.phase = device.Applied
				s.detail = "applied and read back; not confirmed"
				return rest()
			})
		})
	})
}

func (s *Switch) foreign(now string) string {
	return "somebody else configured the daemon, or it started anew (" + s.incarnation + ", now " + now + ")"
}

// confirm ends the switch where the candidate runs undisturbed. The save is the moment at which it is confirmed.
func (s *Switch) confirm(e Confirm) Action {
	if a, refused := s.other(e.Change); refused {
		return a
	}
	switch s.phase {
	case device.Applied:
	case device.Confirming:
		s.settled()
		return s.forward(true, rest)
	case device.Armed:
		return s.refuse(device.RefusedPhase, "%s is armed and not applied: there is nothing to confirm", e.Change)
	case device.Idle:
		if s.rec.Outcome == device.Confirmed {
			return rest() // a repeated message
		}
		return s.refuse(device.RefusedPhase, "%s has ended here as %s: %s", e.Change, s.rec.Outcome, s.detail)
	default:
		return s.refuse(device.RefusedPhase, "%s is %s: it is too late to confirm it", e.Change, s.phase)
	}
	undo := func(why string) Action {
		return s.wayBack(s.rec.Base, device.Reverted, why, func() Action { return s.fail("%s is not confirmed: %s", e.Change, s.detail) })
	}
	return s.do(ReadIncarnation{}, func(o Outcome) Action {
		if o.Err != nil {
			return s.refuse(device.RefusedDaemon, "%s is not confirmed: the daemon does not answer: %v", e.Change, o.Err)
		}
		if o.Incarnation != s.incarnation {
			return undo(s.foreign(o.Incarnation))
		}
		return s.do(Compare{s.rec.Candidate}, func(o Outcome) Action {
			if o.Err != nil {
				return s.refuse(device.RefusedDaemon, "%s is not confirmed: what runs cannot be read: %v", e.Change, o.Err)
			}
			if len(o.Left) > 0 {
				return undo("what runs is not the candidate any more: " + names(o.Left))
			}
			if why := s.expired(o.Now); why != "" {
				return undo(why)
			}
			return s.commit(e.Change)
		})
	})
}

func (s *Switch) commit(change string) Action {
	before := s.rec
	rec := before
	rec.Phase = device.Confirming
	return s.do(Save{rec}, func(o Outcome) Action {
		if o.Err == nil {
			s.rec, s.phase = rec, device.Confirming
			s.settled()
			return s.forward(false, rest)
		}
		// It may be on the disk all the same. Until the disk takes a later record, nobody is told that it was reverted.
		cause := o.Err
		return s.do(Save{before}, func(Outcome) Action {
			return s.refuse(device.RefusedStorage, "the disk does not take the confirmation of %s, which will be reverted at the deadline: %v", change, cause)
		})
	})
}

// forward does what a confirmation that is on disk obliges to: the candidate runs, and the daemon starts with it.
func (s *Switch) forward(verify bool, then func() Action) Action {
	wait := func(now Instant, why string) Action {
		s.detail = s.rec.Change + " is confirmed; " + why
		s.later(now, func() Action { return s.forward(true, rest) })
		return then()
	}
	finish := func() Action { return s.finishForward(wait, then) }
	if !verify {
		return finish()
	}
	return s.do(Compare{s.rec.Candidate}, func(o Outcome) Action {
		if o.Err != nil {
			return wait(o.Now, "what runs cannot be read: "+o.Err.Error())
		}
		if len(o.Left) == 0 {
			return finish()
		}
		return s.do(Load{s.rec.Candidate}, func(o Outcome) Action {
			failed := o.Err
			return s.do(Compare{s.rec.Candidate}, func(o Outcome) Action {
				switch {
				case o.Err != nil:
					return wait(o.Now, "what runs cannot be read: "+o.Err.Error())
				case len(o.Left) > 0 && failed != nil:
					return wait(o.Now, "the daemon, started anew, does not take it: "+failed.Error())
				case len(o.Left) > 0:
					return wait(o.Now, "the daemon, started anew, does not run it: "+names(o.Left))
				}
				return finish()
			})
		})
	})
}

func (s *Switch) finishForward(wait func(Instant, string) Action, then func() Action) Action {
	return s.do(Persist{s.rec.Candidate}, func(o Outcome) Action {
		if o.Err != nil {
			return wait(o.Now, "what the daemon starts with could not be written: "+o.Err.Error())
		}
		before := s.rec
		s.had(Entry{Hash: s.rec.Candidate, Change: s.rec.Change, At: o.Now.Wall, Files: s.rec.CandidateFiles, Confirmed: true})
		s.rec.Confirmed = s.rec.Candidate
		s.ended(device.Confirmed)
		s.rec.Detail = "confirmed"
		rec := s.rec
		s.rec = before
		return s.do(Save{rec}, func(o Outcome) Action {
			if o.Err != nil {
				return wait(o.Now, "the disk does not take the end of it: "+o.Err.Error())
			}
			s.rec, s.phase, s.detail = rec, device.Idle, rec.Detail
			s.settled()
			return s.do(Release{rec.Needs()}, func(Outcome) Action { return then() })
		})
	})
}
