package policy

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// learned is the protocol instance that the route is from: of the table's own routes as they
// say, of all others BGP.
func (f *frame) learned() network.Learned {
	rt := &f.ev.route
	if l := rt.Attributes.Learned; l.Name != "" {
		return l
	}
	if rt.Direction == Redistribute {
		return network.Learned{Protocol: rt.Protocol, Name: rt.ProtocolName}
	}
	return network.Learned{Protocol: network.BGPProtocol, Name: rt.ProtocolName}
}

// own reports that the route is none of BGP's, so that it has BGP's attributes only where a
// program gave them.
func (f *frame) own() bool { return f.learned().Protocol != network.BGPProtocol }

// there reports whether an attribute that cannot tell by itself is on the route.
func (f *frame) there(of network.AttributeOf, byNature bool) bool {
	bit := uint32(1) << of
	return f.run.given&bit != 0 || byNature && f.run.taken&bit == 0
}

func (f *frame) touch(of network.AttributeOf, set bool) {
	bit := uint32(1) << of
	f.run.given &^= bit
	f.run.taken &^= bit
	if set {
		f.run.given |= bit
	} else {
		f.run.taken |= bit
	}
}

// tidy notes that a route of the router's own is given more than one attribute, or one more than once: where it begins, or in a pipe.
func (f *frame) tidy(of network.AttributeOf, a *network.PathAttributes) {
	if f.ev.route.Direction == Export || !f.own() || of == network.OfPreference || of == network.OfDestination || of == network.OfGateway {
		return
	}
	a.Learned.Tidied = a.Learned.Tidied || f.run.wrote
	f.run.wrote = true
}

// read gives an attribute; void where the route does not have it.
func (f *frame) read(at *network.Expression) value {
	rt := &f.ev.route
	a := rt.Attributes
	if of := at.Attribute.Of; of >= network.OfPath && of <= network.OfOther && of != network.OfOther && f.run.taken>>of&1 != 0 {
		switch of {
		case network.OfPath, network.OfCommunities, network.OfLarge, network.OfExt, network.OfClusterList:
		default:
			return voidValue
		}
	}
	switch at.Attribute.Of {
	case network.OfPrefix:
		return value{kind: network.PrefixValue, x: rt.Prefix}
	case network.OfNeighbor:
		from := rt.From
		if !from.IsValid() && rt.Direction == Import {
			from = rt.Peer
		}
		return addressOrNone(from)
	case network.OfGateway:
		if f.run.dest > network.DestinationUnicast {
			return addressOrNone(netip.Addr{})
		}
		return addressOrNone(a.NextHop)
	case network.OfInterface:
		if rt.Interface == "" && rt.Direction != Redistribute {
			f.ev.doubt("not simulated: the outgoing interface of the route", at.Span)
		}
		return text(rt.Interface)
	case network.OfProtocolName:
		return text(f.learned().Name)
	case network.OfSource:
		return enumeration(network.EnumSource, f.source())
	case network.OfDestination:
		if f.run.dest != 0 {
			return enumeration(network.EnumDestination, f.run.dest)
		}
		if f.own() && f.learned().Protocol == network.Static && !a.NextHop.IsValid() && rt.Interface == "" {
			f.ev.doubt("not simulated: the destination of a static route", at.Span)
		}
		return enumeration(network.EnumDestination, network.DestinationUnicast)
	case network.OfPreference:
		return numeral(a.Weight)
	case network.OfPath:
		return value{kind: network.PathValue, x: a.ASPath, n: uint64(f.run.given >> network.OfPath & 1)}
	case network.OfNextHop:
		if !f.there(network.OfNextHop, !f.own()) {
			return voidValue
		}
		return addressOrNone(a.NextHop)
	case network.OfLocalPref:
		return optional(a.LocalPref, a.HasLocalPref)
	case network.OfMED:
		return optional(a.MED, a.HasMED)
	case network.OfOrigin:
		if !f.there(network.OfOrigin, !f.own()) {
			return voidValue
		}
		return enumeration(network.EnumOrigin, uint64(a.Origin))
	case network.OfCommunities:
		return value{kind: network.CommunitiesValue, x: a.Communities, n: uint64(f.run.given >> network.OfCommunities & 1)}
	case network.OfLarge:
		return value{kind: network.LargeListValue, x: a.Large, n: uint64(f.run.given >> network.OfLarge & 1)}
	case network.OfExt:
		return value{kind: network.ExtListValue, x: a.Ext, n: uint64(f.run.given >> network.OfExt & 1)}
	case network.OfOriginatorID:
		if !a.OriginatorID.IsValid() {
			return voidValue
		}
		return quad(a.OriginatorID)
	case network.OfClusterList:
		var list []network.Community
		for _, id := range a.ClusterList {
			list = append(list, network.Community(quad(id).n))
		}
		return value{kind: network.CommunitiesValue, x: list}
	case network.OfOTC:
		return optional(a.OTC, a.OTC != 0)
	case network.OfAtomicAggregate:
		if a.AtomicAggregate {
			return value{kind: network.OpaqueValue}
		}
		return voidValue
	case network.OfAggregator:
		if a.Aggregator.AS != 0 {
			return value{kind: network.OpaqueValue, n: uint64(a.Aggregator.AS)}
		}
		return voidValue
	case network.OfIGPMetric:
		return optional(rt.IGPMetric, rt.IGPMetric != 0)
	case network.OfOSPFMetric1:
		return optional(a.MED, rt.Direction == Redistribute && f.run.given>>network.OfOSPFMetric1&1 != 0)
	case network.OfOSPFMetric2:
		return optional(a.MED, rt.Direction == Redistribute && f.run.given>>network.OfOSPFMetric2&1 != 0)
	case network.OfOSPFTag:
		return optional(a.Tag, a.Tag != 0)
	}
	if v, ok := f.run.custom[at.Attribute.Name]; ok {
		return v
	}
	f.ev.doubt("not simulated: attribute "+at.Attribute.Name+", where something else has set it", at.Span)
	return voidValue
}

