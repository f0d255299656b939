package bgp

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/policy"
	"github.com/routegate/routegate/routing/rib"
)

// seed is where a prefix comes from.
type seed struct {
	own     []ownPath
	outside []outsideRoute
	shared  bool // by all prefixes that neighbors outside announce alike: not to be written to
}

// seedStep makes a seed of another one by what a neighbor outside sends.
type seedStep struct {
	from *seed
	outsideRoute
}

// ownPath is a route of an instance's own.
type ownPath struct {
	instance int32
	path
}

// outsideRoute is what a neighbor outside of the snapshot sends.
type outsideRoute struct {
	peer  int32
	route route
}

// seed is a prefix's seed to write to.
func (s *solver) seed(p netip.Prefix) *seed {
	x := s.seeds[p]
	if x == nil || x.shared {
		own := &seed{}
		if x != nil {
			own.outside = slices.Clone(x.outside)
		}
		x = own
		s.seeds[p] = x
	}
	return x
}

// hear adds what a neighbor outside sends to a seed, which may be nil; a neighbor's later word replaces its earlier one.
func (s *solver) hear(x *seed, o outsideRoute) *seed {
	step := seedStep{x, o}
	if y := s.steps[step]; y != nil {
		return y
	}
	y := &seed{shared: true}
	if x != nil {
		y.own = x.own
		y.outside = slices.DeleteFunc(slices.Clone(x.outside), func(p outsideRoute) bool { return p.peer == o.peer })
		y.shared = x.shared
	}
	y.outside = append(y.outside, o)
	s.steps[step] = y
	return y
}

// originate collects the routes of the routers' own and what the outside announces.
func (s *solver) originate() {
	for _, in := range s.instances {
		for _, f := range network.Families {
			s.originateNetworks(in, f)
			s.redistribute(in, f)
		}
	}
	byRouter := map[string][]*instance{}
	for _, in := range s.instances {
		byRouter[in.device.Name] = append(byRouter[in.device.Name], in)
	}
	for i := range s.net.Env.Announcements {
		a := &s.net.Env.Announcements[i]
		s.announce(a, byRouter[a.To])
	}
	s.steps = nil
	// A neighbor with default-originate needs the default route solved though nobody has it.
	for _, p := range s.peers {
		for _, f := range network.Families {
			if x := &p.families[f]; x.up && x.c.DefaultOriginate != nil {
				s.seed(f.Default())
			}
		}
	}
}

// originateNetworks is `network`: ORIGIN IGP, and with import-check only usable while the main table has
// it from elsewhere (FRR looks for exactly the prefix and passes over routes of BGP's own; the path
// stands in its table all the same, as one that is not valid).
func (s *solver) originateNetworks(in *instance, f network.Family) {
	for i := range in.config.Families[f].Networks {
		n := &in.config.Families[f].Networks[i]
		if n.Backdoor {
			continue
		}
		valid := true
		if in.config.ImportCheck && !n.Injected {
			r, ok := s.under.Route(in.router, in.vrf, n.Prefix)
			valid = ok && r.Protocol != network.BGPProtocol
		}
		a := &network.PathAttributes{Origin: network.OriginIGP, HasMED: true, Weight: in.weight}
		source := FromNetwork
		if n.Injected {
			source = FromInjection
			a = &network.PathAttributes{Origin: network.OriginIncomplete}
			if n.Attributes != nil {
				copied := *n.Attributes
				a = &copied
			}
			a.Weight = in.weight
		}
		s.addOwn(in, n.Prefix, a, source, n.Policy, policy.Route{Protocol: network.BGPProtocol}, valid)
	}
}

// redistribute takes routes of the main table: ORIGIN incomplete, the metric as MED, the next hop kept
// for neighbors that can use it.
func (s *solver) redistribute(in *instance, f network.Family) {
	rules := in.config.Families[f].Redistribute
	if len(rules) == 0 {
		return
	}
	named := staticSources(in)
	for r := range s.under.Routes(in.router, in.vrf, f) {
		for i := range rules {
			d := &rules[i]
			if n := named[r.Prefix]; r.Protocol == network.Static && n != "" && n != d.Name {
				continue
			}
			if d.From != r.Protocol || r.Protocol == network.BGPProtocol || r.Protocol == network.OtherProtocol || !redistributable(r.Prefix) {
				continue
			}
			if r.Protocol == network.Connected && !d.Takes(in.device, r.NextHops[0].Interface) {
				continue
			}
			a := &network.PathAttributes{Origin: network.OriginIncomplete, MED: r.Metric, HasMED: true, Weight: in.weight, Tag: r.Tag}
			if in.config.Habits.RedistributeIGP {
				a.Origin = network.OriginIGP
			}
			if d.Metric != nil {
				a.MED = *d.Metric
			}
			if d.Weight != 0 {
				a.Weight = d.Weight
			}
			rt := policy.Route{Protocol: r.Protocol, ProtocolName: d.Name}
			if in.config.Habits.OneTable {
				a.MED, a.HasMED, a.Tag = 0, false, 0
				a.Learned = network.Learned{Protocol: r.Protocol, Name: d.Name}
			}
			if len(r.NextHops) == 1 || len(r.NextHops) > 1 && !in.config.Habits.OneTable { // BIRD hands on a single gateway only
				a.NextHop = r.NextHops[0].Via
				rt.Interface = r.NextHops[0].Interface
			}
			switch r.OSPF {
			case rib.OSPFExternal1:
				rt.OSPFExternalType = 1
			case rib.OSPFExternal2:
				rt.OSPFExternalType = 2
			}
			s.addOwn(in, r.Prefix, a, FromRedistribution, d.Policy, rt, true)
			break
		}
	}
}

