package frr

import (
	"strings"

	"github.com/routegate/routegate/network"
)

func (g *grammar) routeMapMatches() {
	mode := in(routeMapMode)
	g.yang(mode, "[no] match ip address ~ WORD$acl", (*parser).matchAddress)
	g.yang(mode, "[no] match ipv6 address ~ WORD$acl", (*parser).matchAddress)
	g.yang(mode, "[no] match <ip|ipv6> address prefix-list ~ WORD$list", (*parser).matchAddress)
	g.yang(mode, "[no] match <ip|ipv6> address prefix-len ~ (0-128)$length", (*parser).matchLength)
	g.yang(mode, "[no] match <ip|ipv6> next-hop ~ WORD$acl", (*parser).matchNextHop)
	g.yang(mode, "[no] match <ip|ipv6> next-hop prefix-list ~ WORD$list", (*parser).matchNextHop)
	g.yang(mode, "[no] match ip next-hop address ~ A.B.C.D$addr", (*parser).matchNextHop)
	g.yang(mode, "[no] match ipv6 next-hop address ~ X:X::X:X$addr", (*parser).matchNextHop)
	g.yang(mode, "[no] match ipv6 next-hop ~ X:X::X:X$addr", (*parser).matchNextHop)
	g.yang(mode, "[no] match ip route-source ~ WORD$acl", (*parser).matchSource)
	g.yang(mode, "[no] match ip route-source prefix-list ~ WORD$list", (*parser).matchSource)
	g.yang(mode, "[no] match peer ~ <local|A.B.C.D$addr|X:X::X:X$addr|WORD$ifname>", (*parser).matchPeer)
	g.yang(mode, "[no] match as-path ~ WORD$list", (*parser).matchASPath)
	g.yang(mode, "[no] match community ~ WORD$list [<exact-match|any>]", (*parser).matchCommunity)
	g.yang(mode, "[no] match large-community ~ WORD$list [<exact-match|any>]", (*parser).matchCommunity)
	g.yang(mode, "[no] match extcommunity ~ WORD$list [<exact-match|any>]", (*parser).matchCommunity)
	g.yang(mode, "[no] match local-preference ~ (0-4294967295)$value", (*parser).matchNumber)
	g.yang(mode, "[no] match metric ~ (0-4294967295)$value", (*parser).matchNumber)
	g.yang(mode, "[no] match community-limit ~ (0-65535)$value", (*parser).matchNumber)
	g.yang(mode, "[no] match tag ~ <(1-4294967295)$value|untagged>", (*parser).matchNumber)
	g.yang(mode, "[no] match origin ~ <egp|igp|incomplete>", (*parser).matchOrigin)
	g.yang(mode, "[no] match interface ~ WORD$name", (*parser).matchInterface)
	g.yang(mode, "[no] match source-protocol ~ WORD", (*parser).protocolClause)
	g.yang(mode, "[no] match rpki ~ <valid|invalid|notfound>", (*parser).matchRPKI)

	for _, c := range []struct {
		pattern, why string
		affects      network.Affects
	}{
		{"match <ip|ipv6> next-hop type ~ blackhole", "conditions on the kind of next hop are not simulated", routes},
		{"match probability ~ (0-100)", "a random choice cannot be simulated", routes},
		{"match source-vrf ~ WORD", "routes leaked between VRFs are not simulated", routes},
		{"match metric-type ~ <type-1|type-2>", "conditions on OSPF metric types are not simulated", routes},
		{"match route-type ~ LINE...", "conditions on OSPF route types are not simulated", routes},
		{"match alias ~ WORD", "community aliases are not simulated", routes},
		{"match source-peer ~ LINE...", "conditions on the source peer are not simulated", routes},
		{"match src-peer ~ LINE...", "conditions on the source peer are not simulated", routes},
		{"match rpki-extcommunity ~ <valid|invalid|notfound>", "RPKI is not simulated", routes},
	} {
		why, affects := c.why, c.affects
		g.yang(mode, "[no] "+c.pattern, func(p *parser, a *args) verdict {
			if v := p.match(a, clauseKind(a), network.MatchUnmodelled{Pos: p.pos(), Text: clauseText(a)}); a.no {
				return v
			}
			return unsupported(affects, why)
		})
	}
	for _, c := range []string{"match ip next-hop prefix-len ~ (0-32)", "match source-instance ~ (0-255)"} {
		g.yang(mode, "[no] "+c, func(p *parser, a *args) verdict { return p.zebraClause() })
	}
	// These hold for routes of families that are not simulated, and for no other.
	for _, c := range []string{"match evpn default-route", "match evpn rd ~ WORD", "match evpn route-type ~ WORD", "match evpn vni ~ (1-16777215)",
		"match mac address ~ WORD"} {
		g.yang(mode, "[no] "+c, func(p *parser, a *args) verdict {
			p.match(a, clauseKind(a), network.MatchNever{Pos: p.pos(), Why: "no IPv4 or IPv6 unicast route is an EVPN route"})
			return unsupported(others, "EVPN is not simulated")
		})
	}
}

// clauseText is the line without "no".
func clauseText(a *args) string {
	t := a.tokens
	if a.no {
		t = t[1:]
	}
	return strings.Join(t, " ")
}

