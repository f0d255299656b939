package network

import "net/netip"

// Condition is one match clause. The concrete types below are all there are.
type Condition interface {
	condition()
	// Where is the line that says it.
	Where() Span
}

// MatchOption is how a set is compared with a list-valued attribute, or negated.
type MatchOption uint8

const (
	MatchAny    MatchOption = iota // some element matches
	MatchAll                       // every element of the set is matched
	MatchInvert                    // none matches
	MatchExact                     // the attribute equals the set (FRR exact-match)
)

func (m MatchOption) String() string { return [...]string{"any", "all", "invert", "exact"}[m] }

// Pos embeds a condition's or an action's position.
type Pos struct{ Span Span }

// Where is the line that says it.
func (p Pos) Where() Span { return p.Span }

// The conditions.
type (
	// MatchPrefix: the route's prefix is accepted by the prefix set. A set of the
	// other family never matches (FRR `match ip address` on an IPv6 route).
	MatchPrefix struct {
		Pos
		Set    string
		Kind   PrefixSetKind
		Option MatchOption // MatchAny or MatchInvert
	}
	// MatchPrefixLength: `match ip address prefix-len N`.
	MatchPrefixLength struct {
		Pos
		Family Family
		Length uint8
	}
	// MatchNextHop: the next hop is in the set, or equals Address.
	MatchNextHop struct {
		Pos
		Set      string
		Kind     PrefixSetKind
		Address  netip.Addr     // where Set is ""
		Prefixes []netip.Prefix // GoBGP next-hop-in-list, where both are empty
	}
	// MatchRouteSource: the neighbor's address is in the prefix set.
	MatchRouteSource struct {
		Pos
		Set  string
		Kind PrefixSetKind
	}
	// MatchNeighbor: the route came from (on import) or goes to (on export) one of these.
	MatchNeighbor struct {
		Pos
		Set       string     // neighbor set; or
		Address   netip.Addr // one address; or
		Interface string     // one unnumbered peer; or
		Local     bool       // FRR `match peer local`: originated here
		Option    MatchOption
	}
	// MatchASPath: an AS path set.
	MatchASPath struct {
		Pos
		Set    string
		Option MatchOption
	}
	// MatchASPathLength compares the number of ASes.
	MatchASPathLength struct {
		Pos
		Op    Comparison
		Value uint32
	}
	// MatchCommunity: a community set of the kind given.
	MatchCommunity struct {
		Pos
		Set    string
		Kind   CommunityKind
		Option MatchOption
	}
	// MatchCommunityCount compares the number of standard communities.
	MatchCommunityCount struct {
		Pos
		Op    Comparison
		Value uint32
	}
	// MatchLocalPref, MatchMED, MatchTag, MatchWeight: equality.
	MatchLocalPref struct {
		Pos
		Value uint32
	}
	MatchMED struct {
		Pos
		Value uint32
	}
	MatchTag struct {
		Pos
		Value uint32
	}
	MatchOrigin struct {
		Pos
		Value Origin
	}
	// MatchInterface: the route's outgoing interface (connected routes, next hops).
	MatchInterface struct {
		Pos
		Interface string
	}
	// MatchRouteType: internal (iBGP or local), external (eBGP), local (originated here).
	MatchRouteType struct {
		Pos
		Type RouteType
	}
	// MatchSource: the protocol a redistributed route comes from (FRR `match source-protocol`).
	MatchSource struct {
		Pos
		Protocol Protocol
		Name     string // as written
	}
	// MatchFamily: the route is of one of these families (GoBGP afi-safi-in).
	MatchFamily struct {
		Pos
		Families []Family
	}
	// MatchRPKI: the validation state: valid, invalid, notfound (RFC 6811).
	MatchRPKI struct {
		Pos
		State string
	}
	// MatchNever never holds: a clause that is always false in this daemon's semantics.
	MatchNever struct {
		Pos
		Why string
	}
	// MatchUnmodelled is a clause that is not simulated: whether it holds is not
	// known. Routing takes it as not holding and marks the result as uncertain.
	MatchUnmodelled struct {
		Pos
		Text string
	}
)

// Comparison is an arithmetic relation.
type Comparison uint8

const (
	Equal Comparison = iota
	AtLeast
	AtMost
)

func (c Comparison) String() string { return [...]string{"eq", "ge", "le"}[c] }

// RouteType is how a route was learned.
type RouteType uint8

const (
	RouteInternal RouteType = iota // from an iBGP neighbor (and, in GoBGP, not local)
	RouteExternal
	RouteLocal
)

func (t RouteType) String() string { return [...]string{"internal", "external", "local"}[t] }

func (MatchPrefix) condition()         {}
func (MatchPrefixLength) condition()   {}
func (MatchNextHop) condition()        {}
func (MatchRouteSource) condition()    {}
func (MatchNeighbor) condition()       {}
func (MatchASPath) condition()         {}
func (MatchASPathLength) condition()   {}
func (MatchCommunity) condition()      {}
func (MatchCommunityCount) condition() {}
func (MatchLocalPref) condition()      {}
func (MatchMED) condition()            {}
func (MatchTag) condition()            {}
func (MatchOrigin) condition()         {}
func (MatchInterface) condition()      {}
func (MatchRouteType) condition()      {}
func (MatchSource) condition()         {}
func (MatchFamily) condition()         {}
func (MatchRPKI) condition()           {}
func (MatchNever) condition()          {}
func (MatchUnmodelled) condition()     {}
