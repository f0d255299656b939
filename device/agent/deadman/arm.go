package deadman

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/routegate/routegate/device"
)

// arm reads and asks all that can be known before anything is touched; then the disk, then the answer.
func (s *Switch) arm(e Arm) Action {
	switch {
	case s.phase != device.Idle && e.Change == s.rec.Change && e.Candidate == s.rec.Candidate && e.Base == s.rec.Expected && s.unconfirmed():
		return rest() // a repeated message
	case s.phase != device.Idle:
		return s.refuse(device.RefusedArmed, "%s is %s here: a second change is not armed before it has ended", s.rec.Change, s.phase)
	case slices.Contains(s.rec.Ended, e.Change):
		return s.refuse(device.RefusedEnded, "%s has ended here already: a new try needs an id of its own", e.Change)
	}
	if why := s.senseless(e); why != "" {
		return s.refuse(device.RefusedInvalid, "%s", why)
	}
	guards, err := newGuards(e.Guards)
	if err != nil {
		return s.refuse(device.RefusedInvalid, "%v", err)
	}
	unreadable := func(what string, err error) Action {
		return s.refuse(device.RefusedDaemon, "%s: %v", what, err)
	}
	rec := s.rec
	rec.Change, rec.Expected, rec.Candidate, rec.CandidateFiles = e.Change, e.Base, e.Candidate, e.NewFiles
	rec.Armed, rec.Window = e.Now, e.Window
	rec.Phase, rec.Outcome, rec.Detail = device.Armed, device.NoOutcome, ""
	// The incarnation is read first: who configures the daemon after that is noticed before the candidate is applied.
	return s.do(ReadIncarnation{}, func(o Outcome) Action {
		if o.Err != nil {
			return unreadable("the daemon's incarnation", o.Err)
		}
		incarnation := o.Incarnation
		return s.do(ReadRunning{}, func(o Outcome) Action {
			if o.Err != nil {
				return unreadable("the running configuration", o.Err)
			}
			rec.Base = o.Hash
			baseFiles := o.Files
			return s.do(Compare{e.Base}, func(o Outcome) Action {
				if o.Err != nil {
					return unreadable("the running configuration", o.Err)
				}
				if len(o.Left) > 0 {
					return s.refuse(device.RefusedDrift, "what runs is not what %s starts from: %s", e.Change, names(o.Left))
				}
				return s.do(Check{e.Candidate}, func(o Outcome) Action {
					if o.Err != nil {
						return s.refuse(device.RefusedCandidate, "the daemon would not take the candidate: %v", o.Err)
					}
					keep := func(now Instant) Action {
						before := "before " + e.Change
						s.incarnation, s.guards = incarnation, guards
						return s.keep(rec, []Entry{
							{Hash: e.Base, Change: before, At: now.Wall, Files: e.BaseFiles},
							{Hash: rec.Base, Change: before, At: now.Wall, Files: baseFiles},
						})
					}
					if len(guards) == 0 {
						return keep(o.Now)
					}
					return s.do(Observe{}, func(o Outcome) Action {
						if o.Err != nil {
							return unreadable("the daemon's tables, which the guards need", o.Err)
						}
						for _, g := range guards {
							if what := g.blind(o.Seen); what != "" {
								return s.refuse(device.RefusedInvalid, "the daemon does not tell its %s: a guard could not see them go", what)
							}
							g.look(o.Seen)
						}
						return keep(o.Now)
					})
				})
			})
		})
	})
}

// keep puts everything on disk. The configurations come first: a record never names what is not there.
func (s *Switch) keep(rec Record, had []Entry) Action {
	idle := s.rec
	for _, e := range had {
		s.had(e)
	}
	rec.History = s.rec.History
	s.rec = idle
	return s.do(Keep{rec}, func(o Outcome) Action {
		if o.Err != nil {
			cause := o.Err
			return s.do(Release{idle.Needs()}, func(Outcome) Action {
				return s.refuse(device.RefusedStorage, "the disk does not take the configurations, so nothing is armed: %v", cause)
			})
		}
		return s.do(Save{rec}, func(o Outcome) Action {
			if o.Err != nil {
				return s.unarm(idle, o.Err)
			}
			s.rec, s.phase, s.detail = rec, device.Armed, ""
			s.settled()
			if why := s.expired(o.Now); why != "" {
				return s.disarm(why, func() Action {
					return s.refuse(device.RefusedStorage, "arming took longer than the window: %s", why)
				})
			}
			return rest()
		})
	})
}

