package policies

// Input is the document that policies see: routegate.input/v1. It holds the change, what it
// does, and facts about the routers concerned on both sides; never the whole network.
//
// Two kinds of policies read it (METADATA custom.scope):
//
//   - scope "state" describes what a network should not look like. The engine
//     evaluates it twice, with input.state set to input.before and then to
//     input.after, and compares the findings by key: one that only "after" has is the
//     change's doing; one that both have is standing, unless its measure grew.
//   - scope "change" is about the step itself and is evaluated once.
//
// Addresses and prefixes are text; routers are named by their folder; ASNs are numbers.
type Input struct {
	Schema  string         `json:"schema"` // routegate.input/v1
	Network NetworkFacts   `json:"network"`
	Params  map[string]any `json:"params"` // library defaults, overridden by routegate.yaml
	Change  Change         `json:"change"`
	Effects Effects        `json:"effects"`
	Before  State          `json:"before"`
	After   State          `json:"after"`
	// State is set by the engine for policies of scope "state".
	State *State `json:"state,omitempty"`
}

// NetworkFacts is what routegate.yaml says.
type NetworkFacts struct {
	Name       string            `json:"name"`
	Configured bool              `json:"configured"` // routegate.yaml exists
	Owned      []string          `json:"owned"`
	Relations  []Relation        `json:"relations"`
	Devices    map[string]Device `json:"devices"`
	Management Management        `json:"management"`
	Protected  bool              `json:"protected"` // anything is protected
	OurASNs    []uint32          `json:"our_asns"`  // of routers in the snapshot, with confederation and local-as
}

// Relation is what an outside AS is to us: provider, peer or customer.
type Relation struct {
	AS       uint32   `json:"as"`
	Is       string   `json:"is"`
	Prefixes []string `json:"prefixes"`
}

// Device is what routegate.yaml says of a router.
type Device struct {
	Role  string `json:"role"`
	Site  string `json:"site"`
	Group string `json:"group"`
	Mgmt  string `json:"mgmt"`
}

// Management names the stations from which routers are managed.
type Management struct {
	Prefixes []string `json:"prefixes"`
	Stations []string `json:"stations"`
}

// Span is a range of lines of one file; side is "before" or "after".
type Span struct {
	Side  string `json:"side"`
	File  string `json:"file"`
	First int    `json:"first"`
	Last  int    `json:"last"`
}

// Change is the difference of the configurations.
type Change struct {
	RoutersChanged []string       `json:"routers_changed"`
	RoutersAdded   []string       `json:"routers_added"`
	RoutersRemoved []string       `json:"routers_removed"`
	Items          []ChangeItem   `json:"items"`
	NotModelled    []LedgerChange `json:"not_modelled"` // lines that are not understood and that the change adds, alters or removes
}

// ChangeItem is one typed change of configuration.
type ChangeItem struct {
	Router    string `json:"router"`
	Path      string `json:"path"`   // bgp/neighbor 10.0.0.1/ipv4-unicast/import
	Kind      string `json:"kind"`   // added, removed, modified, moved, renumbered
	Object    string `json:"object"` // neighbor, policy, statement, prefix-set, interface, ...
	Name      string `json:"name"`
	Before    string `json:"before"`
	After     string `json:"after"`
	HasEffect bool   `json:"has_effect"` // false: proven to mean the same
	Summary   string `json:"summary"`
	Span      Span   `json:"span"`
}

// LedgerChange is one line outside of the model that the change touches.
type LedgerChange struct {
	Router  string `json:"router"`
	Kind    string `json:"kind"` // added, removed
	Context string `json:"context"`
	Text    string `json:"text"`
	Reason  string `json:"reason"`
	Affects string `json:"affects"` // anything, sessions, routes, forwarding, other protocols
	Span    Span   `json:"span"`
}

