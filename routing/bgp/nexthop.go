package bgp

import (
	"fmt"
	"net/netip"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/policy"
	"github.com/routegate/routegate/routing/rib"
)

// describe fills in what follows for an end once its session is judged: the families
// that were negotiated, the next hops that it puts into routes, what its policies read.
func (s *solver) describe(p *peer) {
	q, c := p.remote, p.config
	p.enhe = s.extendedNextHop(p)
	if p.state.State == Established && p.hops == 0 {
		_, p.subnet = s.connected(p.in, p.state.PeerAddr)
	}
	p.remoteID = p.state.PeerAddr
	if q != nil {
		p.remoteID = q.in.routerID
		p.state.Remote, p.state.RemoteKey = q.in.device.Name, q.config.Key()
	} else if p.far >= 0 {
		p.state.Remote = s.net.Routers[p.far].Name
	}
	if p.hops > 0 {
		p.state.Interface = ""
	}
	for _, f := range network.Families {
		x := &p.families[f]
		x.c = &c.Families[f]
		x.up = p.state.State == Established && x.c.Active && (q == nil || q.config.Families[f].Active)
		p.state.Families[f] = x.up
		x.self = s.in.hop(s.self(p, f))
		if f == network.IPv6Unicast && x.up {
			p.beside = s.beside(p)
		}
		several := x.up && (x.c.AddPathSendAll || x.c.AddPathSendBestAS || x.c.AddPathSendMax > 0)
		x.addPathSend = several && q != nil && q.config.Families[f].AddPathReceive
		if several && q == nil {
			// RFC 7911 §4 wants both ends to say so.
			s.uncertain[Uncertainty{Router: p.in.router, Span: c.Span, Why: fmt.Sprintf(
				"neighbor %s is outside: whether it takes several paths for a prefix (add-path) is not known, and it is taken to get the best one only", c.Key())}] = true
		}
		p.in.addPath[f] = p.in.addPath[f] || x.addPathSend
		if k := x.c.Conditional; k != nil {
			x.conditional = p.in.device.Policy(k.Advertise.Name) != nil && p.in.device.Policy(k.Condition.Name) != nil
		}
		s.readPolicies(p, f)
	}
}

// extendedNextHop reports RFC 8950 on both ends. An unnumbered session has it without
// being told (FRR sets the capability on interface peers).
func (s *solver) extendedNextHop(p *peer) bool {
	has := func(x *peer) bool { return x.config.ExtendedNextHop || unnumbered(x) }
	return p.state.PeerAddr.Is6() && has(p) && (p.remote == nil || has(p.remote))
}

// self is our own address as a next hop for the other end: the session's where its family
// fits, else the address of that family on the interface that has the session's (FRR
// bgp_nexthop_set), else the router id.
func (s *solver) self(p *peer, f network.Family) hop {
	local := p.state.LocalAddr
	scope := ""
	if p.remote != nil {
		scope = p.remote.state.Interface
	}
	if !local.IsValid() {
		return hop{}
	}
	scoped := func(a netip.Addr) hop {
		if a.IsLinkLocalUnicast() {
			return hop{addr: a, scope: scope}
		}
		return hop{addr: a}
	}
	if network.FamilyOfAddr(local) == f || f == network.IPv4Unicast && p.enhe {
		return scoped(local)
	}
	name := p.state.Interface
	for i := range p.in.device.Interfaces {
		for _, a := range p.in.device.Interfaces[i].Addresses {
			if a.Prefix.Addr() == local {
				name = p.in.device.Interfaces[i].Name
			}
		}
	}
	if a := address(p.in.device.Interface(name), f); a.IsValid() {
		return hop{addr: a}
	}
	if f == network.IPv4Unicast {
		return hop{addr: p.in.routerID}
	}
	return scoped(s.linkLocal(p.in.router, name))
}

