package bird

import "github.com/routegate/routegate/network"

// enumeration is a constant of one of BIRD's enumerations.
type enumeration struct {
	kind   network.EnumKind
	number uint64
}

var enumerations = map[string]enumeration{
	"ORIGIN_IGP": {network.EnumOrigin, 0}, "ORIGIN_EGP": {network.EnumOrigin, 1}, "ORIGIN_INCOMPLETE": {network.EnumOrigin, 2},
	"RTS_STATIC": {network.EnumSource, network.SourceStatic}, "RTS_INHERIT": {network.EnumSource, network.SourceInherit},
	"RTS_DEVICE": {network.EnumSource, network.SourceDevice}, "RTS_STATIC_DEVICE": {network.EnumSource, network.SourceStaticDevice},
	"RTS_REDIRECT": {network.EnumSource, network.SourceRedirect}, "RTS_RIP": {network.EnumSource, network.SourceRIP},
	"RTS_OSPF": {network.EnumSource, network.SourceOSPF}, "RTS_OSPF_IA": {network.EnumSource, network.SourceOSPFInterArea},
	"RTS_OSPF_EXT1": {network.EnumSource, network.SourceOSPFExternal1}, "RTS_OSPF_EXT2": {network.EnumSource, network.SourceOSPFExternal2},
	"RTS_BGP": {network.EnumSource, network.SourceBGP}, "RTS_PIPE": {network.EnumSource, network.SourcePipe}, "RTS_BABEL": {network.EnumSource, network.SourceBabel},
	"RTD_UNICAST": {network.EnumDestination, network.DestinationUnicast}, "RTD_BLACKHOLE": {network.EnumDestination, network.DestinationBlackhole},
	"RTD_UNREACHABLE": {network.EnumDestination, network.DestinationUnreachable}, "RTD_PROHIBIT": {network.EnumDestination, network.DestinationProhibit},
	"SCOPE_HOST": {network.EnumScope, 0}, "SCOPE_LINK": {network.EnumScope, 1}, "SCOPE_SITE": {network.EnumScope, 2},
	"SCOPE_ORGANIZATION": {network.EnumScope, 3}, "SCOPE_UNIVERSE": {network.EnumScope, 4}, "SCOPE_UNDEFINED": {network.EnumScope, 5},
	"ROA_UNKNOWN": {network.EnumROA, 0}, "ROA_VALID": {network.EnumROA, 1}, "ROA_INVALID": {network.EnumROA, 2},
	"NET_IP4": {network.EnumNetType, 1}, "NET_IP6": {network.EnumNetType, 2}, "NET_VPN4": {network.EnumNetType, 3}, "NET_VPN6": {network.EnumNetType, 4},
	"NET_ROA4": {network.EnumNetType, 5}, "NET_ROA6": {network.EnumNetType, 6}, "NET_FLOW4": {network.EnumNetType, 7}, "NET_FLOW6": {network.EnumNetType, 8},
	"NET_IP6_SADR": {network.EnumNetType, 9},
	"RA_PREF_LOW":  {network.EnumOther, 3}, "RA_PREF_MEDIUM": {network.EnumOther, 0}, "RA_PREF_HIGH": {network.EnumOther, 1},
	"AF_IPV4": {network.EnumOther, 11}, "AF_IPV6": {network.EnumOther, 12},
}