// clauseKind is what the keywords of a clause say, up to its first value.
func clauseKind(a *args) string {
	var b strings.Builder
	for i := range a.tokens {
		n := a.path[i]
		if n == nil {
			continue
		}
		if n.kind != keywordToken {
			break
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(n.text)
	}
	return b.String()
}

// listOf is the set that a clause refers to: an access list or a prefix list of its family.
func listOf(a *args) (string, network.PrefixSetKind) {
	name, kind := a.str("acl"), network.AccessList
	if a.has("prefix-list") {
		name, kind = a.str("list"), network.PrefixList
	}
	if a.has("ipv6") {
		kind = map[network.PrefixSetKind]network.PrefixSetKind{network.AccessList: network.AccessList6, network.PrefixList: network.PrefixList6}[kind]
	}
	return name, kind
}

// kindOf keeps apart what FRR keeps apart: access list, prefix list, length.
func kindOf(a *args, what string) string {
	f := "ip "
	if a.has("ipv6") {
		f = "ipv6 "
	}
	return f + what + " " + a.any("prefix-list", "prefix-len", "address")
}

func (p *parser) matchAddress(a *args) verdict {
	name, kind := listOf(a)
	return p.match(a, kindOf(a, "address"), network.MatchPrefix{Pos: p.pos(), Set: name, Kind: kind})
}

func (p *parser) matchLength(a *args) verdict {
	f := network.IPv4Unicast
	if a.has("ipv6") {
		f = network.IPv6Unicast
	}
	if int(a.num("length")) > f.Bits() {
		return rejected("an IPv4 prefix is not longer than 32")
	}
	return p.zebraClause()
}

// zebraClause is a condition that FRR 8 has for zebra alone: bgpd and ospfd read the line and their copy of
// the entry matches without it. It counts where zebra itself applies the route-map (`ip protocol`).
func (p *parser) zebraClause() verdict {
	p.onEntry()
	return unsupported(forwarding, "bgpd and ospfd pass over this condition: only zebra's own route-maps know it, which are not simulated")
}

// protocolClause is `match source-protocol`, which releases after 8.4 may hold routes against.
func (p *parser) protocolClause(*args) verdict {
	p.onEntry()
	return unsupported(routes, "bgpd and ospfd 8.4 pass over this condition, and so does the simulation: only zebra's own route-maps know it")
}

func (p *parser) matchNextHop(a *args) verdict {
	c := network.MatchNextHop{Pos: p.pos(), Address: a.addr("addr")}
	kind := "next-hop address"
	if !a.given("addr") {
		c.Set, c.Kind = listOf(a)
		kind = "next-hop " + a.any("prefix-list")
	}
	if a.has("ipv6") {
		kind = "ipv6 " + kind
	}
	return p.match(a, kind, c)
}

func (p *parser) matchSource(a *args) verdict {
	name, kind := listOf(a)
	return p.match(a, "route-source "+a.any("prefix-list"), network.MatchRouteSource{Pos: p.pos(), Set: name, Kind: kind})
}

// matchPeer: the data model has three kinds of peer, and an entry may name one kind only.
func (p *parser) matchPeer(a *args) verdict {
	c := network.MatchNeighbor{Pos: p.pos(), Address: a.addr("addr"), Interface: a.str("ifname"), Local: a.has("local")}
	for i, k := range p.entry.matchKinds {
		if old, ok := p.entry.Match[i].(network.MatchNeighbor); k == "peer" && ok && !a.no &&
			(old.Local != c.Local || (old.Interface == "") != (c.Interface == "") || old.Address.BitLen() != c.Address.BitLen()) {
			return p.spoil("an entry cannot match two kinds of peer")
		}
	}
	return p.match(a, "peer", c)
}

func (p *parser) matchASPath(a *args) verdict {
	return p.match(a, "as-path", network.MatchASPath{Pos: p.pos(), Set: a.str("list")})
}

func (p *parser) matchCommunity(a *args) verdict {
	word := a.any("community", "large-community", "extcommunity")
	c := network.MatchCommunity{Pos: p.pos(), Set: a.str("list"), Kind: map[string]network.CommunityKind{
		"community": network.StandardCommunity, "large-community": network.LargeCommunityKind, "extcommunity": network.ExtCommunityKind}[word]}
	v := modelled
	switch {
	case a.has("exact-match"):
		c.Option = network.MatchExact
	case a.has("any") && !a.no:
		v = unsupported(routes, "`any` of a community list entry's values is simulated as all of them")
	}
	if m := p.match(a, word, c); v.support == modelled.support {
		return m
	}
	return v
}

func (p *parser) matchNumber(a *args) verdict {
	n := a.num("value")
	switch word := a.any("local-preference", "metric", "community-limit", "tag"); word {
	case "local-preference":
		return p.match(a, word, network.MatchLocalPref{Pos: p.pos(), Value: n})
	case "metric":
		if n == 0 && a.given("value") && p.defaults.before(9, 0) {
			return rejected("metric 0 is outside of FRR 8's data model; read from a file, the line ends the daemons")
		}
		return p.match(a, word, network.MatchMED{Pos: p.pos(), Value: n})
	case "community-limit":
		return p.match(a, word, network.MatchCommunityCount{Pos: p.pos(), Op: network.AtMost, Value: n})
	default:
		return p.match(a, word, network.MatchTag{Pos: p.pos(), Value: n})
	}
}

func (p *parser) matchOrigin(a *args) verdict {
	return p.match(a, "origin", network.MatchOrigin{Pos: p.pos(), Value: originWords[a.any("egp", "igp", "incomplete")]})
}

func (p *parser) matchInterface(a *args) verdict {
	return p.match(a, "interface", network.MatchInterface{Pos: p.pos(), Interface: a.str("name")})
}

func (p *parser) matchRPKI(a *args) verdict {
	v := p.match(a, "rpki", network.MatchRPKI{Pos: p.pos(), State: a.any("valid", "invalid", "notfound")})
	if a.no {
		return v
	}
	return unsupported(routes, "the RPKI's data is not known to the simulation")
}