// beside is the link-local address that goes with IPv6 next hops of ours to the other end, or nothing: bgpd puts its own beside
// whatever global one it sends over a shared network, its own or not, and goes by the one that it receives.
func (s *solver) beside(p *peer) hop {
	q := p.remote
	if q == nil || p.hops != 0 || !p.subnet.IsValid() && !unnumbered(p) || p.state.Interface == "" || q.state.Interface == "" ||
		p.in.config.Habits.GlobalNextHop || q.in.config.Habits.GlobalNextHop {
		return hop{}
	}
	return hop{addr: s.linkLocal(p.in.router, p.state.Interface), scope: q.state.Interface}
}

// readPolicies notes whether policies and filters stand, and whether what they do
// depends on the prefix.
func (s *solver) readPolicies(p *peer, f network.Family) {
	x := &p.families[f]
	c := x.c
	for _, r := range []network.Ref{c.DistributeIn, c.PrefixListIn, c.FilterListIn} {
		x.inPolicy = x.inPolicy || r.IsSet()
	}
	for _, r := range []network.Ref{c.DistributeOut, c.PrefixListOut, c.FilterListOut} {
		x.outPolicy = x.outPolicy || r.IsSet()
	}
	const local = policy.ReadsPrefix | policy.ReadsUnknown | policy.ReadsIGPMetric
	x.inPrefix = c.DistributeIn.IsSet() || c.PrefixListIn.IsSet()
	x.outPrefix = c.DistributeOut.IsSet() || c.PrefixListOut.IsSet()
	if c.Import.Configured() {
		x.inPolicy = true
		reads := p.in.policies.Reads(c.Import)
		x.inPrefix, x.inRanks = x.inPrefix || reads.Inputs.Has(local), reads.Ranks
	}
	x.groupByPeer = c.UnsuppressMap.IsSet()
	if c.Export.Configured() {
		x.outPolicy = true
		reads := p.in.policies.Reads(c.Export)
		x.outPrefix = x.outPrefix || reads.Inputs.Has(local)
		x.groupByPeer = x.groupByPeer || reads.Inputs.Has(policy.ReadsPeer|policy.ReadsLocal) ||
			p.in.config.Habits.RewriteFirst && reads.Inputs.Has(policy.ReadsNextHop) // of routes of its own: the address towards the peer
	}
}

// reach is the verdict of the main table on a next hop.
type reach struct {
	metric uint32
	ok     bool
}

// resolve asks the main table for a next hop, once per instance and next hop and kind of peer.
// RFC 4271 §9.1.2: a route whose next hop is not resolvable is left out. FRR wants that of a
// single-hop eBGP peer connected (see direct) unless the check is off.
func (w *worker) resolve(in *instance, p *peer, id hopID) reach {
	if in.config.Habits.NextHopUntracked {
		return reach{ok: true}
	}
	direct := p != nil && p.connectedOnly()
	if in.config.Habits.OneTable {
		direct = p != nil && p.config.GatewayDirect
	}
	k := uint64(in.id)<<33 | uint64(id)<<1 | flag(direct)
	if r, ok := w.reach[k]; ok {
		return r
	}
	h := w.hop(id)
	var r reach
	if direct && in.config.Habits.OneTable {
		r.ok = w.onWire(in, id)
	} else if h.scope != "" || !direct {
		r.metric, r.ok = w.s.under.Resolve(in.router, in.table, h.addr, h.scope)
	} else if w.s.direct(in, h.addr) {
		_, r.ok = w.s.under.Resolve(in.router, in.table, h.addr, h.scope)
	} else if in.follows(h.addr) {
		r.metric, r.ok = w.s.under.Resolve(in.router, in.table, h.addr, h.scope)
		w.shared[sharedKey{in.device.Name, in.vrf, h.addr}] = true // see hopDoubts
	}
	w.reach[k] = r
	if !r.ok {
		w.s.miss(in)
	}
	return r
}

