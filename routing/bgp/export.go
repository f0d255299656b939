package bgp

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/policy"
)

// hopRule is what an export makes of the next hop; the address is put in for each neighbor.
type hopRule uint8

const (
	hopByRule    hopRule = iota // as the kinds of the two neighbors say
	hopUnchanged                // keep
	hopSelf                     // our own
	hopKept                     // keep, but towards eBGP only that of a third party on the subnet
	hopGiven                    // a policy has set it
)

// exported is the remembered outcome of an export for an update group.
type exported struct {
	attrs *attrs // nil: not sent
	rule  hopRule
	hop   hopID // for hopGiven
	// keepMED: a policy has set the MED, or it is one of our own.
	keepMED bool
}

type exportKey struct {
	group int32
	from  int32 // where the outcome depends on the neighbor it came from, else -1
	hop   hopID
	kind  uint8 // of the source, and how it is handed on
	kept  hopRule
	attrs *attrs
}

// exportMemo is one remembered export. The memory is bounded: in a fabric no two prefixes have the same attributes.
type exportMemo struct {
	key exportKey
	e   exported
}

const exportMemory = 1 << 14

// send makes what a neighbor is sent for a path of the table; ok is false when it is not sent.
// The order is that of FRR's subgroup_announce_check.
func (w *worker) send(p *peer, f network.Family, prefix netip.Prefix, c *path) (route, bool) {
	x := &p.families[f]
	b := p.in.config
	var from *peer
	if o := c.from; o >= 0 {
		from = w.s.peers[o]
	} else if (b.VPN != nil || b.Habits.OneTable) && c.source == FromVRF && c.via >= 0 {
		from = w.s.peers[c.via]
	}
	if from == p && !b.AdvertiseToSender {
		return route{}, false
	}
	if b.Habits.NotToSenderID && from != nil && from.remoteID == p.remoteID {
		return route{}, false
	}
	if x.c.DefaultOriginate != nil && prefix.Bits() == 0 {
		return route{}, false
	}
	transparent := x.c.RouteServerClient && from != nil && from.families[f].c.RouteServerClient
	if !transparent && !communitiesAllow(p, c) {
		return route{}, false
	}
	if c.attrs.OriginatorID.IsValid() && c.attrs.OriginatorID == p.remoteID && !b.AdvertiseToSender && !b.Habits.NotToSenderID {
		return route{}, false
	}
	// GoBGP's isASLoop passes over the segments of a confederation.
	if b.SenderLoopCheck && !(b.Habits.RewriteFirst && (x.c.ASOverride || x.c.RouteServerClient)) &&
		(b.Habits.RewriteFirst && countOutside(c.attrs.ASPath, p.state.RemoteAS) > 0 || !b.Habits.RewriteFirst && c.attrs.ASPath.Count(p.state.RemoteAS) > 0) {
		return route{}, false
	}
	if id := b.Confederation.Identifier; id != 0 && !b.Habits.RewriteFirst && countOutside(c.attrs.ASPath, id) > 0 {
		return route{}, false
	}
	reflect := from != nil && p.state.Type == IBGP && from.within(p)
	if reflect && !w.mayReflect(from, p, f, c) {
		return route{}, false
	}
	suppressed := c.source != FromAggregate && w.s.suppressed(p.in, prefix)
	if suppressed && !x.c.UnsuppressMap.IsSet() {
		return route{}, false
	}
	advertise := network.Ref{}
	if suppressed {
		advertise = x.c.UnsuppressMap
	}
	if x.conditional && w.conditional(p, f, prefix, c) {
		if x.held {
			return route{}, false
		}
		// FRR's scanner announces these with what the advertise-map sets, past the route map.
		advertise = x.c.Conditional.Advertise
	}
	if x.admitted != nil && !x.admitted[prefix] {
		return route{}, false
	}
	e := w.exportOnce(p, f, prefix, c, from, reflect, transparent, advertise)
	if e.attrs == nil {
		return route{}, false
	}
	to := w.nextHop(p, f, c, from, reflect, e)
	return route{attrs: e.attrs, hop: to}, !w.toItself(p, to)
}

