package lab

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	api "github.com/osrg/gobgp/v3/api"
	"github.com/osrg/gobgp/v3/pkg/apiutil"
	"github.com/osrg/gobgp/v3/pkg/packet/bgp"
	"google.golang.org/protobuf/proto"
	apb "google.golang.org/protobuf/types/known/anypb"

	"github.com/routegate/routegate/network"
)

// APIPath renders a route for GoBGP's API; self is the next hop where the attributes name none.
func APIPath(p netip.Prefix, a network.PathAttributes, self netip.Addr) (*api.Path, error) {
	nh := a.NextHop
	if !nh.IsValid() {
		nh = self
	}
	if !nh.IsValid() {
		nh = map[bool]netip.Addr{true: netip.IPv4Unspecified(), false: netip.IPv6Unspecified()}[p.Addr().Is4()]
	}
	nlri, err := apb.New(&api.IPAddressPrefix{Prefix: p.Addr().String(), PrefixLen: uint32(p.Bits())})
	if err != nil {
		return nil, err
	}
	family := &api.Family{Afi: api.Family_AFI_IP, Safi: api.Family_SAFI_UNICAST}
	attrs := []proto.Message{&api.OriginAttribute{Origin: uint32(a.Origin)}}
	if p.Addr().Is4() {
		attrs = append(attrs, &api.NextHopAttribute{NextHop: nh.String()})
	} else {
		family.Afi = api.Family_AFI_IP6
		attrs = append(attrs, &api.MpReachNLRIAttribute{Family: family, NextHops: []string{nh.String()}, Nlris: []*apb.Any{nlri}})
	}
	if len(a.ASPath) > 0 {
		path := &api.AsPathAttribute{}
		for _, s := range a.ASPath {
			kind := map[network.SegmentKind]api.AsSegment_Type{network.ASSet: api.AsSegment_AS_SET, network.ASSequence: api.AsSegment_AS_SEQUENCE,
				network.ConfedSequence: api.AsSegment_AS_CONFED_SEQUENCE, network.ConfedSet: api.AsSegment_AS_CONFED_SET}[s.Kind]
			path.Segments = append(path.Segments, &api.AsSegment{Type: kind, Numbers: s.AS})
		}
		attrs = append(attrs, path)
	}
	if a.HasMED {
		attrs = append(attrs, &api.MultiExitDiscAttribute{Med: a.MED})
	}
	if a.HasLocalPref {
		attrs = append(attrs, &api.LocalPrefAttribute{LocalPref: a.LocalPref})
	}
	if len(a.Communities) > 0 {
		c := &api.CommunitiesAttribute{}
		for _, x := range a.Communities {
			c.Communities = append(c.Communities, uint32(x))
		}
		attrs = append(attrs, c)
	}
	if len(a.Large) > 0 {
		c := &api.LargeCommunitiesAttribute{}
		for _, x := range a.Large {
			c.Communities = append(c.Communities, &api.LargeCommunity{GlobalAdmin: x.Global, LocalData1: x.Data1, LocalData2: x.Data2})
		}
		attrs = append(attrs, c)
	}
	if len(a.Ext) > 0 {
		var list []bgp.ExtendedCommunityInterface
		for _, x := range a.Ext {
			c, err := bgp.ParseExtended(binary.BigEndian.AppendUint64(nil, uint64(x)))
			if err != nil {
				return nil, fmt.Errorf("extended community %s: %w", x, err)
			}
			list = append(list, c)
		}
		c, err := apiutil.NewExtendedCommunitiesAttributeFromNative(bgp.NewPathAttributeExtendedCommunities(list))
		if err != nil {
			return nil, err
		}
		attrs = append(attrs, c)
	}
	path := &api.Path{Nlri: nlri, Family: family}
	for _, m := range attrs {
		x, err := apb.New(m)
		if err != nil {
			return nil, err
		}
		path.Pattrs = append(path.Pattrs, x)
	}
	return path, nil
}