// miss notes that something that came to an instance cannot be used because its next hop is not in reach.
func (s *solver) miss(in *instance) {
	if s.missed != nil {
		s.missed[in.id].Store(true)
	}
}

// connectedOnly: next hops from a single-hop eBGP peer must be connected, for all that bgpd calls connected, and for zebra
// on a connected subnet: it resolves only routes that say so through other routes.
func (p *peer) connectedOnly() bool {
	c := p.in.config
	return p.state.Type == EBGP && p.hops == 0 && !p.config.MultihopEnabled && !p.config.SkipConnectedCheck &&
		!c.SkipConnectedCheck && p.config.TTL <= 1 && !c.Habits.OneTable && !c.Habits.NextHopUntracked
}

// onWire reports that a next hop is on a connected subnet.
func (w *worker) onWire(in *instance, id hopID) bool {
	h := w.hop(id)
	if h.scope != "" {
		return w.s.under.LinkUp(in.router, h.scope)
	}
	f, _ := w.s.connected(in, h.addr)
	return f != nil
}

// shares reports that the next hop is on the connected subnet that the peer is on, so that the
// peer can reach it itself (RFC 4271 §5.1.3: "third party").
func (w *worker) shares(p *peer, id hopID) bool {
	return p.subnet.IsValid() && p.subnet.Contains(w.hop(id).told())
}

// ownHop reports a next hop that is an address of the instance, or none.
func (w *worker) ownHop(in *instance, id hopID) bool {
	h := w.hop(id)
	a := h.told()
	if h.named {
		a = h.addr
	}
	return in.own[a] && (h.scope == "" || h.global.IsValid()) || a.IsUnspecified()
}

// nextHop puts the address in, and the link-local one that goes beside it where that is not of the same router: towards eBGP,
// and for a route of the router's own (FRR subgroup_announce_check). Own next hops stay one address, which leads to the same place.
func (w *worker) nextHop(p *peer, f network.Family, c *path, from *peer, reflect bool, e exported) hopID {
	id := w.globalHop(p, f, c, from, reflect, e)
	if f != network.IPv6Unicast || !p.beside.addr.IsValid() || id == p.families[f].self || p.state.Type != EBGP && from != nil {
		return id
	}
	h := w.hop(id)
	if !h.addr.IsValid() || h.addr.IsUnspecified() || h.scope != "" {
		return id
	}
	return w.s.in.hop(hop{addr: p.beside.addr, scope: p.beside.scope, global: h.addr})
}

// globalHop is the address that says where the route leads.
func (w *worker) globalHop(p *peer, f network.Family, c *path, from *peer, reflect bool, e exported) hopID {
	rule := e.rule
	if rule == hopByRule {
		rule = w.defaultRule(p, f, c, from, reflect)
	}
	if f == network.IPv4Unicast && p.enhe && p.state.Type == EBGP {
		// RFC 8950 next hops are IPv6 addresses: FRR has no way to hand on, or to be told, an IPv4 one.
		rule = hopSelf
	}
	if rule == hopKept {
		rule = hopUnchanged
		if x := p.families[f].c; p.state.Type == EBGP && !x.NextHopUnchanged && !x.RouteServerClient && !w.shares(p, c.hop) {
			rule = hopSelf
		}
	}
	switch rule {
	case hopGiven:
		return e.hop
	case hopUnchanged:
		if h := w.hop(c.hop); h.addr.IsValid() && !h.addr.IsUnspecified() && (h.scope == "" || h.global.IsValid()) {
			if h.vrf != "" || h.global.IsValid() { // where we look it up is no affair of the neighbor's
				return w.s.in.hop(hop{addr: h.told()})
			}
			return c.hop
		}
	}
	if x := p.families[f].c; e.rule == hopByRule && p.in.config.Habits.OneTable && !selfOf(x, from) {
		if h := w.gateway(p, c); h != 0 {
			return h
		}
	}
	return p.families[f].self
}

