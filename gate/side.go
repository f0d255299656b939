package gate

import (
	"net/netip"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/policies"
	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/bgp"
	"github.com/routegate/routegate/routing/policy"
)

// side is one snapshot with what it does, and what is asked of it again and again.
// Not safe for concurrent use: it remembers answers.
type side struct {
	name string // before, after
	snap *config.Snapshot
	net  *network.Network
	res  *routing.Result

	evaluators map[string]*policy.Evaluator
	learnings  map[tableKey]learning
	origins    map[netip.Prefix][]bgp.Origination
	own        map[uint32]bool // our ASes; nil until asked
	held       []heldAddress   // by address; nil until asked
	places     map[place][]seat
}

type tableKey struct {
	router, vrf string
	prefix      netip.Prefix
}

func newSide(name string, s *config.Snapshot, r *routing.Result) *side {
	return &side{name: name, snap: s, net: s.Network, res: r, evaluators: map[string]*policy.Evaluator{}, learnings: map[tableKey]learning{}}
}

// session is a router's end of a session; nil where there is none.
func (s *side) session(router, vrf, neighbor string) *bgp.Session {
	return s.res.Session(router, vrf, neighbor)
}

// evaluator compiles a router's policies once.
func (s *side) evaluator(r *network.Router) *policy.Evaluator {
	e := s.evaluators[r.Name]
	if e == nil {
		e = policy.Compile(r)
		s.evaluators[r.Name] = e
	}
	return e
}

// span is a position on this side, for policies.
func (s *side) span(x network.Span) policies.Span {
	return policies.Span{Side: s.name, File: x.File, First: int(x.First), Last: int(x.Last)}
}

// originations are the BGP routes of the routers' own.
func (s *side) originations() map[netip.Prefix][]bgp.Origination {
	if s.origins == nil {
		s.origins = s.res.Originations()
	}
	return s.origins
}

// ours are the ASes of the routers in the snapshot; read-only.
func (s *side) ours() map[uint32]bool {
	if s.own != nil {
		return s.own
	}
	out := map[uint32]bool{}
	for _, r := range s.net.Routers {
		for _, v := range r.VRFs {
			if v.BGP == nil {
				continue
			}
			out[v.BGP.AS] = true
			if v.BGP.Confederation.Identifier != 0 {
				out[v.BGP.Confederation.Identifier] = true
			}
			for _, n := range v.BGP.Neighbors {
				if n.LocalAS.Number != 0 {
					out[n.LocalAS.Number] = true
				}
			}
		}
	}
	delete(out, 0)
	s.own = out
	return out
}

// relationWord is what an outside AS is to us on this side; "" when it is not said.
func (s *side) relationWord(as uint32) string {
	if r, ok := s.net.Env.Relation(as); ok {
		return r.Is.String()
	}
	return ""
}

// relation is that of the after side, or of the before side where only that says it.
func (s *side) relation(after *side, as uint32) string {
	if w := after.relationWord(as); w != "" {
		return w
	}
	return s.relationWord(as)
}

// external are the established sessions to neighbors outside, in the order of the result.
func (s *side) external(yield func(*bgp.Session) bool) {
	for i := range s.res.Sessions {
		x := &s.res.Sessions[i]
		if x.External() && x.State == bgp.Established && !yield(x) {
			return
		}
	}
}

func (s *side) announcedOutside(p netip.Prefix) bool { return len(s.res.Receivers(p)) > 0 }

// coveringOutside are the sessions that receive the prefix or one that covers it: the
// longest cover each, since that is what the outside follows.
func (s *side) coveringOutside(p netip.Prefix) (sessions []*bgp.Session) {
	seen := map[*bgp.Session]bool{}
	for bits := p.Bits(); bits >= 0; bits-- {
		cover, _ := p.Addr().Prefix(bits)
		for _, x := range s.res.Receivers(cover) {
			if !seen[x] {
				seen[x] = true
				sessions = append(sessions, x)
			}
		}
	}
	return sessions
}

// foreignOrigin is the AS that originates a prefix which neighbors outside announce to us and our import policies
// accept (0 where the path does not say), the lowest of several; ok is false where nobody announces it.
func (s *side) foreignOrigin(p netip.Prefix) (origin uint32, ok bool) {
	for _, a := range s.res.HeardOf(p) {
		if as, _ := a.ASPath.Origin(); !ok || as < origin {
			origin, ok = as, true
		}
	}
	return origin, ok
}

// learning is where a router's best route to a prefix was learned.
type learning struct {
	known    bool
	own      bool     // one of our routers originates it
	as       uint32   // else the outside AS it was learned from
	neighbor string   // and that neighbor
	path     []string // our routers, from where it was learned to this one
}

// learned follows best paths hop by hop back to where the route entered the network.
func (s *side) learned(router, vrf string, p netip.Prefix) learning {
	key := tableKey{router, vrf, p}
	if l, ok := s.learnings[key]; ok {
		return l
	}
	s.learnings[key] = learning{path: []string{router}} // a circle ends here, unknown
	l := learning{path: []string{router}}
	best, ok := s.res.Best(router, vrf, p)
	if ok && best.Source == bgp.FromVRF && best.VRFNeighbor != "" {
		vrf, best.Neighbor, best.Source = best.VRF, best.VRFNeighbor, bgp.FromNeighbor
	}
	switch {
	case !ok:
		// A default that is originated towards a neighbor stands in no table.
	case best.Source != bgp.FromNeighbor:
		l.known, l.own = true, true
	default:
		x := s.session(router, vrf, best.Neighbor)
		switch {
		case x == nil:
		case x.External():
			l.known, l.as, l.neighbor = true, x.RemoteAS, x.Neighbor
		default:
			l = s.learned(x.Remote, s.remoteVRF(x), p)
			l.path = append(append([]string{}, l.path...), router)
		}
	}
	s.learnings[key] = l
	return l
}

// remoteVRF is the routing instance of the session's other end: the one that has its neighbor.
func (s *side) remoteVRF(x *bgp.Session) string {
	if s.session(x.Remote, x.VRF, x.RemoteKey) != nil {
		return x.VRF
	}
	if r := s.net.Router(x.Remote); r != nil {
		for _, v := range r.VRFs {
			if s.session(x.Remote, v.Name, x.RemoteKey) != nil {
				return v.Name
			}
		}
	}
	return x.VRF
}

// deliberate reports whether the change itself shuts the session down or removes it, on either
// end: its statement, its interface's, or its router is gone or newly shut.
func deliberate(c *diff.SessionChange, before, after *side) bool {
	if c.Kind != diff.SessionLost && c.Kind != diff.SessionRemoved {
		return false
	}
	if endShut(c.Router, c.VRF, c.Neighbor, before, after) {
		return true
	}
	return c.Before != nil && c.Remote != "" && endShut(c.Remote, before.remoteVRF(c.Before), c.Before.RemoteKey, before, after)
}

// endShut reports whether one end stood open before and is shut or gone after.
func endShut(router, vrf, key string, before, after *side) bool {
	return endOpen(before.net, router, vrf, key) && !endOpen(after.net, router, vrf, key)
}

// endOpen reports whether the neighbor is configured and nothing shuts it down.
func endOpen(n *network.Network, router, vrf, key string) bool {
	b := bgpOf(n, router, vrf)
	if b == nil || b.Shutdown {
		return false
	}
	x := b.Neighbor(key)
	return x != nil && !x.Shutdown
}

func bgpOf(n *network.Network, router, vrf string) *network.BGP {
	r := n.Router(router)
	if r == nil {
		return nil
	}
	if v := r.VRF(vrf); v != nil {
		return v.BGP
	}
	return nil
}