// attributes are those that have a name of their own in the language.
var attributes = func() map[string]network.Attribute {
	num, addr := network.NumberValue, network.AddressValue
	m := map[string]network.Attribute{
		"net": {Of: network.OfPrefix, Type: network.PrefixValue}, "from": {Of: network.OfNeighbor, Type: addr}, "gw": {Of: network.OfGateway, Type: addr},
		"ifname": {Of: network.OfInterface, Type: network.StringValue}, "proto": {Of: network.OfProtocolName, Type: network.StringValue},
		"source": {Of: network.OfSource, Type: network.EnumValue}, "dest": {Of: network.OfDestination, Type: network.EnumValue},
		"preference": {Of: network.OfPreference, Type: num}, "bgp_path": {Of: network.OfPath, Type: network.PathValue},
		"bgp_next_hop": {Of: network.OfNextHop, Type: addr}, "bgp_local_pref": {Of: network.OfLocalPref, Type: num}, "bgp_med": {Of: network.OfMED, Type: num},
		"bgp_origin": {Of: network.OfOrigin, Type: network.EnumValue}, "bgp_community": {Of: network.OfCommunities, Type: network.CommunitiesValue},
		"bgp_large_community": {Of: network.OfLarge, Type: network.LargeListValue}, "bgp_ext_community": {Of: network.OfExt, Type: network.ExtListValue},
		"bgp_originator_id": {Of: network.OfOriginatorID, Type: network.QuadValue}, "bgp_cluster_list": {Of: network.OfClusterList, Type: network.CommunitiesValue},
		"bgp_atomic_aggr": {Of: network.OfAtomicAggregate, Type: network.OpaqueValue}, "bgp_aggregator": {Of: network.OfAggregator, Type: network.OpaqueValue},
		"bgp_otc": {Of: network.OfOTC, Type: num}, "bgp_aigp": {Of: network.OfAIGP, Type: network.OpaqueValue}, "igp_metric": {Of: network.OfIGPMetric, Type: num},
		"ospf_metric1": {Of: network.OfOSPFMetric1, Type: num}, "ospf_metric2": {Of: network.OfOSPFMetric2, Type: num}, "ospf_tag": {Of: network.OfOSPFTag, Type: num},
	}
	for name, kind := range map[string]network.ValueKind{"scope": network.EnumValue, "ospf_router_id": network.QuadValue, "rip_metric": num, "rip_tag": num,
		"babel_metric": num, "babel_router_id": network.QuadValue, "weight": num, "ifindex": num, "gw_mpls": num, "onlink": network.BoolValue,
		"ra_preference": network.EnumValue, "ra_lifetime": num, "krt_source": num, "krt_metric": num, "krt_prefsrc": addr, "krt_realm": num, "krt_scope": num,
		"krt_mtu": num, "krt_window": num, "krt_rtt": num, "krt_rttvar": num, "krt_sstresh": num, "krt_cwnd": num, "krt_advmss": num,
		"krt_reordering": num, "krt_hoplimit": num, "krt_initcwnd": num, "krt_rto_min": num, "krt_initrwnd": num, "krt_quickack": num,
		"krt_lock_mtu": network.BoolValue, "krt_lock_window": network.BoolValue, "krt_feature_ecn": network.BoolValue, "krt_feature_allfrag": network.BoolValue,
		"bgp_mpls_label_stack": network.OpaqueValue} {
		m[name] = network.Attribute{Of: network.OfOther, Name: name, Type: kind}
	}
	return m
}()

// readOnly attributes cannot be set.
var readOnly = map[string]bool{"net": true, "proto": true, "source": true, "ifindex": true}

// attribute reads the name of an attribute, BIRD's or the configuration's own.
func (p *parser) attribute(t token) (network.Attribute, bool) {
	if t.kind != word {
		return network.Attribute{}, false
	}
	if a, ok := attributes[t.text]; ok && !t.apos {
		return a, true
	}
	if s := p.find(t.text); s != nil && s.kind == attributeName {
		return network.Attribute{Of: network.OfOther, Name: t.text, Type: s.typ}, true
	}
	return network.Attribute{}, false
}

// types are the names of types.
var types = map[string]network.ValueKind{"int": network.NumberValue, "bool": network.BoolValue, "ip": network.AddressValue, "rd": network.DistinguisherValue,
	"prefix": network.PrefixValue, "pair": network.PairValue, "quad": network.QuadValue, "ec": network.ExtValue, "lc": network.LargeValue,
	"string": network.StringValue, "bgpmask": network.MaskValue, "bgppath": network.PathValue, "clist": network.CommunitiesValue,
	"eclist": network.ExtListValue, "lclist": network.LargeListValue}

// isType reports whether a type stands next.
func (p *parser) isType() bool {
	t := p.peek()
	_, ok := types[t.text]
	return ok && t.kind == word && !t.apos
}

// typeName reads a type; elements is what a set is of.
func (p *parser) typeName() (kind, elements network.ValueKind) {
	t := p.next()
	kind, ok := types[t.text]
	if !ok || t.kind != word || t.apos {
		p.fail(t, "unexpected %s, expecting a type", t)
	}
	if p.take("set") {
		switch kind {
		case network.PrefixValue:
			return network.PrefixSetValue, kind
		case network.NumberValue, network.PairValue, network.QuadValue, network.AddressValue, network.ExtValue, network.LargeValue, network.DistinguisherValue:
			return network.SetValue, kind
		}
		p.fail(t, "you can't create sets of this type")
	}
	return kind, 0
}