// selfOf reports that a neighbor gets our own address for routes from whom this one is from, whatever a policy says.
func selfOf(c *network.NeighborFamily, from *peer) bool {
	if c.NextHopSelfForce || from == nil {
		return c.NextHopSelfForce
	}
	return c.NextHopSelfOf == sourceOf(from)
}

// sourceOf says for which rules of BIRD's a route from a neighbor is one.
func sourceOf(from *peer) network.LearnedFrom {
	if from.state.Type == IBGP {
		return network.FromInternal
	}
	return network.FromExternal
}

// gateway is where our own packets for the path go, when that is on the wire of a single-hop neighbor outside: BIRD names that
// instead of itself (bgp_use_gateway). 0 otherwise.
func (w *worker) gateway(p *peer, c *path) hopID {
	if p.state.Type == IBGP || p.hops != 0 || p.config.MultihopEnabled || c.hop == 0 || c.lost() {
		return 0
	}
	var gates []rib.NextHop
	h := w.hop(c.hop)
	if h.gates != 0 {
		gates = w.s.in.gatesOf(h)
	} else {
		gates = w.s.under.Hops(p.in.router, p.in.table, h.addr, c.from >= 0 && !w.s.peers[c.from].config.GatewayDirect)
	}
	if len(gates) != 1 || gates[0].Drop || gates[0].Interface != p.state.Interface {
		return 0
	}
	via := gates[0].Via
	if !via.IsValid() {
		via = h.addr
	}
	if !via.IsValid() || via.IsLinkLocalUnicast() {
		return 0
	}
	return w.s.in.hop(hop{addr: via})
}

// defaultRule is RFC 4271 §5.1.3 as FRR has it: towards iBGP and the other members of a
// confederation a next hop stays, towards eBGP only where the neighbor is on its subnet; next-hop-self
// changes it but for reflected routes, unless forced. A link-local one never goes further.
func (w *worker) defaultRule(p *peer, f network.Family, c *path, from *peer, reflect bool) hopRule {
	x := p.families[f].c
	b := p.in.config
	if from != nil && x.NextHopSelfOf|x.NextHopKeepOf != network.FromNobody {
		of := network.FromInternal
		if from.state.Type != IBGP {
			of = network.FromExternal
		}
		switch of {
		case x.NextHopSelfOf:
			return hopSelf
		case x.NextHopKeepOf:
			if !x.NextHopSelfForce {
				return hopUnchanged
			}
		}
	}
	switch {
	case from == nil && b.Habits.OneTable && p.state.Type == EBGP:
		// A route of another protocol has no next hop to keep, but a gateway.
		return hopSelf
	case x.NextHopUnchanged || x.RouteServerClient:
		return hopUnchanged
	case x.NextHopSelfForce, x.NextHopSelf && !reflect:
		return hopSelf
	case !p.external():
		return hopUnchanged
	case from == nil && b.Habits.KeepLocalNextHop:
		return hopUnchanged
	case b.Habits.OneTable && from != nil && from.hops == 0 && p.hops == 0 && p.state.Interface != "" && from.state.Interface == p.state.Interface &&
		!p.config.MultihopEnabled && !from.config.MultihopEnabled:
		// BIRD asks whether both neighbors are on one interface, wherever the next hop is.
		return hopUnchanged
	case b.Habits.OneTable:
		return hopSelf
	case !b.Habits.NoThirdPartyNextHop && c.hop != 0 && from != p && w.shares(p, c.hop):
		return hopUnchanged
	}
	return hopSelf
}

// hop is the next hop of an id, from the worker's own copy of the interner's list.
func (w *worker) hop(id hopID) hop {
	if int(id) >= len(w.hops) {
		w.s.in.hops.RLock()
		w.hops = w.s.in.hops.list[:len(w.s.in.hops.list):len(w.s.in.hops.list)]
		w.s.in.hops.RUnlock()
	}
	return w.hops[id]
}
