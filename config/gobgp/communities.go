package gobgp

import (
	"encoding/binary"
	"regexp"
	"strconv"
	"strings"

	"github.com/osrg/gobgp/v3/pkg/packet/bgp"

	"github.com/routegate/routegate/network"
)

func (p *parser) communitySet(kind network.CommunityKind, name string, list []string, at, items *node) *network.CommunitySet {
	set := &network.CommunitySet{Name: name, Kind: kind, Unordered: true, Span: p.span(at)}
	for i, x := range list {
		n := items.item(i)
		e := network.CommunityEntry{Sequence: i + 1, Text: x, Span: p.span(n)}
		switch kind {
		case network.StandardCommunity:
			if v, ok := exactCommunity(x); ok {
				e.Values = []network.Community{v}
			} else {
				e.Pattern = communityPattern(x)
			}
		case network.LargeCommunityKind:
			if v, err := network.ParseLargeCommunity(x); err == nil {
				e.Large = []network.LargeCommunity{v}
			} else {
				e.Pattern = largePattern(x)
			}
		case network.ExtCommunityKind:
			if v, ok := exactExtended(x); ok {
				e.Ext = []network.ExtCommunity{v}
			} else {
				e.Pattern = p.extendedPattern(x, n)
			}
		}
		if e.Pattern != "" {
			e.Each = true
			p.expression(e.Pattern, x, n)
		}
		set.Entries = append(set.Entries, e)
	}
	return set
}

// expression checks a regular expression: GoBGP writes them in Go's syntax, as the model does.
func (p *parser) expression(pattern, text string, n *node) {
	if _, err := regexp.Compile(pattern); err != nil {
		p.fail(n, "RE2 syntax", "invalid regular expression %s", text)
	}
}

var (
	twoNumbers       = regexp.MustCompile(`^(\d+):(\d+)$`)
	manyNumbers      = regexp.MustCompile(`^(\d+.)*\d+:\d+$`)
	threeNumbersIn   = regexp.MustCompile(`\d+:\d+:\d+`)
	twoNumbersInside = regexp.MustCompile(`(\d+):(\d+)`)
)

// exactCommunity reads what ParseCommunityRegexp takes for one community: a number, A:B, or a
// well-known name.
func exactCommunity(s string) (network.Community, bool) {
	if v, err := strconv.ParseUint(s, 10, 32); err == nil {
		return network.Community(v), true
	}
	if f := twoNumbers.FindStringSubmatch(s); f != nil {
		a, err1 := strconv.ParseUint(f[1], 10, 16)
		b, err2 := strconv.ParseUint(f[2], 10, 16)
		// Beyond 16 bits it is an expression that nothing matches.
		if err1 == nil && err2 == nil && strconv.FormatUint(a, 10) == f[1] && strconv.FormatUint(b, 10) == f[2] {
			return network.Community(a<<16 | b), true
		}
		return 0, false
	}
	for v, name := range bgp.WellKnownCommunityNameMap {
		if strings.ReplaceAll(strings.ToLower(s), "_", "-") == name {
			return network.Community(v), true
		}
	}
	return 0, false
}

func communityPattern(s string) string {
	if manyNumbers.MatchString(s) {
		return "^" + s + "$"
	}
	return s
}

func largePattern(s string) string {
	if threeNumbersIn.MatchString(s) {
		return "^" + s + "$"
	}
	return s
}

// setCommunity reads a community that is to be added. GoBGP finds A:B anywhere in the text, and
// takes 65535 for a number that is too large.
func setCommunity(s string) (v network.Community, strange, ok bool) {
	if v, ok := exactCommunity(s); ok {
		return v, false, true
	}
	f := twoNumbersInside.FindStringSubmatch(s)
	if f == nil {
		return 0, false, false
	}
	a, _ := strconv.ParseUint(f[1], 10, 16)
	b, _ := strconv.ParseUint(f[2], 10, 16)
	return network.Community(a<<16 | b), true, true
}

var extendedKinds = map[string]bgp.ExtendedCommunityAttrSubType{
	"rt": bgp.EC_SUBTYPE_ROUTE_TARGET, "soo": bgp.EC_SUBTYPE_ROUTE_ORIGIN, "encap": bgp.EC_SUBTYPE_ENCAPSULATION, "lb": bgp.EC_SUBTYPE_LINK_BANDWIDTH,
}

// exactExtended reads rt:65000:1, soo:192.0.2.1:1 and the like.
func exactExtended(s string) (network.ExtCommunity, bool) {
	kind, value, _ := strings.Cut(s, ":")
	sub, ok := extendedKinds[strings.ToLower(kind)]
	if !ok {
		switch strings.ToLower(s) {
		case "valid", "not-found", "invalid":
			sub, value = bgp.EC_SUBTYPE_ORIGIN_VALIDATION, strings.ToLower(s)
		default:
			return 0, false
		}
	}
	c, err := bgp.ParseExtendedCommunity(sub, value)
	if err != nil {
		return 0, false
	}
	b, err := c.Serialize()
	if err != nil || len(b) != 8 {
		return 0, false
	}
	return network.ExtCommunity(binary.BigEndian.Uint64(b)), true
}

// extendedPattern is an expression over the model's text of an extended community, RT:65000:1, where
// GoBGP compares the kind and then the text 65000:1.
func (p *parser) extendedPattern(s string, n *node) string {
	kind, value, ok := strings.Cut(s, ":")
	sub, known := extendedKinds[strings.ToLower(kind)]
	if !ok || !known {
		p.fail(n, "as in rt:65000:100 or soo:^65000:.*$", "%q is not an extended community", s)
		return ""
	}
	name := map[bgp.ExtendedCommunityAttrSubType]string{bgp.EC_SUBTYPE_ROUTE_TARGET: "RT:", bgp.EC_SUBTYPE_ROUTE_ORIGIN: "SoO:"}[sub]
	if name == "" || strings.Contains(value, "|") {
		p.not(n, network.AffectsRoutes, "this expression over extended communities is not simulated")
		name = "RT:"
	}
	value = communityPattern(value)
	if rest, ok := strings.CutPrefix(value, "^"); ok {
		return "^" + name + rest
	}
	return "^" + name + ".*" + value
}
