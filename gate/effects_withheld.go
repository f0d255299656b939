package gate

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/policies"
	"github.com/routegate/routegate/routing/bgp"
)

// withheldFacts are the prefixes that no provider and no peer receives any more, and no shorter one instead, although
// sessions that had them are up and the prefix is still there. A filter that lost an entry, a community that
// is not set any more and an import that refuses a customer's route look like this.
func withheldFacts(before, after *side) []policies.WithheldEffect {
	out := []policies.WithheldEffect{}
	var prefixes []netip.Prefix
	for sessions, list := range before.res.Sent() {
		if len(upstream(before, sessions)) > 0 {
			prefixes = append(prefixes, list...)
		}
	}
	slices.SortFunc(prefixes, comparePrefix)
	for _, p := range prefixes {
		lost := upstream(before, before.res.Receivers(p))
		if len(upstream(after, after.coveringButDefault(p))) > 0 {
			continue
		}
		w := policies.WithheldEffect{Prefix: p.String(), Neighbors: []string{}}
		routers := map[string]bool{}
		for _, x := range lost {
			routers[x.Router] = true
			if y := after.session(x.Router, x.VRF, x.Neighbor); y != nil && y.State == bgp.Established {
				w.Neighbors = append(w.Neighbors, before.neighborWords(x))
			}
		}
		if len(w.Neighbors) == 0 || !stillThere(&w, p, lost[0], before, after) {
			continue
		}
		w.Routers = sortedNames(routers)
		out = append(out, w)
	}
	return out
}

// upstream are the sessions to all but customers: what customers alone receive is not announced to the world.
func upstream(s *side, sessions []*bgp.Session) []*bgp.Session {
	var out []*bgp.Session
	for _, x := range sessions {
		if s.relationWord(x.RemoteAS) != network.Customer.String() {
			out = append(out, x)
		}
	}
	return out
}

// coveringButDefault are the sessions that receive the prefix or a shorter one that is no default route.
func (s *side) coveringButDefault(p netip.Prefix) []*bgp.Session {
	var out []*bgp.Session
	for bits := p.Bits(); bits > 0 || bits == p.Bits(); bits-- {
		cover, _ := p.Addr().Prefix(bits)
		out = append(out, s.res.Receivers(cover)...)
		if bits == 0 {
			break
		}
	}
	return out
}

// stillThere says where the prefix still is: at a router that originates it or is told to, or at a neighbor
// outside that keeps announcing it to us. x is a session that received it before.
func stillThere(w *policies.WithheldEffect, p netip.Prefix, x *bgp.Session, before, after *side) bool {
	l := before.learned(x.Router, x.VRF, p)
	if l.own || !l.known {
		if len(before.net.Env.Owned) > 0 && !before.owned(p) {
			return false // it should never have been announced
		}
		for _, o := range after.originations()[p] {
			if _, ok := after.res.Best(o.Router, o.VRF, p); ok {
				w.LearnedFrom, w.Still = "own", "still originated at "+o.Router
				return true
			}
		}
		if r := toldToOriginate(after, p); r != "" {
			w.LearnedFrom, w.Still = "own", fmt.Sprintf("%s is still told to announce it (network %s) and has no route to it", r, p)
			return true
		}
		return false
	}
	entry := l.path[0]
	y := after.sessionOf(entry, l.neighbor)
	if y == nil || y.State != bgp.Established || !announcedTo(after.net, entry, l.as, p) {
		return false
	}
	if w.LearnedFrom = before.relation(after, l.as); w.LearnedFrom == "" {
		w.LearnedFrom = "unknown"
	}
	w.Still = fmt.Sprintf("%s still announces it to %s", after.neighborWords(y), entry)
	return true
}

// toldToOriginate is the first router with a `network` statement for the prefix.
func toldToOriginate(s *side, p netip.Prefix) string {
	f := network.FamilyOf(p)
	for _, r := range s.net.Routers {
		for _, v := range r.VRFs {
			if v.BGP == nil {
				continue
			}
			for i := range v.BGP.Families[f].Networks {
				if v.BGP.Families[f].Networks[i].Prefix == p {
					return r.Name
				}
			}
		}
	}
	return ""
}

// announcedTo reports whether routegate.yaml says that the AS announces the prefix to the router.
func announcedTo(n *network.Network, router string, as uint32, p netip.Prefix) bool {
	return slices.ContainsFunc(n.Env.Announcements, func(a network.Announcement) bool {
		return a.To == router && a.From == as && slices.Contains(a.Prefixes, p)
	})
}

// sessionOf is the router's session with the neighbor, in whichever routing instance.
func (s *side) sessionOf(router, neighbor string) *bgp.Session {
	for i := range s.res.Sessions {
		if x := &s.res.Sessions[i]; x.Router == router && x.Neighbor == neighbor {
			return x
		}
	}
	return nil
}

// neighborWords names the other end of a session outside: "provider AS64600 (10.0.0.1)".
func (s *side) neighborWords(x *bgp.Session) string {
	words := fmt.Sprintf("AS%d (%s)", x.RemoteAS, x.Neighbor)
	if w := s.relationWord(x.RemoteAS); w != "" {
		return w + " " + words
	}
	return words
}

// emptiedFacts are the sessions outside that stay up and carry nothing in one direction any more, though there is
// something to carry.
func emptiedFacts(before, after *side) []policies.EmptiedEffect {
	out := []policies.EmptiedEffect{}
	for x := range before.external {
		y := after.session(x.Router, x.VRF, x.Neighbor)
		if y == nil || !y.External() || y.State != bgp.Established {
			continue
		}
		e := policies.EmptiedEffect{Router: x.Router, Neighbor: x.Neighbor, NeighborAS: y.RemoteAS, Relation: before.relation(after, y.RemoteAS)}
		if y.Config != nil {
			e.Span = after.span(y.Config.Span)
		}
		for _, f := range network.Families {
			e.Family = f.String()
			if x.Accepted[f] > 0 && y.Accepted[f] == 0 && y.Received[f] > 0 {
				e.Direction, e.Before, e.Example = "import", x.Accepted[f], ""
				out = append(out, e)
			}
			if x.Sent[f] == 0 || y.Sent[f] > 0 {
				continue
			}
			for a := range before.res.Advertised(x.Router, x.VRF, x.Neighbor, f) {
				if _, ok := after.res.Best(x.Router, x.VRF, a.Prefix); ok {
					e.Direction, e.Before, e.Example = "export", x.Sent[f], a.Prefix.String()
					out = append(out, e)
					break
				}
			}
		}
	}
	return out
}
