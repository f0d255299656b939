package network

import "net/netip"

// AnyPort is a port that is not known before.
const AnyPort = -1

// TCPFlow is one direction of a TCP connection.
type TCPFlow struct {
	Source, Destination         netip.Addr
	SourcePort, DestinationPort int // or AnyPort
}

// tcp is TCP's protocol number.
const tcp = 6

// Hits reports whether some packet of a connection may match: of flags, lengths, marks and fragments, and of ports that
// are not known, any value is possible.
func (r *FlowRule) Hits(f TCPFlow) bool {
	if f.Source.Is4() == r.IPv6 || f.Destination.Is4() == r.IPv6 {
		return false
	}
	for i := range r.Match {
		if !r.Match[i].hits(f) {
			return false
		}
	}
	return true
}

func (c *FlowComponent) hits(f TCPFlow) bool {
	switch c.Type {
	case FlowDestination:
		return c.Prefix.Contains(f.Destination)
	case FlowSource:
		return c.Prefix.Contains(f.Source)
	case FlowProtocol:
		return c.holds(tcp)
	case FlowDestinationPort:
		return c.port(f.DestinationPort)
	case FlowSourcePort:
		return c.port(f.SourcePort)
	case FlowPort:
		return c.port(f.SourcePort) || c.port(f.DestinationPort)
	case FlowICMPType, FlowICMPCode:
		return false // such a rule matches nothing but ICMP (RFC 8955 §4.2.2.7)
	case FlowFragment:
		return true // what "not-a-fragment" is on the wire, no router's maker agrees on with another
	}
	return c.can()
}

func (c *FlowComponent) port(n int) bool {
	if n == AnyPort {
		return c.can()
	}
	return c.holds(uint64(n))
}
