package bgp

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// hollow reports that some segment of a path has no AS in it, which makes an update malformed (RFC 4271 §6.3, RFC 7606 §7.2).
func hollow(p network.ASPath) bool {
	return slices.ContainsFunc(p, func(s network.ASSegment) bool { return len(s.AS) == 0 })
}

// mayHollow reports that remove-private-AS can leave an empty segment of a path behind the beginning, where bgpd's own AS fills none.
func mayHollow(p network.ASPath) bool {
	return len(p) > 1 || len(p) == 1 && p[0].Kind == network.ASSet
}

// hollowSessions takes down the sessions over which bgpd sends bgpd an AS path with an empty segment: remove-private-AS takes all of
// an AS_SET out and leaves the segment. The receiver passes over the route, reads on at the wrong place and resets the session, and
// again with every attempt (tried with 8.4.4; GoBGP and BIRD pass over the route alone). It reports whether there were any.
func (s *solver) hollowSessions(changed map[netip.Prefix]bool) bool {
	if s.traits&removesPrivate == 0 {
		return false
	}
	found := false
	for _, p := range s.peers {
		if q := p.remote; q == nil || p.state.State != Established || !p.in.removesInPlace() || !q.in.removesInPlace() {
			continue
		}
		for _, f := range network.Families {
			if x := &p.families[f]; !x.up || p.state.Type != EBGP || x.c.RemovePrivateAS == network.KeepPrivateAS {
				continue
			}
			if at, ok := s.sendsPath(p, f, mayHollow, hollow); ok {
				s.malformed(p, fmt.Sprintf("the AS path of %s, sent by %s, is malformed: remove-private-AS leaves nothing of an AS_SET", at, p.in.device.Name))
				found = true
				break
			}
		}
	}
	if found {
		s.withoutSessions(changed)
	}
	return found
}

// removesInPlace reports that remove-private-AS leaves the segments that it empties (FRR).
func (in *instance) removesInPlace() bool {
	return !in.config.Habits.RewriteFirst && !in.config.Habits.OneTable
}

// setSessions takes down the sessions over which a bgpd with `bgp reject-as-sets` gets an AS path with an AS_SET: it takes the update
// for malformed and resets the session, again with every attempt (tried with 8.4.4; RFC 6472 would have the route alone refused). It
// reports whether there were any.
func (s *solver) setSessions(changed map[netip.Prefix]bool) bool {
	found := false
	for _, in := range s.instances {
		if !in.config.RejectASSets {
			continue
		}
		for _, p := range in.peers {
			if p.state.State != Established {
				continue
			}
			at, ok := s.getsSet(p)
			if !ok {
				continue
			}
			why := fmt.Sprintf("the AS path of %s has an AS_SET, and %s with reject-as-sets takes it for malformed", at, in.device.Name)
			if p.remote == nil {
				p.down(ReasonMalformed, why)
				s.shut(p)
			} else {
				s.malformed(p.remote, why)
			}
			found = true
		}
	}
	if found {
		s.withoutSessions(changed)
	}
	return found
}

// getsSet finds the first prefix that comes over a session with an AS_SET.
func (s *solver) getsSet(p *peer) (netip.Prefix, bool) {
	if p.remote == nil {
		for _, prefix := range s.prefixes {
			for _, o := range s.seeds[prefix].outside {
				if int(o.peer) == p.id && hasASSet(o.route.attrs.ASPath) {
					return prefix, true
				}
			}
		}
		return netip.Prefix{}, false
	}
	for _, f := range network.Families {
		if q := p.remote; q.families[f].up {
			if at, ok := s.sendsPath(q, f, hasASSet, hasASSet); ok {
				return at, true
			}
		}
	}
	return netip.Prefix{}, false
}

// malformed takes both ends of a session down.
func (s *solver) malformed(p *peer, why string) {
	for _, end := range []*peer{p, p.remote} {
		end.down(ReasonMalformed, why)
		s.shut(end)
	}
}

// sendsPath finds the first prefix that goes to a neighbor with a path that is so; may reports of a best path that what is sent of it could be.
func (s *solver) sendsPath(p *peer, f network.Family, may, so func(network.ASPath) bool) (netip.Prefix, bool) {
	for _, q := range s.prefixes {
		t := s.tables[q]
		if t == nil || network.FamilyOf(q) != f || !p.families[f].addPathSend && !may(s.best(t, p.in.id).path()) {
			continue
		}
		for _, r := range s.sends(s.workers[0], p, f, q) {
			if so(r.attrs.ASPath) {
				return q, true
			}
		}
	}
	return netip.Prefix{}, false
}

// path is the AS path; none without attributes.
func (p path) path() network.ASPath {
	if p.attrs == nil {
		return nil
	}
	return p.attrs.ASPath
}
