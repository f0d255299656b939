package bgp

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/policy"
)

// route is what goes over a session for one prefix.
type route struct {
	attrs *attrs
	hop   hopID
	id    uint32 // add-path identifier; 0 without
}

// accepted is the remembered outcome of an import.
type accepted struct {
	attrs *attrs // nil: refused
	hop   hopID
	kept  hopRule // see keptRule
	// distance that the import policy gives the route in the main table; 0: that of the kind of session.
	distance uint8
}

type importKey struct {
	peer  int32
	hop   hopID
	attrs *attrs
}

// importMemo is one remembered import. The memory is bounded, as that of exports is.
type importMemo struct {
	key importKey
	accepted
}

const importMemory = 1 << 14

// receive takes a route from the other end of a session through the loop checks and the import
// policy, in the order of FRR's bgp_update. ok is false when it does not get into the table.
func (w *worker) receive(p *peer, f network.Family, prefix netip.Prefix, r route) (path, bool) {
	x := &p.families[f]
	if !wellFormed(p, r.attrs) || !w.s.loopFree(p, x.c, r.attrs) {
		return path{}, false
	}
	var in accepted
	if !x.inPolicy && w.s.plainImport(p, x, r.attrs) {
		in = accepted{attrs: r.attrs, hop: r.hop}
	} else if x.inPrefix {
		in = w.importRoute(p, f, prefix, r)
	} else {
		k := importKey{int32(p.id)<<1 | int32(f), r.hop, r.attrs}
		m := &w.imports[mix(r.attrs.hash, uint64(k.peer)<<32|uint64(uint32(k.hop)))>>16%importMemory]
		if m.key != k {
			*m = importMemo{k, w.importRoute(p, f, prefix, r)}
		}
		in = m.accepted
	}
	if in.attrs == nil {
		return path{}, false
	}
	own := !p.in.config.Habits.ReceiveAsIs && in.hop != 0 && w.ownHop(p.in, in.hop)
	if own && (!p.in.config.Habits.OneTable || p.config.GatewayDirect) {
		// FRR drops a route whose next hop is the receiver's own address, or none. BIRD keeps it where it looks the
		// next hop up, and may find that it leads nowhere.
		return path{}, false
	}
	if p.config.GatewayDirect && !w.onWire(p.in, in.hop) {
		return path{}, false
	}
	to := w.resolve(p.in, p, in.hop)
	if h := &p.in.config.Habits; !h.ReceiveAsIs && !h.OneTable && !x.c.ReflectorClient && prefix.IsSingleIP() && w.hop(in.hop).addr == prefix.Addr() {
		// A route to its own next hop would lead through itself: FRR takes the next hop as out of reach,
		// whatever else leads there, but not for routes from a route reflector's client.
		to = reach{}
		w.s.miss(p.in)
	}
	if p.in.config.Habits.OneTable && (!to.ok || own && w.hop(in.hop).told().IsUnspecified()) {
		w.s.miss(p.in)
		to = reach{metric: lostMetric, ok: true}
	}
	return path{attrs: in.attrs, from: int32(p.id), hop: in.hop, metric: to.metric, id: r.id, source: FromNeighbor, ok: to.ok, kept: in.kept, distance: in.distance}, true
}

// plainImport reports that an import changes nothing and refuses nothing.
func (s *solver) plainImport(p *peer, x *exchange, a *attrs) bool {
	b := p.in.config
	return b.VPN == nil && !(p.state.Type != IBGP && b.RequirePolicy) && !(p.state.Type == EBGP && (len(a.Communities) > 0 || a.HasLocalPref || b.GracefulShutdown || p.config.EnforceFirstAS && !b.Habits.ReceiveAsIs)) &&
		p.changed == 0 && !x.c.HasWeight && p.config.Role == "" && !b.RejectASSets && !p.config.RejectASSets && !p.config.LocalPrefOutside && a.Weight == 0
}

