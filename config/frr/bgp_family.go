package frr

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

func (g *grammar) bgpFamilies() {
	mode, both, unicast := in(bgpMode), anyFamily(), in(unicastMode, unicast6Mode)
	v4, v6 := in(bgpMode, unicastMode), in(unicast6Mode)
	g.block(mode, "address-family ipv4 [unicast]", unicastMode, (*parser).enterFamily)
	g.block(mode, "address-family ipv6 [unicast]", unicast6Mode, (*parser).enterFamily)
	g.foreignBlock(mode, plainFamilyMode, others, "only IPv4 and IPv6 unicast are simulated", "address-family <ipv4|ipv6> multicast")
	g.foreignBlock(mode, overlayMode, others, "only IPv4 and IPv6 unicast are simulated", "address-family <ipv4|ipv6> flowspec",
		"address-family link-state [link-state]", "address-family <ipv4|ipv6> <unreachability|rtfilter|mup>")
	g.foreignBlock(mode, overlayMode, routes, "VPN routes to and from other routers are not simulated", "address-family <ipv4|ipv6> vpn", "address-family <vpnv4|vpnv6> [unicast]")
	g.foreignBlock(mode, plainFamilyMode, routes, "labelled unicast is not simulated", "address-family <ipv4|ipv6> labeled-unicast")
	g.foreignBlock(mode, overlayMode, others, "EVPN is not simulated", "address-family l2vpn evpn", "address-family evpn")

	const (
		networkTail = " [{route-map WORD$map|label-index (0-1048560)$label|backdoor}]"
		sources     = "kernel|connected|static|isis|eigrp|nhrp|vnc|vnc-direct|babel|openfabric|sharp|local|table|table-direct"
		sourceTail  = " [(1-65535)$instance] [{metric (0-4294967295)$metric|route-map WORD$map}]"
		summaryTail = "[{as-set|summary-only|route-map WORD$map|origin <egp|igp|incomplete>|matching-MED-only|suppress-map WORD$suppress}]"
	)
	g.do(v4, "[no] network <A.B.C.D/M$prefix|A.B.C.D$net [mask A.B.C.D$mask]>"+networkTail, (*parser).bgpNetwork)
	g.do(v6, "[no] network X:X::X:X/M$prefix"+networkTail, (*parser).bgpNetwork)
	g.do(v4, "[no] redistribute <rip|ospf|"+sources+">"+sourceTail, (*parser).bgpRedistribute)
	g.do(v6, "[no] redistribute <ripng|ospf6|"+sources+">"+sourceTail, (*parser).bgpRedistribute)
	g.do(v4, "[no] aggregate-address <A.B.C.D/M$prefix|A.B.C.D$net A.B.C.D$mask> "+summaryTail, (*parser).bgpAggregate)
	g.do(v6, "[no] aggregate-address X:X::X:X/M$prefix "+summaryTail, (*parser).bgpAggregate)
	g.do(both, "[no] maximum-paths ~ (1-256)$paths", (*parser).maximumPaths)
	g.do(both, "[no] maximum-paths ibgp ~ (1-256)$paths [equal-cluster-length]", (*parser).maximumPathsInternal)
	g.do(both, "[no] table-map ~ WORD$map", (*parser).tableMap)
	g.do(both, "[no] distance bgp ~ (1-255)$external (1-255)$internal (1-255)$local", (*parser).bgpDistance)
	g.not(both, routes, "distances of single neighbors are not simulated", "[no] distance (1-255) <A.B.C.D/M|X:X::X:X/M> [WORD]")

	g.do(unicast, "[no] import vrf route-map ~ WORD$map", (*parser).leakPolicy)
	g.do(unicast, "[no] import vrf WORD$vrf", (*parser).leak)
	g.bgpVPN()
	g.not(unicast, others, "flow specifications are not simulated", "[no] <rt|route-target|route-target6|rt6> redirect LINE...")
	g.not(mode, others, "segment routing is not simulated", "[no] sid vpn LINE...", "[no] mpls bgp LINE...")
	g.foreignBlock(mode, bgpForeignMode, others, "segment routing is not simulated", "segment-routing srv6")
	g.not(mode, others, "segment routing is not simulated", "no segment-routing srv6")
	g.not(in(bgpForeignMode), others, "segment routing is not simulated", "[no] locator ~ LINE...", "[no] encap-behavior ~ LINE...")
	g.not(mode, others, "VNC is not simulated", "[no] vnc LINE...", "[no] rfp LINE...")
	g.foreignBlock(mode, bgpForeignMode, others, "VNC is not simulated", "vrf-policy WORD", "vnc defaults", "vnc nve-group WORD", "vnc l2-group WORD")
	g.not(in(bgpForeignMode), others, "VNC is not simulated", "[no] rd LINE...", "[no] rt LINE...", "[no] label LINE...", "[no] nexthop LINE...",
		"[no] export LINE...", "[no] prefix LINE...", "[no] response-lifetime LINE...", "[no] l2rd LINE...", "[no] labels LINE...", "[no] logical-network-id LINE...")
	g.rule(mode, "bmp targets WORD", &rule{is: harmless, opens: bgpForeignMode})
	g.irrelevant(mode, "no bmp targets WORD")
	g.irrelevant(in(bgpForeignMode), "[no] bmp LINE...", "[no] <ip|ipv6> access-list WORD")
	g.otherFamilies()
}

