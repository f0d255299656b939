package frr

import (
	"strconv"
	"strings"

	"github.com/routegate/routegate/network"
)

func (g *grammar) routeMapSets() {
	mode := in(routeMapMode)
	g.yang(mode, "[no] set local-preference ~ WORD$value", (*parser).setLocalPref)
	g.yang(mode, "[no] set metric ~ WORD$value", (*parser).setMetric)
	g.yang(mode, "[no] set weight ~ (0-4294967295)$value", (*parser).setNumber)
	g.yang(mode, "[no] set tag ~ <(1-4294967295)$value|untagged>", (*parser).setNumber)
	g.yang(mode, "[no] set distance ~ (0-255)$value", (*parser).setNumber)
	g.yang(mode, "[no] set metric-type ~ <type-1|type-2>", (*parser).setMetricType)
	g.yang(mode, "[no] set origin ~ <egp|igp|incomplete>", (*parser).setOrigin)
	g.yang(mode, "[no] set ip next-hop ~ <A.B.C.D$addr|peer-address|unchanged>", (*parser).setNextHop)
	g.yang(mode, "[no] set ipv6 next-hop global ~ X:X::X:X$addr", (*parser).setNextHop)
	g.yang(mode, "[no] set ipv6 next-hop <peer-address|prefer-global>", (*parser).setNextHop)
	g.yang(mode, "[no] set as-path prepend ~ LINE...$list", (*parser).setPrepend)
	g.yang(mode, "[no] set as-path prepend last-as ~ (1-10)$count", (*parser).setPrepend)
	g.yang(mode, "[no] set as-path exclude ~ LINE...$list", (*parser).setExclude)
	g.yang(mode, "[no] set as-path exclude all", (*parser).setExclude)
	g.yang(mode, "[no] set as-path exclude as-path-access-list ~ WORD$set", (*parser).setExclude)
	g.yang(mode, "[no] set as-path replace ~ <any|LINE...$list>", (*parser).setReplace)
	g.yang(mode, "[no] set community ~ <none|LINE...$list>", (*parser).setCommunity)
	g.yang(mode, "[no] set large-community ~ <none|LINE...$list>", (*parser).setLarge)
	g.yang(mode, "[no] set extcommunity <rt|soo> ~ LINE...$list", (*parser).setExt)
	g.yang(mode, "[no] set extcommunity none", (*parser).setExt)
	g.yang(mode, "[no] set comm-list ~ WORD$set [delete]", (*parser).deleteCommunities)
	g.yang(mode, "[no] set large-comm-list ~ WORD$set [delete]", (*parser).deleteCommunities)
	g.yang(mode, "[no] set extended-comm-list ~ WORD$set [delete]", (*parser).deleteCommunities)
	g.yang(mode, "[no] set atomic-aggregate", (*parser).setAtomic)
	g.yang(mode, "[no] set aggregator as ~ ASN$as A.B.C.D$id", (*parser).setAggregator)
	g.yang(mode, "[no] set originator-id ~ A.B.C.D$id", (*parser).setOriginatorID)

	for _, c := range []struct {
		pattern, why string
		affects      network.Affects
	}{
		{"set extcommunity bandwidth ~ LINE...", "unequal sharing of load by link bandwidth is not simulated", forwarding},
		{"set extcommunity color ~ LINE...", "segment routing is not simulated", forwarding},
		{"set extcommunity nt ~ LINE...", "node target communities are not simulated", others},
		{"set extcommunity LINE...", "this kind of extended community is not simulated", routes},
		{"set ipv6 next-hop local ~ X:X::X:X", "a link-local next hop of one's own choice is not simulated", forwarding},
		{"set table ~ (1-4294967295)", "kernel tables other than the VRF's own are not simulated", forwarding},
		{"set src ~ <A.B.C.D|X:X::X:X>", "the source address of the router's own packets is not simulated", forwarding},
		{"set aigp-metric ~ LINE...", "AIGP is not set by the simulation", routes},
		{"set aigp ~ LINE...", "AIGP is not set by the simulation", routes},
		{"set min-metric ~ LINE...", "bounds on metrics are not simulated", routes},
		{"set max-metric ~ LINE...", "bounds on metrics are not simulated", routes},
		{"set forwarding-address ~ X:X::X:X", "OSPFv3 is not simulated", others},
		{"set label-index ~ (0-1048560)", "labelled unicast is not simulated", others},
		{"set sr-te color ~ (1-4294967295)", "segment routing is not simulated", forwarding},
		{"set <ipv4|ipv6> vpn next-hop ~ LINE...", "VPN routes are not simulated", others},
		{"set l3vpn next-hop encapsulation gre", "VPN routes are not simulated", others},
		{"set evpn gateway-ip LINE...", "EVPN is not simulated", others},
		{"set ip next-hop LINE...", "this kind of next hop is not simulated", routes},
	} {
		why, affects := c.why, c.affects
		g.yang(mode, "[no] "+c.pattern, func(p *parser, a *args) verdict {
			if v := p.set(a, clauseKind(a), network.SetUnmodelled{Pos: p.pos(), Text: clauseText(a)}); a.no {
				return v
			}
			return unsupported(affects, why)
		})
	}
}

