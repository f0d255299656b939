package network

import (
	"strconv"
	"strings"
)

// MatchText is what a rule matches, in the words of GoBGP's command line and in the order of the types: rules with
// the same text are one route to BGP.
func (r *FlowRule) MatchText() string {
	out := make([]string, len(r.Match))
	for i := range r.Match {
		out[i] = r.Match[i].String()
	}
	return strings.Join(out, " ")
}

func (r *FlowRule) String() string { return "match " + r.MatchText() + " then " + r.Then.String() }

func (c *FlowComponent) String() string {
	if c.Prefix.IsValid() {
		return c.Type.String() + " " + c.Prefix.String()
	}
	out := c.Type.String()
	for i, t := range c.Terms {
		out += " "
		if i > 0 && t.And {
			out += "&"
		}
		out += t.Op.String()
		if t.Op != FlowTrue && t.Op != FlowFalse {
			out += c.Type.value(t.Value)
		}
	}
	return out
}

// FlowProtocols are the protocols that GoBGP knows by name.
var FlowProtocols = map[uint64]string{1: "icmp", 2: "igmp", 6: "tcp", 8: "egp", 9: "igp", 17: "udp", 46: "rsvp", 47: "gre", 89: "ospf", 94: "ipip",
	103: "pim", 132: "sctp"}

func (t FlowType) value(v uint64) string {
	switch t {
	case FlowProtocol:
		if name, ok := FlowProtocols[v]; ok {
			return name
		}
	case FlowTCPFlags:
		return bits(v, "", []string{"F", "S", "R", "P", "A", "U", "E", "C"})
	case FlowFragment:
		if v == 0 {
			return "not-a-fragment"
		}
		return bits(v, "+", []string{"dont-fragment", "is-fragment", "first-fragment", "last-fragment"})
	}
	return strconv.FormatUint(v, 10)
}

func bits(v uint64, separator string, names []string) string {
	var out []string
	for i, name := range names {
		if v&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return strings.Join(out, separator)
}
