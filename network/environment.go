package network

import (
	"net/netip"
	"sort"
)

// Environment is what configurations cannot say: the content of routegate.yaml.
// Every part is optional.
type Environment struct {
	// Present reports whether routegate.yaml was there at all.
	Present       bool
	Owned         []netip.Prefix // what this network may originate
	Devices       []Device       // sorted by Name
	Relations     []Relation     // in file order
	Announcements []Announcement // what the outside sends us; MRT feeds are expanded
	Originations  []Origination  // what routers inject over an API (`gobgp global rib add`)
	FlowRules     []FlowRule     // what routers inject of flow specification; in file order
	Protect       []Protected
	Services      []Service   // in file order
	Demands       []Demand    // in file order
	Bandwidths    []Bandwidth // in file order
	// DefaultBandwidth is that of links between two routers of which nothing else says it; 0: not stated.
	DefaultBandwidth     BitRate
	DefaultBandwidthSpan Span
	Management           Management
	Failures             FailureSettings
	RPKI                 RPKI
	Policy               PolicySettings
	Rollout              Rollout
	Spans                Marks // positions of the top-level keys, by key name
}

// Device finds what is known of a router; the zero Device when nothing is.
func (e *Environment) Device(router string) Device {
	i := sort.Search(len(e.Devices), func(i int) bool { return e.Devices[i].Name >= router })
	if i < len(e.Devices) && e.Devices[i].Name == router {
		return e.Devices[i]
	}
	return Device{Name: router}
}

// Device is what is known of one router beside its configuration.
type Device struct {
	Name   string
	Role   string
	Site   string
	Group  string     // redundancy group: its members are never changed together
	Mgmt   netip.Addr // management address; zero when not stated
	Driver string     // frr, gobgp, bird: the adapter that applies changes
	Span   Span
}

// RelationKind is what a neighboring AS is to us (RFC 7908, RFC 9234).
type RelationKind uint8

const (
	Provider RelationKind = iota // we buy transit from it
	Peer                         // we exchange own and customer routes
	Customer                     // it buys transit from us
)

func (k RelationKind) String() string { return [...]string{"provider", "peer", "customer"}[k] }

// Relation says what an AS is to us.
type Relation struct {
	AS       uint32
	Is       RelationKind
	Prefixes []netip.Prefix // a customer's: what it may announce; empty: not stated
	Span     Span
}

// Relation finds what an AS is to us.
func (e *Environment) Relation(as uint32) (Relation, bool) {
	for _, r := range e.Relations {
		if r.AS == as {
			return r, true
		}
	}
	return Relation{}, false
}

// Announcement is a set of routes with the same attributes that an outside
// neighbor sends to one of our routers.
type Announcement struct {
	From       uint32     // the neighbor's AS
	To         string     // our router
	Neighbor   netip.Addr // which of To's neighbors in that AS; zero: all of them
	Prefixes   []netip.Prefix
	Attributes PathAttributes // ASPath as received (it starts with From); NextHop zero: the neighbor's address
	Span       Span
}

// Origination is a set of routes that a router injects into its own BGP over an API.
type Origination struct {
	Router     string
	Prefixes   []netip.Prefix
	Attributes PathAttributes
	Span       Span
}

// Protected is something that must never be lost.
type Protected struct {
	Name          string
	Prefixes      []netip.Prefix
	MinOrigins    int            // routers that must originate each prefix; 0: 1
	ReachableFrom []string       // router names, role:NAME, site:NAME, group:NAME, or outside
	Capacities    []SiteCapacity // how much of its traffic each site can serve; in file order
	Span          Span
}

// Management says from where the routers are managed. It must not depend on what it is to rescue.
type Management struct {
	Prefixes []netip.Prefix // where management is: links of other subnets are in band
	Stations []netip.Addr
	Consoles []netip.Addr // console servers, the last way to a router
	Span     Span
}

// FailureSettings say which single failures a check tries: none by default.
type FailureSettings struct {
	Links, Routers bool
	Span           Span
}

// ParamsAt are parameters of the policies at some routers.
type ParamsAt struct {
	Place  string // a router, or role:, site:, group:
	Params map[string]any
}

// PolicySettings configures the policy library.
type PolicySettings struct {
	// Params override the library's stated defaults, by name.
	Params map[string]any
	// ParamsAt override them for some routers, in the order of the file.
	ParamsAt []ParamsAt
	// Levels override a policy's level by id: shadow, advisory, soft, hard.
	Levels map[string]string
	// Disabled policies by id.
	Disabled []string
	// StandingDenies: findings that the base has too refuse the change as well.
	StandingDenies bool
	// MaxWaiverDays bounds how far ahead of a check's day a waiver may expire, in days; 0: the stated default.
	MaxWaiverDays int
	// Bundle is an OPA bundle with policies, a file of the snapshot; "" for none.
	Bundle string
	// SignedOnly: policies that no key of Keys has signed are refused, those in the folder policies/ as well.
	SignedOnly bool
	// Keys are what signatures of bundles are verified with; where there are some, a bundle must be signed.
	Keys []PolicyKey
	Span Span
}

// PolicyKey is a public key of somebody who signs policies.
type PolicyKey struct {
	ID        string // as signatures name it
	Algorithm string // RS256, ES256, ... (RFC 7518 §3.1); "": what the key says
	File      string // of the snapshot, in PEM
	PEM       string // its content
	Span      Span
}
