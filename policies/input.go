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
	Schema  string         `json:"schema"`  // routegate.input/v1
	Network NetworkFacts   `json:"network"` // what routegate.yaml says
	Params  map[string]any `json:"params"`  // every parameter of every policy by name: the stated default, or what routegate.yaml sets
	// ParamsAt are the parameters at routers for which routegate.yaml sets some otherwise; policies ask lib.params_of(router). The engine sets them.
	ParamsAt []RouterParams `json:"params_at"`
	Change   Change         `json:"change"`  // the difference of the configurations
	Effects  Effects        `json:"effects"` // the difference of the behaviours
	Before   State          `json:"before"`  // the network as it runs
	After    State          `json:"after"`   // the network as it is proposed
	Intent   IntentFacts    `json:"intent"`  // what the change declares of itself, and what came of it
	Waivers  []WaiverFacts  `json:"waivers"` // waivers.yaml of the proposed side
	// State is set by the engine for policies of scope "state".
	State *State `json:"state,omitempty"`
}

// RouterParams are the parameters at one router.
type RouterParams struct {
	Router string         `json:"router"` // the router
	Params map[string]any `json:"params"` // every parameter by name, as params has it, and otherwise where routegate.yaml says so
}

// NetworkFacts is what routegate.yaml says.
type NetworkFacts struct {
	Name       string            `json:"name"`       // the name of the network; "" where it has none
	Configured bool              `json:"configured"` // routegate.yaml exists
	Owned      []string          `json:"owned"`      // prefixes that this network may originate
	Relations  []Relation        `json:"relations"`  // what outside ASes are to us
	Devices    map[string]Device `json:"devices"`    // what is known of routers beside their configuration, by router name
	Management Management        `json:"management"` // from where the routers are managed
	Protected  bool              `json:"protected"`  // anything is protected
	Failures   bool              `json:"failures"`   // single failures were tried
	RPKI       RPKISource        `json:"rpki"`       // the validated ROA payloads that origins are held against
	Demands    bool              `json:"demands"`    // demands are stated, on either side
	Capacities bool              `json:"capacities"` // it is stated what a site can serve
	FlowSpec   bool              `json:"flowspec"`   // rules of flow specification are injected, on either side
	Services   bool              `json:"services"`   // services are stated, on either side
	OurASNs    []uint32          `json:"our_asns"`   // of routers in the snapshot, with confederation and local-as
}

// Relation is what an outside AS is to us: provider, peer or customer.
type Relation struct {
	AS       uint32   `json:"as"`       // the outside AS
	Is       string   `json:"is"`       // provider, peer or customer
	Prefixes []string `json:"prefixes"` // what a customer may announce; empty: not stated
}

// Device is what routegate.yaml says of a router.
type Device struct {
	Role  string `json:"role"`  // what it is for: edge, spine, leaf ...
	Site  string `json:"site"`  // where it stands
	Group string `json:"group"` // its redundancy group
	Mgmt  string `json:"mgmt"`  // its management address; "" where not stated
}

// Management names the stations from which routers are managed.
type Management struct {
	Prefixes []string `json:"prefixes"` // where management addresses are
	Stations []string `json:"stations"` // addresses of the management stations
	Consoles []string `json:"consoles"` // addresses of the console servers
}

// Span is a range of lines of one file; side is "before" or "after".
type Span struct {
	Side  string `json:"side"`  // before or after
	File  string `json:"file"`  // the file inside the snapshot; "" where no line is known
	First int    `json:"first"` // the first line, from 1
	Last  int    `json:"last"`  // the last line
}

// Change is the difference of the configurations.
type Change struct {
	RoutersChanged []string       `json:"routers_changed"` // routers on both sides whose configuration changes, sorted
	RoutersAdded   []string       `json:"routers_added"`   // routers that only the after side has, sorted
	RoutersRemoved []string       `json:"routers_removed"` // routers that only the before side has, sorted
	Items          []ChangeItem   `json:"items"`           // every typed change, by router
	NotModelled    []LedgerChange `json:"not_modelled"`    // lines that are not understood and that the change adds, alters or removes
}

// ChangeItem is one typed change of configuration.
type ChangeItem struct {
	Router    string `json:"router"`     // the router; "" for routegate.yaml and links
	Path      string `json:"path"`       // bgp/neighbor 10.0.0.1/ipv4-unicast/import
	Kind      string `json:"kind"`       // added, removed, modified, moved, renumbered
	Object    string `json:"object"`     // neighbor, policy, statement, prefix-set, interface, ...
	Name      string `json:"name"`       // the object's name: a neighbor's key, a policy's name
	Before    string `json:"before"`     // the value before, rendered short; "" where there is none
	After     string `json:"after"`      // the value after
	HasEffect bool   `json:"has_effect"` // false: proven to mean the same
	Summary   string `json:"summary"`    // one plain sentence without the router's name
	Span      Span   `json:"span"`       // where it stands: on the after side where there is one
}

