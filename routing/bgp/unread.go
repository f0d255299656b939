package bgp

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// emptiesExt reports that some policy may leave EXTENDED_COMMUNITIES without any, so that sessions hang on what goes over them.
func (s *solver) emptiesExt() bool {
	for _, in := range s.instances {
		if in.config.VPN != nil {
			return true
		}
		for _, p := range in.device.Policies {
			for i := range p.Statements {
				for _, a := range p.Statements[i].Set {
					if x, ok := a.(network.SetExtCommunity); ok && x.LeavesEmpty && x.Mode != network.AddTo {
						return true
					}
				}
			}
		}
	}
	return false
}

// unread reports that the neighbor is sent an update for which it ends the session.
func (w *worker) unread(p *peer) bool {
	if p.remote == nil || p.remote.in.config.Habits.EmptyExtTaken {
		return false
	}
	return slices.ContainsFunc(w.out[p.id], func(r route) bool { return ends(p, r.attrs) })
}

// ends reports that a bgpd ends the session for a path with EXTENDED_COMMUNITIES of no length (tried with 8.4.4): over iBGP and within a
// confederation for that alone (NOTIFICATION 3/9). From an eBGP neighbor it takes the update for a withdrawal (RFC 7606), and reads on
// where it stands: what comes behind, attributes of higher types, are prefixes of impossible lengths to it (NOTIFICATION 3/10).
func ends(p *peer, a *attrs) bool {
	return a.EmptyExt && (p.state.Type != EBGP || len(a.Large) > 0 || a.HasAIGP)
}

// unreadUpdate is an update that the other end of the sender's session does not read.
type unreadUpdate struct {
	by     *peer
	prefix netip.Prefix
}

// dropUnread tears down the sessions over which an update goes that the other end does not read, and reports whether there
// were any: then everything is solved again without them. On routers they come up again, up to that update. A session that would not
// be sent it without another of them stays: the route has gone before it gets there, or may have, see unreadDoubts.
func (s *solver) dropUnread(changed map[netip.Prefix]bool) bool {
	var all []unreadUpdate
	broken := map[*peer]bool{}
	for _, p := range s.prefixes {
		t := s.tables[p]
		if t == nil {
			continue
		}
		for _, c := range t.counts {
			if x := s.peers[c.peer]; c.unread && x.state.State == Established {
				all = append(all, unreadUpdate{x, p})
				broken[x], broken[x.remote] = true, true
			}
		}
	}
	if len(all) == 0 {
		return false
	}
	first := all[:0:0]
	hang := map[*peer]unreadUpdate{}
	for _, u := range all {
		if s.comesPast(u, broken) {
			first = append(first, u)
		} else if _, known := hang[u.by]; !known {
			hang[u.by] = u
		}
	}
	if len(first) == 0 {
		first = all // each hangs on another
	}
	for _, u := range first {
		if u.by.state.State == Established {
			s.endUnread(u)
		}
	}
	if s.passing == nil {
		s.passing = map[*peer]unreadUpdate{}
	}
	maps.Copy(s.passing, hang)
	s.withoutSessions(changed)
	return true
}

func (s *solver) endUnread(u unreadUpdate) {
	why := "it is sent " + u.prefix.String() + " with EXTENDED_COMMUNITIES of no length, left by a policy that removes or replaces them"
	if u.by.state.Type == EBGP {
		why += ", and other attributes behind them"
	}
	q := u.by.remote
	q.down(ReasonMalformed, why+", and ends the session; it comes up again and again")
	s.shut(q)
	u.by.down(ReasonMalformed, "on "+q.in.device.Name+": "+why)
	s.shut(u.by)
}

// comesPast reports that the sender has the route without any of the broken sessions.
func (s *solver) comesPast(u unreadUpdate, broken map[*peer]bool) bool {
	t, f := s.tables[u.prefix], network.FamilyOf(u.prefix)
	seen := map[*instance]bool{}
	var has func(p *peer) bool
	has = func(p *peer) bool {
		if seen[p.in] {
			return false
		}
		seen[p.in] = true
		paths, marks := s.at(t, p.in.id)
		for i := range paths {
			if !marks[i].best && !p.families[f].addPathSend {
				continue
			}
			if paths[i].from < 0 {
				return true
			}
			from := s.peers[paths[i].from]
			if !broken[from] && (from.remote == nil || has(from.remote)) {
				return true
			}
		}
		return false
	}
	return has(u.by)
}

// unreadDoubts says of which sessions that stay up it hangs on an instant whether such an update gets to them: each time that the session comes up
// by which the sender has the route, until that is reset (seen between GoBGP and bgpd 8.4.4: some of many resets reach further).
func (s *solver) unreadDoubts() {
	for p, u := range s.passing {
		if p.state.State == Established {
			s.uncertain[Uncertainty{Router: p.remote.in.router, Span: p.remote.config.Span, Why: fmt.Sprintf(
				"neighbor %s: the session is reset when it is sent %s with EXTENDED_COMMUNITIES of no length, and that comes to %s over a session that is itself reset, and comes up, again and again",
				p.remote.config.Key(), u.prefix, p.in.device.Name)}] = true
		}
	}
}
