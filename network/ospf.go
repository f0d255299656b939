package network

import (
	"net/netip"
	"path"
	"strconv"
)

// OSPF is one OSPFv2 process (RFC 2328).
type OSPF struct {
	Instance int        // 0 for the single unnamed process
	RouterID netip.Addr // zero: chosen by the daemon's rule (see RouterIDRule)
	RouterIDRule
	Areas              []OSPFArea    // those with settings of their own, sorted by ID
	Networks           []OSPFNetwork // `network P area A`, in configuration order
	Patterns           []OSPFPattern // interfaces by name; whoever knows the interfaces puts the settings on them
	PassiveDefault     bool
	Passive            []OSPFPassive // per-interface overrides of PassiveDefault at process level
	ReferenceBandwidth uint32        // Mbit/s; 0: the daemon's default (ospfd: 100000, so that an interface of unknown bandwidth, taken as 10 Gbit/s, costs 10)
	Redistribute       []Redistribution
	DefaultOriginate   *OSPFDefaultOriginate // nil: none
	DefaultMetric      *uint32               // for redistributed routes without one of their own; nil: the daemon's (20, or 10 from BGP...)
	Distance           OSPFDistance
	MaximumPaths       int  // 0: the daemon's build limit (64)
	MaxMetric          bool // stub router (RFC 6987): always advertise LSInfinity on transit links
	// ByBackbone (BIRD): a process in several areas learns summaries from the backbone alone (RFC 2328 §16.2), also where nobody is there,
	// and announces what it redistributes there alone. ospfd then asks all areas (RFC 3509), and tells each NSSA too.
	ByBackbone bool
	Shutdown   bool
	Marks      Marks
	Span       Span
}

// OSPFArea holds what is configured for an area; areas without settings need none.
type OSPFArea struct {
	ID        uint32 // 0 is the backbone; dotted form on output
	Type      OSPFAreaType
	NoSummary bool // totally stubby, or NSSA without summaries
	// StubDefaultCost is the cost of the default summary that an ABR sends into a stub area.
	StubDefaultCost uint32
	Ranges          []OSPFRange
	// ImportFilter and ExportFilter are prefix sets on summaries into and out of the area (`area A filter-list`).
	ImportFilter, ExportFilter Ref
	VirtualLinks               []netip.Addr
	Span                       Span
}

// OSPFAreaType is the kind of area.
type OSPFAreaType uint8

const (
	OSPFNormal OSPFAreaType = iota
	OSPFStub
	OSPFNSSA
)

// OSPFRange is `area A range P`: summarisation at the ABR.
type OSPFRange struct {
	Prefix       netip.Prefix
	NotAdvertise bool
	Cost         *uint32
	Substitute   netip.Prefix
	Span         Span
}

// OSPFNetwork is `network P area A`: interfaces whose primary address and length
// fall into P take part.
type OSPFNetwork struct {
	Prefix netip.Prefix
	Area   uint32
	Span   Span
}

// OSPFPassive is `passive-interface IFACE` or its negation, in the process.
type OSPFPassive struct {
	Interface string
	Passive   bool
	Span      Span
}

// OSPFDefaultOriginate is `default-information originate`.
type OSPFDefaultOriginate struct {
	Always     bool
	Metric     *uint32
	MetricType int // 1 or 2
	Policy     Ref
	Span       Span
}

// OSPFDistance is the administrative distance by kind of route; 110 by default.
type OSPFDistance struct{ IntraArea, InterArea, External uint8 }

// OSPFInterface is what stands on the interface itself.
type OSPFInterface struct {
	HasArea     bool
	Area        uint32
	Cost        uint32 // 0: reference bandwidth / interface bandwidth, at least 1 (on a loopback 0)
	Passive     *bool  // nil: as the process says
	NetworkType OSPFNetworkType
	Priority    uint8  // DR election; 1 by default, 0 never
	Hello, Dead uint32 // seconds; must agree on both ends; 10 and 40 by default
	MTUIgnore   bool
	// AuthKey is a digest of authentication type and key: both ends must agree. "" is none.
	AuthKey string
	Marks   Marks
	Span    Span
}

// OSPFNetworkType is how neighbours are found on the wire.
type OSPFNetworkType uint8

const (
	OSPFBroadcast OSPFNetworkType = iota
	OSPFPointToPoint
	OSPFPointToMultipoint
	OSPFNonBroadcast
	OSPFLoopback
)

// AreaOf says whether the process runs on the interface and in which area: a
// setting on the interface wins over `network` statements, the longest matching
// statement wins among those. The answer follows FRR: a statement matches when it
// contains the address and is no longer than the subnet.
func (o *OSPF) AreaOf(i *Interface) (area uint32, span Span, ok bool) {
	if i.OSPF != nil && i.OSPF.HasArea {
		s, _ := i.OSPF.Marks.Find("Area")
		if s.IsZero() {
			s = i.OSPF.Span
		}
		return i.OSPF.Area, s, true
	}
	best := -1
	for _, a := range i.Addresses {
		if !a.Prefix.Addr().Is4() {
			continue
		}
		for _, n := range o.Networks {
			if n.Prefix.Bits() <= a.Prefix.Bits() && n.Prefix.Contains(a.Prefix.Addr()) && n.Prefix.Bits() > best {
				best, area, span, ok = n.Prefix.Bits(), n.Area, n.Span, true
			}
		}
	}
	return area, span, ok
}

// RouterIDRule is how a daemon chooses a router id that is not configured.
type RouterIDRule uint8

const (
	// RouterIDHighestLoopback: the highest address on a loopback, else the highest
	// on any interface that is up (FRR's zebra). `ip router-id` sets it outright.
	RouterIDHighestLoopback RouterIDRule = iota
	// RouterIDLowest: the lowest address of the interfaces (BIRD).
	RouterIDLowest
	// RouterIDRequired: it must be configured (GoBGP).
	RouterIDRequired
)

// OSPFPattern puts settings on all interfaces that it fits (BIRD's `interface "eth*"`): the first
// pattern of a process that fits an interface counts.
type OSPFPattern struct {
	Patterns  []InterfacePattern
	Settings  OSPFInterface
	TypeGiven bool // else the network type follows from the interface: broadcast
	Span      Span
}

// InterfacePattern is a name with wild cards (* and ?), or a prefix that holds an address of the interface.
type InterfacePattern struct {
	Not    bool
	Name   string
	Prefix netip.Prefix
}

// String is the pattern as BIRD writes it.
func (p InterfacePattern) String() string {
	s := ""
	if p.Not {
		s = "-"
	}
	if p.Prefix.IsValid() {
		return s + p.Prefix.String()
	}
	return s + strconv.Quote(p.Name)
}

// Fits reports whether the list takes the interface.
func (o *OSPFPattern) Fits(i *Interface) bool { return Fits(o.Patterns, i) }

// Fits reports whether a list of patterns takes an interface: the first of them that speaks of it decides.
func Fits(patterns []InterfacePattern, i *Interface) bool {
	for _, p := range patterns {
		hit := false
		if p.Prefix.IsValid() {
			for _, a := range i.Addresses {
				hit = hit || p.Prefix.Contains(a.Prefix.Addr())
			}
		} else {
			hit, _ = path.Match(p.Name, i.Name)
		}
		if hit {
			return !p.Not
		}
	}
	return false
}
