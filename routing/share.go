package routing

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/rib"
)

// What a result shares with the one that it is solved from: the wires, where every interface is as it was and in the same
// state, and of routers that are the same the tables, until something else is offered to them.

// sameRouters reports that two networks have the same routers with the same interfaces, and the same links.
func sameRouters(a, b *network.Network) bool {
	if a == b {
		return true
	}
	if len(a.Routers) != len(b.Routers) || len(a.Links) != len(b.Links) {
		return false
	}
	for i, r := range a.Routers {
		if q := b.Routers[i]; r != q && (r.Name != q.Name || !sameInterfaces(r, q)) {
			return false
		}
	}
	for i := range a.Links {
		if x, y := &a.Links[i], &b.Links[i]; x.Origin != y.Origin || x.Prefix != y.Prefix || !slices.Equal(x.Ends, y.Ends) {
			return false
		}
	}
	return true
}

// sameInterfaces compares what wires are made of.
func sameInterfaces(r, q *network.Router) bool {
	return slices.EqualFunc(r.VRFs, q.VRFs, func(x, y *network.VRF) bool { return x.Name == y.Name }) &&
		slices.EqualFunc(r.Interfaces, q.Interfaces, func(x, y network.Interface) bool {
			return x.Name == y.Name && x.VRF == y.VRF && x.Shutdown == y.Shutdown && x.Loopback == y.Loopback &&
				slices.EqualFunc(x.Addresses, y.Addresses, func(a, b network.Address) bool { return a.Prefix == b.Prefix && a.Peer == b.Peer })
		})
}

// sameNeighbors reports that two routers have BGP neighbors of the same addresses.
func sameNeighbors(r, q *network.Router) bool {
	return r == q || slices.EqualFunc(r.VRFs, q.VRFs, func(x, y *network.VRF) bool {
		if x.BGP == nil || y.BGP == nil {
			return x.BGP == y.BGP
		}
		return slices.EqualFunc(x.BGP.Neighbors, y.BGP.Neighbors, func(a, b *network.Neighbor) bool { return a.Address == b.Address })
	})
}

func (f *Failure) none() bool {
	return len(f.Routers)+len(f.Links)+len(f.Ports) == 0 && !f.AllBGP && !f.AllLinks
}

// share finds what of the base's state is the same; nil where the wires are not.
func share(n *network.Network, o *Options) *state {
	if o.Base == nil || !o.Fail.none() || !o.Base.state.whole || !sameRouters(o.Base.Network, n) {
		return nil
	}
	return o.Base.state
}

// newTable is an empty table of an instance, or the base's, if it is that of the same router and holds nothing of BGP's.
func (s *solver) newTable(i int) (t *rib.Table, shared bool) {
	in := &s.instances[i]
	up := func(iface string) bool { return s.wires.up(in.router, iface) }
	other := func(vrf string) *rib.Table {
		if o := s.instance(in.router, vrf); o != nil {
			return o.table
		}
		return nil
	}
	if s.base != nil && s.base.net.Routers[in.router] == s.net.Routers[in.router] {
		if t := s.base.instances[i].table.Fork(up, other); t != nil {
			t.Holds(s.holds(in), s.net.Routers[in.router].Owns)
			t.Scope(func() string { return s.wires.firstLinkLocal(in.router, in.vrf.Name) })
			return t, true
		}
	}
	t = rib.New(up, other, in.vrf.ResolveViaDefault)
	t.Holds(s.holds(in), s.net.Routers[in.router].Owns)
	t.Scope(func() string { return s.wires.firstLinkLocal(in.router, in.vrf.Name) })
	return t, false
}

// holds says which connected routes stand in the one table of a daemon that resolves next hops there.
func (s *solver) holds(in *instance) func(p netip.Prefix, iface string) bool {
	r, b := s.net.Routers[in.router], in.vrf.BGP
	return func(p netip.Prefix, iface string) bool {
		return b != nil && slices.ContainsFunc(b.Families[network.FamilyOf(p)].Redistribute, func(d network.Redistribution) bool {
			return d.From == network.Connected && d.Takes(r, iface)
		})
	}
}