// signed reads N, +N and -N.
func signed(s string) (network.Arithmetic, uint32, bool) {
	op := network.Assign
	switch {
	case strings.HasPrefix(s, "+"):
		op, s = network.Add, s[1:]
	case strings.HasPrefix(s, "-"):
		op, s = network.Subtract, s[1:]
	}
	v, err := strconv.ParseUint(s, 10, 32)
	return op, uint32(v), err == nil
}

func (p *parser) setLocalPref(a *args) verdict {
	op, v, ok := signed(a.str("value"))
	if !ok && !a.no {
		if strings.TrimLeft(a.str("value"), "+-") == "rtt" {
			p.set(a, "local-preference", network.SetUnmodelled{Pos: p.pos(), Text: clauseText(a)})
			return unsupported(routes, "round-trip times are not simulated")
		}
		return rejected(quote(a.str("value")) + " is no local preference")
	}
	return p.set(a, "local-preference", network.SetLocalPref{Pos: p.pos(), Op: op, Value: v})
}

// setMetric: the data model has a case each for a value, a sum, a difference and the round-trip time, and
// an entry may hold one only: another case is refused instead of replacing the first.
func (p *parser) setMetric(a *args) verdict {
	word := a.str("value")
	op, v, ok := signed(word)
	var c network.Action = network.SetMED{Pos: p.pos(), Op: op, Value: v}
	result := modelled
	switch word {
	case "igp":
		c = network.SetMED{Pos: p.pos(), IGP: true}
	case "rtt", "+rtt", "-rtt", "aigp":
		c = network.SetUnmodelled{Pos: p.pos(), Text: clauseText(a)}
		result = unsupported(routes, "round-trip times and AIGP are not simulated")
	default:
		if !ok && !a.no {
			return rejected(quote(word) + " is no metric")
		}
	}
	if !a.no {
		for i, k := range p.entry.setKinds {
			if k != "metric" {
				continue
			}
			old, same := p.entry.Set[i].(network.SetMED)
			if new, fits := c.(network.SetMED); same != fits || old.Op != new.Op {
				return p.spoil("an entry cannot both set the metric and add to it")
			}
		}
	}
	if v := p.set(a, "metric", c); a.no {
		return v
	}
	return result
}

func (p *parser) setNumber(a *args) verdict {
	n := a.num("value")
	switch word := a.any("weight", "tag", "distance"); word {
	case "weight":
		return p.set(a, word, network.SetWeight{Pos: p.pos(), Value: n})
	case "tag":
		return p.set(a, word, network.SetTag{Pos: p.pos(), Value: n})
	default:
		return p.set(a, word, network.SetDistance{Pos: p.pos(), Value: uint8(n)})
	}
}

