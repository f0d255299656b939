package gobgp

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	api "github.com/osrg/gobgp/v3/api"

	"github.com/routegate/routegate/device"
)

// Observe reads the sessions, best paths, and what went each way, for IPv4 and IPv6 unicast. What GoBGP says it advertised is
// what its policies let through now: a neighbor may still have more (see Apply).
func (d *Driver) Observe(ctx context.Context) (device.Observation, error) {
	o := device.Observation{Router: d.o.Router, At: time.Now(), Sessions: []device.Session{}, Routes: []device.Route{}, Advertised: []device.Exchange{}, Received: []device.Exchange{}}
	c, done, err := d.connect()
	if err != nil {
		return o, err
	}
	defer done()
	if err := observe(ctx, c, &o); err != nil {
		return o, silent(ctx, err)
	}
	return o, nil
}

func observe(ctx context.Context, c api.GobgpApiClient, o *device.Observation) error {
	received := map[string][]netip.Prefix{}
	for _, f := range families {
		if err := paths(ctx, c, api.TableType_GLOBAL, "", f, func(p netip.Prefix, dst *api.Destination) {
			for _, path := range dst.Paths {
				if path.Best {
					o.Routes = append(o.Routes, route(p, path))
				}
				if n := path.NeighborIp; n != "" && n != "<nil>" {
					received[n] = append(received[n], p)
				}
			}
		}); err != nil {
			return err
		}
	}
	names := map[string]string{}
	peers, err := c.ListPeer(ctx, &api.ListPeerRequest{})
	if err := each(peers, err, func(r *api.ListPeerResponse) {
		p := r.Peer
		s := device.Session{Neighbor: peerKey(p), State: strings.ToLower(p.State.SessionState.String()), Established: p.State.SessionState == api.PeerState_ESTABLISHED, Resets: int(p.State.Flops)}
		if up := p.Timers.GetState().GetUptime(); s.Established && up != nil {
			s.Up = max(0, time.Since(up.AsTime()))
		}
		names[s.Neighbor] = p.State.NeighborAddress
		o.Sessions = append(o.Sessions, s)
	}); err != nil {
		return err
	}
	slices.SortFunc(o.Sessions, func(a, b device.Session) int { return cmp.Compare(a.Neighbor, b.Neighbor) })
	for _, s := range o.Sessions {
		if !s.Established {
			continue
		}
		sent, err := prefixes(ctx, c, api.TableType_ADJ_OUT, names[s.Neighbor])
		if err != nil {
			return err
		}
		out := []netip.Prefix{}
		for p := range sent {
			out = append(out, p)
		}
		o.Advertised = append(o.Advertised, device.Exchange{Neighbor: s.Neighbor, Prefixes: sorted(out)})
		o.Received = append(o.Received, device.Exchange{Neighbor: s.Neighbor, Prefixes: sorted(received[names[s.Neighbor]])})
	}
	slices.SortFunc(o.Routes, func(a, b device.Route) int { return a.Prefix.Compare(b.Prefix) })
	return nil
}

func sorted(p []netip.Prefix) []netip.Prefix {
	p = append([]netip.Prefix{}, p...)
	slices.SortFunc(p, netip.Prefix.Compare)
	return slices.Compact(p)
}

// paths goes through one of GoBGP's tables.
func paths(ctx context.Context, c api.GobgpApiClient, table api.TableType, neighbor string, f *api.Family, take func(netip.Prefix, *api.Destination)) error {
	var bad error
	list, err := c.ListPath(ctx, &api.ListPathRequest{TableType: table, Name: neighbor, Family: f})
	if err := each(list, err, func(r *api.ListPathResponse) {
		p, err := netip.ParsePrefix(r.Destination.Prefix)
		if err != nil {
			bad = fmt.Errorf("prefix %q: %w", r.Destination.Prefix, err)
			return
		}
		take(p, r.Destination)
	}); err != nil {
		return err
	}
	return bad
}

func route(p netip.Prefix, path *api.Path) device.Route {
	r := device.Route{Prefix: p, NextHops: []string{}, Own: path.NeighborIp == "" || path.NeighborIp == "<nil>"}
	for _, any := range path.Pattrs {
		m, err := any.UnmarshalNew()
		if err != nil {
			continue
		}
		switch x := m.(type) {
		case *api.NextHopAttribute:
			r.NextHops = append(r.NextHops, x.NextHop)
		case *api.MpReachNLRIAttribute:
			r.NextHops = append(r.NextHops, x.NextHops...)
		case *api.AsPathAttribute:
			r.ASPath = asPath(x)
		}
	}
	slices.Sort(r.NextHops)
	return r
}

// asPath is written as routers print it.
func asPath(a *api.AsPathAttribute) string {
	var parts []string
	for _, s := range a.Segments {
		var as []string
		for _, n := range s.Numbers {
			as = append(as, strconv.FormatUint(uint64(n), 10))
		}
		switch s.Type {
		case api.AsSegment_AS_SET:
			parts = append(parts, "{"+strings.Join(as, ",")+"}")
		case api.AsSegment_AS_CONFED_SEQUENCE:
			parts = append(parts, "("+strings.Join(as, " ")+")")
		case api.AsSegment_AS_CONFED_SET:
			parts = append(parts, "["+strings.Join(as, ",")+"]")
		default:
			parts = append(parts, strings.Join(as, " "))
		}
	}
	return strings.Join(parts, " ")
}
