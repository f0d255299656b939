package routing

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/rib"
)

// connected are the routes of an instance's interfaces that are up: the subnet of
// every address, without link-local and 127/8 ones, which zebra does not
// redistribute or resolve by either. Own addresses are no routes here: FRR before 10 has
// no local routes in its table, and forwarding asks the wires for them.
func (s *solver) connected(in *instance) []rib.Route {
	r := s.net.Routers[in.router]
	of := in.vrf.Name
	if in.vrf.Beside() {
		of = "" // whose interfaces are found from its table too
	}
	var out []rib.Route
	for i := range r.Interfaces {
		f := &r.Interfaces[i]
		if f.VRF != of || !s.wires.up(in.router, f.Name) {
			continue
		}
		for _, a := range f.Addresses {
			if ip := a.Prefix.Addr(); ip.IsLinkLocalUnicast() || ip.IsLoopback() {
				continue
			}
			subnet := a.Prefix.Masked()
			if a.Peer.IsValid() {
				subnet = netip.PrefixFrom(a.Peer, a.Prefix.Bits()).Masked()
			}
			out = append(out, rib.Route{Prefix: subnet, Protocol: network.Connected, Span: a.Span,
				NextHops: []rib.NextHop{{Interface: f.Name}}})
		}
	}
	slices.SortStableFunc(out, func(a, b rib.Route) int { return a.Prefix.Compare(b.Prefix) })
	return slices.CompactFunc(out, func(a, b rib.Route) bool {
		return a.Prefix == b.Prefix && a.NextHops[0] == b.NextHops[0] // two addresses in one subnet
	})
}

// static are the configured routes: statements with one prefix and one distance
// are one route with several next hops.
func (s *solver) static(in *instance) []rib.Route {
	if s.wires.failed[in.router] {
		return nil
	}
	list := slices.Clone(in.vrf.Static)
	slices.SortStableFunc(list, func(a, b network.StaticRoute) int {
		return cmp.Or(a.Prefix.Compare(b.Prefix), cmp.Compare(a.Distance, b.Distance))
	})
	var out []rib.Route
	for _, st := range list {
		// staticd sets no route to an address of the router's own.
		if st.NextHop.IsValid() && st.Lookup == 0 && st.NextVRF == "" && s.owns(s.instanceIndex(in.router, in.vrf.Name), st.NextHop) {
			continue
		}
		h := rib.NextHop{Via: st.NextHop, Interface: st.Interface, OnLink: st.OnLink, VRF: otherVRF(in, st.NextVRF)}
		if st.Kind == network.StaticBlackhole || st.Kind == network.StaticReject {
			h = rib.NextHop{Drop: true}
		}
		if n := len(out); n > 0 && out[n-1].Prefix == st.Prefix && out[n-1].Distance == st.Distance {
			last := &out[n-1]
			last.NextHops = append(last.NextHops, h)
			last.Span = last.Span.Join(st.Span)
			continue
		}
		out = append(out, rib.Route{Prefix: st.Prefix, Protocol: network.Static, Distance: st.Distance, Tag: st.Tag,
			SingleHop: st.Lookup == network.LookupConnected, InTable: st.Lookup == network.LookupTable, NextHops: []rib.NextHop{h}, Span: st.Span})
	}
	for i := range out {
		slices.SortFunc(out[i].NextHops, rib.NextHop.Compare)
		out[i].NextHops = slices.Compact(out[i].NextHops)
	}
	return out
}

// otherVRF is the VRF of a next hop where it is not the route's own; FRR calls the
// default instance "default".
func otherVRF(in *instance, name string) string {
	if name == in.vrf.Name || name == "default" && in.vrf.Name == "" {
		return ""
	}
	return name
}