// otherFamilies are the lines of families that are not simulated: those that FRR knows there, for it looks for
// all others in `router bgp`.
func (g *grammar) otherFamilies() {
	const why = "only IPv4 and IPv6 unicast are simulated"
	mode, plain, both := in(overlayMode), in(plainFamilyMode), in(overlayMode, plainFamilyMode)
	g.do(both, "[no] neighbor WORD$peer activate", (*parser).activateOther)
	for _, w := range []string{"route-map", "prefix-list", "filter-list", "distribute-list", "allowas-in", "as-override", "route-reflector-client",
		"route-server-client", "next-hop-self", "send-community", "soft-reconfiguration", "maximum-prefix", "maximum-prefix-out", "attribute-unchanged",
		"unsuppress-map", "weight", "default-originate", "remove-private-AS", "addpath-tx-all-paths", "addpath-tx-bestpath-per-AS",
		"addpath-tx-best-selected", "disable-addpath-rx", "capability orf", "encapsulation-srv6", "soo", "advertise-map", "accept-own", "peer-group WORD"} {
		g.not(plain, others, why, "[no] neighbor WORD "+w+" ~ LINE...")
		if slices.Contains(notOfEVPN, w) {
			g.not(mode, routes, "FRR 8.4 knows this line in some families only, and below the others takes it for one of IPv4 unicast", "[no] neighbor WORD "+w+" ~ LINE...")
		} else {
			g.not(mode, others, why, "[no] neighbor WORD "+w+" ~ LINE...")
		}
	}
	g.not(both, others, why, "[no] network WORD rd LINE...", "[no] maximum-paths ~ LINE...", "[no] bgp retain route-target all", "[no] distribute LINE...",
		"[no] local-install ~ LINE...", "[no] <import|export> vrf LINE...", "[no] rt LINE...")
	g.not(plain, others, why, "[no] network LINE...", "[no] redistribute LINE...", "[no] aggregate-address LINE...", "[no] distance LINE...",
		"[no] table-map ~ WORD", "[no] bgp dampening ~ LINE...")
	const evpn = "EVPN is not simulated"
	g.not(mode, others, evpn, "[no] advertise-all-vni", "[no] advertise-svi-ip", "[no] advertise-default-gw", "[no] advertise LINE...", "[no] advertise-pip ~ LINE...",
		"[no] autort LINE...", "[no] default-originate LINE...", "[no] dup-addr-detection ~ LINE...", "[no] rd ~ LINE...", "[no] route-target ~ LINE...",
		"[no] flooding LINE...", "[no] use-es-l3nhg", "[no] disable-ead-evi-rx", "[no] disable-ead-evi-tx", "[no] ead-es-frag LINE...",
		"[no] ead-es-route-target LINE...", "[no] enable-resolve-overlay-index", "[no] mac-vrf LINE...", "no vni (1-16777215)", "[no] resolve-overlay-index")
	g.foreignBlock(mode, evpnVNIMode, others, evpn, "vni (1-16777215)")
	g.not(in(evpnVNIMode), others, evpn, "[no] rd ~ LINE...", "[no] route-target ~ LINE...", "[no] advertise-default-gw", "[no] advertise-svi-ip",
		"[no] advertise-subnet")
}

