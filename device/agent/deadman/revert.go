package deadman

import (
	"github.com/routegate/routegate/device"
)

// start takes up what the disk says. Whatever is unconfirmed goes back at once: how long the agent was away, and whether
// the clock is the same, need not be known for that.
func (s *Switch) start(e Start) Action {
	s.rec = e.Record
	s.phase, s.detail = e.Record.Phase, e.Record.Detail
	if s.phase == "" {
		s.phase, s.rec.Phase = device.Idle, device.Idle
	}
	why := "the agent started anew while the change was not confirmed"
	if e.Now.Boot != s.rec.Armed.Boot {
		why = "the machine was booted anew, or its boot id cannot be read, while the change was not confirmed"
	}
	s.restless = s.phase != device.Idle && s.phase != device.Confirming
	switch s.phase {
	case device.Idle:
		return s.do(Release{s.rec.Needs()}, func(Outcome) Action { return rest() })
	case device.Armed:
		return s.startArmed(why)
	case device.Confirming:
		return s.forward(true, rest)
	case device.Reverting:
		return s.wayBack(s.rec.Target, s.rec.Ends, s.rec.Detail, rest)
	}
	if e.Recovered {
		why = "the switch's record was lost while a change was armed"
	}
	return s.wayBack(s.rec.Base, device.Reverted, why, rest)
}

// startArmed: nothing was applied, says the record, and the daemon is believed before the record.
func (s *Switch) startArmed(why string) Action {
	return s.do(Compare{s.rec.Base}, func(o Outcome) Action {
		switch {
		case o.Err != nil:
			s.phase, s.detail = device.Stuck, why+"; what runs cannot be read: "+o.Err.Error()
			return s.later(o.Now, func() Action { return s.startArmed(why) })
		case len(o.Left) > 0:
			return s.wayBack(s.rec.Base, device.Reverted, why, rest)
		}
		s.restless = false
		return s.disarm(why, rest)
	})
}

// revert goes back on request.
func (s *Switch) revert(e Revert) Action {
	if e.Stopping {
		if s.phase != device.Armed && s.phase != device.Applied {
			return rest()
		}
		return s.back("the agent is being stopped", rest)
	}
	if a, refused := s.other(e.Change); refused {
		return a
	}
	answer := func() Action {
		if s.phase != device.Idle { // stuck, or to be read once more
			return s.fail("%s: %s", s.rec.Change, s.detail)
		}
		return rest()
	}
	why := "asked to revert"
	if e.Reason != "" {
		why = e.Reason
	}
	switch s.phase {
	case device.Idle:
		if s.rec.Outcome == device.Confirmed {
			return s.refuse(device.RefusedPhase, "%s was confirmed: to return is a change of its own, or a restore", e.Change)
		}
		return rest() // a repeated message
	case device.Confirming:
		return s.refuse(device.RefusedPhase, "%s was confirmed: to return is a change of its own, or a restore", e.Change)
	case device.Armed:
		return s.do(Compare{s.rec.Base}, func(o Outcome) Action {
			switch {
			case o.Err != nil:
				why += "; what runs cannot be read: " + o.Err.Error()
			case len(o.Left) > 0:
				why += "; what runs is not what ran at arming: " + names(o.Left)
			}
			return s.disarm(why, answer)
		})
	case device.Stuck:
		a := s.again
		s.again = nil
		if a == nil {
			return s.wayBack(s.rec.Base, device.Reverted, why, answer)
		}
		return s.chain(a(), answer)
	}
	return s.wayBack(s.rec.Base, device.Reverted, why, answer)
}

// chain runs what follows when a series of actions has come to rest.
func (s *Switch) chain(a Action, then func() Action) Action {
	if a == nil {
		return then()
	}
	next := s.then
	return s.do(a, func(o Outcome) Action { return s.chain(next(o), then) })
}

// restore returns to a stored configuration, whatever is going on.
func (s *Switch) restore(e Restore) Action {
	if !e.Stored {
		return s.refuse(device.RefusedUnknown, "the router has not had a configuration %s, or it is not stored any more", e.Hash.Short())
	}
	why := "a rescue"
	if e.Reason != "" {
		why += ": " + e.Reason
	}
	answer := func() Action {
		if s.phase != device.Idle { // stuck, or to be read once more
			return s.fail("%s", s.detail)
		}
		return rest()
	}
	back := func() Action {
		s.rec.Persist = true
		return s.wayBack(e.Hash, device.Restored, why, answer)
	}
	if s.phase != device.Idle {
		return back()
	}
	// Where nothing is under way, what runs already is not given to the daemon once more.
	return s.do(Compare{e.Hash}, func(o Outcome) Action {
		if o.Err != nil || len(o.Left) > 0 {
			return back()
		}
		return s.do(Persist{e.Hash}, func(o Outcome) Action {
			if o.Err != nil {
				return back()
			}
			s.rec.Target, s.rec.Ends = e.Hash, device.Restored
			return s.arrived(device.RunsAlready, func(Instant, string) Action { return back() }, answer)
		})
	})
}

