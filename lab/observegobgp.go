package lab

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	api "github.com/osrg/gobgp/v3/api"
	"github.com/osrg/gobgp/v3/pkg/apiutil"
	"github.com/osrg/gobgp/v3/pkg/packet/bgp"

	"github.com/routegate/routegate/network"
)

// observeGoBGP reads a gobgpd: its global table, best paths first, or what it shows of one of its VRFs.
func (l *Lab) observeGoBGP(ctx context.Context, ns, vrf string) (*Tables, error) {
	c, err := l.gobgp(ns)
	if err != nil {
		return nil, err
	}
	t := &Tables{Sessions: map[string]string{}, BGP: map[netip.Prefix][]SeenPath{}, names: map[string]string{}}
	faces := map[string]string{} // of unnumbered neighbors, by link-local address
	peers, err := c.ListPeer(ctx, &api.ListPeerRequest{})
	if err != nil {
		return nil, err
	}
	for {
		p, err := peers.Recv()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if p.Peer.Conf.Vrf != vrf {
			continue
		}
		state := p.Peer.State.GetSessionState().String()
		if p.Peer.State.GetSessionState() == api.PeerState_ESTABLISHED {
			state = "Established"
		}
		name := cmp.Or(p.Peer.Conf.NeighborAddress, p.Peer.State.NeighborAddress) // a dynamic one was never configured
		key := canonical(name)
		if face := p.Peer.Conf.NeighborInterface; face != "" {
			name, key = p.Peer.State.NeighborAddress, face
			if a, err := netip.ParseAddr(name); err == nil {
				faces[a.WithZone("").String()] = face
			}
		}
		t.Sessions[key] = state
		t.names[key] = name
	}
	kind := api.TableType_GLOBAL
	if vrf != "" {
		kind = api.TableType_VRF
	}
	for _, afi := range []api.Family_Afi{api.Family_AFI_IP, api.Family_AFI_IP6} {
		err := listTable(ctx, c, kind, vrf, afi, func(p netip.Prefix, s SeenPath) {
			s.Neighbor = cmp.Or(faces[s.Neighbor], s.Neighbor)
			t.BGP[p] = append(t.BGP[p], s)
		})
		if err != nil {
			return nil, err
		}
	}
	return t, nil
}

// canonical writes an address as the model does: GoBGP calls a neighbor as its file does.
func canonical(address string) string {
	if a, err := netip.ParseAddr(address); err == nil {
		return a.String()
	}
	return address
}

// listTable reads one of gobgpd's tables: the Adj-RIBs are a neighbor's, others a VRF's.
func listTable(ctx context.Context, c api.GobgpApiClient, kind api.TableType, of string, afi api.Family_Afi, take func(netip.Prefix, SeenPath)) error {
	paths, err := c.ListPath(ctx, &api.ListPathRequest{TableType: kind, Name: of, Family: &api.Family{Afi: afi, Safi: api.Family_SAFI_UNICAST}})
	if err != nil {
		return err
	}
	for {
		d, err := paths.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		text := d.Destination.Prefix
		if kind == api.TableType_VRF {
			// A route distinguisher stands before it: two numbers, or an address and one.
			if w := strings.SplitN(text, ":", 3); len(w) == 3 {
				text = w[2]
			}
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			continue
		}
		for _, x := range d.Destination.Paths {
			s, err := seenGoBGP(x)
			if err != nil {
				return fmt.Errorf("%s: %w", p, err)
			}
			take(p, s)
		}
	}
}

