package bgp

import (
	"net/netip"

	"github.com/routegate/routegate/network"
)

// bgpd follows a next hop once for everybody who asks. A route of a single-hop eBGP peer asks for a connected one, and that holds for
// all routes with this next hop, until a neighbor with that address, who need not be connected, comes up (bgp_find_or_add_nexthop;
// tried with 8.4.4: iBGP routes become inaccessible with an eBGP route whose import map sets the next hop to a loopback behind
// OSPF, and come back with the iBGP session). The prediction is what holds after the neighbor came up.

const sharedHop = "a route from a directly connected eBGP neighbor has the address of another neighbor as next hop: the routes with this next hop can be used if that neighbor came up last, and none of them if the route came last"

// sharedKey is a next hop that an instance follows for a neighbor and for routes that want it connected.
type sharedKey struct {
	router, vrf string
	addr        netip.Addr
}

// follows reports that the instance has a neighbor with that address who need not be directly connected.
func (in *instance) follows(a netip.Addr) bool {
	for _, p := range in.peers {
		if p.state.PeerAddr == a && !p.connectedOnly() && p.state.Reason != ReasonShutdown {
			return true
		}
	}
	return false
}

// hopDoubts says which routes hang on that. They are told anew for every solution, see reuse.doubts.
func (s *solver) hopDoubts() {
	s.shared = map[sharedKey]bool{}
	for _, w := range s.workers {
		for k := range w.shared {
			s.shared[k] = true
		}
	}
	if s.opts.Base != nil {
		for k := range s.opts.Base.s.shared {
			s.shared[k] = true
		}
	}
	for k := range s.shared {
		router := s.routerIndex(k.router)
		in := s.byVRF[vrfKey{router, k.vrf}]
		if in == nil || s.direct(in, k.addr) || !in.follows(k.addr) {
			delete(s.shared, k)
			continue
		}
		var with []netip.Prefix
		wanted := false
		for _, q := range s.prefixes {
			t := s.tables[q]
			if t == nil || network.FamilyOf(q) != network.FamilyOfAddr(k.addr) {
				continue
			}
			paths, _ := s.at(t, in.id)
			any := false
			for i := range paths {
				if c := &paths[i]; c.from >= 0 && s.workers[0].hop(c.hop).addr == k.addr {
					any = true
					wanted = wanted || s.peers[c.from].connectedOnly()
				}
			}
			if any {
				with = append(with, q)
			}
		}
		if !wanted {
			delete(s.shared, k)
			continue
		}
		for _, q := range with {
			s.uncertain[Uncertainty{Router: in.router, Prefix: q, Why: sharedHop, Arrival: true}] = true
		}
	}
}
