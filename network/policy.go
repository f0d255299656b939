package network

import "net/netip"

// Policy is a routing policy: an FRR route-map, a GoBGP policy definition. It is
// an ordered list of statements that read, change, accept or reject a route.
type Policy struct {
	Name       string
	Statements []Statement // in order of evaluation
	// Default is what happens to a route that no statement decides. FRR: Reject;
	// GoBGP: Next (the chain's default decides).
	Default Disposition
	// Program, where it is not nil, is what the policy does; there are no Statements then.
	Program *Program
	Span    Span
}

// Statement is one entry. A route is tested against every condition; where all
// hold, the actions are applied, then Call (if any) is evaluated on the result,
// and its rejection rejects; then Then says how it goes on. Where a condition
// fails, the next statement is tried.
type Statement struct {
	Name     string // as the daemon prints it: "10" in FRR, the statement's name in GoBGP
	Sequence int    // FRR's number; position otherwise
	Match    []Condition
	Set      []Action
	// Result is Accept for permit, Reject for deny; Next for a GoBGP statement without a disposition.
	// A rejecting statement applies no actions and calls nothing.
	Result Disposition
	Call   Ref
	// Continue goes on after a match of an accepting statement instead of ending (FRR on-match
	// next, continue, on-match goto N). Changes already made are kept, but the last statement
	// that is tested decides: where it does not match, the policy's Default applies (FRR 8.4.4,
	// tried); a jump beyond the end, or no statement left, accepts.
	Continue Continue
	Span     Span
}

// Continue is how an accepting statement hands on.
type Continue struct {
	Kind ContinueKind
	To   int // the sequence number, for ContinueTo: the first statement whose number is not less
}

// ContinueKind is whether evaluation ends with a matching statement.
type ContinueKind uint8

const (
	Stop ContinueKind = iota
	ContinueNext
	ContinueTo
)

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

// Action changes a route. The concrete types below are all there are.
type Action interface {
	action()
	// Where is the line that says it.
	Where() Span
}

// Arithmetic is how a number is set.
type Arithmetic uint8

const (
	Assign Arithmetic = iota
	Add
	Subtract // not below 0
)

// EditMode is how a list-valued attribute is changed.
type EditMode uint8

const (
	Replace EditMode = iota
	AddTo
	RemoveFrom
)

func (m EditMode) String() string { return [...]string{"replace", "add", "remove"}[m] }

// The actions.
type (
	SetLocalPref struct {
		Pos
		Op    Arithmetic
		Value uint32
	}
	SetMED struct {
		Pos
		Op    Arithmetic
		Value uint32
		IGP   bool // the metric to the next hop (FRR `set metric igp`)
		// KeepOutOfRange: a sum outside of 32 bits leaves the MED as it is (GoBGP) instead of being clamped (FRR).
		KeepOutOfRange bool
	}
	SetWeight struct {
		Pos
		Value uint32
	}
	SetTag struct {
		Pos
		Value uint32
	}
	SetOrigin struct {
		Pos
		Value Origin
	}
	SetDistance struct {
		Pos
		Value uint8
	}
	// SetMetricType is the OSPF external metric type, 1 or 2.
	SetMetricType struct {
		Pos
		Type int
	}
	SetNextHop struct {
		Pos
		Kind    NextHopKind
		Address netip.Addr // for NextHopAddress
	}
	// PrependASPath puts AS numbers in front: AS, or the leftmost AS (LastAS) Repeat times.
	PrependASPath struct {
		Pos
		AS     []uint32
		LastAS bool
		Repeat int // of each of AS (one by default) or of the last AS
	}
	// ExcludeASPath removes AS numbers.
	ExcludeASPath struct {
		Pos
		AS  []uint32
		All bool
		Set string // AS path set whose matches are removed; "" otherwise
	}
	// ReplaceASPath puts the router's own (or With) for each of AS, or for every AS when Any.
	ReplaceASPath struct {
		Pos
		AS   []uint32
		Any  bool
		With uint32 // 0: the local AS
	}
	// SetCommunity edits standard communities by value, or removes those a set matches.
	SetCommunity struct {
		Pos
		Mode     EditMode
		Values   []Community // Replace with none: `set community none`
		Set      string      // community set whose matches are removed; "" otherwise
		Patterns []string    // RemoveFrom: expressions over one community (GoBGP); translated to RE2
	}
	SetLargeCommunity struct {
		Pos
		Mode     EditMode
		Values   []LargeCommunity
		Set      string
		Patterns []string
	}
	SetExtCommunity struct {
		Pos
		Mode     EditMode
		Values   []ExtCommunity
		Set      string
		Patterns []string
	}
	SetAtomicAggregate struct{ Pos }
	SetAggregator      struct {
		Pos
		Value Aggregator
	}
	SetOriginatorID struct {
		Pos
		Value netip.Addr
	}
	// SetUnmodelled is an action that is not simulated.
	SetUnmodelled struct {
		Pos
		Text string
	}
)

// NextHopKind is what the next hop becomes.
type NextHopKind uint8

const (
	NextHopAddress NextHopKind = iota
	NextHopPeer                // the neighbor's address (on export: our own)
	NextHopSelf                // our own
	NextHopUnchanged
	NextHopPreferGlobal // IPv6: the global address over the link-local one
	NextHopNeighbor     // the neighbor's address, on export too (GoBGP)
)

func (SetLocalPref) action()       {}
func (SetMED) action()             {}
func (SetWeight) action()          {}
func (SetTag) action()             {}
func (SetOrigin) action()          {}
func (SetDistance) action()        {}
func (SetMetricType) action()      {}
func (SetNextHop) action()         {}
func (PrependASPath) action()      {}
func (ExcludeASPath) action()      {}
func (ReplaceASPath) action()      {}
func (SetCommunity) action()       {}
func (SetLargeCommunity) action()  {}
func (SetExtCommunity) action()    {}
func (SetAtomicAggregate) action() {}
func (SetAggregator) action()      {}
func (SetOriginatorID) action()    {}
func (SetUnmodelled) action()      {}