func seenGoBGP(x *api.Path) (SeenPath, error) {
	s := SeenPath{Best: x.Best, Valid: !x.IsNexthopInvalid, Neighbor: canonical(x.NeighborIp)}
	if s.Neighbor == "<nil>" || s.Neighbor == "0.0.0.0" || s.Neighbor == "::" {
		s.Neighbor = ""
	}
	attrs, err := apiutil.GetNativePathAttributes(x)
	if err != nil {
		return s, err
	}
	a := &s.Attributes
	for _, m := range attrs {
		switch v := m.(type) {
		case *bgp.PathAttributeOrigin:
			a.Origin = network.Origin(v.Value)
		case *bgp.PathAttributeAsPath:
			for _, seg := range v.Value {
				kind := map[uint8]network.SegmentKind{bgp.BGP_ASPATH_ATTR_TYPE_SET: network.ASSet, bgp.BGP_ASPATH_ATTR_TYPE_SEQ: network.ASSequence,
					bgp.BGP_ASPATH_ATTR_TYPE_CONFED_SEQ: network.ConfedSequence, bgp.BGP_ASPATH_ATTR_TYPE_CONFED_SET: network.ConfedSet}[seg.GetType()]
				as := slices.Clone(seg.GetAS())
				if len(as) > 0 {
					a.ASPath = append(a.ASPath, network.ASSegment{Kind: kind, AS: as})
				}
			}
		case *bgp.PathAttributeNextHop:
			a.NextHop, _ = netip.ParseAddr(v.Value.String())
		case *bgp.PathAttributeMpReachNLRI:
			a.NextHop, _ = netip.ParseAddr(v.Nexthop.String())
		case *bgp.PathAttributeMultiExitDisc:
			a.MED, a.HasMED = v.Value, true
		case *bgp.PathAttributeLocalPref:
			a.LocalPref, a.HasLocalPref = v.Value, true
		case *bgp.PathAttributeCommunities:
			for _, c := range v.Value {
				a.Communities = append(a.Communities, network.Community(c))
			}
		case *bgp.PathAttributeLargeCommunities:
			for _, c := range v.Values {
				a.Large = append(a.Large, network.LargeCommunity{Global: c.ASN, Data1: c.LocalData1, Data2: c.LocalData2})
			}
		case *bgp.PathAttributeExtendedCommunities:
			for _, c := range v.Value {
				// Those of other kinds than the model's are as long and compared too.
				if b, err := c.Serialize(); err == nil && len(b) == 8 {
					a.Ext = append(a.Ext, network.ExtCommunity(binary.BigEndian.Uint64(b)))
				}
			}
		case *bgp.PathAttributeAtomicAggregate:
			a.AtomicAggregate = true
		case *bgp.PathAttributeAggregator:
			a.Aggregator.AS = v.Value.AS
			a.Aggregator.RouterID, _ = netip.ParseAddr(v.Value.Address.String())
		case *bgp.PathAttributeOriginatorId:
			a.OriginatorID, _ = netip.ParseAddr(v.Value.String())
		case *bgp.PathAttributeClusterList:
			for _, c := range v.Value {
				if id, err := netip.ParseAddr(c.String()); err == nil {
					a.ClusterList = append(a.ClusterList, id)
				}
			}
		}
	}
	communitySets(a)
	return s, nil
}

// communitySets makes sets of the communities: GoBGP's add actions put in what is there already, and others keep it.
func communitySets(a *network.PathAttributes) {
	slices.Sort(a.Communities)
	slices.Sort(a.Ext)
	slices.SortFunc(a.Large, func(a, b network.LargeCommunity) int {
		return cmp.Or(cmp.Compare(a.Global, b.Global), cmp.Compare(a.Data1, b.Data1), cmp.Compare(a.Data2, b.Data2))
	})
	a.Communities, a.Ext, a.Large = slices.Compact(a.Communities), slices.Compact(a.Ext), slices.Compact(a.Large)
}

// parsePath reads an AS path as FRR prints it.
func parsePath(s string) network.ASPath {
	var path network.ASPath
	s = strings.NewReplacer("(", " ( ", ")", " ) ", "{", " { ", "}", " } ", "[", " [ ", "]", " ] ", ",", " ").Replace(s)
	kind := network.ASSequence
	add := func(as uint32) {
		if n := len(path); n > 0 && path[n-1].Kind == kind {
			path[n-1].AS = append(path[n-1].AS, as)
			return
		}
		path = append(path, network.ASSegment{Kind: kind, AS: []uint32{as}})
	}
	for _, w := range strings.Fields(s) {
		switch w {
		case "(":
			kind = network.ConfedSequence
		case "{":
			kind = network.ASSet
		case "[":
			kind = network.ConfedSet
		case ")", "}", "]":
			kind = network.ASSequence
		default:
			if n, err := strconv.ParseUint(w, 10, 32); err == nil {
				add(uint32(n))
			}
		}
	}
	return path
}
