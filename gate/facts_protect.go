package gate

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/policies"
	"github.com/routegate/routegate/routing/bgp"
)

// protectFacts says how each protected prefix fares on this side; other is the other side.
func (s *side) protectFacts(other *side) []policies.ProtectFacts {
	out := []policies.ProtectFacts{}
	for i := range s.net.Env.Protect {
		p := &s.net.Env.Protect[i]
		for _, prefix := range p.Prefixes {
			out = append(out, s.protectFact(other, p, prefix))
		}
	}
	return out
}

func (s *side) protectFact(other *side, p *network.Protected, prefix netip.Prefix) policies.ProtectFacts {
	originators, receivers := s.originators(prefix), s.coveringOutside(prefix)
	f := policies.ProtectFacts{
		Name: p.Name, Prefix: prefix.String(), MinOrigins: max(p.MinOrigins, 1), OutsideNeighbors: len(receivers),
		From: []policies.ReachFact{}, Span: s.span(p.Span),
	}
	outside := len(receivers) > 0 || len(other.coveringOutside(prefix)) > 0 || slices.Contains(p.ReachableFrom, "outside")
	igp := len(originators) == 0 && len(other.originators(prefix)) == 0
	f.Origins = s.originsOf(prefix, originators, outside, igp)
	ways := s.ways(prefix, s.probes(prefix), originators)
	for _, from := range p.ReachableFrom {
		if from == "outside" {
			f.From = append(f.From, ways.fromOutside(receivers))
			continue
		}
		routers := s.routersNamed(from)
		if len(routers) == 0 {
			f.From = append(f.From, policies.ReachFact{Source: from, Outcome: "no router is " + from, Path: []string{}})
		}
		for _, r := range routers {
			a := ways.arrival(r)
			f.From = append(f.From, policies.ReachFact{Source: from, Router: r, OK: a.ok, Outcome: a.outcome, At: a.at, Path: names(a.path)})
		}
	}
	return f
}

// originsOf are the routers that originate a prefix and, where it is announced outside, have a way to there; where it lives
// in the IGP alone, those that hold it.
func (s *side) originsOf(prefix netip.Prefix, originators map[string]bool, outside, igp bool) []string {
	switch {
	case igp:
		return s.holders(prefix)
	case outside:
		return s.announcedOrigins(prefix, originators)
	}
	return sortedNames(originators)
}

// originators are the routers with a BGP route of their own to the prefix or to one that covers
// it. A default route covers everything and originates nothing.
func (s *side) originators(prefix netip.Prefix) map[string]bool {
	out := map[string]bool{}
	for bits := prefix.Bits(); bits > 0; bits-- {
		cover, _ := prefix.Addr().Prefix(bits)
		for _, o := range s.originations()[cover] {
			if o.Usable {
				out[o.Router] = true
			}
		}
	}
	return out
}

// holders are the routers that have the prefix, or part of it, on an interface.
func (s *side) holders(prefix netip.Prefix) []string {
	out := []string{}
	for _, r := range s.net.Routers {
		for _, v := range r.VRFs {
			route, ok := s.res.Lookup(r.Name, v.Name, representative(prefix))
			if ok && (route.Protocol == network.Connected || route.Protocol == network.Local) && !slices.Contains(out, r.Name) {
				out = append(out, r.Name)
			}
		}
	}
	return out
}

// announcedOrigins are the originators from which a usable path leads to a router that announces the
// prefix outside: those that carry it now, and those that would take over.
func (s *side) announcedOrigins(prefix netip.Prefix, originators map[string]bool) []string {
	found := map[string]bool{}
	type at struct{ router, vrf string }
	for bits := prefix.Bits(); bits > 0; bits-- {
		cover, _ := prefix.Addr().Prefix(bits)
		seen := map[at]bool{}
		var queue []at
		for _, x := range s.res.Receivers(cover) {
			queue = append(queue, at{x.Router, x.VRF})
		}
		for len(queue) > 0 {
			here := queue[0]
			queue = queue[1:]
			if seen[here] {
				continue
			}
			seen[here] = true
			e := s.res.Entry(here.router, here.vrf, cover)
			if e == nil {
				continue
			}
			for i := range e.Paths {
				p := &e.Paths[i]
				if p.Source == bgp.FromVRF {
					if p.NextHopOK {
						queue = append(queue, at{here.router, p.VRF})
					}
					continue
				}
				switch x := s.session(here.router, here.vrf, p.Neighbor); {
				case !p.NextHopOK:
				case p.Source != bgp.FromNeighbor:
					found[here.router] = true
				case x != nil && !x.External():
					queue = append(queue, at{x.Remote, s.remoteVRF(x)})
				}
			}
		}
	}
	for r := range found {
		if !originators[r] {
			delete(found, r)
		}
	}
	return sortedNames(found)
}

func sortedNames(set map[string]bool) []string {
	out := make([]string, 0, len(set))
	for n := range set {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// fromOutside: some neighbor outside has a route to the prefix, and packets that enter at the
// routers that gave it get there.
func (w *ways) fromOutside(receivers []*bgp.Session) policies.ReachFact {
	f := policies.ReachFact{Source: "outside", Router: "outside", Path: []string{}}
	if len(receivers) == 0 {
		f.Outcome = "announced to nobody outside"
		return f
	}
	for _, x := range receivers {
		a := w.arrival(x.Router)
		f.OK, f.Outcome, f.At, f.Path = a.ok, a.outcome, a.at, names(a.path)
		if !a.ok {
			break
		}
	}
	return f
}

// routersNamed are the routers of role:NAME, site:NAME, group:NAME, or one by name.
func (s *side) routersNamed(source string) []string {
	var out []string
	for _, r := range s.net.Routers {
		if s.net.Env.Selects(source, r.Name) {
			out = append(out, r.Name)
		}
	}
	return out
}