func (p *parser) setMetricType(a *args) verdict {
	kind := 2
	if a.has("type-1") {
		kind = 1
	}
	return p.set(a, "metric-type", network.SetMetricType{Pos: p.pos(), Type: kind})
}

func (p *parser) setOrigin(a *args) verdict {
	return p.set(a, "origin", network.SetOrigin{Pos: p.pos(), Value: originWords[a.any("egp", "igp", "incomplete")]})
}

// setNextHop: a kind of its own in FRR for each family and for IPv6's preference.
func (p *parser) setNextHop(a *args) verdict {
	kind, c := "ip next-hop", network.SetNextHop{Pos: p.pos(), Address: a.addr("addr")}
	if a.has("ipv6") {
		kind = "ipv6 " + a.any("global", "peer-address", "prefer-global", "unchanged")
	}
	switch {
	case a.has("peer-address"):
		c.Kind = network.NextHopPeer
	case a.has("unchanged"):
		c.Kind = network.NextHopUnchanged
	case a.has("prefer-global"):
		c.Kind = network.NextHopPreferGlobal
	}
	return p.set(a, kind, c)
}

func asList(list []string) (as []uint32, bad string) {
	for _, t := range list {
		v, ok := parseASN(t)
		if !ok {
			return nil, quote(t) + " is not an AS number"
		}
		as = append(as, v)
	}
	return as, ""
}

func (p *parser) setPrepend(a *args) verdict {
	c := network.PrependASPath{Pos: p.pos(), Repeat: 1, LastAS: a.has("last-as"), ConfedGoes: true}
	if c.LastAS {
		c.Repeat = int(a.num("count"))
	} else {
		var bad string
		if c.AS, bad = asList(a.list("list")); bad != "" {
			return rejected(bad)
		}
	}
	if !a.no {
		for i, k := range p.entry.setKinds {
			if old, ok := p.entry.Set[i].(network.PrependASPath); k == "as-path prepend" && ok && old.LastAS != c.LastAS {
				return p.spoil("an entry cannot prepend both AS numbers and the last AS")
			}
		}
	}
	return p.set(a, "as-path prepend", c)
}

func (p *parser) setExclude(a *args) verdict {
	c := network.ExcludeASPath{Pos: p.pos(), All: a.has("all"), Set: a.str("set")}
	var bad string
	if c.AS, bad = asList(a.list("list")); bad != "" {
		return rejected(bad)
	}
	return p.set(a, "as-path exclude", c)
}

// setReplace: `replace any [WITH]`, `replace AS [WITH]`.
func (p *parser) setReplace(a *args) verdict {
	c := network.ReplaceASPath{Pos: p.pos(), Any: a.has("any")}
	list := a.list("list")
	if len(list) > 0 && list[0] == "any" {
		c.Any, list = true, list[1:]
	} else if len(list) > 0 {
		as, ok := parseASN(list[0])
		if !ok {
			return rejected(quote(list[0]) + " is not an AS number")
		}
		c.AS, list = []uint32{as}, list[1:]
	}
	switch {
	case len(list) == 1:
		as, ok := parseASN(list[0])
		if !ok {
			return rejected(quote(list[0]) + " is not an AS number")
		}
		c.With = as
	case len(list) > 1:
		return rejected("too many AS numbers")
	}
	return p.set(a, "as-path replace", c)
}

func (p *parser) setAtomic(a *args) verdict {
	return p.set(a, "atomic-aggregate", network.SetAtomicAggregate{Pos: p.pos()})
}

func (p *parser) setAggregator(a *args) verdict {
	return p.set(a, "aggregator", network.SetAggregator{Pos: p.pos(), Value: network.Aggregator{AS: a.asn("as"), RouterID: a.addr("id")}})
}

func (p *parser) setOriginatorID(a *args) verdict {
	return p.set(a, "originator-id", network.SetOriginatorID{Pos: p.pos(), Value: a.addr("id")})
}