// staticSources are the protocol instances that static routes are from, where they have names.
func staticSources(in *instance) map[netip.Prefix]string {
	if !in.config.Habits.OneTable {
		return nil
	}
	out := map[netip.Prefix]string{}
	for _, st := range in.device.VRF(in.vrf).Static {
		if out[st.Prefix] == "" {
			out[st.Prefix] = st.Source
		}
	}
	return out
}

// redistributable leaves out what zebra never hands on: loopback, link-local and multicast.
func redistributable(p netip.Prefix) bool {
	a := p.Addr()
	return !a.IsLoopback() && !a.IsLinkLocalUnicast() && !a.IsMulticast()
}

// leftOut reports that the prefix is none of those asked for.
func (s *solver) leftOut(p netip.Prefix) bool { return s.opts.Only != nil && !s.opts.Only(p) }

// addOwn puts a route of the instance's own through its policies and into the table.
func (s *solver) addOwn(in *instance, p netip.Prefix, a *network.PathAttributes, source Source, ref network.Ref, rt policy.Route, valid bool) {
	if s.leftOut(p) {
		return
	}
	if !a.HasLocalPref && !in.config.Habits.RewriteFirst && !in.config.Habits.OneTable {
		// FRR gives its own routes the default as a value and marks it as absent: route-maps see it all the same.
		a.LocalPref = in.config.DefaultLocalPref
	}
	a, kept := s.ownPolicy(in, p, a, ref, rt)
	if a == nil {
		return
	}
	x := s.seed(p)
	own := ownPath{int32(in.id), path{attrs: s.in.attrs(a), from: -1, source: source, ok: valid, kept: kept}}
	if a.NextHop.IsValid() && !a.NextHop.IsUnspecified() {
		own.hop = s.in.hop(hop{addr: a.NextHop, scope: a.NextHopScope})
	}
	x.own = append(x.own, own)
}

// ownPolicy applies a statement's route map, and the policy on a router's own routes (GoBGP's
// global import policy); nil when one refuses. A router in graceful shutdown marks its own
// routes too (FRR).
func (s *solver) ownPolicy(in *instance, p netip.Prefix, a *network.PathAttributes, ref network.Ref, rt policy.Route) (out *network.PathAttributes, kept hopRule) {
	rt.Prefix, rt.Type, rt.LocalAS = p, network.RouteLocal, in.config.AS
	w := s.workers[0]
	if ref.IsSet() {
		rt.Attributes, rt.Direction = a, policy.Redistribute
		res := in.policies.Chain(network.PolicyChain{Policies: []network.Ref{ref}}, rt, in.config.Missing.Policy)
		w.doubt(in, p, res.Uncertain)
		if res.Disposition == network.Reject {
			return nil, hopByRule
		}
		a, kept = res.Route.Attributes, keptRule(in.config, &res.Route)
	}
	if in.config.LocalImport.Configured() {
		rt.Attributes, rt.Direction = a, policy.Import
		res := in.policies.Chain(in.config.LocalImport, rt, in.config.Missing.Policy)
		w.doubt(in, p, res.Uncertain)
		if res.Disposition == network.Reject {
			return nil, hopByRule
		}
		a = res.Route.Attributes
	}
	if in.config.GracefulShutdown && !in.config.Habits.IgnoreWellKnown {
		copied := *a
		a = &copied
		addGracefulShutdown(a)
		a.LocalPref, a.HasLocalPref = 0, true
	}
	return a, kept
}

// announce puts an announcement of the outside on the sessions that it names: those of
// the router's instances with that AS at the other end, outside of the snapshot.
func (s *solver) announce(a *network.Announcement, instances []*instance) {
	for _, in := range instances {
		for _, p := range in.peers {
			if p.far < 0 && p.state.RemoteAS == a.From && (!a.Neighbor.IsValid() || a.Neighbor == p.state.PeerAddr) {
				s.announceOn(p, a)
			}
		}
	}
}

func (s *solver) announceOn(p *peer, a *network.Announcement) {
	var steps [network.NumFamilies]outsideRoute
	for _, f := range network.Families {
		h := hop{addr: a.Attributes.NextHop, scope: a.Attributes.NextHopScope}
		if !h.addr.IsValid() {
			h = s.outsideHop(p, f)
		}
		steps[f] = outsideRoute{int32(p.id), route{attrs: s.in.attrs(&a.Attributes), hop: s.in.hop(h)}}
	}
	var last seedStep
	var next *seed
	for _, prefix := range a.Prefixes {
		if prefix = prefix.Masked(); s.leftOut(prefix) {
			continue
		}
		step := seedStep{s.seeds[prefix], steps[network.FamilyOf(prefix)]}
		if next == nil || step != last {
			last, next = step, s.hear(step.from, step.outsideRoute)
		}
		s.seeds[prefix] = next
	}
}

// outsideHop is the next hop of an outside neighbor that the announcement does not
// name: its address, or one that stands for it where the families differ.
func (s *solver) outsideHop(p *peer, f network.Family) hop {
	to := p.state.PeerAddr
	if !to.IsValid() || to.IsLinkLocalUnicast() {
		return hop{addr: netip.MustParseAddr("fe80::1"), scope: p.state.Interface}
	}
	return hop{addr: to}
}
