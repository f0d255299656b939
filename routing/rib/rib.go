// Package rib holds the main routing table of one router instance: the routes
// that connected interfaces, static configuration, OSPF and BGP offer, the one
// per prefix that wins by administrative distance, and longest-prefix lookup.
package rib

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
)

// Route is one route of the main table, or a candidate for it.
type Route struct {
	Prefix   netip.Prefix // masked
	Protocol network.Protocol
	Distance uint8
	Metric   uint32
	Tag      uint32
	NextHops []NextHop // sorted by Compare, at least one; several are ECMP
	// OSPF says what kind of OSPF route it is, for redistribution and `match route-type`.
	OSPF OSPFKind
	// BGPInternal: learned over iBGP (Protocol is BGPProtocol).
	BGPInternal bool
	// SingleHop: the next hops must be on connected subnets (FRR's zebra for the
	// routes of a directly connected eBGP neighbor); else they may be resolved by
	// any route.
	SingleHop bool
	// InTable: the next hops are looked up as ResolveInTable does, and where that fails packets are dropped.
	InTable bool
	// Recursive: found that way, or beside one of the same preference that is (BIRD rt_update_hostentry looks at all of them):
	// no next hop is found through it.
	Recursive bool
	// Foremost is the next hop of the best of several routes whose next hops were put together for packets alone (BIRD's merge paths), Via of
	// one of NextHops: others are found through that one. Invalid where all count.
	Foremost netip.Addr
	Span     network.Span // the line that makes it, for connected and static routes
}

// OSPFKind is the kind of an OSPF route, in order of preference.
type OSPFKind uint8

const (
	NotOSPF OSPFKind = iota
	OSPFIntraArea
	OSPFInterArea
	OSPFExternal1
	OSPFExternal2
)

// NextHop is where packets go. As offered (Via may be far away) or resolved
// (Interface is set and Via, if valid, is on that wire).
type NextHop struct {
	Via       netip.Addr // zero: the destination itself is on the wire
	Interface string     // outgoing interface; "" when not yet resolved
	Drop      bool       // blackhole or reject
	VRF       string     // where Via is looked up; the route's own VRF by default
	OnLink    bool       // Via is taken to be on Interface's wire, whatever its subnet
}

// Compare orders next hops: drops last, then by address, then by interface.
func (a NextHop) Compare(b NextHop) int {
	if a.Drop != b.Drop {
		if a.Drop {
			return 1
		}
		return -1
	}
	if c := a.Via.Compare(b.Via); c != 0 {
		return c
	}
	if c := strings.Compare(a.Interface, b.Interface); c != 0 {
		return c
	}
	return strings.Compare(a.VRF, b.VRF)
}

// Equal reports whether two routes are the same in everything but the line that makes them.
func (r *Route) Equal(o *Route) bool {
	return r.Prefix == o.Prefix && r.Protocol == o.Protocol && r.Distance == o.Distance && r.Metric == o.Metric &&
		r.Tag == o.Tag && r.OSPF == o.OSPF && r.BGPInternal == o.BGPInternal && r.SingleHop == o.SingleHop && r.InTable == o.InTable && r.Recursive == o.Recursive && r.Foremost == o.Foremost &&
		slices.Equal(r.NextHops, o.NextHops)
}
