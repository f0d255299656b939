package policies

// State is one side, seen through the routers concerned: those whose
// configuration or behaviour the change alters (both sides hold the same set).
type State struct {
	Side       string         `json:"side"`       // before, after
	Routers    []RouterFacts  `json:"routers"`    // configuration facts of the routers concerned
	Exports    []ExportFacts  `json:"exports"`    // what is announced to outside neighbors, by where it was learned
	Protected  []ProtectFacts `json:"protected"`  // the prefixes that routegate.yaml protects
	Management []MgmtFacts    `json:"management"` // whether the management stations reach the routers
	// Independence is whether each way to management stands with every BGP session down and every in-band link cut.
	Independence []IndependenceFacts `json:"independence"`
	Originated   []OriginFacts       `json:"originated"` // what our routers originate into BGP
	Limits       []LimitFacts        `json:"limits"`     // every maximum-prefix limit
	Failures     []FailureFacts      `json:"failures"`   // what any single failure would lose, where failures were tried
	Shared       []SharedFacts       `json:"shared"`     // addresses that several routers have
	RPKI         RPKIFacts           `json:"rpki"`       // route origin validation, where routegate.yaml names a file of VRPs
	// Loads are the links that the demands of routegate.yaml fill by half or more on either side of the change: while everything
	// works and, where failures were tried, in the one that fills the link most.
	Loads       []LoadFacts        `json:"loads"`
	Sites       []SiteFacts        `json:"sites"`       // every site of which routegate.yaml says how much of a protected service it can serve
	Undelivered []UndeliveredFacts `json:"undelivered"` // demands of which something does not arrive
	FlowSpec    []FlowRuleFacts    `json:"flowspec"`    // rules of flow specification that routers inject, in the order of routegate.yaml
	Services    ServicesFacts      `json:"services"`    // the services of routegate.yaml and the lists that render them
}

// SharedFacts is one address that several routers have on subnets of several addresses, in the same routing instance.
type SharedFacts struct {
	Address string   `json:"address"` // the address with the length of its subnet
	Routers []string `json:"routers"` // routers that have it, sorted
	Span    Span     `json:"span"`    // one of its lines: of a router that the change alters, where there is one
}

// RouterFacts is one router's configuration as policies need it.
type RouterFacts struct {
	Name            string          `json:"name"`            // the router
	Dialect         string          `json:"dialect"`         // frr, gobgp or bird
	Role            string          `json:"role"`            // its role in routegate.yaml
	AS              uint32          `json:"as"`              // 0: no BGP
	Changed         bool            `json:"changed"`         // its configuration changes
	Neighbors       []NeighborFacts `json:"neighbors"`       // its BGP neighbors
	Policies        []PolicyFacts   `json:"policies"`        // routing policies in use
	Dangling        []DanglingRef   `json:"dangling"`        // references to things that are not defined
	Redistributions []RedistFacts   `json:"redistributions"` // what is redistributed into what
	NotModelled     int             `json:"not_modelled"`    // lines
}

// NeighborFacts is one BGP neighbor; families that are not active are left out.
type NeighborFacts struct {
	Key         string        `json:"key"`         // the neighbor's key: its address or interface
	VRF         string        `json:"vrf"`         // the routing instance; "" is the default
	Description string        `json:"description"` // its description
	RemoteAS    uint32        `json:"remote_as"`   // its AS; 0 where not known
	External    bool          `json:"external"`    // the other end is outside of the snapshot
	EBGP        bool          `json:"ebgp"`        // the session is eBGP
	Relation    string        `json:"relation"`    // provider, peer, customer, ""
	State       string        `json:"state"`       // Established, Down
	Reason      string        `json:"reason"`      // why it is down
	Shutdown    bool          `json:"shutdown"`    // it is shut down on purpose
	Families    []FamilyFacts `json:"families"`    // the active address families
	Span        Span          `json:"span"`        // its statement
}

