package network

import (
	"cmp"
	"net/netip"
	"slices"
)

// BGP is one BGP instance of a router (RFC 4271).
type BGP struct {
	AS       uint32
	RouterID netip.Addr // zero: chosen by RouterIDRule
	RouterIDRule
	ClusterID     netip.Addr // zero: the router id (RFC 4456 §7)
	Confederation Confederation
	Decision      Decision
	Distance      BGPDistance

	DefaultLocalPref uint32 // 100
	// RequirePolicy: an eBGP neighbor without an import (export) policy accepts
	// (announces) nothing (RFC 8212; FRR `bgp ebgp-requires-policy`). Neighbors in other members of the
	// confederation accept and announce nothing then, whatever their policies (FRR 8.4).
	RequirePolicy bool
	// ImportCheck: a `network` statement announces only what the main table holds.
	ImportCheck bool
	// ClientToClient: reflect between clients; on by default (RFC 4456).
	ClientToClient bool
	// ReflectorOutboundPolicy: outbound policies may change reflected routes
	// (FRR `bgp route-reflector allow-outbound-policy`).
	ReflectorOutboundPolicy bool
	// SkipConnectedCheck: eBGP single-hop neighbors need not be on a connected subnet.
	SkipConnectedCheck bool
	// ConditionTimer is how often conditional advertisement is evaluated, in seconds (FRR: 60).
	ConditionTimer uint32
	// GracefulShutdown: announce with the GRACEFUL_SHUTDOWN community and take local preference 0 (RFC 8326).
	GracefulShutdown bool
	// SuppressFIBPending: announce only what the forwarding table has confirmed.
	SuppressFIBPending bool
	// RejectASSets: send no route with AS_SET or AS_CONFED_SET (RFC 6472), and take an update that has one for malformed: the
	// session is reset (FRR 8.4.4).
	RejectASSets bool
	// AdvertiseToSender: a best path is sent back to the neighbor it came from, and to the one that its
	// ORIGINATOR_ID names, unless the AS path stops it (FRR without sender-side loop detection; GoBGP does not).
	AdvertiseToSender bool
	// SenderLoopCheck: a route whose AS path holds the neighbor's AS is not sent to it.
	SenderLoopCheck bool
	// Shutdown: the whole instance is administratively down.
	Shutdown bool
	// Port is the TCP port that sessions are accepted on; 0 is 179 (RFC 4271 §8).
	Port uint16
	// NoListen: sessions are not accepted at all, only opened (GoBGP with port -1).
	NoListen bool
	// ListenOn are the only addresses that sessions are accepted on, sorted; empty: all.
	ListenOn []netip.Addr
	// Missing says how references to policies and sets that do not exist behave.
	Missing Missing
	Habits  Habits

	// VPN: the instance is a VRF whose routes stand in one VPN table with those of the router's other VRFs; nil elsewhere.
	VPN *VPN

	Families   [NumFamilies]BGPFamily
	Neighbors  []*Neighbor // inheritance applied; sorted by Key
	PeerGroups []*PeerGroup
	Listen     []ListenRange // dynamic neighbors, in configuration order
	// LocalImport applies to routes that the router itself originates (GoBGP's
	// global import policy does; FRR's neighbor policies do not).
	LocalImport PolicyChain

	Marks Marks
	Span  Span
}

// Accepts reports whether a TCP connection to one of the router's addresses and a port (0 is 179) is taken as a session. The zero
// address is a link-local one.
func (b *BGP) Accepts(to netip.Addr, port uint16) bool {
	return !b.NoListen && cmp.Or(b.Port, BGPPort) == cmp.Or(port, BGPPort) && (len(b.ListenOn) == 0 || slices.Contains(b.ListenOn, to))
}

// BGPPort is where BGP listens (RFC 4271 §8).
const BGPPort = 179

// Neighbor finds a neighbor by its Key; nil when there is none.
func (b *BGP) Neighbor(key string) *Neighbor {
	for _, n := range b.Neighbors {
		if n.Key() == key {
			return n
		}
	}
	return nil
}

// Confederation is RFC 5065. Identifier 0 means none.
type Confederation struct {
	Identifier uint32   // the AS that the outside sees
	Members    []uint32 // the other member ASes, sorted
}

// Missing is what a reference to something undefined does, a matter on which
// daemons differ and from which outages come.
type Missing struct {
	Policy    Disposition // a neighbor's policy that does not exist (FRR: Reject)
	PrefixSet Disposition // a neighbor's prefix list that does not exist
	ASPathSet Disposition // a neighbor's filter list that does not exist
	// ConditionHolds: a match on a missing set holds (IOS) or fails (FRR: false).
	ConditionHolds bool
	// PoliciesUnloaded: a match on a missing set keeps the daemon from loading any policy (GoBGP); the dialect has
	// taken them from where they are applied.
	PoliciesUnloaded bool
}

// Disposition is the end of a policy, or the lack of one.
type Disposition uint8

const (
	Next Disposition = iota // undecided: the next policy of the chain, or the chain's default
	Accept
	Reject
)

func (d Disposition) String() string { return [...]string{"next", "accept", "reject"}[d] }

// BGPDistance is the administrative distance: 20, 200, 200 by default.
type BGPDistance struct {
	External, Internal, Local uint8
}

