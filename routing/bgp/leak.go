package bgp

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/policy"
)

// leak takes the BGP routes of one instance of a router into another (FRR `import vrf`). Every usable path
// is taken, not the best alone, and none that was taken from elsewhere: leaks are no chain. The path keeps
// its attributes and is judged by the neighbor that it came from in its own instance, and goes
// out to neighbors as one of the router's own. All of this was seen with FRR 8.4.4.
type leak struct {
	from, to *instance
	family   network.Family
	policy   network.Ref
	name     string // of from, as a next hop names it
	vpn      bool   // by way of the VPN table, see exportVPN
	pipe     string // the protocol of BIRD's that this is one way of, see addPipes; "" for none
	taken    map[netip.Prefix][]path
}

func (s *solver) addLeaks() {
	for _, in := range s.instances {
		if in.config.VPN != nil {
			s.addVPN(in)
			continue
		}
		for _, f := range network.Families {
			s.addPipes(in, f)
			c := &in.config.Families[f]
			if in.lacks(c.LeakPolicy) {
				continue // FRR takes nothing while the route map does not exist
			}
			for _, l := range c.Leaks {
				from := s.byVRF[vrfKey{in.router, l.From}]
				if from == nil || from == in || l.Pipe != "" {
					continue
				}
				s.leaks = append(s.leaks, &leak{from: from, to: in, family: f, policy: c.LeakPolicy, name: from.named(), taken: map[netip.Prefix][]path{}})
			}
			s.addVPNLeaks(in, f)
		}
	}
}

// lacks reports a reference to a policy that does not exist.
func (in *instance) lacks(p network.Ref) bool { return p.IsSet() && in.device.Policy(p.Name) == nil }

// named is the instance as next hops name it.
func (in *instance) named() string { return cmp.Or(in.vrf, "default") }

// leakAll takes routes anew, and adds to changed the prefixes that must be solved again.
func (s *solver) leakAll(changed map[netip.Prefix]bool) {
	for _, l := range s.leaks {
		for _, p := range s.prefixes {
			if network.FamilyOf(p) == l.family && l.pipe == "" {
				s.take(l, p, s.leak(l, p), changed)
			}
		}
	}
	s.pipeAll(changed)
}

// take puts what a leak has of a prefix now in the place of what it had.
func (s *solver) take(l *leak, p netip.Prefix, now []path, changed map[netip.Prefix]bool) {
	old := l.taken[p]
	if slices.Equal(now, old) {
		return
	}
	x := s.seed(p)
	x.own = slices.DeleteFunc(x.own, func(o ownPath) bool {
		return int(o.instance) == l.to.id && slices.Contains(old, o.path)
	})
	for _, c := range now {
		x.own = append(x.own, ownPath{int32(l.to.id), c})
	}
	l.taken[p] = now
	changed[p] = true
}

// leak makes what one instance takes of another's paths to a prefix.
func (s *solver) leak(l *leak, p netip.Prefix) []path {
	t := s.tables[p]
	if t == nil {
		return nil
	}
	if l.to.config.VPN != nil {
		return s.importVPN(l, t)
	}
	var out []path
	paths, _ := s.own(t, l.from.id)
	for i := range paths {
		c := paths[i]
		if !c.ok || c.source == FromVRF {
			continue
		}
		taken := path{attrs: c.attrs, from: -1, via: c.from, hop: s.leakedHop(l, p, &c), metric: c.metric, source: FromVRF, ok: true, kept: hopSelf}
		if l.vpn && !s.exportVPN(l, p, &taken) {
			continue
		}
		if l.policy.IsSet() {
			rt := policy.Route{Prefix: p, Attributes: s.in.whole(taken.attrs, taken.hop), Direction: policy.Import, Protocol: network.BGPProtocol, LocalAS: l.to.config.AS}
			res := l.to.policies.Chain(network.PolicyChain{Policies: []network.Ref{l.policy}}, rt, l.to.config.Missing.Policy)
			s.workers[0].doubt(l.to, p, res.Uncertain)
			if res.Disposition == network.Reject {
				continue
			}
			a := res.Route.Attributes
			if a.NextHop != rt.Attributes.NextHop {
				taken.hop = s.in.hop(hop{addr: a.NextHop, vrf: l.name})
			}
			taken.attrs = s.in.attrs(a)
			// With a route map FRR forgets that neighbors are to be told of itself as the next hop.
			taken.kept = keptRule(l.to.config, &res.Route)
		}
		out = append(out, taken)
	}
	slices.SortFunc(out, func(a, b path) int { return int(a.via) - int(b.via) })
	return out
}

// leakedHop is the path's next hop in the instance that it is taken from: for a route without one, what the
// main table there does with it.
func (s *solver) leakedHop(l *leak, p netip.Prefix, c *path) hopID {
	h := s.in.at(c.hop)
	h.vrf = l.name
	if !h.addr.IsValid() {
		h.scope = ""
		if r, ok := s.under.Route(l.from.router, l.from.vrf, p); ok && len(r.NextHops) > 0 && !r.NextHops[0].Drop {
			h.scope = r.NextHops[0].Interface
		}
	}
	return s.in.hop(h)
}

// leaked says of a path where it was taken from.
func (s *Solution) leaked(x *Path, c *path) {
	if c.source != FromVRF {
		return
	}
	if x.VRF = s.s.in.at(c.hop).vrf; x.VRF == "default" {
		x.VRF = ""
	}
	if c.via >= 0 {
		q := s.s.peers[c.via]
		x.VRFNeighbor, x.PeerType = q.config.Key(), q.state.Type
	}
}