// wellFormed is RFC 5065 §5: members of a confederation in what comes from outside of it, and a path from another member
// that does not begin with one, make an update malformed, and the daemons take that as a withdrawal (RFC 7606 §7.2).
// attribute-unchanged as-path sends such. So do empty segments, see hollow, and for bgpd EXTENDED_COMMUNITIES of no length, see ends.
func wellFormed(p *peer, a *attrs) bool {
	if hollow(a.ASPath) || a.EmptyExt && !p.in.config.Habits.EmptyExtTaken {
		return false
	}
	switch p.state.Type {
	case EBGP:
		return a.confedLength == a.length || !slices.ContainsFunc(a.ASPath, confedSegment)
	case ConfedEBGP:
		return len(a.ASPath) > 0 && confedSegment(a.ASPath[0])
	}
	return true
}

// loopFree is everything that keeps a route from going round (RFC 4271 §9.1.2, RFC 4456 §8,
// RFC 5065 §4).
func (s *solver) loopFree(p *peer, c *network.NeighborFamily, a *attrs) bool {
	b := p.in.config
	allowed := int(c.AllowASIn)
	if b.Habits.ReceiveAsIs {
		// GoBGP counts the global AS whatever it shows to the neighbor (NewPeerInfo), and leaves cluster lists to the export.
		return a.ASPath.Count(b.AS) <= allowed && !(p.state.Type == IBGP && a.OriginatorID == p.in.routerID && a.OriginatorID.IsValid())
	}
	if b.Habits.OneTable {
		// BIRD counts the AS of the session alone.
		id := clusterOf(p)
		return a.ASPath.Count(p.localAS) <= allowed && !(p.state.Type == IBGP && a.OriginatorID.IsValid() && a.OriginatorID == p.in.routerID) &&
			!(id.IsValid() && slices.Contains(a.ClusterList, id))
	}
	if p.changed != 0 {
		// The path has local-as once more by now, where it is prepended on receipt.
		limit, seen := allowed, a.ASPath.Count(p.changed)
		if !p.config.LocalAS.NoPrepend {
			seen++
			if limit == 0 {
				limit = 1
			}
		}
		if seen > limit {
			return false
		}
	}
	origin := false
	if c.AllowASInOrigin {
		// FRR asks for the last AS only, and then counts nothing; else none is allowed.
		allowed = 0
		as, ok := a.ASPath.Origin()
		origin = ok && as == b.AS
	}
	if !origin {
		if a.ASPath.Count(b.AS) > allowed {
			return false
		}
		if id := b.Confederation.Identifier; id != 0 && id != b.AS && a.ASPath.Count(id) > allowed {
			return false
		}
	}
	return !reflectedHere(p, a)
}

// reflectedHere reports a reflected route that comes back (RFC 4456 §8).
func reflectedHere(p *peer, a *attrs) bool {
	return a.OriginatorID.IsValid() && a.OriginatorID == p.in.routerID || slices.Contains(a.ClusterList, p.in.clusterID)
}