// notOfEVPN are lines that `address-family l2vpn evpn` of 8.4 does not have: they fall through to `router bgp`, and
// with them what follows. Later releases took some of them in.
var notOfEVPN = []string{"prefix-list", "filter-list", "distribute-list", "as-override", "send-community", "maximum-prefix", "maximum-prefix-out",
	"unsuppress-map", "weight", "default-originate", "remove-private-AS", "addpath-tx-all-paths", "addpath-tx-bestpath-per-AS", "capability orf",
	"advertise-map", "peer-group WORD"}

func (p *parser) enterFamily(a *args) verdict {
	p.bgp.Span = p.bgp.Span.Join(p.span())
	family := network.IPv4Unicast
	if a.has("ipv6") {
		family = network.IPv6Unicast
	}
	f := &p.bgp.Families[family]
	f.Span = f.Span.Join(p.span())
	return modelled
}

// af is the family that a line is about: directly below `router bgp` it is IPv4 unicast.
func (p *parser) af() network.Family {
	if p.frames[len(p.frames)-1].mode == unicast6Mode {
		return network.IPv6Unicast
	}
	return network.IPv4Unicast
}

// onFamily marks the line as one of the family's.
func (p *parser) onFamily(field string) *network.BGPFamily {
	f := &p.bgp.Families[p.af()]
	f.Span = f.Span.Join(p.span())
	f.Marks.Set(field, p.span())
	p.bgp.Span = p.bgp.Span.Join(p.span())
	return f
}

// statedPrefix reads a prefix in any of its spellings; without a mask it is classful.
func statedPrefix(a *args) (netip.Prefix, string) {
	if !a.given("net") {
		return a.prefix("prefix").Masked(), ""
	}
	addr, bits := a.addr("net"), 0
	if a.given("mask") {
		var ok bool
		if bits, ok = maskBits(a.addr("mask")); !ok {
			return netip.Prefix{}, quote(a.str("mask")) + " is not a network mask"
		}
	} else {
		switch first := addr.As4()[0]; {
		case addr.IsUnspecified():
			bits = 0
		case first < 128:
			bits = 8
		case first < 192:
			bits = 16
		case first < 224:
			bits = 24
		default:
			bits = 32
		}
	}
	return netip.PrefixFrom(addr, bits).Masked(), ""
}

// ref is a reference by name on the current line.
func (p *parser) ref(name string) network.Ref {
	if name == "" {
		return network.Ref{}
	}
	return network.Ref{Name: name, Span: p.span()}
}

func (p *parser) bgpNetwork(a *args) verdict {
	x, why := statedPrefix(a)
	if why != "" {
		return rejected(why)
	}
	f := p.onFamily("Networks")
	i := slices.IndexFunc(f.Networks, func(n network.BGPNetwork) bool { return n.Prefix == x })
	n := network.BGPNetwork{Prefix: x, Policy: p.ref(a.str("map")), Backdoor: a.has("backdoor"), Span: p.span()}
	switch {
	case a.no && i < 0:
		return rejected("there is no such network")
	case a.no:
		f.Networks = slices.Delete(f.Networks, i, i+1)
	case i >= 0:
		f.Networks[i] = n
	default:
		f.Networks = append(f.Networks, n)
	}
	if a.given("label") {
		return unsupported(others, "prefix SIDs are not simulated: the network is taken without one")
	}
	return modelled
}

var protocols = map[string]network.Protocol{
	"kernel": network.Kernel, "connected": network.Connected, "static": network.Static, "ospf": network.OSPFv2,
	"bgp": network.BGPProtocol, "local": network.Local,
}

// protocolOf is the model's protocol for FRR's word.
func protocolOf(word string) network.Protocol {
	if x, ok := protocols[word]; ok {
		return x
	}
	return network.OtherProtocol
}

// redistributed is the word after `redistribute`.
func redistributed(a *args) string {
	for i := range a.tokens {
		if n := a.path[i]; n != nil && n.text == "redistribute" {
			return a.path[i+1].text
		}
	}
	return ""
}

