package network

import (
	"cmp"
	"net/netip"
	"slices"
	"sort"
)

// Network is one snapshot: what is configured, and what is known besides.
// Read-only once built; safe for concurrent readers.
type Network struct {
	Name    string
	Routers []*Router // sorted by Name, unique
	Links   []Link    // sorted; who is on which wire
	Env     Environment
}

// Router finds a router by name; nil when there is none.
func (n *Network) Router(name string) *Router {
	i := sort.Search(len(n.Routers), func(i int) bool { return n.Routers[i].Name >= name })
	if i < len(n.Routers) && n.Routers[i].Name == name {
		return n.Routers[i]
	}
	return nil
}

// Link is one layer-2 segment: the interfaces that hear each other. Two ends is a
// cable; more is a shared subnet (an exchange point, a LAN).
type Link struct {
	Ends   []End // sorted, at least two
	Origin LinkOrigin
	Prefix netip.Prefix // the shared subnet where Origin is LinkSubnet, else zero
	Span   Span         // topology file, where one says so
}

// End is one interface of one router.
type End struct{ Router, Interface string }

// LinkOrigin says how a link is known.
type LinkOrigin uint8

const (
	LinkSubnet     LinkOrigin = iota // two interfaces have addresses in one subnet
	LinkUnnumbered                   // a pair of `neighbor IFACE interface` statements that only fit each other
	LinkTopology                     // topology.clab.yml
)

func (o LinkOrigin) String() string {
	return [...]string{"subnet", "unnumbered", "topology"}[o]
}

// Router is one device. Dialect and Platform are for reports: routing never reads them.
type Router struct {
	Name     string // the folder's name below devices/
	Hostname string // what the configuration calls itself; may be empty
	Dialect  string // frr, gobgp, bird
	Version  string // what the configuration says of its daemon's version; may be empty
	Files    []File // in the order read

	// PolicyDelay is how long the daemon waits before it uses a changed policy, in seconds. Timing only.
	PolicyDelay uint32

	Interfaces []Interface // sorted by Name, unique
	VRFs       []*VRF      // VRFs[0] is the default instance, always present; the rest sorted by Name

	Policies      []*Policy       // sorted by Name, unique
	PrefixSets    []*PrefixSet    // sorted by Kind, then Name
	ASPathSets    []*ASPathSet    // sorted by Name
	CommunitySets []*CommunitySet // sorted by Kind, then Name
	NeighborSets  []*NeighborSet  // sorted by Name

	Span Span
}

// Default is the default routing instance.
func (r *Router) Default() *VRF { return r.VRFs[0] }

// VRF finds a routing instance by name ("" is the default one); nil when there is none.
func (r *Router) VRF(name string) *VRF {
	for _, v := range r.VRFs {
		if v.Name == name {
			return v
		}
	}
	return nil
}

// Interface finds an interface by name; nil when there is none. The pointer is
// into the router: do not write through it.
func (r *Router) Interface(name string) *Interface {
	i := sort.Search(len(r.Interfaces), func(i int) bool { return r.Interfaces[i].Name >= name })
	if i < len(r.Interfaces) && r.Interfaces[i].Name == name {
		return &r.Interfaces[i]
	}
	return nil
}

// InKernelOrder are the interfaces in the order in which the kernel is taken to number them: that of their names, shorter ones first (eth2
// before eth10). No configuration tells it.
func (r *Router) InKernelOrder() []*Interface {
	out := make([]*Interface, len(r.Interfaces))
	for i := range r.Interfaces {
		out[i] = &r.Interfaces[i]
	}
	slices.SortStableFunc(out, func(a, b *Interface) int { return cmp.Compare(len(a.Name), len(b.Name)) })
	return out
}

// Owns reports whether one of the router's interfaces that is not shut down has
// the address.
func (r *Router) Owns(a netip.Addr) bool {
	for i := range r.Interfaces {
		if r.Interfaces[i].Shutdown {
			continue
		}
		for _, p := range r.Interfaces[i].Addresses {
			if p.Prefix.Addr() == a {
				return true
			}
		}
	}
	return false
}

// Interface is a layer-3 interface.
type Interface struct {
	Name        string
	VRF         string // "" is the default instance
	Description string
	Addresses   []Address // in configuration order; the first of a family is the primary one
	Shutdown    bool
	Loopback    bool // lo, dummy and loopback interfaces: up without a link
	// Implied interfaces stand in no configuration: they were derived from
	// what other routers say of this one (a peer's neighbor statement), or from
	// routegate.yaml.
	Implied   bool
	Bandwidth uint64         // bits per second; 0 when not stated
	OSPF      *OSPFInterface // nil when no OSPF setting stands on the interface
	Span      Span
}

// Address is one address of an interface.
type Address struct {
	Prefix netip.Prefix // the interface's own address with the subnet's length: 10.0.0.1/30
	Peer   netip.Addr   // the far end of a point-to-point address; zero otherwise
	Span   Span
}

// VRF is a routing instance (OpenConfig: network instance). The default one has
// the empty name.
type VRF struct {
	Name   string
	Static []StaticRoute // in configuration order
	BGP    *BGP          // nil when BGP is not configured
	OSPF   []*OSPF       // OSPFv2 processes
	// ResolveViaDefault: a BGP or static next hop may be resolved by the default
	// route. FRR: `ip nht resolve-via-default`; on by `frr defaults datacenter`... the
	// dialect sets what its daemon does. Indexed by Family.
	ResolveViaDefault [NumFamilies]bool
	// Tables are the routing tables that make the instance, as a daemon with several names them, by Family; "" is none. They
	// stand in the default instance's forwarding plane, and packets follow those of that instance alone (BIRD).
	Tables [NumFamilies]string
	Span   Span
}

// Beside reports an instance that is nothing but tables beside those of the default one.
func (v *VRF) Beside() bool { return v.Name != "" && v.Tables != [NumFamilies]string{} }

// StaticRoute is one next hop of one static route: several with the same prefix
// and distance are one ECMP route.
type StaticRoute struct {
	Prefix    netip.Prefix // masked
	Kind      StaticKind
	NextHop   netip.Addr // for StaticVia; zero otherwise
	Interface string     // for StaticInterface, or with NextHop to pin the interface; else ""
	NextVRF   string     // where the next hop is looked up when another VRF is named; else the route's own
	Distance  uint8      // 1 by default; 255 is never used
	Tag       uint32
	OnLink    bool
	Lookup    NextHopLookup
	Source    string // the protocol instance that has the route (BIRD); "" where there is but one
	Span      Span
}

// StaticKind is what a static route does with a packet.
type StaticKind uint8

const (
	StaticVia       StaticKind = iota // to NextHop
	StaticInterface                   // out of Interface, the destination being on the wire
	StaticBlackhole                   // dropped in silence (Null0, blackhole)
	StaticReject                      // dropped with an ICMP unreachable
)

func (k StaticKind) String() string {
	return [...]string{"via", "interface", "blackhole", "reject"}[k]
}

// NextHopLookup is where a static next hop must be found.
type NextHopLookup uint8

const (
	LookupMain      NextHopLookup = iota // by any route of the main table
	LookupConnected                      // on a connected subnet (BIRD's `via`)
	LookupTable                          // in the one table of the daemon, see Habits.OneTable (BIRD's `recursive`)
)

func (l NextHopLookup) String() string { return [...]string{"main table", "connected", "one table"}[l] }