// importRoute applies local-as, filters, roles and policy, and what is set on receipt.
func (w *worker) importRoute(p *peer, f network.Family, prefix netip.Prefix, r route) accepted {
	b, c, x := p.in.config, p.config, &p.families[f]
	refused := accepted{}
	a := w.s.in.whole(r.attrs, r.hop)
	a.Weight, a.Tag = 0, 0
	marked(p.in, a)
	if p.state.Type == EBGP {
		// BIRD passes over one that it does not want, and gives its own to routes that come without.
		given := a.HasLocalPref
		if !c.LocalPrefOutside {
			a.LocalPref, a.HasLocalPref = 0, false
		}
		a.OriginatorID, a.ClusterList = netip.Addr{}, nil
		if b.Habits.LocalPrefOnReceipt && !given {
			a.LocalPref, a.HasLocalPref = cmp.Or(c.DefaultLocalPref, b.DefaultLocalPref), true
		}
		if c.EnforceFirstAS && !b.Habits.ReceiveAsIs {
			if first, ok := a.ASPath.First(); !ok || first != p.state.RemoteAS {
				return refused
			}
		}
	}
	if p.changed != 0 && !c.LocalAS.NoPrepend {
		a.ASPath = prepend(a.ASPath, network.ASSequence, p.changed)
	}
	if !w.filter(p.in, f, prefix, a.ASPath, x.c.DistributeIn, x.c.PrefixListIn, x.c.FilterListIn) {
		return refused
	}
	if b.RequirePolicy && (p.state.Type == EBGP && !x.inPolicy || p.state.Type == ConfedEBGP) {
		return refused // RFC 8212 §2.1
	}
	if (b.RejectASSets || c.RejectASSets) && hasASSet(a.ASPath) { // with the former the session goes as well, see setSessions
		return refused
	}
	if !roleIn(p, a) {
		return refused
	}
	if x.c.HasWeight {
		a.Weight = x.c.Weight
	}
	hopTo, kept, distance := r.hop, hopByRule, uint8(0)
	if x.c.Import.Configured() {
		rt := w.context(p, prefix, a, policy.Import)
		rt.Type = network.RouteInternal
		if p.bringsExternal() {
			rt.Type = network.RouteExternal
		}
		res := p.in.policies.Chain(x.c.Import, rt, b.Missing.Policy)
		w.doubt(p.in, prefix, res.Uncertain)
		if res.Disposition == network.Reject {
			return refused
		}
		kept, distance = keptRule(b, &res.Route), res.Route.Distance
		if res.Route.Attributes != a {
			old := a
			a = res.Route.Attributes
			if h := w.hop(r.hop); a.NextHop != old.NextHop && b.Habits.GatewayOnReceipt {
				hopTo = w.s.in.hop(hop{addr: h.addr, scope: h.scope, global: a.NextHop, named: true})
			} else if a.NextHop != old.NextHop {
				hopTo = w.s.in.hop(w.hopSet(p, f, r, a.NextHop))
			}
		}
		if h := w.hop(hopTo); h.global.IsValid() && res.Route.PreferGlobal {
			hopTo = w.s.in.hop(hop{addr: h.global})
		}
	}
	// RFC 8326 §4.1; FRR does so for eBGP neighbors without a policy that says it.
	if p.state.Type == EBGP && !b.Habits.IgnoreWellKnown && !b.Habits.NoGracefulShutdown {
		shut := false
		for _, k := range a.Communities {
			shut = shut || k == network.GracefulShutdown
		}
		if slices.Contains(a.Communities, network.Blackhole) && !slices.Contains(a.Communities, network.NoExport) {
			// RFC 7999 §3.2: not further than this AS.
			a.Communities = append(slices.Clone(a.Communities), network.NoExport)
			slices.Sort(a.Communities)
		}
		if b.GracefulShutdown && !shut {
			addGracefulShutdown(a)
			shut = true
		}
		if shut {
			a.LocalPref, a.HasLocalPref = 0, true
		}
	}
	return accepted{w.s.in.attrs(a), hopTo, kept, distance}
}

// hopSet is the next hop of a route for which a policy on receipt has set the address. A link-local address that came beside an IPv6
// one stays in bgpd: packets go there, and it says whether the route stands; the one that was set is told to others.
func (w *worker) hopSet(p *peer, f network.Family, r route, to netip.Addr) hop {
	if f != network.IPv6Unicast || p.in.config.Habits.GlobalNextHop {
		return hop{addr: to}
	}
	if was := w.hop(r.hop); was.scope != "" {
		return hop{addr: was.addr, scope: was.scope, global: to}
	}
	// A speaker's own next hop has one, too, see nextHop: towards eBGP, and for routes of its own, which begin with no AS.
	if q := p.remote; q != nil && q.beside.addr.IsValid() && r.hop == q.families[f].self && (p.state.Type == EBGP || len(r.attrs.ASPath) == 0) {
		return hop{addr: q.beside.addr, scope: q.beside.scope, global: to}
	}
	return hop{addr: to}
}