// toItself reports a next hop that is the neighbor that would be told it: BIRD says nothing then (bgp_update_next_hop_ip).
func (w *worker) toItself(p *peer, id hopID) bool {
	return p.in.config.Habits.OneTable && w.hop(id).told() == p.state.PeerAddr
}

func (w *worker) exportOnce(p *peer, f network.Family, prefix netip.Prefix, c *path, from *peer, reflect, transparent bool, instead network.Ref) exported {
	x := &p.families[f]
	if x.outPolicy && x.outPrefix || instead.IsSet() {
		return w.exportRoute(p, f, prefix, c, from, reflect, transparent, instead)
	}
	k := exportKey{group: x.group<<1 | int32(f), from: -1, attrs: c.attrs, kind: uint8(flag(reflect) | flag(transparent)<<1), kept: c.kept}
	if from != nil {
		k.kind |= 4 + uint8(from.state.Type)<<3
		if reflect || p.in.config.Habits.ClientAttributesOnly {
			k.from = int32(from.id)
		}
	} else {
		k.kind |= uint8(c.source) << 5
	}
	if x.outPolicy {
		k.hop = c.hop
		k.from = c.origin()
	}
	if k == w.lastKey {
		return w.last
	}
	m := &w.exports[mix(mix(c.attrs.hash, uint64(k.group)<<32|uint64(uint32(k.from))), uint64(k.hop)<<8|uint64(k.kind))>>16%exportMemory]
	if m.key != k {
		*m = exportMemo{k, w.exportRoute(p, f, prefix, c, from, reflect, transparent, instead)}
	}
	w.lastKey, w.last = k, m.e
	return m.e
}

// communitiesAllow reports that no well-known community keeps the path from the neighbor. BIRD sends what
// is not BGP's whatever its communities.
func communitiesAllow(p *peer, c *path) bool {
	h := &p.in.config.Habits
	return h.IgnoreWellKnown || c.origin() < 0 && h.OneTable || wellKnownAllow(c.attrs.Communities, p.state.Type)
}

// wellKnownAllow is RFC 1997 and, for NO_EXPORT_SUBCONFED, RFC 5065.
func wellKnownAllow(cs []network.Community, to PeerType) bool {
	for _, c := range cs {
		switch c {
		case network.NoAdvertise:
			return false
		case network.NoExport:
			if to == EBGP {
				return false
			}
		case network.NoExportSubconfed:
			if to != IBGP {
				return false
			}
		}
	}
	return true
}

// mayReflect is RFC 4456 §6.
func (w *worker) mayReflect(from, to *peer, f network.Family, c *path) bool {
	fromClient, toClient := from.families[f].c.ReflectorClient, to.families[f].c.ReflectorClient
	h := &to.in.config.Habits
	if h.ClientAttributesOnly && toClient && slices.Contains(c.attrs.ClusterList, to.in.clusterID) {
		return false
	}
	if h.OneTable && toClient && slices.Contains(c.attrs.ClusterList, clusterOf(to)) {
		return false // BIRD, which looks on receipt from clients alone (bird-reflection-clusters)
	}
	if fromClient {
		return !toClient || to.in.config.ClientToClient
	}
	return toClient
}