// BGPFamily is what a BGP instance says about one address family.
type BGPFamily struct {
	Networks     []BGPNetwork
	Redistribute []Redistribution
	Aggregates   []Aggregate
	// Leaks take the BGP routes of other instances of the router, as far as LeakPolicy lets them.
	Leaks      []Leak
	LeakPolicy Ref
	// VPN is what the instance puts into the router's VPN table, and takes from there (FRR).
	VPN VPNLeaks
	// MaxPaths and MaxPathsInternal bound the multipath sets of eBGP and iBGP routes;
	// 1 is no multipath. FRR's default is the build's limit for traditional... the dialect sets it.
	MaxPaths, MaxPathsInternal int
	// InternalEqualCluster: iBGP multipath only among equal cluster list lengths.
	InternalEqualCluster bool
	// Install reports whether best paths enter the main table (GoBGP without zebra: false in
	// the kernel, yet packets are taken to follow them; the dialect sets it).
	Install bool
	// TableMap filters and changes what enters the main table (FRR `table-map`).
	TableMap Ref
	Marks    Marks
	Span     Span
}

// BGPNetwork is a `network` statement.
type BGPNetwork struct {
	Prefix   netip.Prefix // masked
	Policy   Ref
	Backdoor bool
	// Injected: said by routegate.yaml's originations, not by the configuration; never import-checked.
	Injected bool
	// Attributes of an injected route; nil otherwise.
	Attributes *PathAttributes
	Span       Span
}

// Redistribution takes routes of another protocol.
type Redistribution struct {
	From     Protocol
	Instance int    // OSPF process number, or 0
	Name     string // the protocol as written, where From is OtherProtocol
	Policy   Ref
	Metric   *uint32
	// Weight of the routes in BGP's table; 0: the daemon's for routes of its own.
	Weight     uint32
	MetricType int // OSPF external metric type, 1 or 2; 0 elsewhere
	// Interfaces are those whose connected routes are taken; all where it is empty.
	Interfaces []InterfacePattern
	Span       Span
}

// Takes reports whether the statement takes the connected route of an interface of the router.
func (r *Redistribution) Takes(device *Router, iface string) bool {
	i := device.Interface(iface)
	return len(r.Interfaces) == 0 || i != nil && Fits(r.Interfaces, i)
}

// Aggregate is `aggregate-address` (RFC 4271 §9.2.2.2).
type Aggregate struct {
	Prefix      netip.Prefix
	SummaryOnly bool // contributing routes are not announced
	ASSet       bool
	Policy      Ref     // changes the aggregate's attributes
	SuppressMap Ref     // which contributing routes are not announced
	MatchingMED bool    // contribute only routes of equal MED
	Origin      *Origin // forced origin; nil: the worst of the contributing routes
	Span        Span
}

// Leak takes the BGP routes of another instance of the same router (FRR `import vrf`), or all routes through a pipe.
type Leak struct {
	From string // the VRF's name; "" is the default instance
	// Pipe is the protocol that copies routes of every kind into this table, those that others have piped too, but none back to
	// where it took it (BIRD `protocol pipe`). Policy, and not BGPFamily.LeakPolicy, says what it does to them.
	Pipe   string
	Table  string // that a pipe takes from, as the daemon names it
	Policy Ref
	Span   Span
}

// VPNLeaks take routes from one instance of a router to others by way of its VPN table (RFC 4364 §4.3; FRR `export vpn`, `import
// vpn`). Without a route distinguisher or targets nothing is exported; a policy that does not exist lets nothing pass.
type VPNLeaks struct {
	Export, Import               bool
	RouteDistinguisher           string // as written
	ImportTargets, ExportTargets []ExtCommunity
	ImportPolicy, ExportPolicy   Ref
	NextHop                      netip.Addr // of what is exported; invalid: the route's own
}

// Exports reports whether routes of the instance get into the VPN table.
func (v *VPNLeaks) Exports() bool {
	return v.Export && v.RouteDistinguisher != "" && len(v.ExportTargets) > 0
}

// Imports reports whether the instance looks for routes in the VPN table.
func (v *VPNLeaks) Imports() bool { return v.Import && len(v.ImportTargets) > 0 }

// VPN is a VRF as RFC 4364 has it, within one router: routes from its neighbors get its export targets, and it holds the
// routes of all VRFs that have one of its import targets, its own among them (GoBGP). Its sessions run over the addresses and
// routes of the default instance; neighbors see no route target and no other extended community.
type VPN struct {
	RouteDistinguisher           string // as written
	ImportTargets, ExportTargets []ExtCommunity
}

// Takes reports whether a route with these extended communities is one of the VRF's.
func (v *VPN) Takes(list []ExtCommunity) bool { return Targeted(list, v.ImportTargets) }

// Targeted reports whether one of a route's extended communities is an import target.
func Targeted(list, targets []ExtCommunity) bool {
	return slices.ContainsFunc(list, func(c ExtCommunity) bool { return slices.Contains(targets, c) })
}

// Underlay is the instance whose interfaces and main table the BGP sessions of this one use: itself, but for a VPN's and for
// one of tables alone.
func (v *VRF) Underlay() string {
	if v.BGP != nil && v.BGP.VPN != nil || v.Beside() {
		return ""
	}
	return v.Name
}

// ListenRange accepts sessions from any address in Prefix as members of the peer group.
type ListenRange struct {
	Prefix    netip.Prefix
	PeerGroup string
	Span      Span
}

// Ref is a reference by name, with the line that makes it. An empty Name is no reference.
type Ref struct {
	Name string
	Span Span
}

// IsSet reports whether there is a reference at all.
func (r Ref) IsSet() bool { return r.Name != "" }

// PolicyChain is a list of policies: the first that accepts or rejects decides;
// where none does, Default. The zero chain (no policies, Default Next) means that
// no policy is configured: everything passes unless RequirePolicy says otherwise.
type PolicyChain struct {
	Policies []Ref
	Default  Disposition
	Span     Span
}

// Configured reports whether any policy or explicit default stands.
func (c PolicyChain) Configured() bool { return len(c.Policies) > 0 || c.Default != Next }