// LedgerChange is one line outside of the model that the change touches.
type LedgerChange struct {
	Router  string `json:"router"`  // the router
	Kind    string `json:"kind"`    // added, removed
	Context string `json:"context"` // the enclosing block: router bgp 64500 / address-family ipv4 unicast
	Text    string `json:"text"`    // the line
	Reason  string `json:"reason"`  // why it is not modelled
	Affects string `json:"affects"` // anything, sessions, routes, forwarding, other protocols
	Span    Span   `json:"span"`    // where the line stands
}

// Effects is the difference of the behaviours. Lists are complete up to a stated
// limit (truncated says when it was reached); totals are always exact.
type Effects struct {
	Sessions      []SessionEffect      `json:"sessions"`      // BGP sessions that go down, come up or start anew
	Prefixes      []PrefixEffect       `json:"prefixes"`      // what happens to routes, by prefix
	Announcements []AnnouncementEffect `json:"announcements"` // what outside neighbors see change
	Reachability  []ReachEffect        `json:"reachability"`  // destinations that packets reach otherwise than before
	Origins       []OriginEffect       `json:"origins"`       // prefixes whose originating routers change
	Withheld      []WithheldEffect     `json:"withheld"`      // prefixes that are still there, and that no provider or peer receives any more
	Contradicted  []ContradictedEffect `json:"contradicted"`  // neighbors outside whose AS becomes another than the one that routegate.yaml names
	Emptied       []EmptiedEffect      `json:"emptied"`       // sessions outside that stay up and carry nothing in one direction any more
	Revalidated   []RevalidatedEffect  `json:"revalidated"`   // prefixes of ours that the proposed VRPs make invalid
	Totals        Totals               `json:"totals"`        // exact counts
	Truncated     bool                 `json:"truncated"`     // whether a list above was cut at its limit
}

// SessionEffect is one end of a session that is lost, removed, gained or reset.
type SessionEffect struct {
	Router   string `json:"router"`    // this end
	Neighbor string `json:"neighbor"`  // the neighbor's key in this end's configuration
	Remote   string `json:"remote"`    // router name, or "" outside
	RemoteAS uint32 `json:"remote_as"` // the AS of the other end
	Type     string `json:"type"`      // eBGP, iBGP, confed-eBGP
	Kind     string `json:"kind"`      // lost, removed, gained, reset
	Reason   string `json:"reason"`    // why it is down, in a few fixed words: no route to the peer, link down ...
	Detail   string `json:"detail"`    // the reason with its particulars, or the settings that force a reset
	// Deliberate: the change itself shuts the session down or removes it, on either end.
	Deliberate bool `json:"deliberate"`
	Span       Span `json:"span"` // the neighbor statement
}

// PrefixEffect is what happens to one prefix inside the network, summed over routers.
type PrefixEffect struct {
	Prefix     string   `json:"prefix"`     // the prefix
	Withdrawn  []string `json:"withdrawn"`  // routers that have no route to it any more
	New        []string `json:"new"`        // routers that have a route where there was none
	Moved      []string `json:"moved"`      // routers whose route has other next hops or comes from another protocol
	Attributes []string `json:"attributes"` // routers whose route has other BGP attributes and the same next hops
}

// AnnouncementEffect is what an outside neighbor sees change.
type AnnouncementEffect struct {
	Prefix     string     `json:"prefix"`           // the prefix
	Router     string     `json:"router"`           // our router that announces
	Neighbor   string     `json:"neighbor"`         // the neighbor's key
	NeighborAS uint32     `json:"neighbor_as"`      // the neighbor's AS
	Relation   string     `json:"relation"`         // provider, peer, customer, "" unknown
	Kind       string     `json:"kind"`             // withdrawn, announced, attributes changed
	Before     *Announced `json:"before,omitempty"` // as it was received before; absent where it was not
	After      *Announced `json:"after,omitempty"`  // as it is received after; absent where it is not
	// Inserted are ASes in the AS path after the change that our router put there: neither ours, nor in the path as it came.
	Inserted []uint32 `json:"inserted"`
}

// Announced are the attributes of an announcement that policies look at.
type Announced struct {
	ASPath      []uint32 `json:"as_path"`       // the AS path as the neighbor receives it
	Origin      string   `json:"origin"`        // igp, egp or incomplete
	MED         *uint32  `json:"med,omitempty"` // the multi-exit discriminator; absent where there is none
	Communities []string `json:"communities"`   // standard, expanded and large communities, as text
}