// exportRoute makes the attributes that are sent to an update group. A map that stands instead of the export
// policy is that of unsuppress-map or advertise-map.
func (w *worker) exportRoute(p *peer, f network.Family, prefix netip.Prefix, c *path, from *peer, reflect, transparent bool, instead network.Ref) exported {
	b, x := p.in.config, &p.families[f]
	if x.flags&exportsBarely != 0 && !instead.IsSet() && !transparent {
		if a := w.exportBarely(b.AS, c.attrs, from != nil); a != nil {
			return exported{attrs: a, keepMED: from == nil, rule: c.kept}
		}
	}
	a := w.s.in.whole(c.attrs, c.hop)
	if b.VPN != nil {
		a.Ext, a.EmptyExt = nil, false // Path.ToLocal
	}
	if !w.filter(p.in, f, prefix, a.ASPath, x.c.DistributeOut, x.c.PrefixListOut, x.c.FilterListOut) {
		return exported{}
	}
	a.Tag = c.attrs.Tag
	if !b.Habits.OneTable {
		a.Weight = 0 // BIRD's preference is there for its export filters; finish takes it off
	}
	inside := !p.external()
	preferred := func() {
		if inside && !a.HasLocalPref {
			a.LocalPref, a.HasLocalPref = cmp.Or(p.config.DefaultLocalPref, b.DefaultLocalPref), true
		}
	}
	if !b.Habits.OneTable {
		preferred() // BIRD's export filter sees none where none is set
	}
	// MED is for the next AS only (RFC 4271 §5.1.4): what others said is not handed on.
	dropMED := !inside && from != nil && !transparent && !x.c.MEDUnchanged && !(b.Habits.RewriteFirst && x.c.RouteServerClient)
	if b.Habits.MEDAfterPolicy {
		// BIRD: whoever it is from; only the export filter's own goes out.
		dropMED = !inside && !x.c.MEDUnchanged && !(from == nil && onlyMED(c.attrs))
	} else if dropMED {
		// FRR marks it as absent and leaves the value, which `match metric` still sees.
		a.HasMED = false
		if b.Habits.RewriteFirst {
			a.MED = 0
		}
	}
	emptied := false
	conditional := instead.IsSet() && x.conditional && instead == x.c.Conditional.Advertise
	clean := func() {
		full := len(a.ASPath) > 0
		a.ASPath = towards(a.ASPath, x.c, b.AS, x.groupAS)
		emptied = full && len(a.ASPath) == 0
	}
	if !inside {
		if b.Habits.RewriteFirst {
			// GoBGP replaces before it removes (prePolicyFilterpath), and means the AS of the session.
			if x.c.ASOverride {
				a.ASPath = replaced(a.ASPath, p.state.RemoteAS, p.localAS)
			}
			if !x.c.RouteServerClient { // see UpdatePathAttrs
				a.ASPath = withoutPrivate(a.ASPath, x.c.RemovePrivateAS, p.localAS, 0, false)
			}
		} else if !conditional {
			clean()
		}
	}
	e := exported{keepMED: !dropMED}
	if !x.c.Export.Configured() && !instead.IsSet() {
		e.rule = c.kept
	} else if c.kept == hopUnchanged {
		// bgpd still leaves its own next hop out, next-hop-self or not, but asks for a third party's towards eBGP.
		e.rule = hopKept
	}
	if b.Habits.RewriteFirst {
		a.ASPath = sentPath(p, x.c, a.ASPath, false)
		rule := w.defaultRule(p, f, c, from, reflect)
		if rule == hopSelf {
			a.NextHop = w.hop(x.self).addr
		}
		e.rule = rule
	}
	if !w.exportPolicy(p, f, prefix, c, from, &a, &e, reflect, instead) {
		return exported{}
	}
	preferred()
	// bgpd takes the MED of what it learned, and private ASes, off behind the advertise-map, whose other changes stay.
	if dropMED && conditional || b.Habits.MEDAfterPolicy && !e.keepMED {
		a.MED, a.HasMED = 0, false
	}
	if !inside && conditional {
		clean()
	}
	if b.RequirePolicy && (!inside && !x.outPolicy || p.state.Type == ConfedEBGP) {
		return exported{} // RFC 8212 §2.2
	}
	if b.RejectASSets && hasASSet(a.ASPath) || !roleOut(p, a) {
		return exported{}
	}
	if b.GracefulShutdown {
		if inside {
			a.LocalPref, a.HasLocalPref = 0, true
		} else {
			addGracefulShutdown(a)
		}
	}
	if !b.Habits.RewriteFirst {
		a.ASPath = sentPath(p, x.c, a.ASPath, emptied)
	}
	w.finish(p, f, a, from, reflect)
	e.attrs = w.s.in.attrs(a)
	return e
}