// Effects is the difference of the behaviours. Lists are complete up to a stated
// limit (truncated says when it was reached); totals are always exact.
type Effects struct {
	Sessions      []SessionEffect      `json:"sessions"`
	Prefixes      []PrefixEffect       `json:"prefixes"`
	Announcements []AnnouncementEffect `json:"announcements"`
	Reachability  []ReachEffect        `json:"reachability"`
	Origins       []OriginEffect       `json:"origins"`
	Totals        Totals               `json:"totals"`
	Truncated     bool                 `json:"truncated"`
}

// SessionEffect is one end of a session that is lost, removed, gained or reset.
type SessionEffect struct {
	Router   string `json:"router"`
	Neighbor string `json:"neighbor"`
	Remote   string `json:"remote"` // router name, or "" outside
	RemoteAS uint32 `json:"remote_as"`
	Type     string `json:"type"` // eBGP, iBGP, confed-eBGP
	Kind     string `json:"kind"` // lost, removed, gained, reset
	Reason   string `json:"reason"`
	Detail   string `json:"detail"`
	// Deliberate: the change itself shuts the session down or removes it, on either end.
	Deliberate bool `json:"deliberate"`
	Span       Span `json:"span"`
}

// PrefixEffect is what happens to one prefix inside the network, summed over routers.
type PrefixEffect struct {
	Prefix     string   `json:"prefix"`
	Withdrawn  []string `json:"withdrawn"` // routers that have no route to it any more
	New        []string `json:"new"`
	Moved      []string `json:"moved"`
	Attributes []string `json:"attributes"`
}

// AnnouncementEffect is what an outside neighbor sees change.
type AnnouncementEffect struct {
	Prefix     string     `json:"prefix"`
	Router     string     `json:"router"`
	Neighbor   string     `json:"neighbor"`
	NeighborAS uint32     `json:"neighbor_as"`
	Relation   string     `json:"relation"` // provider, peer, customer, "" unknown
	Kind       string     `json:"kind"`     // withdrawn, announced, attributes changed
	Before     *Announced `json:"before,omitempty"`
	After      *Announced `json:"after,omitempty"`
}

// Announced are the attributes of an announcement that policies look at.
type Announced struct {
	ASPath      []uint32 `json:"as_path"`
	Origin      string   `json:"origin"`
	MED         *uint32  `json:"med,omitempty"`
	Communities []string `json:"communities"`
}

// ReachEffect is a class of destinations whose reachability from routers changes.
type ReachEffect struct {
	Class   string   `json:"class"`
	Kind    string   `json:"kind"` // lost, partly lost, gained, moved
	From    []string `json:"from"` // routers
	Before  string   `json:"before"`
	After   string   `json:"after"`
	Example string   `json:"example"` // the simulated path after the change, hop by hop
}

// OriginEffect is a prefix whose originating routers change.
type OriginEffect struct {
	Prefix string   `json:"prefix"`
	Before []string `json:"before"`
	After  []string `json:"after"`
}

// Totals count exactly.
type Totals struct {
	Routers                  int `json:"routers"`         // in the after snapshot
	RoutersChanged           int `json:"routers_changed"` // whose configuration changes
	RoutersTouched           int `json:"routers_touched"` // whose sessions, tables or announcements change
	Sessions                 int `json:"sessions"`        // established ends before
	SessionsLost             int `json:"sessions_lost"`   // ends
	SessionsReset            int `json:"sessions_reset"`  // ends
	Routes                   int `json:"routes"`          // in main tables before
	RoutesWithdrawn          int `json:"routes_withdrawn"`
	RoutesNew                int `json:"routes_new"`
	RoutesMoved              int `json:"routes_moved"`
	PrefixesOutside          int `json:"prefixes_outside"`           // distinct prefixes announced outside before
	PrefixesWithdrawnOutside int `json:"prefixes_withdrawn_outside"` // announced to nobody outside any more
	PrefixesNewOutside       int `json:"prefixes_new_outside"`
}

