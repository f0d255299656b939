package config

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"

	"github.com/osrg/gobgp/v3/pkg/packet/bgp"

	"github.com/routegate/routegate/network"
)

// add puts a route into the group of its attributes. Kept is what a neighbor in
// another AS sends: not LOCAL_PREF and what only iBGP carries (RFC 4271 §5.1.5), and
// not the next hop, which is that of the collector's session: the neighbor's own
// address stands for it. Values of the announcement itself win.
func (f *mrtFeed) add(p netip.Prefix, attrs []bgp.PathAttributeInterface) {
	a := f.like.Attributes
	for _, x := range attrs {
		switch v := x.(type) {
		case *bgp.PathAttributeOrigin:
			if v.Value <= uint8(network.OriginIncomplete) && a.Origin == network.OriginIGP {
				a.Origin = network.Origin(v.Value)
			}
		case *bgp.PathAttributeAsPath:
			a.ASPath = mrtPath(v)
		case *bgp.PathAttributeMultiExitDisc:
			if !a.HasMED {
				a.MED, a.HasMED = v.Value, true
			}
		case *bgp.PathAttributeAtomicAggregate:
			a.AtomicAggregate = true
		case *bgp.PathAttributeAggregator:
			id, _ := netip.AddrFromSlice(v.Value.Address)
			a.Aggregator = network.Aggregator{AS: v.Value.AS, RouterID: id.Unmap()}
		case *bgp.PathAttributeCommunities:
			for _, c := range v.Value {
				a.Communities = append(slices.Clip(a.Communities), network.Community(c))
			}
			a.Communities = sortedCommunities(a.Communities)
		case *bgp.PathAttributeLargeCommunities:
			for _, c := range v.Values {
				a.Large = append(slices.Clip(a.Large), network.LargeCommunity{Global: c.ASN, Data1: c.LocalData1, Data2: c.LocalData2})
			}
			slices.SortFunc(a.Large, compareLarge)
			a.Large = slices.Compact(a.Large)
		case *bgp.PathAttributeExtendedCommunities:
			for _, c := range v.Value {
				if b, err := c.Serialize(); err == nil && len(b) == 8 {
					a.Ext = append(slices.Clip(a.Ext), network.ExtCommunity(binary.BigEndian.Uint64(b)))
				}
			}
			a.Ext = sortedCommunities(a.Ext)
		}
	}
	// A dump of one peer stands for a neighbor in another AS: the path then begins with that AS.
	if first, ok := a.ASPath.First(); !ok || first != f.like.From {
		a.ASPath = prepended(a.ASPath, f.like.From)
	}
	key := fmt.Sprintf("%+v", a)
	g := f.groups[key]
	if g == nil {
		x := f.like
		x.Attributes, x.Prefixes = a, nil
		g = &x
		f.groups[key] = g
	}
	g.Prefixes = append(g.Prefixes, p)
	f.remember(g)
}

// prepended is the path with the AS in front.
func prepended(p network.ASPath, as uint32) network.ASPath {
	if len(p) > 0 && p[0].Kind == network.ASSequence {
		return append(network.ASPath{{Kind: network.ASSequence, AS: append([]uint32{as}, p[0].AS...)}}, p[1:]...)
	}
	return append(network.Sequence(as), p...)
}

func mrtPath(v *bgp.PathAttributeAsPath) network.ASPath {
	var out network.ASPath
	for _, seg := range v.Value {
		as := slices.Clone(seg.GetAS())
		kind := network.ASSequence
		switch seg.GetType() {
		case bgp.BGP_ASPATH_ATTR_TYPE_SET:
			kind, as = network.ASSet, sortASes(as)
		case bgp.BGP_ASPATH_ATTR_TYPE_CONFED_SEQ:
			kind = network.ConfedSequence
		case bgp.BGP_ASPATH_ATTR_TYPE_CONFED_SET:
			kind, as = network.ConfedSet, sortASes(as)
		}
		out = append(out, network.ASSegment{Kind: kind, AS: as})
	}
	return out
}
