package gate

// Effects is what a change does, grouped by cause: things that fare alike are one entry
// with a count and examples. Totals are exact.
type Effects struct {
	// False: nothing is known of them, because a side does not converge or the run ended before.
	Known bool `json:"known"`
	// BGP sessions that are lost, removed, gained or reset; both ends of one session are one entry.
	Sessions []SessionEffect `json:"sessions"`
	// What neighbors outside see change.
	Outside []OutsideEffect `json:"outside"`
	// What happens to routes inside.
	Routes []RouteEffect `json:"routes"`
	// Destinations whose reachability changes.
	Reachability []ReachEffect `json:"reachability"`
	// Prefixes with fewer or more equal ways.
	Redundancy []RedundancyEffect `json:"redundancy"`
	// Prefixes whose originating routers change.
	Origins []OriginEffect `json:"origins"`
	// Exact numbers.
	Totals Totals `json:"totals"`
}

// SessionEffect is what happens to one BGP session.
type SessionEffect struct {
	// lost, removed, gained or reset.
	Kind string `json:"kind"`
	// The router; where both ends are inside, the first by name.
	Router string `json:"router"`
	// Its neighbor's address or interface.
	Neighbor string `json:"neighbor"`
	// The other end's router; empty outside.
	Remote string `json:"remote"`
	// The other end's AS; 0 unknown.
	RemoteAS uint32 `json:"remote_as"`
	// eBGP, iBGP or confed-eBGP.
	Type string `json:"type"`
	// Why, in words.
	Reason string `json:"reason"`
	// The change itself shuts the session down or removes it.
	Deliberate bool `json:"deliberate"`
	// The neighbor's lines.
	Source *Source `json:"source,omitempty"`
	// The declarations of the change's intent that explain it; things explained otherwise are entries of their own.
	Declared []string `json:"declared"`
}

// OutsideEffect is a set of prefixes for which the same outside neighbors see the same happen.
type OutsideEffect struct {
	// withdrawn, announced or attributes changed.
	Kind string `json:"kind"`
	// Who sees it.
	Neighbors []OutsideNeighbor `json:"neighbors"`
	// How many prefixes.
	Count int `json:"count"`
	// Examples.
	Prefixes []string `json:"prefixes"`
	// For withdrawals: no outside neighbor receives the prefixes any more.
	Everywhere bool `json:"everywhere"`
	// The attributes of the first example before; empty for none.
	Before string `json:"before"`
	// The attributes of the first example after; empty for none.
	After string `json:"after"`
	// The declarations of the change's intent that explain it; things explained otherwise are entries of their own.
	Declared []string `json:"declared"`
}

// OutsideNeighbor is a session to a neighbor outside of the snapshot.
type OutsideNeighbor struct {
	// Our router.
	Router string `json:"router"`
	// The neighbor's address or interface.
	Neighbor string `json:"neighbor"`
	// The neighbor's AS.
	AS uint32 `json:"as"`
	// provider, peer, customer; empty where routegate.yaml does not say.
	Relation string `json:"relation"`
}

// RouteEffect is a set of prefixes to which the same happens on the same routers.
type RouteEffect struct {
	// withdrawn, announced, moved or attributes changed.
	Kind string `json:"kind"`
	// The routers.
	Routers []string `json:"routers"`
	// How many prefixes.
	Count int `json:"count"`
	// Examples.
	Prefixes []string `json:"prefixes"`
	// The route of the first example on the first router before; empty for none.
	Before string `json:"before"`
	// The route of the first example on the first router after; empty for none.
	After string `json:"after"`
	// The declarations of the change's intent that explain it; things explained otherwise are entries of their own.
	Declared []string `json:"declared"`
}

// ReachEffect is a set of destinations that fare alike from the same routers.
type ReachEffect struct {
	// lost, partly lost, gained, moved, or gone: addresses of links that the change takes away.
	Kind string `json:"kind"`
	// The routers that the packets come from.
	From []string `json:"from"`
	// How many classes of destinations.
	Count int `json:"count"`
	// Examples of the classes.
	Classes []string `json:"classes"`
	// How packets fared before.
	Before string `json:"before"`
	// How they fare after.
	After string `json:"after"`
	// The simulated path of the first example after the change, hop by hop.
	Path []string `json:"path"`
	// The declarations of the change's intent that explain it; things explained otherwise are entries of their own.
	Declared []string `json:"declared"`
}

// RedundancyEffect is a set of prefixes whose number of equal ways changes alike.
type RedundancyEffect struct {
	// The routers.
	Routers []string `json:"routers"`
	// How many prefixes.
	Count int `json:"count"`
	// Examples.
	Prefixes []string `json:"prefixes"`
	// Next hops before.
	NextHopsBefore int `json:"next_hops_before"`
	// Next hops after.
	NextHopsAfter int `json:"next_hops_after"`
	// Distinct next-hop routers before.
	RoutersBefore int `json:"routers_before"`
	// Distinct next-hop routers after.
	RoutersAfter int `json:"routers_after"`
}

// OriginEffect is a set of prefixes whose originating routers change alike.
type OriginEffect struct {
	// How many prefixes.
	Count int `json:"count"`
	// Examples.
	Prefixes []string `json:"prefixes"`
	// The originating routers before.
	Before []string `json:"before"`
	// The originating routers after.
	After []string `json:"after"`
}

// Totals count exactly.
type Totals struct {
	// Routers of the proposed side.
	Routers int `json:"routers"`
	// Routers whose configuration changes.
	RoutersChanged int `json:"routers_changed"`
	// Routers whose sessions, tables or announcements change.
	RoutersTouched int `json:"routers_touched"`
	// Established session ends before.
	Sessions int `json:"sessions"`
	// Session ends that are lost or removed.
	SessionsLost int `json:"sessions_lost"`
	// Session ends that come up.
	SessionsGained int `json:"sessions_gained"`
	// Session ends that are reset.
	SessionsReset int `json:"sessions_reset"`
	// Routes in main tables before.
	Routes int `json:"routes"`
	// Routes in main tables that go away.
	RoutesWithdrawn int `json:"routes_withdrawn"`
	// Routes that come.
	RoutesNew int `json:"routes_new"`
	// Routes with other next hops.
	RoutesMoved int `json:"routes_moved"`
	// Routes with the same next hops and other attributes.
	RoutesAttributes int `json:"routes_attributes"`
	// Distinct prefixes announced outside before.
	PrefixesOutside int `json:"prefixes_outside"`
	// Distinct prefixes that are announced to nobody outside any more.
	PrefixesWithdrawnOutside int `json:"prefixes_withdrawn_outside"`
	// Distinct prefixes that are newly announced outside.
	PrefixesNewOutside int `json:"prefixes_new_outside"`
}