// isList reports paths and lists of communities.
func isList(v value) bool {
	switch v.x.(type) {
	case network.ASPath, []network.Community, []network.LargeCommunity, []network.ExtCommunity:
		return true
	}
	return false
}

// addressOrNone is BIRD's, whose absent address is ::.
func addressOrNone(a netip.Addr) value {
	if a.IsValid() {
		return address(a)
	}
	return address(netip.IPv6Unspecified())
}

func optional(v uint32, there bool) value {
	if !there {
		return voidValue
	}
	return numeral(v)
}

// source is the kind of protocol that the route is from.
func (f *frame) source() uint64 {
	switch l := f.learned(); l.Protocol {
	case network.Static:
		return network.SourceStatic
	case network.Connected, network.Local:
		return network.SourceDevice
	case network.Kernel:
		return network.SourceInherit
	case network.OSPFv2:
		switch f.ev.route.OSPFExternalType {
		case 1:
			return network.SourceOSPFExternal1
		case 2:
			return network.SourceOSPFExternal2
		}
		return network.SourceOSPF
	}
	return network.SourceBGP
}

// write sets an attribute. A list is kept sorted, as everywhere: its order tells no two routes apart
// to any policy or neighbor.
func (f *frame) write(in *network.Instruction, v value) {
	if v.kind == network.CommunitiesValue && in.Attribute.Of == network.OfClusterList {
		v = value{kind: network.CommunitiesValue, x: v.x}
	} else if want := in.Attribute.Type; want != network.VoidValue && v.kind != want &&
		!(want == network.QuadValue && v.kind == network.AddressValue) && !(want == network.AddressValue && v.kind == network.QuadValue) {
		f.fail(in.Span, "%s is set to a value of type %s, not %s", in.Attribute, v.kind, want)
		return
	}
	of := in.Attribute.Of
	rt := &f.ev.route
	// A list that became empty is there; one that always was, or is set to the empty constant, is not (BIRD, tried).
	f.touch(of, !isList(v) || in.Value.Op != network.OpConstant && defined(f.read(&network.Expression{Op: network.OpAttribute, Attribute: in.Attribute})))
	if f.ev.trace != nil {
		f.ev.explain(Step{Policy: f.policy.Name, Text: in.Attribute.String() + " = " + v.String(), Span: in.Span})
	}
	a := f.ev.attributes()
	f.tidy(of, a)
	switch of {
	case network.OfPreference:
		a.Weight = uint32(v.n & 0xFFFF)
	case network.OfPath:
		a.ASPath, _ = v.x.(network.ASPath)
	case network.OfNextHop:
		if to, ok := v.x.(netip.Addr); ok {
			a.NextHop, a.NextHopScope = to, ""
			rt.NextHopSet, rt.NextHopKind = true, network.NextHopAddress
			rt.NextHopWays |= 1 << network.NextHopAddress
		}
	case network.OfLocalPref:
		a.LocalPref, a.HasLocalPref = uint32(v.n), true
	case network.OfMED:
		a.MED, a.HasMED = uint32(v.n), true
		rt.MEDSet = true
	case network.OfOrigin:
		a.Origin = network.Origin(v.n)
	case network.OfCommunities:
		list, _ := v.x.([]network.Community)
		a.Communities = insert(nil, list, func(x, y network.Community) bool { return x < y })
	case network.OfLarge:
		list, _ := v.x.([]network.LargeCommunity)
		a.Large = insert(nil, list, lessLarge)
	case network.OfExt:
		list, _ := v.x.([]network.ExtCommunity)
		a.Ext = insert(nil, list, func(x, y network.ExtCommunity) bool { return x < y })
	case network.OfOriginatorID:
		a.OriginatorID = quadAddress(v.n)
		if to, ok := v.x.(netip.Addr); ok {
			a.OriginatorID = to
		}
	case network.OfClusterList:
		list, _ := v.x.([]network.Community)
		a.ClusterList = nil
		for _, c := range list {
			a.ClusterList = append(a.ClusterList, quadAddress(uint64(c)))
		}
		a.ClusterList = slices.Clip(a.ClusterList)
	case network.OfOTC:
		a.OTC = uint32(v.n)
	case network.OfOSPFMetric1, network.OfOSPFMetric2:
		f.setOSPFMetric(of, uint32(v.n))
	case network.OfOSPFTag:
		a.Tag = uint32(v.n)
	case network.OfDestination:
		f.run.dest = v.n
		f.ev.doubt("not simulated: a filter that changes where packets go", in.Span)
	case network.OfGateway, network.OfInterface, network.OfIGPMetric, network.OfAIGP:
		f.ev.doubt("not simulated: a filter that sets "+in.Attribute.String(), in.Span)
	case network.OfOther:
		if f.run.custom == nil {
			f.run.custom = map[string]value{}
		}
		f.run.custom[in.Attribute.Name] = v
	}
}

