// Package ospf computes what the OSPFv2 processes of a network decide (RFC 2328, RFC 3101,
// RFC 6987): which adjacencies form, the shortest paths of every area, and the
// routes that each process offers to its router's main table.
//
// There is no flooding: the link-state database of each area is built once from
// all configurations, and every router's calculation runs over it. Parts of an area that
// do not hear each other are apart in that database too, since no link joins them.
package ospf

import (
	"net/netip"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/rib"
)

// infinity is LSInfinity for summary and external metrics (RFC 2328 §B).
const infinity = 0xffffff

// Input is what the processes work on. Routers are named by their index in Network.Routers.
type Input struct {
	Network *network.Network
	// Up reports whether an interface can carry packets.
	Up func(router int, iface string) bool
	// Wire lists the other interfaces that hear this one, all of them up.
	Wire func(router int, iface string) []Port
	// Externals are the routes that processes redistribute, in any order.
	Externals []External
}

// Port is an interface of a router.
type Port struct {
	Router    int
	Interface string
}

// External is one route that a process takes in from elsewhere, after its
// route-map (RFC 2328 §12.4.4).
type External struct {
	Router  int
	VRF     string
	Process int // index in VRF.OSPF
	Prefix  netip.Prefix
	Metric  uint32
	Type    int // external metric type, 1 or 2
	Tag     uint32
	NextHop netip.Addr // of the route; the forwarding address where OSPF runs on its subnet
	// Connected: a connected route, left out where the process itself runs on the subnet.
	Connected bool
}

// Solution is the state of all processes. Read-only; safe for concurrent readers.
type Solution struct {
	Adjacencies []Adjacency // both directions, sorted by router and interface
	Mismatches  []Mismatch  // interfaces that hear each other and do not become adjacent, sorted
	RouterIDs   []RouterID  // sorted by router

	routes map[instance][]rib.Route
}

type instance struct {
	router int
	vrf    string
}

// Adjacency is one end's view of two processes that exchange their databases.
type Adjacency struct {
	Router          int
	Interface       string
	Neighbor        int
	NeighborAddress netip.Addr
	Area            uint32
}

// Mismatch is a pair of interfaces on one wire, both running OSPF and neither
// passive, that do not become adjacent.
type Mismatch struct {
	Router    int
	Interface string
	Neighbor  int
	Why       string
	Span      network.Span // of the interface's OSPF settings, or of the interface
}

// RouterID is the identity of one process; invalid where it has none and does not run.
type RouterID struct {
	Router  int
	VRF     string
	Process int
	ID      netip.Addr
}

// Routes are what OSPF offers to the main table of one router instance, by
// prefix: with next hops resolved, the distance, and the metric that the daemon hands on.
func (s *Solution) Routes(router int, vrf string) []rib.Route {
	return s.routes[instance{router, vrf}]
}

// Solve computes the routes of every process.
func Solve(in Input) *Solution {
	w := newWorld(in)
	w.adjacencies()
	w.buildAreas()
	w.markBorders()
	w.prefixes()
	w.intraArea()
	w.interArea()
	w.external()
	return w.solution()
}