// FamilyFacts is one active address family of a neighbor.
type FamilyFacts struct {
	Family string   `json:"family"` // ipv4-unicast or ipv6-unicast
	Import []string `json:"import"` // names of policies and filters; empty: none
	Export []string `json:"export"` // names of policies and filters; empty: none
	// ImportAcceptsAll: whatever is configured accepts every route of the family that was probed.
	ImportAcceptsAll bool `json:"import_accepts_all"`
	ExportAcceptsAll bool `json:"export_accepts_all"` // whatever is configured lets every route out that was probed
	// ImportAcceptsForeign: whatever is configured accepts an ordinary route of the Internet with the neighbor's AS
	// before another's.
	ImportAcceptsForeign bool `json:"import_accepts_foreign"`
	// Unusable are prefixes accepted from the neighbor whose next hop the router has no route to, with an example.
	Unusable        int    `json:"unusable"`
	UnusableExample string `json:"unusable_example"` // "198.18.0.0/15 via 192.0.2.1"; "" where there is none
	// ExportRefusesNothing: an export policy stands, and lets every route out, whatever it carries.
	ExportRefusesNothing bool `json:"export_refuses_nothing"`
	// ExportAcceptsForeign: what is configured lets an ordinary route of another network out, whatever it carries.
	ExportAcceptsForeign bool       `json:"export_accepts_foreign"`
	MaximumPrefix        *MaxPrefix `json:"maximum_prefix"` // null: none
	Received             int        `json:"received"`       // prefixes received now, in the simulation
	Accepted             int        `json:"accepted"`       // prefixes that the import policies let in
	Sent                 int        `json:"sent"`           // prefixes announced
	Span                 Span       `json:"span"`           // its lines
}

// MaxPrefix is a limit on received prefixes.
type MaxPrefix struct {
	Limit       int  `json:"limit"`        // the limit
	WarningOnly bool `json:"warning_only"` // reaching it only warns
	Span        Span `json:"span"`         // its line
}

// PolicyFacts is one routing policy that is in use on the router.
type PolicyFacts struct {
	Name       string           `json:"name"`       // the policy
	UsedBy     []string         `json:"used_by"`    // "neighbor 10.0.0.1 ipv4-unicast import", "redistribute static", ...
	Statements []StatementFacts `json:"statements"` // its entries in order
}

// StatementFacts is one entry of a policy.
type StatementFacts struct {
	Name    string   `json:"name"`    // its number or name
	Result  string   `json:"result"`  // accept, reject, next
	Matches []string `json:"matches"` // the conditions in words; empty: every route
	// MatchesAll: no condition, or only conditions that every route of the family fulfils.
	MatchesAll bool `json:"matches_all"`
	// MatchesOnlyType: the only condition on routes is their type (internal, external, local).
	// Conditions on the neighbor and on the family say where an entry applies and do not count.
	MatchesOnlyType string `json:"matches_only_type"`
	// Exports are the neighbors to which the entry applies on export: it stands in their chain,
	// and they fulfil its conditions on the neighbor.
	Exports   []string `json:"exports"`
	LocalPref *uint32  `json:"local_pref,omitempty"` // set to
	Span      Span     `json:"span"`                 // its lines
}

// DanglingRef is a reference to something that is not defined.
type DanglingRef struct {
	Kind   string `json:"kind"`   // route-map, prefix-list, as-path-list, community-list, ...
	Name   string `json:"name"`   // the name that is not defined
	By     string `json:"by"`     // what refers to it
	Effect string `json:"effect"` // what the daemon does: "accepts nothing", "never matches"
	Span   Span   `json:"span"`   // the line that refers to it
}

// RedistFacts is one redistribution.
type RedistFacts struct {
	Into   string `json:"into"`   // ospf, bgp
	From   string `json:"from"`   // connected, static, ospf, bgp, ...
	Policy string `json:"policy"` // the name of its policy; "" where it has none
	// Filtered: a policy stands, exists, and refuses at least something; of BGP, some of the ordinary
	// routes of the Internet.
	Filtered bool `json:"filtered"`
	Routes   int  `json:"routes"` // how many routes it brings in now
	Span     Span `json:"span"`   // its line
}