// exportBarely is exportRoute where nothing but the AS path changes on the way; nil where there is more to it.
func (w *worker) exportBarely(as uint32, c *attrs, learned bool) *attrs {
	if len(c.Communities)+len(c.Large)+len(c.Ext)+len(c.ClusterList) > 0 || c.OriginatorID.IsValid() || c.HasAIGP || c.EmptyExt ||
		len(c.ASPath) > 1 || len(c.ASPath) == 1 && (c.ASPath[0].Kind != network.ASSequence || len(c.ASPath[0].AS) > 254) {
		return nil
	}
	a := network.PathAttributes{Origin: c.Origin, AtomicAggregate: c.AtomicAggregate, Aggregator: c.Aggregator, OTC: c.OTC}
	if !learned {
		a.MED, a.HasMED = c.MED, c.HasMED
	}
	a.ASPath = prepend(c.ASPath, network.ASSequence, as)
	return w.s.in.attrs(&a)
}

// exportPolicy runs the export policy, or the map in its place. Attributes of a
// reflected route stay as they are unless the instance allows otherwise (RFC 4456 §10).
func (w *worker) exportPolicy(p *peer, f network.Family, prefix netip.Prefix, c *path, from *peer, a **network.PathAttributes, e *exported, reflect bool, instead network.Ref) bool {
	b, x := p.in.config, &p.families[f]
	chain := x.c.Export
	if instead.IsSet() {
		chain = network.PolicyChain{Policies: []network.Ref{instead}}
	}
	if !chain.Configured() {
		return true
	}
	if !b.Habits.RewriteFirst && !b.Habits.OneTable && !(*a).NextHop.IsValid() {
		(*a).NextHop = f.Default().Addr() // bgpd matches a next hop that is not there as all zeros
	}
	rt := w.context(p, prefix, *a, policy.Export)
	rt.IGPMetric = c.metric
	switch {
	case from == nil:
		rt.Type = network.RouteLocal
	case from.bringsExternal():
		rt.Type = network.RouteExternal
	}
	if b.Habits.RewriteFirst {
		rt.LocalAS, rt.OriginalNextHop = p.localAS, w.hop(c.hop).told()
		if from == nil && (!rt.OriginalNextHop.IsValid() || rt.OriginalNextHop.IsUnspecified()) {
			rt.OriginalNextHop = p.state.LocalAddr // prePolicyFilterpath
		}
	}
	if rt.ProtocolName = ""; from != nil {
		rt.ProtocolName, rt.From = from.config.Name, from.state.PeerAddr
	}
	res := p.in.policies.Chain(chain, rt, b.Missing.Policy)
	w.doubt(p.in, prefix, res.Uncertain)
	if res.Disposition == network.Reject {
		return false
	}
	if reflect && !b.ReflectorOutboundPolicy && !b.Habits.RewriteFirst {
		return true
	}
	*a = res.Route.Attributes
	e.keepMED = e.keepMED || res.Route.MEDSet
	if *a == rt.Attributes {
		// The evaluator hands back the input where nothing changed.
		copied := **a
		*a = &copied
	}
	if res.Route.NextHopSet {
		kind := res.Route.NextHopKind
		if ways := res.Route.NextHopWays; !b.Habits.RewriteFirst && !b.Habits.OneTable {
			// bgpd remembers all that the map said: its own address goes before one that is given, wherever it stands,
			// and that the next hop is to stay does not bring back what was there before.
			switch {
			case ways.Has(network.NextHopPeer):
				kind = network.NextHopPeer
			case ways.Has(network.NextHopAddress):
				kind = network.NextHopAddress
			}
		}
		switch kind {
		case network.NextHopAddress, network.NextHopNeighbor:
			if b.Habits.OneTable && selfOf(x.c, from) {
				break // BIRD's `next hop self` goes before what the filter says (bgp_use_next_hop)
			}
			e.rule, e.hop = hopGiven, w.s.in.hop(hop{addr: (*a).NextHop})
		case network.NextHopSelf, network.NextHopPeer:
			e.rule = hopSelf
		case network.NextHopUnchanged:
			e.rule = hopUnchanged
		}
	} else if res.Route.PreferGlobal {
		e.rule = hopKept // as on receipt, see keptRule
	}
	return true
}