// State is one side, seen through the routers concerned: those whose
// configuration or behaviour the change alters (both sides hold the same set).
type State struct {
	Side       string         `json:"side"` // before, after
	Routers    []RouterFacts  `json:"routers"`
	Exports    []ExportFacts  `json:"exports"`
	Protected  []ProtectFacts `json:"protected"`
	Management []MgmtFacts    `json:"management"`
	Originated []OriginFacts  `json:"originated"`
	Limits     []LimitFacts   `json:"limits"`
}

// RouterFacts is one router's configuration as policies need it.
type RouterFacts struct {
	Name            string          `json:"name"`
	Dialect         string          `json:"dialect"`
	Role            string          `json:"role"`
	AS              uint32          `json:"as"`      // 0: no BGP
	Changed         bool            `json:"changed"` // its configuration changes
	Neighbors       []NeighborFacts `json:"neighbors"`
	Policies        []PolicyFacts   `json:"policies"`
	Dangling        []DanglingRef   `json:"dangling"`
	Redistributions []RedistFacts   `json:"redistributions"`
	NotModelled     int             `json:"not_modelled"` // lines
}

// NeighborFacts is one BGP neighbor; families that are not active are left out.
type NeighborFacts struct {
	Key         string        `json:"key"`
	VRF         string        `json:"vrf"`
	Description string        `json:"description"`
	RemoteAS    uint32        `json:"remote_as"`
	External    bool          `json:"external"` // the other end is outside of the snapshot
	EBGP        bool          `json:"ebgp"`
	Relation    string        `json:"relation"` // provider, peer, customer, ""
	State       string        `json:"state"`    // Established, Down
	Reason      string        `json:"reason"`
	Shutdown    bool          `json:"shutdown"`
	Families    []FamilyFacts `json:"families"`
	Span        Span          `json:"span"`
}

// FamilyFacts is one active address family of a neighbor.
type FamilyFacts struct {
	Family string   `json:"family"`
	Import []string `json:"import"` // names of policies and filters; empty: none
	Export []string `json:"export"`
	// ImportAcceptsAll: whatever is configured accepts every route of the family that was probed.
	ImportAcceptsAll bool       `json:"import_accepts_all"`
	ExportAcceptsAll bool       `json:"export_accepts_all"`
	MaximumPrefix    *MaxPrefix `json:"maximum_prefix"` // null: none
	Received         int        `json:"received"`
	Accepted         int        `json:"accepted"`
	Sent             int        `json:"sent"`
	Span             Span       `json:"span"`
}

// MaxPrefix is a limit on received prefixes.
type MaxPrefix struct {
	Limit       int  `json:"limit"`
	WarningOnly bool `json:"warning_only"`
	Span        Span `json:"span"`
}

// PolicyFacts is one routing policy that is in use on the router.
type PolicyFacts struct {
	Name       string           `json:"name"`
	UsedBy     []string         `json:"used_by"` // "neighbor 10.0.0.1 ipv4-unicast import", "redistribute static", ...
	Statements []StatementFacts `json:"statements"`
}

// StatementFacts is one entry of a policy.
type StatementFacts struct {
	Name    string   `json:"name"`
	Result  string   `json:"result"`  // accept, reject, next
	Matches []string `json:"matches"` // the conditions in words; empty: every route
	// MatchesAll: no condition, or only conditions that every route of the family fulfils.
	MatchesAll bool `json:"matches_all"`
	// MatchesOnlyType: the only condition is a route type (internal, external, local).
	MatchesOnlyType string  `json:"matches_only_type"`
	LocalPref       *uint32 `json:"local_pref,omitempty"` // set to
	Span            Span    `json:"span"`
}

// DanglingRef is a reference to something that is not defined.
type DanglingRef struct {
	Kind   string `json:"kind"` // route-map, prefix-list, as-path-list, community-list, ...
	Name   string `json:"name"`
	By     string `json:"by"`     // what refers to it
	Effect string `json:"effect"` // what the daemon does: "accepts nothing", "never matches"
	Span   Span   `json:"span"`
}

