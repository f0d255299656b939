package gate

// TablesSchema names the version of the Tables document.
const TablesSchema = "routegate.routes/v1"

// Tables are simulated routing tables of one snapshot.
type Tables struct {
	// The document's version: routegate.routes/v1.
	Schema string `json:"schema"`
	// The folder or git revision.
	Where string `json:"where"`
	// False: the network does not settle, and the tables are one of several states.
	Converged bool `json:"converged"`
	// The tables, by router, instance and family.
	Tables []Table `json:"tables"`
	// Reasons to look twice.
	Warnings []string `json:"warnings"`
	// Why what is shown may differ from what the routers have, by router and prefix: about a prefix that was asked for at every router,
	// since what one has follows from what others have, and otherwise of the routers shown.
	Uncertain []TableDoubt `json:"uncertain"`
}

// TableDoubt is a reason why a router may have something else than its table shows.
type TableDoubt struct {
	// The router.
	Router string `json:"router"`
	// The prefix; empty where it is about the whole router.
	Prefix string `json:"prefix"`
	// The reason.
	Why string `json:"why"`
	// Which of several outcomes comes about depends on the order in which routes arrive.
	Arrival bool `json:"arrival"`
	// The lines that it comes from; none where no line of configuration does.
	Sources []Source `json:"sources"`
}

// Table is one table of one routing instance.
type Table struct {
	// The router.
	Router string `json:"router"`
	// The routing instance; empty for the default one.
	VRF string `json:"vrf"`
	// bgp, main or advertised.
	Kind string `json:"kind"`
	// Of kind advertised: the neighbor that receives it.
	Neighbor string `json:"neighbor"`
	// ipv4-unicast or ipv6-unicast.
	Family string `json:"family"`
	// The instance's AS; 0 without BGP.
	AS uint32 `json:"as"`
	// The configured router id; empty where there is none.
	RouterID string `json:"router_id"`
	// Of kinds bgp and advertised.
	Prefixes []TablePrefix `json:"prefixes"`
	// Of kind main.
	Routes []TableRoute `json:"routes"`
}

// TablePrefix is one prefix of a BGP table.
type TablePrefix struct {
	// The prefix.
	Prefix string `json:"prefix"`
	// Not announced, because an aggregate with summary-only covers it.
	Suppressed bool `json:"suppressed"`
	// The best path first, then in order of preference.
	Paths []TablePath `json:"paths"`
}

// TablePath is one path of a BGP table.
type TablePath struct {
	// The next hop can be reached.
	Valid bool `json:"valid"`
	// The best path.
	Best bool `json:"best"`
	// Used beside the best path.
	Multipath bool `json:"multipath"`
	// Learned over iBGP.
	Internal bool `json:"internal"`
	// The next hop; empty for a route of the router's own.
	NextHop string `json:"next_hop"`
	// MULTI_EXIT_DISC; null where the route has none.
	Metric *uint32 `json:"metric"`
	// LOCAL_PREF; null where the route has none.
	LocalPref *uint32 `json:"local_pref"`
	// The router's own preference.
	Weight uint32 `json:"weight"`
	// The AS path as text.
	ASPath string `json:"as_path"`
	// igp, egp or incomplete.
	Origin string `json:"origin"`
	// Communities of all kinds.
	Communities []string `json:"communities"`
	// neighbor, network, redistribute, aggregate or injected.
	Source string `json:"source"`
	// The neighbor that it came from; empty for a route of the router's own.
	From string `json:"from"`
	// That neighbor's router, where it is in the snapshot.
	FromRouter string `json:"from_router"`
	// Why the path was or was not chosen.
	Reason string `json:"reason"`
	// The choice depends on which route came first.
	Timing bool `json:"timing"`
}

// TableRoute is one route of a main table.
type TableRoute struct {
	// The prefix.
	Prefix string `json:"prefix"`
	// connected, local, static, ospf, bgp, kernel.
	Protocol string `json:"protocol"`
	// The administrative distance.
	Distance uint8 `json:"distance"`
	// The protocol's metric.
	Metric uint32 `json:"metric"`
	// The next hops: several are equal ways.
	NextHops []string `json:"next_hops"`
}
