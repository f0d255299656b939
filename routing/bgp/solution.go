package bgp

import (
	"iter"
	"net/netip"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/rib"
)

// Solution is the BGP state of the whole network. Read-only; safe for concurrent readers.
type Solution struct {
	Sessions            []Session // sorted by router, VRF and neighbor key
	Converged           bool
	OscillatingRouters  []int // sorted
	OscillatingPrefixes []netip.Prefix
	Uncertain           []Uncertainty // sorted, unique
}

// Uncertainty is one reason why a part of the solution may differ from the daemons'.
type Uncertainty struct {
	Router int
	Prefix netip.Prefix // zero: the whole router
	Why    string
	Span   network.Span
}

// Entries is the BGP table of one router instance, by prefix.
func (s *Solution) Entries(router int, vrf string, f network.Family) iter.Seq[*Entry] { panic("seam") }

// Entry is one prefix of a router's BGP table; nil when it holds none.
func (s *Solution) Entry(router int, vrf string, p netip.Prefix) *Entry { panic("seam") }

// Advertised is the Adj-RIB-Out for a neighbor, by prefix and path id: as it is received there.
func (s *Solution) Advertised(router int, vrf, neighbor string, f network.Family) iter.Seq[Advertised] {
	panic("seam")
}

// Installed is what BGP offers to the main table of one router instance, by prefix: the best
// path or the multipath set with unresolved next hops, the BGP distance, the MED as the metric;
// an aggregate as a null route.
func (s *Solution) Installed(router int, vrf string, f network.Family) iter.Seq[rib.Route] {
	panic("seam")
}
