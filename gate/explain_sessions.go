package gate

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
)

// sessionChains follow the sessions that a finding names by router and neighbor: those that go down, those that do not come up, and what the others carry.
func (q *inquiry) sessionChains(f *Finding) []Chain {
	var out []Chain
	met := map[string]bool{}
	for _, s := range []*side{q.before, q.after} {
		for i := range s.res.Sessions {
			e := &s.res.Sessions[i]
			if !slices.Contains(f.Routers, e.Router) || !slices.Contains(f.Neighbors, e.Neighbor) || met[e.Router+" "+e.VRF+" "+e.Neighbor] || len(out) == maxChains {
				continue
			}
			met[e.Router+" "+e.VRF+" "+e.Neighbor] = true
			if e.Remote != "" {
				met[e.Remote+" "+s.remoteVRF(e)+" "+e.RemoteKey] = true
			}
			if c, ok := q.sessionChain(f, e); ok {
				out = append(out, c)
			}
		}
	}
	return out
}

func (q *inquiry) sessionChain(f *Finding, e *bgp.Session) (Chain, bool) {
	x, y := q.before.session(e.Router, e.VRF, e.Neighbor), q.after.session(e.Router, e.VRF, e.Neighbor)
	was, is := x != nil && x.State == bgp.Established, y != nil && y.State == bgp.Established
	c := q.follow(false)
	switch {
	case was && !is:
		c.lostSession(x, y)
		c.wentWith(x)
		return q.chain(f, fmt.Sprintf("the session of %s with %s goes down", x.Router, q.before.farName(x)), c, sessionValues(x, y)...), true
	case !was && !is && y != nil:
		c.alteredEnds(y, y)
		c.downSession(y, y)
		return q.chain(f, fmt.Sprintf("the session of %s with %s does not come up", y.Router, q.after.farName(y)), c, sessionValues(x, y)...), true
	case is:
		c.carries(x, y)
		return q.chain(f, fmt.Sprintf("what goes over the session of %s with %s", y.Router, q.after.farName(y)), c, sessionValues(x, y)...), len(c.out) > 0
	}
	return Chain{}, false
}

// sessionValues are a session's state and what goes over it, on both sides.
func sessionValues(x, y *bgp.Session) []Value {
	state := func(s *bgp.Session) string {
		switch {
		case s == nil:
			return "no session"
		case s.State == bgp.Established:
			return s.State.String()
		}
		return s.State.String() + ": " + s.Reason.String()
	}
	out := []Value{{"session", state(x), state(y)}}
	for _, f := range network.Families {
		count := func(s *bgp.Session, of func(*bgp.Session) int) string {
			if s == nil || s.State != bgp.Established {
				return "0"
			}
			return strconv.Itoa(of(s))
		}
		if !(x != nil && x.Families[f] || y != nil && y.Families[f]) {
			continue
		}
		accepted, sent := func(s *bgp.Session) int { return s.Accepted[f] }, func(s *bgp.Session) int { return s.Sent[f] }
		out = append(out, Value{f.String() + " routes accepted", count(x, accepted), count(y, accepted)}, Value{f.String() + " routes sent", count(x, sent), count(y, sent)})
	}
	return out
}

// wentWith says what a lost session takes with it: the best routes that came over it, at either end.
func (c *causes) wentWith(x *bgp.Session) {
	ends := []*bgp.Session{x}
	if far := c.with.session(x.Remote, c.with.remoteVRF(x), x.RemoteKey); far != nil {
		ends = append(ends, far)
	}
	for _, e := range ends {
		for _, f := range network.Families {
			total, lost := 0, []netip.Prefix{}
			for entry := range c.with.res.Entries(e.Router, e.VRF, f) {
				if b := entry.Best(); b != nil && b.Source == bgp.FromNeighbor && b.Neighbor == e.Neighbor {
					total++
					if _, has := c.without.res.Best(e.Router, e.VRF, entry.Prefix); !has {
						lost = append(lost, entry.Prefix)
					}
				}
			}
			switch {
			case total == 0:
			case len(lost) == 0:
				c.add(e.Router, network.Span{}, network.Span{}, "had %d %s routes over it, and has each of them over another session", total, f)
			default:
				c.add(e.Router, network.Span{}, network.Span{}, "had %d %s routes over it, and %d of them it has no more, for example %s", total, f, len(lost), lost[0])
			}
		}
	}
}
