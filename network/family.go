package network

import "net/netip"

// Family is an address family that is simulated. Others (EVPN, flowspec, VPN) are
// read and counted in the ledger.
type Family uint8

const (
	IPv4Unicast Family = iota
	IPv6Unicast
	// NumFamilies sizes arrays that are indexed by Family.
	NumFamilies = 2
)

// Families lists the simulated families, for range loops.
var Families = [NumFamilies]Family{IPv4Unicast, IPv6Unicast}

// String is OpenConfig's name: ipv4-unicast, ipv6-unicast.
func (f Family) String() string {
	return [...]string{"ipv4-unicast", "ipv6-unicast"}[f]
}

// FamilyOf is the family of a prefix.
func FamilyOf(p netip.Prefix) Family {
	if p.Addr().Is4() {
		return IPv4Unicast
	}
	return IPv6Unicast
}

// FamilyOfAddr is the family of an address.
func FamilyOfAddr(a netip.Addr) Family {
	if a.Is4() || a.Is4In6() {
		return IPv4Unicast
	}
	return IPv6Unicast
}

// Bits is the length of an address: 32 or 128.
func (f Family) Bits() int {
	if f == IPv4Unicast {
		return 32
	}
	return 128
}

// Default is 0.0.0.0/0 or ::/0.
func (f Family) Default() netip.Prefix {
	if f == IPv4Unicast {
		return netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	}
	return netip.PrefixFrom(netip.IPv6Unspecified(), 0)
}

// Protocol is where a route in the main table comes from.
type Protocol uint8

const (
	Connected Protocol = iota
	Local              // the router's own address, as a host route
	Static
	Kernel // routes that something else put into the kernel
	OSPFv2
	BGPProtocol
	OtherProtocol // a protocol that is not simulated (IS-IS, RIP, EIGRP, ...)
)

func (p Protocol) String() string {
	return [...]string{"connected", "local", "static", "kernel", "ospf", "bgp", "other"}[p]
}