// ExportFacts groups what is announced to one outside neighbor by where it was learned.
type ExportFacts struct {
	Router     string `json:"router"`      // our router that announces
	Neighbor   string `json:"neighbor"`    // the neighbor's key
	NeighborAS uint32 `json:"neighbor_as"` // the neighbor's AS
	Relation   string `json:"relation"`    // what the neighbor is to us
	// LearnedFrom: "own" (originated by our routers), "provider", "peer", "customer", or "unknown".
	LearnedFrom string `json:"learned_from"`
	LearnedAS   uint32 `json:"learned_as"` // the outside AS it was learned from; 0 for own
	// InsideOwned: for own routes, within `owned`.
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
	Name             string      `json:"name"`              // its name in routegate.yaml
	Prefix           string      `json:"prefix"`            // the prefix
	Origins          []string    `json:"origins"`           // our routers that originate it (or a covering route) and announce it
	MinOrigins       int         `json:"min_origins"`       // how many routers must originate it
	OutsideNeighbors int         `json:"outside_neighbors"` // outside sessions that receive it
	From             []ReachFact `json:"from"`              // one for each source of reachable-from
	Span             Span        `json:"span"`              // in routegate.yaml
}

// ReachFact is whether one source reaches an address.
type ReachFact struct {
	Source  string   `json:"source"`  // as written: role:edge, outside, a router
	Router  string   `json:"router"`  // the router concerned; "outside" for the outside
	OK      bool     `json:"ok"`      // every branch arrives
	Outcome string   `json:"outcome"` // how the packet ends: delivered, leaves the network, no route, blackholed, loop ...
	At      string   `json:"at"`      // the router where it ends
	Path    []string `json:"path"`    // the simulated path, hop by hop, in words
}

// MgmtFacts is whether a station reaches a router's management address.
type MgmtFacts struct {
	Router  string `json:"router"`  // the router
	Address string `json:"address"` // its management address
	Station string `json:"station"` // the station
	// Known: the simulated network holds both ends; false: not looked (a separate network).
	Known   bool     `json:"known"`
	OK      bool     `json:"ok"`      // the station reaches it
	Outcome string   `json:"outcome"` // how the packet ends
	At      string   `json:"at"`      // the router where it ends
	Path    []string `json:"path"`    // the simulated path, hop by hop, in words
}

// IndependenceFacts is whether a station still reaches a router or a console server with every BGP session down and
// every link cut that lies outside of the management prefixes. Only what the simulated network holds is looked at.
type IndependenceFacts struct {
	Kind    string `json:"kind"`    // router or console
	Router  string `json:"router"`  // the router; "" of a console server
	Address string `json:"address"` // its management address, or the console server's
	Station string `json:"station"` // the station
	OK      bool   `json:"ok"`      // the station reaches it then, and the answer comes back
	Outcome string `json:"outcome"` // how the packet ends then
	At      string `json:"at"`      // the router where it ends then
	Reached bool   `json:"reached"` // the station reaches it as things are
	// Protocols are those of the routes that the ways there and back follow as things are: bgp, ospf, static ...; sorted.
	Protocols []string `json:"protocols"`
	// InBand are the in-band links that these ways cross: "core1 eth0 – core2 eth1"; examples, at most ten, sorted.
	InBand []string `json:"in_band"`
	Path   []string `json:"path"` // the simulated path there as things are, hop by hop, in words
	Drop   []string `json:"drop"` // the path with everything in band gone
	Span   Span     `json:"span"` // management in routegate.yaml
}

// OriginFacts is one prefix that our routers originate into BGP.
type OriginFacts struct {
	Prefix      string   `json:"prefix"`       // the prefix
	Routers     []string `json:"routers"`      // routers that originate it, sorted
	Source      string   `json:"source"`       // network, redistribute, aggregate, injected
	InsideOwned bool     `json:"inside_owned"` // within owned
	// Announced: some outside neighbor receives it.
	Announced bool `json:"announced"`
	// ForeignCover: a route received from outside covers it ("" none): its AS path's origin.
	ForeignCover  string `json:"foreign_cover"`
	ForeignOrigin uint32 `json:"foreign_origin"` // the AS that originates the covering route; 0 where there is none
	Span          Span   `json:"span"`           // the statement that originates it
}

