package diff

import (
	"cmp"
	"slices"

	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/bgp"
)

type sessionKey struct{ router, vrf, neighbor string }

func keyOf(s *bgp.Session) sessionKey { return sessionKey{s.Router, s.VRF, s.Neighbor} }

// sessionChanges pairs the ends of both sides by router, instance and neighbor.
func sessionChanges(before, after *routing.Result) []SessionChange {
	var out []SessionChange
	old := before.Sessions
	for i := range after.Sessions {
		b := &after.Sessions[i]
		for ; len(old) > 0 && compareEnds(&old[0], b) < 0; old = old[1:] {
			out = removed(out, &old[0])
		}
		var a *bgp.Session
		if len(old) > 0 && compareEnds(&old[0], b) == 0 {
			a, old = &old[0], old[1:]
		}
		if c, changed := compareSession(a, b); changed {
			out = append(out, c)
		}
	}
	for i := range old {
		out = removed(out, &old[i])
	}
	out = withPeerResets(out, before, after)
	slices.SortFunc(out, func(x, y SessionChange) int {
		return cmp.Or(cmp.Compare(x.Router, y.Router), cmp.Compare(x.VRF, y.VRF), cmp.Compare(x.Neighbor, y.Neighbor))
	})
	return out
}

// compareEnds is the order of Result.Sessions.
func compareEnds(a, b *bgp.Session) int {
	return cmp.Or(cmp.Compare(a.Router, b.Router), cmp.Compare(a.VRF, b.VRF), cmp.Compare(a.Neighbor, b.Neighbor))
}

func removed(out []SessionChange, a *bgp.Session) []SessionChange {
	if a.State == bgp.Established {
		out = append(out, describe(a, nil, SessionRemoved))
	}
	return out
}

func compareSession(a, b *bgp.Session) (SessionChange, bool) {
	wasUp := a != nil && a.State == bgp.Established
	isUp := b.State == bgp.Established
	switch {
	case wasUp && !isUp:
		c := describe(a, b, SessionLost)
		c.Reason, c.Detail = b.Reason, b.Detail
		return c, true
	case !wasUp && isUp:
		return describe(a, b, SessionGained), true
	case wasUp && isUp && resets(a, b):
		c := describe(a, b, SessionReset)
		c.Detail = resetDetail(a, b)
		return c, true
	}
	return SessionChange{}, false
}

// resets: the dialect says by ResetKey which settings make its daemon start the
// session anew; a change of either end's address or of the router at the other
// end does so in every daemon.
func resets(a, b *bgp.Session) bool {
	if a.Config != nil && b.Config != nil && a.Config != b.Config && a.Config.ResetKey != b.Config.ResetKey {
		return true
	}
	return a.LocalAddr != b.LocalAddr || a.PeerAddr != b.PeerAddr || a.Remote != b.Remote
}

func describe(a, b *bgp.Session, kind SessionKind) SessionChange {
	s := b
	if s == nil {
		s = a
	}
	c := SessionChange{Router: s.Router, VRF: s.VRF, Neighbor: s.Neighbor, Remote: s.Remote, RemoteAS: s.RemoteAS,
		Type: s.Type, Kind: kind, Before: a, After: b}
	if c.Remote == "" && a != nil {
		c.Remote = a.Remote
	}
	if c.RemoteAS == 0 && a != nil {
		c.RemoteAS = a.RemoteAS
	}
	if s.Config != nil {
		c.Span = s.Config.Span
	}
	return c
}

// withPeerResets adds the far ends of reset sessions: a session is reset at both.
func withPeerResets(changes []SessionChange, before, after *routing.Result) []SessionChange {
	known := map[sessionKey]bool{}
	for _, c := range changes {
		known[sessionKey{c.Router, c.VRF, c.Neighbor}] = true
	}
	for _, c := range slices.Clone(changes) {
		if c.Kind != SessionReset || c.Remote == "" {
			continue
		}
		far := farEnd(after, c.After)
		if far == nil || known[keyOf(far)] {
			continue
		}
		known[keyOf(far)] = true
		d := describe(before.Session(far.Router, far.VRF, far.Neighbor), far, SessionReset)
		d.Detail = "reset by " + c.Router + ": " + c.Detail
		changes = append(changes, d)
	}
	return changes
}

func farEnd(r *routing.Result, s *bgp.Session) *bgp.Session {
	if s == nil || s.Remote == "" || s.RemoteKey == "" {
		return nil
	}
	for i := range r.Sessions {
		t := &r.Sessions[i]
		if t.Router == s.Remote && t.Neighbor == s.RemoteKey && t.Remote == s.Router {
			return t
		}
	}
	return nil
}

// resetDetail names the settings that differ between two reset keys, in the order of the
// new one: "remote-as 65001 becomes 65002".
func resetDetail(a, b *bgp.Session) string {
	if a.Config != nil && b.Config != nil && a.Config.ResetKey != b.Config.ResetKey {
		if d := settingsThatDiffer(a.Config.ResetKey, b.Config.ResetKey); d != "" {
			return d
		}
	}
	switch {
	case a.Remote != b.Remote:
		return "the peer is now " + orNone(b.Remote) + " instead of " + orNone(a.Remote)
	case a.PeerAddr != b.PeerAddr:
		return "the peer's address " + a.PeerAddr.String() + " becomes " + b.PeerAddr.String()
	}
	return "the local address " + a.LocalAddr.String() + " becomes " + b.LocalAddr.String()
}

func orNone(router string) string {
	if router == "" {
		return "outside of the snapshot"
	}
	return router
}

// countSessions counts established ends before the change.
func (t *Touched) countSessions(before *routing.Result) {
	for i := range before.Sessions {
		if before.Sessions[i].State == bgp.Established {
			t.SessionsTotal++
		}
	}
}
