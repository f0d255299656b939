package bgp

import (
	"fmt"
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
		if x.groupAS != p.state.RemoteAS && (x.c.ASOverride || x.c.RemovePrivateAS != network.KeepPrivateAS) {
			s.uncertain[Uncertainty{Router: in.router, Why: fmt.Sprintf(
				"neighbors %s and %s are in one update group: as-override and remove-private-AS follow the AS of the one that comes up first", q.config.Key(), p.config.Key())}] = true
		}
	}
}

func groupKey(p *peer, f network.Family) string {
	x := &p.families[f]
	c := *x.c
	key := fmt.Sprint(p.state.Type, p.changed, p.config.LocalAS, p.config.Role, names(c.Export), c.Export.Default,
		c.DistributeOut.Name, c.PrefixListOut.Name, c.FilterListOut.Name, c.UnsuppressMap.Name,
		c.NextHopSelf, c.NextHopSelfForce, c.NextHopUnchanged, c.NextHopSelfOf, c.NextHopKeepOf, p.config.ClusterID, p.config.DefaultLocalPref, c.ASPathUnchanged, c.MEDUnchanged,
		c.ReflectorClient, c.RouteServerClient, c.ASOverride, c.RemovePrivateAS,
		c.SendCommunity, c.SendExtCommunity, c.SendLargeCommunity, c.AddPathSendAll, c.AddPathSendBestAS, c.AddPathSendMax,
		c.DefaultOriginate != nil, p.state.PeerAddr.Is6())
	if p.in.config.Habits.RewriteFirst && (c.ASOverride || c.RemovePrivateAS != network.KeepPrivateAS) {
		key += fmt.Sprint(" as ", p.state.RemoteAS)
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
