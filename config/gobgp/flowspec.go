package gobgp

import (
	"cmp"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/osrg/gobgp/v3/pkg/packet/bgp"

	"github.com/routegate/routegate/network"
)

// FlowError is what is wrong with a rule, without its position.
type FlowError struct{ Msg, Hint string }

func (e *FlowError) Error() string { return e.Msg }

func flowError(hint, format string, args ...any) error {
	return &FlowError{Msg: fmt.Sprintf(format, args...), Hint: hint}
}

const flowExample = "as in match destination 203.0.113.7/32 protocol udp source-port 123 then discard"

// flowValues is what may stand behind the name of a component. GoBGP's own reader takes out of a text what it understands and leaves the
// rest unsaid, and a rule that says less matches more: so what it is handed has nothing else in it.
var flowValues = func() map[network.FlowType]*regexp.Regexp {
	number := `[0-9]{1,7}|true|false`
	protocol := number
	for _, name := range network.FlowProtocols {
		protocol += "|" + name
	}
	numeric := func(value string) *regexp.Regexp {
		return regexp.MustCompile(`^(?:&? ?(?:==|=|!=|=!|!|>=|<=|>|<)? ?\b(?:` + value + `)\b ?)+$`)
	}
	bitmask := func(value string) *regexp.Regexp {
		return regexp.MustCompile(`^(?:&? ?(?:==|=|!=|=!|!)? ?\b(?:` + value + `)(?: |$|\b))+$`)
	}
	fragment := `(?:dont-fragment|is-fragment|first-fragment|last-fragment|not-a-fragment)`
	out := map[network.FlowType]*regexp.Regexp{network.FlowProtocol: numeric(protocol), network.FlowTCPFlags: bitmask(`[FSRPAUCE]+`),
		network.FlowFragment: bitmask(fragment + `(?:\+` + fragment + `)*`)}
	for _, t := range []network.FlowType{network.FlowPort, network.FlowDestinationPort, network.FlowSourcePort, network.FlowICMPType, network.FlowICMPCode,
		network.FlowPacketLength, network.FlowDSCP, network.FlowLabel} {
		out[t] = numeric(number)
	}
	return out
}()

// ParseFlowRule reads a rule of RFC 8955 as `gobgp global rib add -a ipv4-flowspec` takes it: match ... then ... .
// Quotes around words are the shell's. Router and Span are the caller's. The error is a *FlowError; it never panics.
func ParseFlowRule(ipv6 bool, text string) (r network.FlowRule, err error) {
	defer func() { // GoBGP's reader indexes what it did not find
		if p := recover(); p != nil {
			r, err = network.FlowRule{}, flowError(flowExample, "GoBGP cannot read the rule: %v", p)
		}
	}()
	words := strings.Fields(strings.NewReplacer("'", "", `"`, "").Replace(text))
	if len(words) == 0 || words[0] != "match" {
		return r, flowError(flowExample, "a rule begins with match")
	}
	then := slices.Index(words, "then")
	if then < 0 {
		return r, flowError("accept, discard, rate-limit BYTES, redirect RT, mark DSCP, action sample|terminal", "what happens to the packets is missing: no then")
	}
	r.IPv6 = ipv6
	if err := checkFlowMatch(words[1:then]); err != nil {
		return r, err
	}
	family := bgp.RF_FS_IPv4_UC
	if ipv6 {
		family = bgp.RF_FS_IPv6_UC
	}
	components, err := bgp.ParseFlowSpecComponents(family, strings.Join(words[1:then], " "))
	if err != nil {
		return r, flowError(flowExample, "%v", err)
	}
	for _, c := range components {
		x, err := flowComponent(c)
		if err != nil {
			return r, err
		}
		r.Match = append(r.Match, x)
	}
	slices.SortFunc(r.Match, func(a, b network.FlowComponent) int { return cmp.Compare(a.Type, b.Type) })
	r.Then, err = flowAction(words[then+1:])
	return r, err
}

// checkFlowMatch refuses what GoBGP would pass over.
func checkFlowMatch(words []string) error {
	if len(words) == 0 {
		return flowError(flowExample, "what the rule matches is missing")
	}
	seen := map[network.FlowType]bool{}
	for len(words) > 0 {
		t, ok := flowType(words[0])
		if !ok {
			return flowError("destination, source, protocol, port, destination-port, source-port, icmp-type, icmp-code, tcp-flags, packet-length, dscp, fragment, label",
				"%s is not a component of a rule", words[0])
		}
		if seen[t] {
			return flowError("GoBGP keeps the last only", "%s stands twice", t)
		}
		seen[t] = true
		n := 1
		for n < len(words) && !isFlowType(words[n]) {
			n++
		}
		value := strings.Join(words[1:n], " ")
		words = words[n:]
		if t == network.FlowDestination || t == network.FlowSource {
			if err := checkFlowPrefix(t, value); err != nil {
				return err
			}
		} else if !flowValues[t].MatchString(value) {
			return flowError("values with ==, !=, <, <=, > or >= before them, and & to join two", "%s: %q is not understood", t, value)
		}
	}
	return nil
}

func checkFlowPrefix(t network.FlowType, value string) error {
	if _, err := netip.ParseAddr(value); err == nil {
		return nil
	}
	p, err := netip.ParsePrefix(value)
	if err != nil {
		return flowError("as in 203.0.113.7/32; an offset into an IPv6 prefix is not understood", "%s: %q is not a prefix", t, value)
	}
	if p != p.Masked() {
		return flowError(fmt.Sprintf("%s, or %s", p.Masked(), p.Addr()), "%s: %s has bits set behind its length", t, value)
	}
	return nil
}