// RedistFacts is one redistribution.
type RedistFacts struct {
	Into   string `json:"into"` // ospf, bgp
	From   string `json:"from"` // connected, static, ospf, bgp, ...
	Policy string `json:"policy"`
	// Filtered: a policy stands, exists, and refuses at least something.
	Filtered bool `json:"filtered"`
	Routes   int  `json:"routes"` // how many routes it brings in now
	Span     Span `json:"span"`
}

// ExportFacts groups what is announced to one outside neighbor by where it was learned.
type ExportFacts struct {
	Router     string `json:"router"`
	Neighbor   string `json:"neighbor"`
	NeighborAS uint32 `json:"neighbor_as"`
	Relation   string `json:"relation"` // what the neighbor is to us
	// LearnedFrom: "own" (originated by our routers), "provider", "peer", "customer", or "unknown".
	LearnedFrom string `json:"learned_from"`
	LearnedAS   uint32 `json:"learned_as"` // the outside AS it was learned from; 0 for own
	// InsideOwned: for own routes, within `owned`; MoreSpecific: longer than any covering owned or received prefix.
	InsideOwned bool `json:"inside_owned"`
	// InCustomerCone: within what relations say that the customer may announce (true where not stated).
	InCustomerCone bool     `json:"in_customer_cone"`
	Count          int      `json:"count"`    // prefixes
	Examples       []string `json:"examples"` // at most 5, sorted
	Path           []string `json:"path"`     // routers that carried the first example from where it was learned
	Span           Span     `json:"span"`     // what lets it out: the deciding statement of the export policy, else the neighbor
}

// ProtectFacts is one protected prefix.
type ProtectFacts struct {
	Name             string      `json:"name"`
	Prefix           string      `json:"prefix"`
	Origins          []string    `json:"origins"` // our routers that originate it (or a covering route) and announce it
	MinOrigins       int         `json:"min_origins"`
	OutsideNeighbors int         `json:"outside_neighbors"` // outside sessions that receive it
	From             []ReachFact `json:"from"`              // one for each source of reachable-from
	Span             Span        `json:"span"`              // in routegate.yaml
}

// ReachFact is whether one source reaches an address.
type ReachFact struct {
	Source  string   `json:"source"` // as written: role:edge, outside, a router
	Router  string   `json:"router"` // the router concerned; "outside" for the outside
	OK      bool     `json:"ok"`     // every branch arrives
	Outcome string   `json:"outcome"`
	At      string   `json:"at"`
	Path    []string `json:"path"` // the simulated path, hop by hop, in words
}

// MgmtFacts is whether a station reaches a router's management address.
type MgmtFacts struct {
	Router  string `json:"router"`
	Address string `json:"address"`
	Station string `json:"station"`
	// Known: the simulated network holds both ends; false: not looked (a separate network).
	Known   bool     `json:"known"`
	OK      bool     `json:"ok"`
	Outcome string   `json:"outcome"`
	At      string   `json:"at"`
	Path    []string `json:"path"`
}

// OriginFacts is one prefix that our routers originate into BGP.
type OriginFacts struct {
	Prefix      string   `json:"prefix"`
	Routers     []string `json:"routers"`
	Source      string   `json:"source"` // network, redistribute, aggregate, injected
	InsideOwned bool     `json:"inside_owned"`
	// Announced: some outside neighbor receives it.
	Announced bool `json:"announced"`
	// ForeignCover: a route received from outside covers it ("" none): its AS path's origin.
	ForeignCover  string `json:"foreign_cover"`
	ForeignOrigin uint32 `json:"foreign_origin"`
	Span          Span   `json:"span"`
}

// LimitFacts is one maximum-prefix limit and how near it is.
type LimitFacts struct {
	Router      string `json:"router"`
	Neighbor    string `json:"neighbor"`
	Remote      string `json:"remote"`
	Family      string `json:"family"`
	Limit       int    `json:"limit"`
	Received    int    `json:"received"` // what the daemon counts against the limit
	WarningOnly bool   `json:"warning_only"`
	Tripped     bool   `json:"tripped"`
	Span        Span   `json:"span"`
}
