package network

// Habits are the places of BGP itself where a daemon departs from FRR, whose ways the
// zero value is. A dialect sets what its daemon does; GoBGP v3 has all of them.
type Habits struct {
	// RewriteFirst: export policies see the route as it goes out, with the AS path
	// prepended, private ASes removed, next hop and MED rewritten (GoBGP
	// UpdatePathAttrs), and so may change all of them; otherwise those are rewritten after the
	// policies, and a next hop that a policy set is kept (FRR).
	RewriteFirst bool
	// IgnoreWellKnown: NO_EXPORT, NO_ADVERTISE and NO_EXPORT_SUBCONFED stop nothing.
	IgnoreWellKnown bool
	// NextHopUntracked: every next hop counts as reachable, at no cost (GoBGP without zebra).
	NextHopUntracked bool
	// ConnectedInZebra: zebra may look for the next hop of what came over a single-hop eBGP session on connected subnets alone, though
	// BGP has taken the route for usable (GoBGP gives leave for other ways with iBGP's and multihop sessions' routes only).
	ConnectedInZebra bool
	// UnscopedInZebra: zebra is not told on which interface a link-local next hop is. It takes the one whose link-local subnet it has known
	// for longest, so that packets reach the neighbor only where that is the right one (GoBGP sends addresses alone).
	UnscopedInZebra bool
	// NoThirdPartyNextHop: towards eBGP the next hop of a learned route is always the speaker
	// itself; FRR keeps one that is on the subnet shared with the peer (RFC 4271 §5.1.3, 2).
	NoThirdPartyNextHop bool
	// NextHopForgotten: that a policy set the next hop on receipt says nothing on export; otherwise it stays where no
	// export policy stands, whatever next-hop-self says (FRR).
	NextHopForgotten bool
	// KeepLocalNextHop: a next hop given with a route of the router's own is kept towards eBGP too.
	KeepLocalNextHop bool
	// ClientAttributesOnly: ORIGINATOR_ID and CLUSTER_LIST go to route reflector clients
	// only, there on every route, those not reflected included.
	ClientAttributesOnly bool
	// ReflectsNoMED: a route without MED is reflected without one; otherwise with a MED of 0, which counts where a missing one
	// is the worst (FRR 8.4).
	ReflectsNoMED bool
	// NotToSenderID: a route is not sent to a peer whose router id is that of the peer it came from.
	NotToSenderID bool
	// MultipathByMED: the multipath set is all that equal the best in origin of the path
	// (eBGP or iBGP), local preference, AS path length, origin and plain MED (GoBGP
	// Path.Compare), whatever the neighboring AS; otherwise the decision process
	// itself says what is equal, and paths with the next hop of the best one do not count.
	MultipathByMED bool
	// LimitReceived: maximum-prefix counts what is received, before policies and loop checks;
	// otherwise what they leave (FRR, unless `force`).
	LimitReceived bool
	// LimitAtOnce: a prefix more than maximum-prefix allows takes the session down when it comes. Otherwise what arrives is
	// not in the count that is looked at, so that one too many stands until the neighbor's next update, of whatever
	// prefix, or until the limit is configured again (FRR 8.4).
	LimitAtOnce bool
	// ReceiveAsIs: the first AS of an update and its next hop are not checked on receipt.
	ReceiveAsIs bool
	// ServerTable: route server clients have a table of their own, apart from that of the other
	// neighbors: routes do not pass between the two, nor do the router's own reach the clients (GoBGP).
	ServerTable bool
	// ConfedInternal: paths from other members of the confederation rank with those of iBGP; otherwise
	// between eBGP and iBGP (FRR 8.4, "Confed Peer Type").
	ConfedInternal bool
	// ConfedExternal: towards another member of the confederation all is done as towards the outside but for the AS path: the next
	// hop is the speaker itself, MED and local preference are taken off, policies see external routes (GoBGP knows internal and
	// external neighbors).
	ConfedExternal bool
	// PeerRouterID: ties are broken by the router id of the peer, never by ORIGINATOR_ID.
	PeerRouterID bool
	// RedistributeIGP: redistributed routes have the origin IGP; otherwise incomplete.
	RedistributeIGP bool
	// OneTable: routes of other protocols stand in one table with BGP's and go to neighbors as their
	// export policies say, whatever their communities (BIRD). They have no MED of their own, and policies see
	// which protocol they are from. A received path is looped where it holds the AS of that session. Next hops are
	// looked up in that table too, and a route whose next hop is not found stays: packets that follow it are dropped.
	OneTable bool
	// LocalPrefOnReceipt: routes from eBGP have the default local preference before import policies see them.
	LocalPrefOnReceipt bool
	// NoGracefulShutdown: the GRACEFUL_SHUTDOWN and BLACKHOLE communities change nothing by themselves (RFC 8326 §4.1
	// and RFC 7999 §3.2 are left to policies).
	NoGracefulShutdown bool
	// GlobalNextHop: an IPv6 next hop is its global address. Otherwise what goes to a neighbor on the wire has the speaker's own
	// link-local address beside whatever global one, and a receiver sends packets to that (FRR; RFC 2545 §3).
	GlobalNextHop bool
	// GatewayOnReceipt: packets go where the next hop leads that came with the route. One that an import policy sets is only
	// what others are told (BIRD, whose gateway is another attribute than bgp_next_hop).
	GatewayOnReceipt bool
	// MEDAfterPolicy: towards eBGP a received MED is seen by export policies, and taken off behind them
	// unless they set it; otherwise it is taken off before.
	MEDAfterPolicy bool
	// EmptyExtTaken: an update with EXTENDED_COMMUNITIES of no length is taken (GoBGP; BIRD asks only whether eight divides it).
	// Otherwise it is a withdrawal from eBGP neighbors if no attribute comes behind it, and takes the session down in all other
	// cases (FRR 8.4: NOTIFICATION 3/9, 3/10).
	EmptyExtTaken bool
	// SendMaxByArrival: the number of paths that add-path sends is counted as they come: those that stand when the session
	// comes up all go out, and of later ones as many as the number says (GoBGP getBestFromLocal, propagateUpdateToNeighbors).
	// Otherwise they are always the best ones.
	SendMaxByArrival bool
	// RanksByAS: whether a path is internal is told, in the decision process, in policies and to zebra, by the neighbor's AS being that of the instance, also where
	// `local-as` makes the session the other kind (GoBGP Path.IsIBGP, which compares with the global AS);
	// and what is handed on within the AS by reflection alone, by the two neighbors' having one AS.
	RanksByAS bool
}