func flowType(word string) (network.FlowType, bool) {
	t, ok := bgp.FlowSpecValueMap[word]
	return network.FlowType(t), ok && t >= bgp.FLOW_SPEC_TYPE_DST_PREFIX && t <= bgp.FLOW_SPEC_TYPE_LABEL
}

func isFlowType(word string) bool {
	_, ok := flowType(word)
	return ok
}

// flowComponent turns GoBGP's component into the model's.
func flowComponent(c bgp.FlowSpecComponentInterface) (network.FlowComponent, error) {
	out := network.FlowComponent{Type: network.FlowType(c.Type())}
	var prefix bgp.AddrPrefixInterface
	switch x := c.(type) {
	case *bgp.FlowSpecDestinationPrefix:
		prefix = x.Prefix
	case *bgp.FlowSpecSourcePrefix:
		prefix = x.Prefix
	case *bgp.FlowSpecDestinationPrefix6:
		prefix = x.Prefix
	case *bgp.FlowSpecSourcePrefix6:
		prefix = x.Prefix
	case *bgp.FlowSpecComponent:
		for _, item := range x.Items {
			out.Terms = append(out.Terms, flowTerm(out.Type, item))
		}
		return out, nil
	default:
		return out, flowError("", "%s is not understood", c)
	}
	p, err := netip.ParsePrefix(prefix.String())
	if err != nil {
		return out, flowError("", "%s: %v", out.Type, err)
	}
	out.Prefix = p.Masked()
	return out, nil
}

// flowTerm reads an operator (RFC 8955 §4.2.1.1 and §4.2.1.2).
func flowTerm(t network.FlowType, item *bgp.FlowSpecComponentItem) network.FlowTerm {
	const and = 0x40
	out := network.FlowTerm{And: item.Op&and != 0, Value: item.Value}
	if t == network.FlowTCPFlags || t == network.FlowFragment {
		out.Op = [...]network.FlowOp{network.FlowAnyBit, network.FlowAllBits, network.FlowNoBit, network.FlowNotAllSet}[item.Op&3]
		return out
	}
	out.Op = [...]network.FlowOp{network.FlowTrue, network.FlowEqual, network.FlowGreater, network.FlowGreaterOrEqual, network.FlowLess,
		network.FlowLessOrEqual, network.FlowNotEqual, network.FlowFalse}[item.Op&7]
	return out
}

// knownActions is what may stand behind then.
const knownActions = "accept, discard, rate-limit BYTES, redirect RT, mark DSCP, action sample|terminal|sample-terminal"

// flowAction reads what stands behind then.
func flowAction(words []string) (a network.FlowAction, err error) {
	if len(words) == 0 {
		return a, flowError(knownActions, "what happens to the packets is missing")
	}
	seen := map[string]bool{}
	for len(words) > 0 {
		verb, value, n := words[0], "", 1
		kind := verb
		if verb == "discard" {
			kind = "rate-limit" // one and the same: a rate of nothing
		}
		if seen[kind] {
			return a, flowError("a rule has each action once", "%s stands twice", kind)
		}
		seen[kind] = true
		switch verb {
		case "accept", "discard":
		case "rate-limit", "redirect", "mark", "action":
			if len(words) < 2 {
				return a, flowError(knownActions, "%s: its value is missing", verb)
			}
			value, n = words[1], 2
		default:
			return a, flowError(knownActions, "%s is not an action of a rule", verb)
		}
		if err := flowVerb(&a, verb, value); err != nil {
			return a, err
		}
		words = words[n:]
		if kind == "rate-limit" && len(words) > 1 && words[0] == "as" && asn.MatchString(words[1]) {
			words = words[2:] // whose rate it is: for information (RFC 8955 §7.1)
		}
	}
	if seen["accept"] && a.Takes() {
		return a, flowError("one of the two", "the rule accepts packets and does not let them pass")
	}
	return a, nil
}

// flowVerb adds one action.
func flowVerb(a *network.FlowAction, verb, value string) (err error) {
	switch verb {
	case "discard":
		a.HasRate = true
	case "rate-limit":
		a.HasRate = true
		if a.Rate, err = strconv.ParseFloat(value, 32); err != nil || !decimal.MatchString(value) {
			return flowError("bytes a second, as in rate-limit 125000", "rate-limit: %q is not a rate", value)
		}
	case "redirect":
		if _, err := bgp.ParseRouteTarget(value); err != nil {
			return flowError("a route target, as in redirect 64500:100", "redirect: %q is not a route target", value)
		}
		a.Redirect = value
	case "mark":
		dscp, err := strconv.ParseUint(value, 10, 8)
		if err != nil || dscp > 63 {
			return flowError("a DSCP from 0 to 63", "mark: %q is not a DSCP", value)
		}
		mark := uint8(dscp)
		a.Mark = &mark
	case "action":
		a.Sample, a.Terminal = strings.Contains(value, "sample"), strings.Contains(value, "terminal")
		if !slices.Contains([]string{"sample", "terminal", "sample-terminal", "terminal-sample"}, value) {
			return flowError("sample, terminal or sample-terminal", "action: %q is not known", value)
		}
	}
	return nil
}

var (
	decimal = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)
	asn     = regexp.MustCompile(`^[0-9]{1,5}$`)
)
