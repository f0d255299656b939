package gate

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
)

// Predict is what routers should decide with some routers changed and the others not: sessions, best BGP routes, what they
// advertise and what their import policies accept.
func (s *Stages) Predict(ctx context.Context, applied, routers []string) (map[string]device.Observation, error) {
	now, err := s.side(ctx, applied)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]device.Observation{}
	for _, name := range routers {
		r := now.net.Router(name)
		if r == nil {
			return nil, fmt.Errorf("there is no router %s", name)
		}
		out[name] = now.observation(r)
	}
	return out, nil
}

// observation is a router's tables in the form in which its agent tells them.
func (s *side) observation(r *network.Router) device.Observation {
	o := device.Observation{Router: r.Name, Sessions: []device.Session{}, Routes: []device.Route{}, Advertised: []device.Exchange{}, Received: []device.Exchange{}}
	for i := range s.res.Sessions {
		x := &s.res.Sessions[i]
		if x.Router != r.Name {
			continue
		}
		up := x.State == bgp.Established
		o.Sessions = append(o.Sessions, device.Session{VRF: x.VRF, Neighbor: x.Neighbor, Remote: x.Remote, Established: up, State: x.State.String()})
		if !up {
			continue
		}
		sent := []netip.Prefix{}
		for _, f := range network.Families {
			for a := range s.res.Advertised(r.Name, x.VRF, x.Neighbor, f) {
				sent = append(sent, a.Prefix)
			}
		}
		o.Advertised = append(o.Advertised, exchange(x.VRF, x.Neighbor, sent))
	}
	for _, v := range r.VRFs {
		heard := map[string][]netip.Prefix{}
		for _, f := range network.Families {
			for e := range s.res.Entries(r.Name, v.Name, f) {
				if best := e.Best(); best != nil {
					x := routeOf(v.Name, e.Prefix, best)
					if v.BGP.Habits.OneTable && best.Source == bgp.FromVRF {
						x.Own = best.VRFNeighbor == "" // BIRD tells whose a route was before the pipe
					}
					o.Routes = append(o.Routes, x)
				}
				for i := range e.Paths {
					if p := &e.Paths[i]; p.Source == bgp.FromNeighbor && p.NextHopOK {
						heard[p.Neighbor] = append(heard[p.Neighbor], e.Prefix)
					}
				}
			}
		}
		for i := range s.res.Sessions {
			if x := &s.res.Sessions[i]; x.Router == r.Name && x.VRF == v.Name && x.State == bgp.Established {
				o.Received = append(o.Received, exchange(v.Name, x.Neighbor, heard[x.Neighbor]))
			}
		}
	}
	return o
}

func exchange(vrf, neighbor string, prefixes []netip.Prefix) device.Exchange {
	if prefixes == nil {
		prefixes = []netip.Prefix{}
	}
	slices.SortFunc(prefixes, netip.Prefix.Compare)
	return device.Exchange{VRF: vrf, Neighbor: neighbor, Prefixes: slices.Compact(prefixes)}
}

func routeOf(vrf string, prefix netip.Prefix, best *bgp.Path) device.Route {
	r := device.Route{VRF: vrf, Prefix: prefix, ASPath: best.Attributes.ASPath.String()}
	switch best.Source {
	case bgp.FromNetwork, bgp.FromRedistribution, bgp.FromAggregate, bgp.FromInjection:
		r.Own = true
	}
	// A link-local next hop is the neighbor's own affair: no file says it.
	if h := best.Attributes.NextHop; h.IsValid() && !h.IsUnspecified() && !h.IsLinkLocalUnicast() {
		r.NextHops = []string{h.String()}
	}
	return r
}