// LimitFacts is one maximum-prefix limit and how near it is.
type LimitFacts struct {
	Router      string `json:"router"`       // the router that counts
	Neighbor    string `json:"neighbor"`     // the neighbor's key
	Remote      string `json:"remote"`       // the router at the other end; "" outside
	Family      string `json:"family"`       // ipv4-unicast or ipv6-unicast
	Limit       int    `json:"limit"`        // the limit
	Received    int    `json:"received"`     // what the daemon counts against the limit
	WarningOnly bool   `json:"warning_only"` // exceeding it only warns
	Tripped     bool   `json:"tripped"`      // received is above the limit
	Span        Span   `json:"span"`         // its line
}

// FailureFacts is one protected prefix that one source would lose if one link or router failed.
type FailureFacts struct {
	Failure string   `json:"failure"` // what fails: link a eth0 – b eth0, port a eth0, router a
	Kind    string   `json:"kind"`    // link or router
	Routers []string `json:"routers"` // the router that fails, or those at the link
	Name    string   `json:"name"`    // the protected prefix's name in routegate.yaml
	Prefix  string   `json:"prefix"`  // the prefix
	Source  string   `json:"source"`  // of reachable-from, as written; origin: nobody would originate it any more
	Losing  []string `json:"losing"`  // the routers of the source that lose it: examples, at most ten
	Count   int      `json:"count"`   // how many of them lose it
	Outcome string   `json:"outcome"` // how the packet of the first of them would end: no route, blackholed, loop ...
	At      string   `json:"at"`      // the router where it would end
	Path    []string `json:"path"`    // its way without the failure, hop by hop, in words
	Drop    []string `json:"drop"`    // its way with the failure
	Span    Span     `json:"span"`    // the protection, in routegate.yaml
}

// LoadFacts is the load of one direction of a link whose bandwidth is known.
type LoadFacts struct {
	Link      string         `json:"link"`      // core1 eth0 → core2 eth1; outside is hosts and neighbors outside, and a segment of three and more
	Routers   []string       `json:"routers"`   // at its ends, sorted
	Failure   string         `json:"failure"`   // "": while everything works; else the failure in which the link is fullest
	Bandwidth int            `json:"bandwidth"` // bit/s
	Load      int            `json:"load"`      // bit/s
	Percent   float64        `json:"percent"`   // the load in percent of the bandwidth, with one decimal
	Demands   []FillingFacts `json:"demands"`   // those that fill it, the largest part first: at most five
	Count     int            `json:"count"`     // how many demands use it
	Span      Span           `json:"span"`      // where its bandwidth is stated
}

// FillingFacts is the part of one demand that goes over a link or to a site.
type FillingFacts struct {
	Name   string `json:"name"`   // the demand
	Load   int    `json:"load"`   // what it brings there, bit/s
	Volume int    `json:"volume"` // the whole demand, bit/s
}

// SiteFacts is how much of a protected service one site serves.
type SiteFacts struct {
	Name     string         `json:"name"`     // the protected service
	Site     string         `json:"site"`     // the site
	Routers  []string       `json:"routers"`  // the site's routers, sorted
	Prefixes []string       `json:"prefixes"` // the service's
	Failure  string         `json:"failure"`  // "": while everything works; else the failure in which the site has most to serve
	Capacity int            `json:"capacity"` // bit/s
	Load     int            `json:"load"`     // bit/s
	Percent  float64        `json:"percent"`  // the load in percent of the capacity, with one decimal
	Demands  []FillingFacts `json:"demands"`  // those that come there, the largest part first: at most five
	Count    int            `json:"count"`    // how many demands come there
	Span     Span           `json:"span"`     // its capacity in routegate.yaml
}

// UndeliveredFacts is a demand of which something does not arrive while everything works.
type UndeliveredFacts struct {
	Demand      string   `json:"demand"`      // its name
	From        string   `json:"from"`        // its source in words
	Routers     []string `json:"routers"`     // where it begins, sorted; empty where it does not come in
	Prefixes    []string `json:"prefixes"`    // those of its destinations that it does not reach, or not wholly
	Volume      int      `json:"volume"`      // bit/s
	Undelivered int      `json:"undelivered"` // bit/s
	Outcome     string   `json:"outcome"`     // how the largest part of it ends: no route, blackholed, loop, announced to none of AS64600 ...
	At          string   `json:"at"`          // the router where that is; "" where it does not come in
	Path        []string `json:"path"`        // the simulated path, hop by hop, in words
	Span        Span     `json:"span"`        // the demand in routegate.yaml
}
