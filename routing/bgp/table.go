// Package bgp computes what the BGP speakers of a network decide: which sessions come
// up, every Adj-RIB-In after import policy, the Loc-RIB, and every Adj-RIB-Out.
package bgp

import (
	"net/netip"

	"github.com/routegate/routegate/network"
)

// Session is one end's view of one configured (or listened for) BGP session.
type Session struct {
	Router    string
	VRF       string
	Neighbor  string            // network.Neighbor.Key
	Config    *network.Neighbor // read-only
	Remote    string            // the router at the other end; "" when it is outside of the snapshot
	RemoteKey string            // the other end's neighbor key; "" outside
	RemoteAS  uint32            // as the other end has it; from RemoteAS outside; 0 unknown
	LocalAddr netip.Addr
	PeerAddr  netip.Addr
	Interface string // outgoing interface of a single-hop session; "" when multihop
	Type      PeerType
	State     SessionState
	Reason    SessionReason             // why it is down; NoReason when established
	Detail    string                    // the reason in words, with the values seen
	Families  [network.NumFamilies]bool // negotiated
	Received  [network.NumFamilies]int  // prefixes in Adj-RIB-In, before policy
	Accepted  [network.NumFamilies]int  // prefixes after import policy
	Sent      [network.NumFamilies]int  // prefixes in Adj-RIB-Out
}

// External reports whether the other end is outside of the snapshot.
func (s *Session) External() bool { return s.Remote == "" }

// PeerType is the kind of a BGP session.
type PeerType uint8

const (
	EBGP PeerType = iota
	IBGP
	ConfedEBGP // another member AS of the confederation
)

func (t PeerType) String() string { return [...]string{"eBGP", "iBGP", "confed-eBGP"}[t] }

// SessionState: a session that the simulator finds able to come up is Established.
type SessionState uint8

const (
	Down SessionState = iota
	Established
)

func (s SessionState) String() string { return [...]string{"Down", "Established"}[s] }

// SessionReason is why a session is down.
type SessionReason uint8

const (
	NoReason              SessionReason = iota
	ReasonShutdown                      // administratively down on this side
	ReasonPeerShutdown                  // on the other side
	ReasonNoRoute                       // no route to the peer's address
	ReasonNotConnected                  // a single-hop eBGP peer that is not on a connected subnet
	ReasonTTL                           // further away than TTL or GTSM allow
	ReasonWrongAS                       // the other end is in another AS than configured
	ReasonNoRemoteAS                    // no remote AS configured
	ReasonNotReciprocated               // the other end has no neighbor statement for our address
	ReasonSourceAddress                 // the packets leave with an address that the other end does not expect
	ReasonPassword                      // on one side only, or different
	ReasonNoCommonFamily                // no address family is activated on both ends
	ReasonMaximumPrefix                 // torn down: more prefixes than maximum-prefix allows
	ReasonLinkDown                      // the interface is shut down or has no link
	ReasonRouterID                      // both ends have the same router id
	ReasonPassive                       // both ends only listen
	ReasonRole                          // RFC 9234 roles that do not fit
	ReasonNotListening                  // who connects meets no listener: another port or address, or none
	ReasonMalformed                     // reset over and over: one end sends an update that the other takes for malformed
	ReasonFailed                        // taken out by Options.Fail
)

func (r SessionReason) String() string {
	return [...]string{"", "shut down", "shut down by the peer", "no route to the peer", "peer is not directly connected",
		"peer is too many hops away", "wrong AS", "no remote AS configured", "the peer does not configure us",
		"source address is not the one that the peer expects", "passwords differ", "no address family in common",
		"maximum-prefix exceeded", "link down", "both ends have the same router id", "both ends are passive",
		"BGP roles do not fit", "nobody listens", "malformed updates", "failed on purpose"}[r]
}

// Path is one route to one prefix in a router's BGP table (RFC 4271: a route of
// Adj-RIB-In after import policy, or one of the router's own).
type Path struct {
	Attributes  *network.PathAttributes // after import policy; shared, read-only
	Neighbor    string                  // neighbor key it came from; "" for the router's own
	PeerType    PeerType                // of that neighbor
	Source      Source
	VRF         string // of a leaked path: the instance that it is from
	VRFNeighbor string // and the neighbor there; "" for the router's own
	PathID      uint32 // add-path identifier within the neighbor; 0 without
	NextHopOK   bool   // the next hop resolves (of a `network` statement: the main table has the prefix)
	IGPMetric   uint32 // to the next hop
	Best        bool   // the best path (in Loc-RIB)
	Multipath   bool   // in the multipath set (the best one too, when the set has several)
	// Decided is the step at which this path lost against the best one (or, for
	// the best, at which it won over the second); meaningless when alone.
	Decided network.Step
	// Timing: the choice between this path and the best depends on arrival order.
	Timing bool
}

// Source is how a path came into the table.
type Source uint8

const (
	FromNeighbor Source = iota
	FromNetwork         // `network` statement
	FromRedistribution
	FromAggregate
	FromInjection // routegate.yaml originations
	FromVRF       // leaked from another instance of the router
)

func (s Source) String() string {
	return [...]string{"neighbor", "network", "redistribute", "aggregate", "injected", "vrf"}[s]
}

// Advertised is one route in an Adj-RIB-Out: as the neighbor receives it.
type Advertised struct {
	Prefix     netip.Prefix
	PathID     uint32
	Attributes *network.PathAttributes // as sent, after export policy
}

// Entry is one prefix of a router's BGP table.
type Entry struct {
	Prefix netip.Prefix
	Paths  []Path // best first, then in order of preference
	// Suppressed: not announced because an aggregate with summary-only covers it.
	Suppressed bool
}

// Best is the best path; nil when none is usable.
func (e *Entry) Best() *Path {
	if len(e.Paths) > 0 && e.Paths[0].Best {
		return &e.Paths[0]
	}
	return nil
}