// unarm takes back a record of which it is not known whether it reached the disk. What is not taken back is found armed
// at the next start, and goes back from there.
func (s *Switch) unarm(idle Record, cause error) Action {
	return s.do(Save{idle}, func(o Outcome) Action {
		refuse := func() Action {
			return s.refuse(device.RefusedStorage, "the disk does not take the switch's state, so nothing is armed: %v", cause)
		}
		if o.Err != nil {
			return refuse()
		}
		return s.do(Release{idle.Needs()}, func(Outcome) Action { return refuse() })
	})
}

// senseless says what is wrong with an order, or "".
func (s *Switch) senseless(e Arm) string {
	switch {
	case e.Change == "":
		return "the change has no id"
	case len(e.Change) > LongestID:
		return fmt.Sprintf("the change's id has %d bytes, at most %d are allowed", len(e.Change), LongestID)
	case len(e.NewFiles) == 0:
		return "the candidate has no files"
	case len(e.BaseFiles) == 0:
		return "the base has no files: an agent does not arm without knowing what should run"
	case e.Window < time.Second || e.Window > s.limits.LongestWindow:
		return fmt.Sprintf("the window is %v, want 1s to %v", e.Window, s.limits.LongestWindow)
	case !e.Now.Readable():
		return "the machine's clock or boot id cannot be read: a deadline would mean nothing"
	}
	return ""
}

// guard is a device.Guard with what it has seen.
type guard struct {
	lasts time.Duration
	items []guarded
	lost  bool
	since time.Duration // since boot, where lost
}

// guarded is one session or prefix. It can be lost only after it was there: a prefix that the change is to bring is not
// gone because it has not come yet.
type guarded struct {
	neighbor string
	prefix   netip.Prefix
	seen     bool
}

func (g guarded) String() string {
	if g.neighbor != "" {
		return "the session with " + g.neighbor
	}
	return "the route to " + g.prefix.String()
}

func newGuards(all []device.Guard) ([]*guard, error) {
	var out []*guard
	for i, g := range all {
		n := &guard{lasts: g.For}
		if g.For < 0 {
			return nil, fmt.Errorf("guard %d: for %v, want 0s or more", i+1, g.For)
		}
		for _, x := range g.Neighbors {
			n.items = append(n.items, guarded{neighbor: x})
		}
		for _, x := range g.Prefixes {
			p, err := netip.ParsePrefix(x)
			if err != nil {
				return nil, fmt.Errorf("guard %d: prefix %q: want CIDR notation, as in 203.0.113.0/24", i+1, x)
			}
			n.items = append(n.items, guarded{prefix: p.Masked()})
		}
		if len(n.items) == 0 {
			return nil, fmt.Errorf("guard %d names neither a neighbor nor a prefix", i+1)
		}
		out = append(out, n)
	}
	return out, nil
}

// blind says what the guard needs and the daemon does not tell.
func (g *guard) blind(o device.Observation) string {
	for _, it := range g.items {
		switch {
		case it.neighbor != "" && o.Sessions == nil:
			return "sessions"
		case it.neighbor == "" && o.Routes == nil:
			return "routes"
		}
	}
	return ""
}

// look marks what is there and returns what was and is gone.
func (g *guard) look(o device.Observation) (gone []guarded) {
	for i := range g.items {
		it := &g.items[i]
		there := false
		if it.neighbor != "" {
			there = slices.ContainsFunc(o.Sessions, func(x device.Session) bool { return x.Neighbor == it.neighbor && x.Established })
		} else {
			there = slices.ContainsFunc(o.Routes, func(x device.Route) bool { return x.Prefix == it.prefix })
		}
		it.seen = it.seen || there
		if it.seen && !there {
			gone = append(gone, *it)
		}
	}
	return gone
}
