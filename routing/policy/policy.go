// Package policy evaluates routing policies: it takes a route and a chain of
// route-maps or policy definitions, and says whether the route passes and what
// becomes of it.
//
// Where daemons differ, the model has a field that the dialect set; nothing here
// asks which daemon a router runs. The semantics are those of RFC 4271 §9.1 policy
// as FRR's route maps and GoBGP's policy definitions implement it.
package policy

import (
	"net/netip"

	"github.com/routegate/routegate/network"
)

// Route is what a policy sees and changes. Attributes are copied on write: the
// input is never modified, and a policy that changes nothing returns the same
// pointer.
type Route struct {
	Prefix     netip.Prefix
	Attributes *network.PathAttributes // nil stands for the zero attributes
	// Seen is what conditions look at where that is not what actions change: of the default route that default-originate
	// makes, its route map tests the routes of the table and sets what goes with the default (bgpd). nil: Attributes.
	Seen *network.PathAttributes

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
	ProtocolName     string           // of the protocol instance that the route is from (BIRD); "" where it has none
	From             netip.Addr       // on export, the neighbor that the route came from; zero for others
	// OriginalNextHop is the next hop that the route has in the table, where an
	// export has already put another one into Attributes (GoBGP does so before its
	// export policy and still matches the original); zero: the same.
	OriginalNextHop netip.Addr
	// RPKI is the validation state (RFC 6811): valid, invalid or notfound; "" where
	// no validation is known, and then MatchRPKI does not hold.
	RPKI string

	// Set by policies:
	MetricType int   // OSPF external metric type, for redistribution into OSPF; 0: not set
	Distance   uint8 // administrative distance in the main table; 0: not set
	// NextHopSet: some action has set the next hop, in the way that NextHopKind says; an export
	// must then not put its own there (or must, for NextHopSelf).
	NextHopSet  bool
	NextHopKind network.NextHopKind
	NextHopWays NextHopWays // all the ways in which actions have set it, the last one included
	// PreferGlobal: some action prefers an IPv6 next hop's global address to its link-local one.
	PreferGlobal bool
	// MEDSet: a program has set the MED. Towards eBGP such a one is sent, one that was received is not.
	MEDSet bool
}

// Direction says at which point of RFC 4271 §9 a policy runs.
type Direction uint8

const (
	Import Direction = iota
	Export
	Redistribute // from another protocol, `network ... route-map`, aggregates
	Condition    // a test only: exist-map, advertise-map, default-originate
)

func (d Direction) String() string {
	return [...]string{"import", "export", "redistribute", "condition"}[d]
}

// Result is what a policy does to one route.
type Result struct {
	// Disposition is Accept, Reject, or Next where nothing decided (a chain that is
	// not configured, or a single policy that falls through).
	Disposition network.Disposition
	// Route is the route as changed; after Reject it is the input.
	Route Route
	// Matched are the entries that matched, in order; the last one decided, unless Default.
	// Shared and read-only.
	Matched []*Clause
	// Sequence is the number of the entry where the evaluation ended; 0 where it went past the last one, or none decided.
	Sequence int
	// Default: no entry decided; the policy's or the chain's default did, at By.
	Default bool
	// By is the line that decided: the last entry's, or that of the policy or reference
	// whose default applied. Zero where the daemon's own default did.
	By network.Span
	// What names, where Default, what decided: "the end of policy X", "prefix-list Y"; "" for
	// the daemon's own default.
	What string
	// Uncertain says why the daemon might do otherwise.
	Uncertain []Doubt
}

// Clause names one entry of a policy.
type Clause struct {
	Policy    string
	Statement string // the entry's name or number
	Result    network.Disposition
	Span      network.Span
}

// String is "route policy TRANSIT-IN entry 10 (accept)" without the first words: TRANSIT-IN 10.
func (c *Clause) String() string { return c.Policy + " " + c.Statement }

// Doubt is one reason not to trust a Result: a clause that is not simulated was met.
type Doubt struct {
	Why  string
	Span network.Span
}

// Chain evaluates a policy chain. Missing is what a reference to a policy that does not
// exist does (network.Missing.Policy). The zero chain gives Next: no policy stands, and
// the caller knows what that means.
func (e *Evaluator) Chain(c network.PolicyChain, rt Route, missing network.Disposition) Result {
	ev := newEvaluation(e, &rt)
	defer ev.done()
	return ev.chain(c, missing)
}

// Policy evaluates one policy by name: a table-map, a `network ... route-map`. Found is
// false, and the result Next, where there is no such policy.
func (e *Evaluator) Policy(name string, rt Route) (res Result, found bool) {
	p := e.policies[name]
	if p == nil {
		return Result{Route: rt}, false
	}
	ev := newEvaluation(e, &rt)
	defer ev.done()
	return ev.result(ev.policy(p, 0)), true
}

// PrefixSet applies a prefix list or access list to a prefix. A list of the other
// address family refuses.
func (e *Evaluator) PrefixSet(kind network.PrefixSetKind, name string, p netip.Prefix) (accept, exists bool) {
	s := e.prefixSets[prefixSetKey{kind, name}]
	if s == nil {
		return false, false
	}
	return s.family(p) && s.accepts(p), true
}

// ASPathSet applies an AS path list (`filter-list`): the first expression that matches decides.
func (e *Evaluator) ASPathSet(name string, path network.ASPath) (accept, exists bool) {
	s := e.asPathSets[name]
	if s == nil {
		return false, false
	}
	accept, _ = s.accepts(path)
	return accept, true
}

// CommunitySet applies a community list to the attributes.
func (e *Evaluator) CommunitySet(kind network.CommunityKind, name string, a *network.PathAttributes, o network.MatchOption) (match, exists bool) {
	s := e.communitySets[communitySetKey{kind, name}]
	if s == nil {
		return false, false
	}
	if a == nil {
		a = &network.PathAttributes{}
	}
	return s.match(a, o).yes(), true
}

// NeighborSet reports whether the address is in the set; an empty set holds everybody (GoBGP).
func (e *Evaluator) NeighborSet(name string, a netip.Addr) (match, exists bool) {
	s := e.neighborSets[name]
	if s == nil {
		return false, false
	}
	return neighborIn(s, a), true
}

// NextHopWays is a set of kinds.
type NextHopWays uint8

// Has reports whether an action has set the next hop in that way.
func (w NextHopWays) Has(k network.NextHopKind) bool { return w>>k&1 == 1 }
