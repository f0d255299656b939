// Package policy evaluates routing policies: it takes a route and a chain of
// route-maps or policy definitions, and says whether the route passes and what
// becomes of it.
package policy

import (
	"net/netip"

	"github.com/routegate/routegate/network"
)

// Route is what a policy sees and changes. Attributes are copied on write: the
// input is never modified.
type Route struct {
	Prefix     netip.Prefix
	Attributes *network.PathAttributes

	// Context of the evaluation, not changed by policies:
	Direction        Direction
	Peer             netip.Addr // the neighbor it came from (import) or goes to (export); zero for local routes
	PeerIface        string     // of an unnumbered neighbor
	PeerAS           uint32     // that neighbor's AS
	LocalAS          uint32     // the AS that prepends and `last-as` rules use
	LocalAddr        netip.Addr // our address towards the peer
	Type             network.RouteType
	Protocol         network.Protocol // where a redistributed route comes from
	Interface        string           // its outgoing interface
	IGPMetric        uint32           // metric to the next hop
	OSPFExternalType int              // 1 or 2 for redistributed OSPF external routes

	// Set by policies for redistribution into OSPF and the main table:
	MetricType int
	Distance   uint8
}

// Direction says at which point of RFC 4271 §9 a policy runs.
type Direction uint8

const (
	Import Direction = iota
	Export
	Redistribute // from another protocol, `network ... route-map`, aggregates
	Condition    // a test only: exist-map, advertise-map, default-originate
)
