package network

import "net/netip"

// PeerGroup is kept for the diff and for dynamic neighbors: the neighbors
// themselves already have what they inherit.
type PeerGroup struct {
	Name     string
	Template Neighbor // Address and Interface are zero
	Span     Span
}

// Neighbor is one configured BGP peer with everything it inherits.
type Neighbor struct {
	Address   netip.Addr // zero for an unnumbered peer
	Interface string     // unnumbered peering (RFC 5549/8950 over link-local), or the scope of a link-local Address
	// LinkLocalOnly: an unnumbered peer is spoken to over link-local addresses even where the
	// interface's IPv4 subnet is a /30 or /31, whose other address FRR prefers (`v6only`).
	LinkLocalOnly bool
	// MemberAS: the session is opened as the instance's own AS towards a neighbor outside of the confederation, too. bgpd 8.4
	// looks at `bgp confederation identifier` where a line says the remote AS of a neighbor that there is, not where one makes
	// an interface neighbor, or any neighbor with the AS of a peer group.
	MemberAS    bool
	PeerGroup   string
	Description string
	// Name is what the daemon calls the session (BIRD's protocol instance); "" where it has no name.
	Name     string
	RemoteAS RemoteAS
	LocalAS  LocalAS

	UpdateSource    netip.Addr // local address; zero: the outgoing interface's
	UpdateInterface string     // local address taken from this interface; "" when none
	// TTL that packets leave with and the largest distance accepted: 1 for eBGP by
	// default, 255 for iBGP or multihop without a number.
	TTL uint8
	// MultihopEnabled: the peer may be more than one hop away and need not be connected.
	MultihopEnabled bool
	// TTLSecurityHops: GTSM (RFC 5082): the peer is at most this many hops away; 0 off.
	TTLSecurityHops uint8
	// SkipConnectedCheck: `disable-connected-check`.
	SkipConnectedCheck bool
	Shutdown           bool
	Passive            bool
	Password           string // both ends must agree; never printed
	Port               uint16 // remote TCP port; 0 is 179
	// ExtendedNextHop: IPv4 routes with an IPv6 next hop (RFC 8950) may be exchanged.
	ExtendedNextHop bool
	// GatewayDirect: a route is taken only where its next hop is on a connected subnet, and goes there without
	// a lookup (BIRD `gateway direct`).
	GatewayDirect bool
	// EnforceFirstAS: an update whose first AS is not the peer's is refused.
	EnforceFirstAS bool
	// DefaultLocalPref is that of routes without one from this neighbor; 0: the instance's.
	DefaultLocalPref uint32
	// DefaultMED is what a route without a MED from this neighbor has where routes are compared (BIRD).
	DefaultMED uint32
	// LocalPrefOutside: local preferences are sent to and taken from this neighbor though it is eBGP (BIRD).
	LocalPrefOutside bool
	// RejectASSets: refuse routes with AS_SET or AS_CONFED_SET from this neighbor (RFC 6472).
	RejectASSets bool
	// ClusterID goes in front of the cluster list of what is reflected from or to this client; zero: the instance's.
	ClusterID netip.Addr
	// Role is the peer's local role (RFC 9234), "" when not set: provider, customer, peer, rs-server, rs-client.
	Role       string
	RoleStrict bool
	// CapabilityOverride and similar oddities are in the ledger, not here.

	Hold, Keepalive uint32 // seconds, as configured; 0: the instance's
	// AdvertisementInterval is the MRAI in seconds (-1: the daemon's default). Timing only.
	AdvertisementInterval int32
	BFD                   bool

	Families [NumFamilies]NeighborFamily
	// OtherFamilies are address families that are activated and of which nothing else is held, as "l2vpn evpn": a
	// session comes up with one of them in common. Sorted.
	OtherFamilies []string

	// ResetKey is made by the dialect of those settings whose change makes the
	// daemon reset the session ("remote-as=65001;update-source=lo"). The diff compares it.
	ResetKey string

	Marks Marks
	Span  Span
}

// Key names the neighbor inside its instance: its address, or its interface.
func (n *Neighbor) Key() string {
	if n.Address.IsValid() {
		return n.Address.String()
	}
	return n.Interface
}

