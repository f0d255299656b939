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
	found := false
	for _, p := range s.peers {
		if q := p.remote; q == nil || p.state.State != Established || !p.in.removesInPlace() || !q.in.removesInPlace() {
			continue
		}
		for _, f := range network.Families {
			if x := &p.families[f]; !x.up || p.state.Type != EBGP || x.c.RemovePrivateAS == network.KeepPrivateAS {
				continue
			}
			if at, ok := s.sendsHollow(p, f); ok {
				why := fmt.Sprintf("the AS path of %s, sent by %s, is malformed: remove-private-AS leaves nothing of an AS_SET", at, p.in.device.Name)
				for _, end := range []*peer{p, p.remote} {
					end.down(ReasonMalformed, why)
					s.shut(end)
				}
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

// sendsHollow finds the first prefix that goes to a neighbor with an empty segment in its path.
func (s *solver) sendsHollow(p *peer, f network.Family) (netip.Prefix, bool) {
	for _, q := range s.prefixes {
		t := s.tables[q]
		if t == nil || network.FamilyOf(q) != f || !p.families[f].addPathSend && !mayHollow(s.best(t, p.in.id).path()) {
			continue
		}
		for _, r := range s.sends(s.workers[0], p, f, q) {
			if hollow(r.attrs.ASPath) {
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
