package bgp

import (
	"context"
	"iter"
	"net/netip"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/rib"
)

// Underlay is what BGP asks of the routers' main tables and wires; package
// routing provides it. All methods are safe for concurrent use and stable
// during one Solve. Routers are named by their index in Network.Routers.
type Underlay interface {
	// Resolve looks up a BGP next hop in the main table: the IGP metric to it and whether
	// it is reachable. iface scopes a link-local address and is "" otherwise. A next
	// hop never resolves through the BGP route that it belongs to.
	Resolve(router int, vrf string, nh netip.Addr, iface string) (metric uint32, ok bool)
	// Route is the main table's route for exactly the prefix (for `network` with import-check).
	Route(router int, vrf string, p netip.Prefix) (rib.Route, bool)
	// Routes are the main table's selected routes (for redistribution), sorted.
	Routes(router int, vrf string, f network.Family) iter.Seq[rib.Route]
	// Path says how packets from a router (leaving with the source address) reach an address of
	// another router: the number of routers between (0: on a shared wire), and the outgoing
	// interface; ok is false when they do not get there.
	Path(router int, vrf string, to netip.Addr) (hops int, out string, source netip.Addr, ok bool)
	// Wire lists the routers and interfaces that share the interface's link and are up.
	Wire(router int, iface string) []Attachment
	// LinkUp reports whether the interface can carry packets.
	LinkUp(router int, iface string) bool
}

// Attachment is an interface of a router on a wire.
type Attachment struct {
	Router    int
	Interface string
	LinkLocal netip.Addr // the address that unnumbered peers use
}

// Solution is the BGP state of the whole network.
type Solution struct {
	Sessions            []Session
	Converged           bool
	OscillatingRouters  []int
	OscillatingPrefixes []netip.Prefix
}

// Solve (seam: written by the BGP author; signature may grow options).
func Solve(ctx context.Context, n *network.Network, u Underlay) (*Solution, error) { panic("seam") }