// keptRule is what a policy on receipt, or on a route of the router's own, says of the next hop on export. bgpd remembers
// that the policy set it, or said of IPv6 to prefer the global address, and does not put its own in where no export
// policy starts anew: next-hop-self does nothing then, forced or not. That it is to stay unchanged outlives an export
// policy too (see exportRoute). What `peer-address` set is not remembered; of the others whatever was said at any place is
// (tried with 8.4.4).
func keptRule(b *network.BGP, r *policy.Route) hopRule {
	switch {
	case b.Habits.NextHopForgotten:
		return hopByRule
	case r.NextHopWays.Has(network.NextHopUnchanged):
		return hopUnchanged
	case r.NextHopWays.Has(network.NextHopAddress), r.PreferGlobal:
		return hopKept
	}
	return hopByRule
}

// filter applies distribute list, prefix list and filter list of a neighbor, one way.
func (w *worker) filter(in *instance, f network.Family, prefix netip.Prefix, as network.ASPath, distribute, list, filter network.Ref) bool {
	kind := func(v4, v6 network.PrefixSetKind) network.PrefixSetKind {
		if f == network.IPv4Unicast {
			return v4
		}
		return v6
	}
	m := in.config.Missing
	pass := func(ok, exists bool, missing network.Disposition) bool {
		return exists && ok || !exists && missing == network.Accept
	}
	if distribute.IsSet() {
		if ok, exists := in.policies.PrefixSet(kind(network.AccessList, network.AccessList6), distribute.Name, prefix); !pass(ok, exists, m.PrefixSet) {
			return false
		}
	}
	if list.IsSet() {
		if ok, exists := in.policies.PrefixSet(kind(network.PrefixList, network.PrefixList6), list.Name, prefix); !pass(ok, exists, m.PrefixSet) {
			return false
		}
	}
	if filter.IsSet() {
		if ok, exists := in.policies.ASPathSet(filter.Name, as); !pass(ok, exists, m.ASPathSet) {
			return false
		}
	}
	return true
}

// context is what a policy on a session sees of the session.
func (w *worker) context(p *peer, prefix netip.Prefix, a *network.PathAttributes, d policy.Direction) policy.Route {
	return policy.Route{
		Prefix: prefix, Attributes: a, Direction: d, Peer: p.state.PeerAddr, PeerIface: p.config.Interface,
		PeerAS: p.state.RemoteAS, LocalAS: p.in.config.AS, LocalAddr: p.state.LocalAddr, ProtocolName: p.config.Name,
	}
}

// roleIn is the ingress procedure of RFC 9234 §5; false is a leak.
func roleIn(p *peer, a *network.PathAttributes) bool {
	switch p.config.Role {
	case "provider", "rs-server":
		return a.OTC == 0
	case "peer":
		if a.OTC != 0 && a.OTC != p.state.RemoteAS {
			return false
		}
	case "customer", "rs-client":
	default:
		return true
	}
	if a.OTC == 0 {
		a.OTC = p.state.RemoteAS
	}
	return true
}

// roleOut is the egress procedure of RFC 9234 §5.
func roleOut(p *peer, a *network.PathAttributes) bool {
	switch p.config.Role {
	case "customer", "rs-client":
		return a.OTC == 0
	case "peer":
		if a.OTC != 0 {
			return false
		}
	case "provider", "rs-server":
	default:
		return true
	}
	if a.OTC == 0 {
		a.OTC = p.localAS
	}
	return true
}

func addGracefulShutdown(a *network.PathAttributes) {
	out := make([]network.Community, 0, len(a.Communities)+1)
	done := false
	for _, c := range a.Communities {
		if c == network.GracefulShutdown {
			return
		}
		if !done && c > network.GracefulShutdown {
			out, done = append(out, network.GracefulShutdown), true
		}
		out = append(out, c)
	}
	if !done {
		out = append(out, network.GracefulShutdown)
	}
	a.Communities = out
}
