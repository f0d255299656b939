package bgp

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// groupPeers puts the ends of an instance that send the same together: what
// FRR calls update groups. Per-neighbor next hops are put in afterwards.
func (s *solver) groupPeers() {
	for _, in := range s.instances {
		s.reflection = s.reflection || in.config.Confederation.Identifier != 0
		if s.inheritGroup(in) {
			s.reflection = s.reflection || in.reflects
			continue
		}
		in.arrival = slices.Clone(in.peers)
		slices.SortStableFunc(in.arrival, func(a, b *peer) int { return a.state.PeerAddr.Compare(b.state.PeerAddr) })
		for _, f := range network.Families {
			s.groupFamily(in, f)
		}
		slices.SortStableFunc(in.arrival, func(a, b *peer) int { return a.remoteID.Compare(b.remoteID) })
		for _, p := range in.peers {
			for f := range p.families {
				in.reflects = in.reflects || p.families[f].c.ReflectorClient && p.state.Type == IBGP
				in.addPath[f] = in.addPath[f] || p.families[f].addPathSend // of ends that were taken over, too
			}
		}
		s.reflection = s.reflection || in.reflects
	}
}

// groupFamily numbers the groups of one family. FRR makes an update group of the neighbor that comes up
// first, and what depends on the neighbor's AS then follows that one's for all of the group (tried
// with 8.4.4: as-override towards a second AS does nothing there).
func (s *solver) groupFamily(in *instance, f network.Family) {
	first := map[string]*peer{}
	in.mixed[f] = nil
	for _, p := range in.arrival {
		x := &p.families[f]
		if !x.up {
			continue
		}
		key := groupKey(p, f)
		if first[key] == nil {
			first[key] = p
		}
		q := first[key]
		x.group, x.groupAS = int32(q.id), q.state.RemoteAS
		if x.groupAS != p.state.RemoteAS && followsGroup(x.c) {
			in.mixed[f] = mixed(in.mixed[f], q, p.state.RemoteAS)
		}
	}
}

// followsGroup reports that what a neighbor is sent depends on the AS of the first of its update group.
func followsGroup(c *network.NeighborFamily) bool {
	return c.ASOverride || c.RemovePrivateAS != network.KeepPrivateAS
}

// mixedGroup is an update group with neighbors of several ASes.
type mixedGroup struct {
	first *peer
	as    []uint32 // the first one's, then the others
}

func mixed(list []mixedGroup, first *peer, as uint32) []mixedGroup {
	for i := range list {
		if g := &list[i]; g.first == first {
			if !slices.Contains(g.as, as) {
				g.as = append(g.as, as)
			}
			return list
		}
	}
	return append(list, mixedGroup{first, []uint32{first.state.RemoteAS, as}})
}

const firstOfGroup = "neighbors of several ASes are in one update group: as-override and remove-private-AS follow the AS of the one that comes up first"

// groupDoubts says for which prefixes it matters which neighbor of an update group came up first.
func (s *solver) groupDoubts() {
	for _, in := range s.instances {
		for _, f := range network.Families {
			if len(in.mixed[f]) == 0 {
				continue
			}
			for _, p := range s.prefixes {
				if t := s.tables[p]; network.FamilyOf(p) == f && t != nil {
					s.groupDoubt(in, f, p, t)
				}
			}
		}
	}
}

func (s *solver) groupDoubt(in *instance, f network.Family, p netip.Prefix, t *table) {
	paths, marks := s.own(t, in.id)
	for i := range paths {
		for _, g := range in.mixed[f] {
			c := g.first.families[f].c
			if !marks[i].best && !g.first.families[f].addPathSend {
				continue
			}
			path := paths[i].attrs.ASPath
			told := towards(path, c, in.config.AS, g.as[0])
			if slices.ContainsFunc(g.as[1:], func(as uint32) bool { return !samePath(towards(path, c, in.config.AS, as), told) }) {
				s.uncertain[Uncertainty{Router: in.router, Prefix: p, Why: firstOfGroup, Arrival: true, Span: g.first.config.Span}] = true
			}
		}
	}
}

// towards is what remove-private-AS and as-override make of a path for an update group with that AS (bgpd).
func towards(p network.ASPath, c *network.NeighborFamily, own, group uint32) network.ASPath {
	p = withoutPrivate(p, c.RemovePrivateAS, own, group, true)
	if c.ASOverride {
		p = replaced(p, group, own)
	}
	return p
}

func groupKey(p *peer, f network.Family) string {
	x := &p.families[f]
	c := *x.c
	key := fmt.Sprint(p.state.Type, p.changed, p.config.LocalAS, p.config.Role, names(c.Export), c.Export.Default,
		c.DistributeOut.Name, c.PrefixListOut.Name, c.FilterListOut.Name, c.UnsuppressMap.Name,
		c.NextHopSelf, c.NextHopSelfForce, c.NextHopUnchanged, c.NextHopSelfOf, c.NextHopKeepOf, p.config.ClusterID, p.config.DefaultLocalPref, p.config.LocalPrefOutside, c.ASPathUnchanged, c.MEDUnchanged,
		c.ReflectorClient, c.RouteServerClient, c.ASOverride, c.RemovePrivateAS,
		c.SendCommunity, c.SendExtCommunity, c.SendLargeCommunity, c.AddPathSendAll, c.AddPathSendBestAS, c.AddPathSendMax,
		c.DefaultOriginate != nil, p.state.PeerAddr.Is6())
	switch {
	case !followsGroup(x.c):
	case p.in.config.Habits.RewriteFirst:
		key += fmt.Sprint(" as ", p.state.RemoteAS)
	default:
		// What else parts bgpd's update groups: whether the other end takes several paths, and link-local next hops.
		q := p.remote
		key += fmt.Sprint(" ", p.config.PeerGroup, q != nil && q.config.Families[f].AddPathReceive, p.beside.addr.IsValid())
	}
	if x.groupByPeer || c.Conditional != nil || c.MaximumPrefixOut > 0 || c.DefaultOriginate != nil {
		key += fmt.Sprint(" peer ", p.id)
	}
	return key
}

func names(c network.PolicyChain) []string {
	var out []string
	for _, r := range c.Policies {
		out = append(out, r.Name)
	}
	return out
}