// ReachEffect is a class of destinations whose reachability from routers changes.
type ReachEffect struct {
	Class string `json:"class"` // a prefix whose addresses fare alike, but for those of longer classes within it
	// Kind is lost (also: was delivered inside, and now a shorter route leads out), partly lost, gained,
	// moved (arrives elsewhere), or gone (an address of a link that the change takes away).
	Kind       string   `json:"kind"`
	From       []string `json:"from"`        // routers
	Before     string   `json:"before"`      // how packets fared: "delivered at dc1", "leaves the network at edge1"
	After      string   `json:"after"`       // how they fare: "no route at edge1", "loop between a and b"
	EndsBefore []string `json:"ends_before"` // routers that delivered the packets or handed them out of the network, sorted
	EndsAfter  []string `json:"ends_after"`  // routers that do so after the change
	// ServedElsewhere, of what moved: from how many routers packets ended elsewhere than ends_after before the
	// change, so that they could have moved there. Routers that have the destination themselves and keep it do not count.
	ServedElsewhere int `json:"served_elsewhere"`
	// OnlyByDefault, of what is lost: before, no router but those of ends_before had a route to it other than
	// the default route, so that packets arrived by accident.
	OnlyByDefault bool   `json:"only_by_default"`
	Example       string `json:"example"` // the simulated path after the change, hop by hop
}

// OriginEffect is a prefix whose originating routers change.
type OriginEffect struct {
	Prefix string   `json:"prefix"` // the prefix
	Before []string `json:"before"` // routers that originate it into BGP before, sorted
	After  []string `json:"after"`  // routers that originate it after, sorted
}

// WithheldEffect is a prefix that no neighbor but customers receives any more, nor a shorter one that covers it, although
// it is still there and the sessions are up.
type WithheldEffect struct {
	Prefix      string   `json:"prefix"`       // the prefix
	LearnedFrom string   `json:"learned_from"` // own, or what the neighbor is to us that it was learned from: customer, provider, peer, unknown
	Still       string   `json:"still"`        // where it still is, in words
	Routers     []string `json:"routers"`      // routers that announced it, sorted
	Neighbors   []string `json:"neighbors"`    // who received it and is still connected, in words
}

// ContradictedEffect is a neighbor outside whose AS the change alters, while routegate.yaml goes on to say that the old AS
// announces routes to this router, and nothing of the new one.
type ContradictedEffect struct {
	Router   string `json:"router"`   // our router
	Neighbor string `json:"neighbor"` // the neighbor's key
	Before   uint32 `json:"before"`   // its AS before, which routegate.yaml names
	After    uint32 `json:"after"`    // its AS after
	Span     Span   `json:"span"`     // the neighbor statement
}

// EmptiedEffect is a session with a neighbor outside that stays up and carries nothing in one direction any more,
// though there is something to carry.
type EmptiedEffect struct {
	Router     string `json:"router"`      // our router
	Neighbor   string `json:"neighbor"`    // the neighbor's key
	NeighborAS uint32 `json:"neighbor_as"` // the neighbor's AS
	Relation   string `json:"relation"`    // provider, peer, customer, "" unknown
	Family     string `json:"family"`      // ipv4-unicast or ipv6-unicast
	Direction  string `json:"direction"`   // import: we refuse all that it sends; export: we send it nothing
	Before     int    `json:"before"`      // prefixes that the session carried before
	Example    string `json:"example"`     // of an export: a prefix that it received and the router still has
	Span       Span   `json:"span"`        // the neighbor statement
}

// Totals count exactly.
type Totals struct {
	Routers                  int `json:"routers"`                    // in the after snapshot
	RoutersChanged           int `json:"routers_changed"`            // whose configuration changes
	RoutersTouched           int `json:"routers_touched"`            // whose sessions, tables or announcements change
	Sessions                 int `json:"sessions"`                   // established ends before
	SessionsLost             int `json:"sessions_lost"`              // ends
	SessionsReset            int `json:"sessions_reset"`             // ends
	Routes                   int `json:"routes"`                     // in main tables before
	RoutesWithdrawn          int `json:"routes_withdrawn"`           // routes that are gone
	RoutesNew                int `json:"routes_new"`                 // routes where there were none
	RoutesMoved              int `json:"routes_moved"`               // routes with other next hops
	PrefixesOutside          int `json:"prefixes_outside"`           // distinct prefixes announced outside before
	PrefixesWithdrawnOutside int `json:"prefixes_withdrawn_outside"` // announced to nobody outside any more
	PrefixesNewOutside       int `json:"prefixes_new_outside"`       // announced outside and were not before
}