// RemoteAS is what the neighbor's AS must be.
type RemoteAS struct {
	Kind   RemoteASKind
	Number uint32
}

// RemoteASKind is how the neighbor's AS is stated.
type RemoteASKind uint8

const (
	RemoteASMissing  RemoteASKind = iota // the session cannot come up
	RemoteASNumber                       // this number
	RemoteASExternal                     // any but ours
	RemoteASInternal                     // ours
	RemoteASAuto                         // whatever it says
)

// LocalAS is `local-as` on a neighbor (Number 0: not set).
type LocalAS struct {
	Number    uint32
	NoPrepend bool // do not prepend it to received paths
	ReplaceAS bool // sent paths start with it instead of the instance's AS
	DualAS    bool // the peer may use either
}

// NeighborFamily is what is configured for a neighbor in one address family.
type NeighborFamily struct {
	Active bool

	Import, Export PolicyChain
	// Filters apply before Import and Export, in the order distribute-list,
	// prefix list, filter list; a route that any of them refuses is refused.
	// None of them counts as a policy where Missing or RequirePolicy say otherwise:
	// FRR counts any of them for RFC 8212.
	DistributeIn, DistributeOut Ref // access list
	PrefixListIn, PrefixListOut Ref
	FilterListIn, FilterListOut Ref // AS path set
	UnsuppressMap               Ref
	Conditional                 *ConditionalAdvertisement
	DefaultOriginate            *DefaultOriginate

	MaximumPrefix *MaximumPrefix
	// MaximumPrefixOut limits what is sent; 0 is no limit.
	MaximumPrefixOut uint32

	NextHopSelf      bool
	NextHopSelfForce bool // also for reflected routes
	NextHopUnchanged bool
	// NextHopSelfOf and NextHopKeepOf say the same of routes from one kind of neighbor alone; next hop self
	// goes before keep (BIRD `next hop self ibgp`).
	NextHopSelfOf, NextHopKeepOf LearnedFrom
	ASPathUnchanged              bool
	MEDUnchanged                 bool

	ReflectorClient   bool
	RouteServerClient bool

	AllowASIn       uint8 // how often our own AS may stand in a received path; 0 never
	AllowASInOrigin bool  // only as the origin
	ASOverride      bool
	RemovePrivateAS RemovePrivateAS

	SendCommunity, SendExtCommunity, SendLargeCommunity bool
	SoftReconfiguration                                 bool
	Weight                                              uint32 // of routes from this neighbor; HasWeight tells 0 from unset
	HasWeight                                           bool

	AddPathReceive    bool
	AddPathSendAll    bool
	AddPathSendBestAS bool  // the best path of each neighboring AS
	AddPathSendMax    uint8 // the best N; 0 when not limited by number

	Marks Marks
}

// LearnedFrom is a kind of neighbor that routes are learned from.
type LearnedFrom uint8

const (
	FromNobody LearnedFrom = iota
	FromInternal
	FromExternal
)

func (f LearnedFrom) String() string { return [...]string{"nobody", "iBGP", "eBGP"}[f] }

// RemovePrivateAS is `remove-private-AS` in its four forms.
type RemovePrivateAS uint8

const (
	KeepPrivateAS       RemovePrivateAS = iota
	RemoveIfAllPrivate                  // only when every AS of the path is private
	RemoveAllPrivate                    // `all`
	ReplaceIfAllPrivate                 // `replace-AS`
	ReplaceAllPrivate                   // `all replace-AS`
)

// ConditionalAdvertisement: what Advertise accepts is announced only while
// (not) some route of the table is accepted by Condition.
type ConditionalAdvertisement struct {
	Advertise Ref
	Condition Ref
	NonExist  bool // non-exist-map: announce while nothing matches
	Span      Span
}

// DefaultOriginate sends a default route to the neighbor.
type DefaultOriginate struct {
	Policy Ref // FRR: the default is sent while a route of the table matches
	Span   Span
}

// MaximumPrefix limits what is accepted from a neighbor.
type MaximumPrefix struct {
	Limit       uint32
	Threshold   uint8 // percent at which a warning is logged; 75 by default
	WarningOnly bool
	Restart     uint32 // minutes; 0: stays down
	Span        Span
}
