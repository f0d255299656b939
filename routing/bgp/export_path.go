package bgp

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// sentPath is the AS path as the neighbor gets it (RFC 4271 §5.1.2, RFC 5065 §4.1). With attribute-unchanged,
// FRR puts its own AS into a path that never had one, and not into one that remove-private-AS has emptied.
func sentPath(p *peer, c *network.NeighborFamily, as network.ASPath, emptied bool) network.ASPath {
	b := p.in.config
	switch p.state.Type {
	case ConfedEBGP:
		return prepend(as, network.ConfedSequence, b.AS)
	case IBGP:
		return as
	}
	if c.RouteServerClient || c.ASPathUnchanged && (len(as) > 0 || emptied) {
		if len(as) > 0 && len(as[0].AS) == 0 {
			return nil // bgpd writes nothing of a path that begins with an empty segment
		}
		return as
	}
	as = withoutConfed(as)
	switch {
	case b.Habits.RewriteFirst:
		// GoBGP: the AS of the session, local-as before the confederation's.
		return prepend(as, network.ASSequence, p.localAS)
	case b.Confederation.Identifier != 0:
		return prepend(as, network.ASSequence, b.Confederation.Identifier)
	case p.changed != 0 && !p.config.LocalAS.ReplaceAS && !(c.RemovePrivateAS != network.KeepPrivateAS && network.IsPrivateAS(b.AS)):
		// Under remove-private-AS, whichever form, bgpd leaves out its own AS where that is private.
		return prepend(as, network.ASSequence, p.changed, b.AS)
	case p.changed != 0:
		return prepend(as, network.ASSequence, p.changed)
	}
	return prepend(as, network.ASSequence, b.AS)
}

// finish takes off what does not travel, and puts on what reflection adds (RFC 4456 §8).
func (w *worker) finish(p *peer, f network.Family, a *network.PathAttributes, from *peer, reflect bool) {
	c, in := p.families[f].c, p.in
	if !a.HasMED {
		a.MED = 0
	}
	if !a.HasLocalPref {
		a.LocalPref = 0
	}
	a.Weight, a.Tag, a.Learned = 0, 0, network.Learned{}
	if p.external() {
		if !(in.config.Habits.RewriteFirst && c.RouteServerClient) && !p.config.LocalPrefOutside {
			a.LocalPref, a.HasLocalPref = 0, false
		}
		a.AIGP, a.HasAIGP = 0, false
		a.Ext = slices.DeleteFunc(slices.Clone(a.Ext), func(x network.ExtCommunity) bool { return x>>62&1 == 1 }) // non-transitive
	}
	if !c.SendCommunity {
		a.Communities = nil
	}
	if !c.SendLargeCommunity {
		a.Large = nil
	}
	if !c.SendExtCommunity || len(a.Ext) == 0 {
		a.Ext = nil
	}
	a.EmptyExt = a.EmptyExt && c.SendExtCommunity
	mark := reflect
	if in.config.Habits.ClientAttributesOnly {
		mark = p.state.Type == IBGP && c.ReflectorClient
	}
	if !mark {
		a.OriginatorID, a.ClusterList = netip.Addr{}, nil
		return
	}
	a.HasMED = a.HasMED || !in.config.Habits.ReflectsNoMED
	if !a.OriginatorID.IsValid() {
		a.OriginatorID = in.routerID
		if from != nil {
			a.OriginatorID = from.remoteID
		}
	}
	if !in.config.Habits.OneTable {
		a.ClusterList = append([]netip.Addr{in.clusterID}, a.ClusterList...)
		return
	}
	// BIRD: the cluster that it comes from, then the one that it goes to, where those are clients'.
	a.ClusterList = slices.Clone(a.ClusterList)
	src, dst := clusterOf(from), clusterOf(p)
	if src.IsValid() {
		a.ClusterList = slices.Insert(a.ClusterList, 0, src)
	}
	if dst.IsValid() && dst != src {
		a.ClusterList = slices.Insert(a.ClusterList, 0, dst)
	}
}

// onlyMED reports that a route has the MED alone of all attributes. BIRD takes that, where it stands with a static or direct
// route, for one that the export filter has set: a list of one attribute is never tidied, and keeps its mark of being fresh.
func onlyMED(a *attrs) bool {
	return (a.Learned.Protocol == network.Static || a.Learned.Protocol == network.Connected) && !a.Learned.Tidied && a.HasMED && countGiven(&a.PathAttributes) == 1
}

// countGiven counts the attributes that somebody gave a route of the router's own.
func countGiven(a *network.PathAttributes) (n int) {
	for _, there := range []bool{a.HasMED, a.HasLocalPref, a.Origin != network.OriginIGP, len(a.ASPath) > 0, len(a.Communities) > 0, len(a.Large) > 0, len(a.Ext) > 0} {
		if there {
			n++
		}
	}
	return n
}

// clusterOf is the cluster of a session with a reflector's client; zero where the neighbor is none.
func clusterOf(p *peer) netip.Addr {
	client := p != nil && slices.ContainsFunc(p.config.Families[:], func(f network.NeighborFamily) bool { return f.ReflectorClient })
	switch {
	case !client:
		return netip.Addr{}
	case p.config.ClusterID.IsValid():
		return p.config.ClusterID
	}
	return p.in.clusterID
}
