package network

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// FlowRule is a rule of Flow Specification (RFC 8955, RFC 8956) that a router injects into its BGP over an API
// (`gobgp global rib add -a ipv4-flowspec`). Whoever accepts it does to packets that match what Then says.
type FlowRule struct {
	Router string
	IPv6   bool
	Match  []FlowComponent // by Type, each once; a packet matches where all of them hold
	Then   FlowAction
	Span   Span
}

// FlowType is a component's type (RFC 8955 §4.2.2, RFC 8956 §3).
type FlowType uint8

// The types, by the numbers that they have in an update.
const (
	FlowDestination FlowType = iota + 1
	FlowSource
	FlowProtocol
	FlowPort // of the source or the destination
	FlowDestinationPort
	FlowSourcePort
	FlowICMPType
	FlowICMPCode
	FlowTCPFlags
	FlowPacketLength
	FlowDSCP
	FlowFragment
	FlowLabel // IPv6 only
)

func (t FlowType) String() string {
	return [...]string{"", "destination", "source", "protocol", "port", "destination-port", "source-port", "icmp-type", "icmp-code", "tcp-flags",
		"packet-length", "dscp", "fragment", "label"}[t]
}

// widest is the largest value that a packet can have there.
func (t FlowType) widest() uint64 {
	switch t {
	case FlowPort, FlowDestinationPort, FlowSourcePort, FlowPacketLength:
		return 1<<16 - 1
	case FlowDSCP:
		return 1<<6 - 1
	case FlowFragment:
		return 1<<4 - 1
	case FlowLabel:
		return 1<<20 - 1
	}
	return 1<<8 - 1
}

// FlowComponent is one condition of a rule.
type FlowComponent struct {
	Type   FlowType
	Prefix netip.Prefix // of a destination or source, masked; else zero
	Terms  []FlowTerm   // of the other types; at least one
}

// FlowTerm is an operator and a value (RFC 8955 §4.2.1).
type FlowTerm struct {
	And   bool // joined to the term before by "and", which binds closer than "or"
	Op    FlowOp
	Value uint64
}

// FlowOp is how a packet's value is compared with a term's.
type FlowOp uint8

const (
	FlowEqual FlowOp = iota
	FlowNotEqual
	FlowLess
	FlowLessOrEqual
	FlowGreater
	FlowGreaterOrEqual
	FlowTrue
	FlowFalse
	FlowAnyBit    // some of the value's bits are set
	FlowNoBit     // none of them is
	FlowAllBits   // all of them are
	FlowNotAllSet // not all of them are
)

func (o FlowOp) String() string {
	return [...]string{"", "!=", "<", "<=", ">", ">=", "true", "false", "", "!", "=", "!="}[o]
}

func (o FlowOp) holds(packet, value uint64) bool {
	switch o {
	case FlowEqual:
		return packet == value
	case FlowNotEqual:
		return packet != value
	case FlowLess:
		return packet < value
	case FlowLessOrEqual:
		return packet <= value
	case FlowGreater:
		return packet > value
	case FlowGreaterOrEqual:
		return packet >= value
	case FlowAnyBit:
		return packet&value != 0
	case FlowNoBit:
		return packet&value == 0
	case FlowAllBits:
		return packet&value == value
	case FlowNotAllSet:
		return packet&value != value
	}
	return o == FlowTrue
}

// holds reports whether a value fulfils the terms.
func (c *FlowComponent) holds(value uint64) bool {
	group := false
	for i, t := range c.Terms {
		now := t.Op.holds(value, t.Value)
		switch {
		case i > 0 && t.And:
			group = group && now
		case group:
			return true
		default:
			group = now
		}
	}
	return group
}

// can reports whether some value fulfils the terms.
func (c *FlowComponent) can() bool {
	for v := range c.Type.widest() + 1 {
		if c.holds(v) {
			return true
		}
	}
	return false
}

// always reports whether every value fulfils the condition: it is as good as none.
func (c *FlowComponent) always() bool {
	if c.Prefix.IsValid() {
		return c.Prefix.Bits() == 0
	}
	for v := range c.Type.widest() + 1 {
		if !c.holds(v) {
			return false
		}
	}
	return true
}

// FlowAction is what happens to packets that match (RFC 8955 §7). The zero value lets them pass.
type FlowAction struct {
	HasRate  bool
	Rate     float64 // bytes/s; 0 discards
	Redirect string  // a route target: packets go into that routing instance; "" where they do not
	Mark     *uint8  // the DSCP that they get
	Sample   bool
	Terminal bool // GoBGP's word; rules that come after do not apply
}

// Discards reports whether no packet that matches gets through.
func (a *FlowAction) Discards() bool { return a.HasRate && a.Rate == 0 }

// Takes reports whether packets that match do not all go on as they would.
func (a *FlowAction) Takes() bool { return a.HasRate || a.Redirect != "" }

func (a *FlowAction) String() string {
	var out []string
	switch {
	case a.Discards():
		out = append(out, "discard")
	case a.HasRate:
		out = append(out, "rate-limit "+strconv.FormatFloat(a.Rate, 'f', -1, 64))
	}
	if a.Redirect != "" {
		out = append(out, "redirect "+a.Redirect)
	}
	if a.Mark != nil {
		out = append(out, "mark "+strconv.Itoa(int(*a.Mark)))
	}
	switch {
	case a.Sample && a.Terminal:
		out = append(out, "action sample-terminal")
	case a.Sample:
		out = append(out, "action sample")
	case a.Terminal:
		out = append(out, "action terminal")
	}
	if len(out) == 0 {
		return "accept"
	}
	return strings.Join(out, " ")
}

// Family is the address family, as GoBGP calls it.
func (r *FlowRule) Family() string {
	if r.IPv6 {
		return "ipv6-flowspec"
	}
	return "ipv4-flowspec"
}

// component finds a rule's condition of a type; nil where it has none.
func (r *FlowRule) component(t FlowType) *FlowComponent {
	i := slices.IndexFunc(r.Match, func(c FlowComponent) bool { return c.Type == t })
	if i < 0 {
		return nil
	}
	return &r.Match[i]
}

// Destination is the prefix to which packets go that match; the zero Prefix where the rule does not say.
func (r *FlowRule) Destination() netip.Prefix {
	if c := r.component(FlowDestination); c != nil {
		return c.Prefix
	}
	return netip.Prefix{}
}

// Narrowed reports whether anything but the destination decides which packets match.
func (r *FlowRule) Narrowed() bool {
	return slices.ContainsFunc(r.Match, func(c FlowComponent) bool { return c.Type != FlowDestination && !c.always() })
}

// To reports whether packets to some address of the prefix may match.
func (r *FlowRule) To(p netip.Prefix) bool {
	if p.Addr().Is4() == r.IPv6 {
		return false
	}
	d := r.Destination()
	return !d.IsValid() || d.Overlaps(p)
}