func (p *parser) bgpRedistribute(a *args) verdict {
	word := redistributed(a)
	instance := int(a.num("instance"))
	if instance != 0 && word != "ospf" && word != "table" && word != "table-direct" {
		return rejected("nothing may follow " + quote(word) + " but metric and route-map")
	}
	f := p.onFamily("Redistribute")
	f.Redistribute = redistribute(f.Redistribute, p, a, word, instance)
	if protocolOf(word) == network.OtherProtocol && !a.no {
		return unsupported(routes, "routes from "+word+" are not simulated")
	}
	return modelled
}

// redistribute edits a list. Said again, a command keeps the route-map or metric that it does not name.
func redistribute(list []network.Redistribution, p *parser, a *args, word string, instance int) []network.Redistribution {
	i := slices.IndexFunc(list, func(r network.Redistribution) bool {
		return r.From == protocolOf(word) && r.Instance == instance && (r.Name == "" || r.Name == word)
	})
	if a.no {
		if i >= 0 {
			list = slices.Delete(list, i, i+1)
		}
		return list
	}
	if i < 0 {
		n := network.Redistribution{From: protocolOf(word), Instance: instance}
		if n.From == network.OtherProtocol {
			n.Name = word
		}
		list = append(list, n)
		i = len(list) - 1
	}
	r := &list[i]
	r.Span = p.span()
	if a.given("map") {
		r.Policy = p.ref(a.str("map"))
	}
	if a.given("metric") {
		m := a.num("metric")
		r.Metric = &m
	}
	return list
}

var originWords = map[string]network.Origin{"igp": network.OriginIGP, "egp": network.OriginEGP, "incomplete": network.OriginIncomplete}

func (p *parser) bgpAggregate(a *args) verdict {
	x, why := statedPrefix(a)
	if why != "" {
		return rejected(why)
	}
	if x.IsSingleIP() && !a.no {
		return rejected("a host route cannot be an aggregate")
	}
	f := p.onFamily("Aggregates")
	i := slices.IndexFunc(f.Aggregates, func(g network.Aggregate) bool { return g.Prefix == x })
	if a.no {
		if i < 0 {
			return rejected("there is no such aggregate")
		}
		f.Aggregates = slices.Delete(f.Aggregates, i, i+1)
		return modelled
	}
	g := network.Aggregate{Prefix: x, SummaryOnly: a.has("summary-only"), ASSet: a.has("as-set"), Policy: p.ref(a.str("map")),
		SuppressMap: p.ref(a.str("suppress")), MatchingMED: a.has("matching-MED-only"), Span: p.span()}
	if w := a.any("egp", "igp", "incomplete"); w != "" {
		o := originWords[w]
		g.Origin = &o
	}
	if g.SummaryOnly && g.SuppressMap.IsSet() {
		return rejected("summary-only and suppress-map exclude each other")
	}
	if i >= 0 {
		f.Aggregates[i] = g
	} else {
		f.Aggregates = append(f.Aggregates, g)
	}
	return modelled
}

func (p *parser) maximumPaths(a *args) verdict {
	f := p.onFamily("MaxPaths")
	f.MaxPaths = multipathLimit
	if !a.no {
		f.MaxPaths = int(a.num("paths"))
	}
	return modelled
}

func (p *parser) maximumPathsInternal(a *args) verdict {
	f := p.onFamily("MaxPathsInternal")
	f.MaxPathsInternal, f.InternalEqualCluster = multipathLimit, false
	if !a.no {
		f.MaxPathsInternal, f.InternalEqualCluster = int(a.num("paths")), a.has("equal-cluster-length")
	}
	return modelled
}

func (p *parser) tableMap(a *args) verdict {
	f := p.onFamily("TableMap")
	f.TableMap = p.ref(a.str("map"))
	if a.no {
		f.TableMap = network.Ref{}
	}
	return modelled
}

// bgpDistance is one for the instance in the model; FRR keeps one a family.
func (p *parser) bgpDistance(a *args) verdict {
	d := network.BGPDistance{External: 20, Internal: 200, Local: 200}
	if !a.no {
		d = network.BGPDistance{External: uint8(a.num("external")), Internal: uint8(a.num("internal")), Local: uint8(a.num("local"))}
	}
	if p.af() != network.IPv4Unicast && d != p.bgp.Distance {
		return unsupported(routes, "a distance of IPv6 routes that differs from that of IPv4 routes is not simulated")
	}
	p.onBGP("Distance").Distance = d
	return modelled
}
