package diff

import (
	"net/netip"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
)

// Behaviour is what a change does to the network: the difference of two routing results.
// Every list is sorted by its leading fields; equal results give the zero Behaviour.
type Behaviour struct {
	Sessions      []SessionChange
	Routes        []RouteChange        // Loc-RIB and main tables, by prefix and router
	Announcements []AnnouncementChange // towards neighbors outside of the snapshot
	Reachability  []ReachabilityChange
	Redundancy    []RedundancyChange
	Origins       []OriginChange
	Touched       Touched
}

// Empty reports whether nothing changes.
func (b *Behaviour) Empty() bool {
	return len(b.Sessions) == 0 && len(b.Routes) == 0 && len(b.Announcements) == 0 &&
		len(b.Reachability) == 0 && len(b.Redundancy) == 0 && len(b.Origins) == 0
}

// SessionChange is one end of a BGP session that comes up, goes down or is reset.
type SessionChange struct {
	Router, VRF, Neighbor string
	Remote                string // "" outside
	RemoteAS              uint32
	Type                  bgp.PeerType
	Kind                  SessionKind
	Reason                bgp.SessionReason // of SessionLost
	Detail                string            // the reason in words, or which settings force the reset
	Before, After         *bgp.Session      // nil where not configured
	Span                  network.Span      // the neighbor: of the after side, else of the before side
}

// SessionKind is what happens to a session.
type SessionKind uint8

const (
	SessionLost    SessionKind = iota // was up, and is down though still configured
	SessionRemoved                    // was up, and is no longer configured
	SessionGained                     // was down or not configured, and is up
	SessionReset                      // up on both sides, but the change makes the daemon start it anew
)

func (k SessionKind) String() string { return [...]string{"lost", "removed", "gained", "reset"}[k] }

// RouteChange is what happens to one prefix in the main table of one router.
type RouteChange struct {
	Prefix        netip.Prefix
	Router, VRF   string
	Kind          RouteKind
	Before, After RouteView // zero where there is none
}

// RouteKind is what happens to a route.
type RouteKind uint8

const (
	RouteWithdrawn  RouteKind = iota // no route any more
	RouteNew                         // a route where there was none
	RouteMoved                       // other next hops, or another protocol
	RouteAttributes                  // same next hops, other BGP attributes
)

func (k RouteKind) String() string {
	return [...]string{"withdrawn", "announced", "moved", "attributes changed"}[k]
}

// RouteView is a route as it is shown beside its other side.
type RouteView struct {
	Protocol   network.Protocol
	NextHops   []string                // "10.0.0.1 via eth0", "blackhole"; sorted
	Attributes *network.PathAttributes // of the BGP best path; nil otherwise
	From       string                  // BGP: the neighbor it came from; "" its own
	Internal   bool                    // BGP: over iBGP
}

// AnnouncementChange is what a neighbor outside of the snapshot sees change.
type AnnouncementChange struct {
	Prefix                netip.Prefix
	Router, VRF, Neighbor string
	NeighborAS            uint32
	Kind                  RouteKind // RouteWithdrawn, RouteNew, or RouteAttributes
	Before, After         *network.PathAttributes
	SessionChanged        bool // the session itself was lost, removed or gained
	Span                  network.Span
}

// ReachabilityChange: packets from a router to a class of destinations fare otherwise than before.
type ReachabilityChange struct {
	Class         netip.Prefix // every address in it that no longer class covers fares alike
	From          string       // router
	Kind          ReachKind
	Before, After string // in words: "delivered at dc1", "no route at edge1", "loop between a and b"
	At            []string
	// EndsBefore and EndsAfter are the routers that deliver the packets or hand them out of the network; sorted.
	EndsBefore, EndsAfter []string
	// ServedElsewhere, of ReachMoved: from how many routers packets ended at other places before
	// than EndsAfter, so that they could have moved there; one that has the destination itself, and keeps it, could not.
	ServedElsewhere int
	// OnlyByDefault, of ReachLost: before the change no router but those of EndsBefore had a route to the class
	// other than the default route: packets arrived because the way to everything else happened to lead past it.
	OnlyByDefault bool
}

// ReachKind is how reachability changes.
type ReachKind uint8

const (
	// ReachLost: some way ended well, and now none does; or it ended inside, and now only a shorter route
	// is left that leads out.
	ReachLost    ReachKind = iota
	ReachPartial           // some ECMP branches die that did not
	ReachGained
	ReachMoved // still delivered, but elsewhere
	ReachGone  // an address of a link, or the link's subnet, that went with the link: nobody has it any more
)

func (k ReachKind) String() string {
	return [...]string{"lost", "partly lost", "gained", "moved", "gone"}[k]
}

// RedundancyChange: a router has fewer or more equal ways to a prefix.
type RedundancyChange struct {
	Prefix                        netip.Prefix
	Router, VRF                   string
	NextHopsBefore, NextHopsAfter int
	RoutersBefore, RoutersAfter   int // distinct next-hop routers
}

// OriginChange: the set of our routers that originate a prefix into BGP changes.
type OriginChange struct {
	Prefix        netip.Prefix
	Before, After []string // router names, sorted
}

// Touched counts how far a change reaches.
type Touched struct {
	RoutersConfigured                                             []string // whose configuration changes
	RoutersBehaving                                               []string // whose tables, sessions or announcements change
	RoutersTotal                                                  int
	SessionsTotal                                                 int // established ends before
	RoutesTotal                                                   int // main-table routes before
	RoutesWithdrawn, RoutesNew, RoutesMoved, RoutesAttributes     int
	PrefixesOutside, PrefixesWithdrawnOutside, PrefixesNewOutside int // distinct prefixes, over all outside neighbors
}
