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
	// Path says how packets from a router reach an address (another router's, or one outside of
	// the snapshot: then as far as the network knows): the number of routers between (0: on a
	// shared wire, or on a connected subnet), the outgoing interface, and the source address
	// that packets get by default; ok is false when they do not get there.
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

// Options bound and observe a solution. The zero value is ready to use.
type Options struct {
	Workers  int                   // 0: one a processor
	Progress func(done, total int) // prefixes; may be nil; called from one goroutine at a time
	// Down reports that a session is taken out on purpose (ReasonFailed); may be nil.
	Down func(router int, vrf string, n *network.Neighbor) bool
}

// Solve computes the state that BGP settles in over an underlay that stands still. It
// returns an error only when ctx ends; a network that does not converge is a Solution.
func Solve(ctx context.Context, n *network.Network, u Underlay, o Options) (*Solution, error) {
	panic("seam")
}
