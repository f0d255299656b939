package bgp

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/policy"
)

// addVPNLeaks makes the leaks into an instance of FRR by way of the router's VPN table: one from each other instance
// that exports.
func (s *solver) addVPNLeaks(in *instance, f network.Family) {
	v := &in.config.Families[f].VPN
	if !v.Imports() || in.lacks(v.ImportPolicy) {
		return
	}
	for _, from := range s.instances {
		if from.router != in.router || from == in {
			continue
		}
		if x := &from.config.Families[f].VPN; x.Exports() && !from.lacks(x.ExportPolicy) {
			s.leaks = append(s.leaks, &leak{from: from, to: in, family: f, policy: v.ImportPolicy, name: from.named(), vpn: true, taken: map[netip.Prefix][]path{}})
		}
	}
}

// exportVPN makes of a path what it is in the VPN table, and reports whether the other instance imports it: the export
// policy's changes, the export targets beside what the path carries already, and `nexthop vpn export`, which is looked up
// in the instance that exports.
func (s *solver) exportVPN(l *leak, p netip.Prefix, c *path) bool {
	x := &l.from.config.Families[l.family].VPN
	a := s.in.whole(c.attrs, c.hop)
	was := a.NextHop
	if x.ExportPolicy.IsSet() {
		rt := policy.Route{Prefix: p, Attributes: a, Direction: policy.Import, Protocol: network.BGPProtocol, LocalAS: l.from.config.AS}
		res := l.from.policies.Chain(network.PolicyChain{Policies: []network.Ref{x.ExportPolicy}}, rt, l.from.config.Missing.Policy)
		s.workers[0].doubt(l.from, p, res.Uncertain)
		if res.Disposition == network.Reject {
			return false
		}
		a = res.Route.Attributes
	}
	marked := *a
	marked.Ext = append(slices.Clone(a.Ext), x.ExportTargets...)
	slices.Sort(marked.Ext)
	marked.Ext = slices.Compact(marked.Ext)
	if !network.Targeted(marked.Ext, l.to.config.Families[l.family].VPN.ImportTargets) {
		return false
	}
	if x.NextHop.IsValid() {
		marked.NextHop = x.NextHop
	}
	c.attrs = s.in.attrs(&marked)
	if marked.NextHop != was {
		c.hop = s.in.hop(hop{addr: marked.NextHop, vrf: l.name})
		r := s.workers[0].resolve(l.from, nil, s.in.hop(hop{addr: marked.NextHop}))
		c.metric, c.ok = r.metric, r.ok
	}
	return true
}

// throughItself reports that what the other instance's table has for the next hop of a leaked route is its route to the same
// prefix: zebra takes that for the route itself, whatever the VRF, and does not follow it.
func (s *solver) throughItself(in *instance, p netip.Prefix, h hop) bool {
	if !h.addr.IsValid() || !p.Contains(h.addr) || p.IsSingleIP() {
		return false
	}
	if _, ok := s.under.Route(in.router, h.vrf, p); !ok {
		return false
	}
	for r := range s.under.Routes(in.router, h.vrf, network.FamilyOf(p)) {
		if r.Prefix.Bits() > p.Bits() && r.Prefix.Contains(h.addr) {
			return false
		}
	}
	return true
}