// disarm ends a change whose candidate the daemon was never given, and touches nothing.
func (s *Switch) disarm(why string, then func() Action) Action {
	before := s.rec
	s.ended(device.Reverted)
	s.say("nothing was applied: %s", why)
	rec := s.rec
	s.rec = before
	return s.do(Save{rec}, func(o Outcome) Action {
		if o.Err != nil {
			s.phase, s.detail = device.Stuck, "nothing was applied ("+why+"), but the disk does not take the end of it: "+o.Err.Error()
			s.later(o.Now, func() Action { return s.disarm(why, rest) })
			return then()
		}
		s.over(rec)
		return s.do(Release{rec.Needs()}, func(Outcome) Action { return then() })
	})
}

// over makes a record that is on disk, and has ended, the switch's own.
func (s *Switch) over(rec Record) {
	s.rec, s.phase, s.detail = rec, device.Idle, rec.Detail
	s.guards, s.incarnation = nil, ""
	s.settled()
}

// wayBack returns to the target. A disk that does not take the intention stops nothing: what is on it leads back as well.
func (s *Switch) wayBack(target device.Hash, ends device.Outcome, why string, then func() Action) Action {
	s.settled()
	s.rec.Phase, s.rec.Target, s.rec.Ends = device.Reverting, target, ends
	s.phase = device.Reverting
	s.say("%s", why)
	return s.do(Save{s.rec}, func(Outcome) Action { return s.attempt(why, then) })
}

// attempt is one try: load, read back, and only then say so.
func (s *Switch) attempt(why string, then func() Action) Action {
	s.phase = device.Reverting
	target := s.rec.Target
	stuck := func(now Instant, what string) Action {
		s.phase = device.Stuck
		s.detail = "on the way back to " + target.Short() + " (" + why + "): " + what
		s.later(now, func() Action { return s.attempt(why, rest) })
		return then()
	}
	return s.do(Load{target}, func(o Outcome) Action {
		failed := o.Err
		return s.do(Compare{target}, func(o Outcome) Action {
			switch {
			case o.Err != nil && failed != nil:
				return stuck(o.Now, failed.Error()+"; and what runs cannot be read: "+o.Err.Error())
			case o.Err != nil:
				return stuck(o.Now, "what runs cannot be read: "+o.Err.Error())
			case len(o.Left) > 0 && failed != nil:
				return stuck(o.Now, failed.Error()+"; read back: "+names(o.Left))
			case len(o.Left) > 0:
				return stuck(o.Now, "the daemon took it, but read back: "+names(o.Left))
			}
			if s.restless {
				s.detail = "runs " + target.Short() + " again (" + why + "); it is read once more, should something still be at work"
				s.once(o.Now, func() Action { return s.attempt(why, rest) })
				return then()
			}
			if !s.rec.Persist {
				return s.arrived(why, stuck, then)
			}
			return s.do(Persist{target}, func(o Outcome) Action {
				if o.Err != nil {
					return stuck(o.Now, "it runs, but what the daemon starts with could not be written: "+o.Err.Error())
				}
				return s.arrived(why, stuck, then)
			})
		})
	})
}

func (s *Switch) arrived(why string, stuck func(Instant, string) Action, then func() Action) Action {
	before := s.rec
	ends, target := s.rec.Ends, s.rec.Target
	if ends == device.Restored {
		for _, e := range s.rec.History {
			if e.Hash == target {
				e.Confirmed = true
				s.had(e)
				break
			}
		}
		s.rec.Confirmed = target
	}
	s.ended(ends)
	s.say("%s to %s, read back and verified: %s", ends, target.Short(), why)
	rec := s.rec
	s.rec = before
	return s.do(Save{rec}, func(o Outcome) Action {
		if o.Err != nil {
			return stuck(o.Now, "it runs and is verified, but the disk does not take the end of it: "+o.Err.Error())
		}
		s.over(rec)
		return s.do(Release{rec.Needs()}, func(Outcome) Action { return then() })
	})
}

// tick looks whether something has come undone.
func (s *Switch) tick(now Instant) Action {
	if s.again != nil {
		// A clock that cannot be read, or went backwards, does not make the wait longer.
		if now.Readable() && now.Since < s.retry && s.retry-now.Since <= LongestPause {
			return rest()
		}
		return s.tryAgain()
	}
	if s.phase != device.Armed && s.phase != device.Applied {
		return rest()
	}
	return s.do(ReadIncarnation{}, func(o Outcome) Action {
		if o.Err == nil && o.Incarnation != s.incarnation {
			return s.back(s.foreign(o.Incarnation), rest)
		}
		if s.phase != device.Applied || len(s.guards) == 0 {
			return rest()
		}
		if o.Err != nil {
			return s.guard(device.Observation{}, o.Err, o.Now)
		}
		return s.do(Observe{}, func(o Outcome) Action { return s.guard(o.Seen, o.Err, o.Now) })
	})
}

// guard goes back where a guard has been lost for too long. A daemon that does not answer has lost everything.
func (s *Switch) guard(seen device.Observation, err error, now Instant) Action {
	if err != nil {
		seen = device.Observation{}
	}
	for _, g := range s.guards {
		gone := g.look(seen)
		if len(gone) == 0 {
			g.lost = false
			continue
		}
		if !g.lost {
			g.lost, g.since = true, now.Since
		}
		if now.Since-g.since < g.lasts {
			continue
		}
		why := gone[0].String() + " was gone for " + (now.Since - g.since).String()
		if err != nil {
			why += " (the daemon does not answer: " + err.Error() + ")"
		}
		return s.back(why, rest)
	}
	return rest()
}