// setOSPFMetric: an external route of type 2 wins where both metrics are set.
func (f *frame) setOSPFMetric(of network.AttributeOf, v uint32) {
	rt := &f.ev.route
	if rt.Direction != Redistribute {
		return
	}
	kind := 1 + int(of-network.OfOSPFMetric1)
	if kind >= rt.MetricType {
		a := f.ev.attributes()
		a.MED, a.HasMED = v, true
		rt.MetricType = kind
	}
}

func (f *frame) unset(in *network.Instruction) {
	f.touch(in.Attribute.Of, false)
	a := f.ev.attributes()
	f.tidy(in.Attribute.Of, a)
	switch in.Attribute.Of {
	case network.OfPath:
		a.ASPath = nil
	case network.OfLocalPref:
		a.LocalPref, a.HasLocalPref = 0, false
	case network.OfMED:
		a.MED, a.HasMED = 0, false
	case network.OfCommunities:
		a.Communities = nil
	case network.OfLarge:
		a.Large = nil
	case network.OfExt:
		a.Ext = nil
	case network.OfOriginatorID:
		a.OriginatorID = netip.Addr{}
	case network.OfClusterList:
		a.ClusterList = nil
	case network.OfAtomicAggregate:
		a.AtomicAggregate = false
	case network.OfAggregator:
		a.Aggregator = network.Aggregator{}
	case network.OfOTC:
		a.OTC = 0
	case network.OfOSPFTag:
		a.Tag = 0
	case network.OfOrigin:
		a.Origin = network.OriginIGP
	case network.OfOther:
		if f.run.custom == nil {
			f.run.custom = map[string]value{}
		}
		f.run.custom[in.Attribute.Name] = voidValue
	}
	if in.Attribute.Of == network.OfNextHop {
		f.ev.doubt("not simulated: a route without its next hop", in.Span)
	}
}
