package bgp

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/policy"
	"github.com/routegate/routegate/routing/rib"
)

// A pipe of BIRD copies every route of one table into another, whatever protocol it is of and whether it is the best, through a
// filter. The route keeps its source, by which it is judged and sent, its preference, and the gateway that it had where
// it began. It does not go back through the pipe that it came by. Of two chains of pipes that bring one route to one
// table the first one stays ("Pipe collision"): here the one that the file names first. All of this was seen with 2.0.12.

// addPipes makes the leaks that are pipes into an instance.
func (s *solver) addPipes(in *instance, f network.Family) {
	for _, l := range in.config.Families[f].Leaks {
		if from := s.byVRF[vrfKey{in.router, l.From}]; l.Pipe != "" && from != nil && from != in && !in.lacks(l.Policy) {
			s.leaks = append(s.leaks, &leak{from: from, to: in, family: f, policy: l.Policy, name: from.named(), pipe: l.Pipe, taken: map[netip.Prefix][]path{}})
		}
	}
}

// piping is one round of all pipes: who pours out of which table, and what the tables say of routes that are not BGP's.
type piping struct {
	s      *solver
	out    map[*instance][]*leak
	order  []*instance // that pour
	others map[otherRoute]rib.Route
	asked  map[*instance]bool
}

// otherRoute names a route of a table that is not BGP's.
type otherRoute struct {
	in       *instance
	prefix   netip.Prefix
	protocol network.Protocol
}

func (s *solver) newPiping() *piping {
	p := &piping{s: s, out: map[*instance][]*leak{}, others: map[otherRoute]rib.Route{}, asked: map[*instance]bool{}}
	for _, l := range s.leaks {
		if l.pipe == "" {
			continue
		}
		if p.out[l.from] == nil {
			p.order = append(p.order, l.from)
		}
		p.out[l.from] = append(p.out[l.from], l)
	}
	return p
}

// pipeAll pours the routes of all tables anew, and adds to changed the prefixes that must be solved again.
func (s *solver) pipeAll(changed map[netip.Prefix]bool) {
	p := s.newPiping()
	if len(p.order) == 0 {
		return
	}
	for _, prefix := range s.prefixes {
		now := p.pour(prefix)
		for _, l := range s.leaks {
			if l.pipe != "" && network.FamilyOf(prefix) == l.family {
				s.take(l, prefix, now[l], changed)
			}
		}
	}
}

// pour finds what every pipe brings of a prefix.
func (p *piping) pour(prefix netip.Prefix) map[*leak][]path {
	t := p.s.tables[prefix]
	if t == nil {
		return nil
	}
	all := map[*leak][]path{}
	for _, in := range p.order {
		paths, _ := p.s.own(t, in.id)
		for i := range paths {
			if c := &paths[i]; c.source != FromVRF {
				p.follow(all, in, nil, prefix, p.native(in, prefix, c), map[*instance]path{in: *c})
			}
		}
	}
	for _, list := range all {
		slices.SortStableFunc(list, func(a, b path) int { return cmp.Or(cmp.Compare(a.via, b.via), cmp.Compare(a.id, b.id)) })
	}
	return all
}

// follow carries a route on from a table where it is through all pipes but the one that brought it.
func (p *piping) follow(all map[*leak][]path, at *instance, by *leak, prefix netip.Prefix, c path, seen map[*instance]path) {
	for _, l := range p.out[at] {
		if l.family != network.FamilyOf(prefix) || by != nil && l.pipe == by.pipe {
			continue
		}
		next, ok := p.through(l, prefix, c)
		if !ok {
			continue
		}
		if old, twice := seen[l.to]; twice {
			if old.source == FromVRF {
				p.s.uncertain[Uncertainty{Router: l.to.router, Prefix: prefix, Arrival: true, Span: l.policy.Span,
					Why: "several chains of pipes bring the route to table " + l.to.named() + ": it has the one that came first"}] = true
			}
			continue
		}
		seen[l.to] = next
		all[l] = append(all[l], next)
		p.follow(all, l.to, l, prefix, next, seen)
	}
}

// native is a route of a table as pipes take it on from there.
func (p *piping) native(in *instance, prefix netip.Prefix, c *path) path {
	x := *c
	x.from, x.via, x.source = -1, c.from, FromVRF
	h := p.s.in.at(c.hop)
	h.vrf, h.gates = in.named(), p.s.in.gates(in.named(), p.leads(in, prefix, c))
	x.hop = p.s.in.hop(h)
	return x
}

// leads is where packets go that follow a route in its own table.
func (p *piping) leads(in *instance, prefix netip.Prefix, c *path) []rib.NextHop {
	s := p.s
	if c.from < 0 {
		r, ok := p.other(in, prefix, c.attrs.Learned.Protocol)
		if !ok {
			return []rib.NextHop{{Drop: true}}
		}
		return r.NextHops
	}
	h := s.in.at(c.hop)
	switch {
	case c.lost():
		return []rib.NextHop{{Drop: true}}
	case h.scope != "":
		return []rib.NextHop{{Via: h.addr, Interface: h.scope}}
	case !s.peers[c.from].config.GatewayDirect:
		return s.under.Hops(in.router, in.table, h.addr, true)
	}
	if f, _ := s.connected(in, h.addr); f != nil {
		return []rib.NextHop{{Via: h.addr, Interface: f.Name}}
	}
	return []rib.NextHop{{Drop: true}}
}

// other is a route of an instance's table that is not BGP's.
func (p *piping) other(in *instance, prefix netip.Prefix, of network.Protocol) (rib.Route, bool) {
	if !p.asked[in] {
		p.asked[in] = true
		for _, f := range network.Families {
			for r := range p.s.under.Routes(in.router, in.table, f) {
				p.others[otherRoute{in, r.Prefix, r.Protocol}] = r
			}
		}
	}
	r, ok := p.others[otherRoute{in, prefix, of}]
	return r, ok
}

// through puts a route through the filter of a pipe.
func (p *piping) through(l *leak, prefix netip.Prefix, c path) (path, bool) {
	if !l.policy.IsSet() {
		return c, true
	}
	s := p.s
	rt := s.tested(l.to, prefix, &c)
	rt.Direction = policy.Import
	was := rt.Attributes
	res := l.to.policies.Chain(network.PolicyChain{Policies: []network.Ref{l.policy}, Default: network.Reject}, rt, l.to.config.Missing.Policy)
	s.workers[0].doubt(l.to, prefix, res.Uncertain)
	if res.Disposition == network.Reject {
		return path{}, false
	}
	a := res.Route.Attributes
	if h := s.in.at(c.hop); a.NextHop != was.NextHop {
		h.global, h.named = a.NextHop, true // of others; packets go where they went
		c.hop = s.in.hop(h)
	}
	if c.via < 0 && countGiven(was) > 0 {
		written := *a
		written.Weight = was.Weight // BIRD's preference is none of them
		a.Learned.Tidied = a.Learned.Tidied || s.in.attrs(&written) != c.attrs
	}
	c.attrs = s.in.attrs(a)
	return c, true
}

// piped is what the table holds of a route out of a pipe that is not BGP's besides its next hops: as in its own table.
func (s *solver) piped(in *instance, prefix netip.Prefix, c *path) (r rib.Route) {
	home := s.byVRF[vrfKey{in.router, s.in.at(c.hop).vrf}]
	if s.in.at(c.hop).vrf == "default" {
		home = s.byVRF[vrfKey{in.router, ""}]
	}
	if home == nil {
		return r
	}
	for x := range s.under.Routes(home.router, home.table, network.FamilyOf(prefix)) {
		if x.Prefix == prefix && x.Protocol == c.attrs.Learned.Protocol {
			return x
		}
	}
	return r
}

// gates is a set of resolved next hops in a form that a path can name.
func (in *interner) gates(vrf string, hops []rib.NextHop) uint32 {
	list := make([]hopID, 0, len(hops))
	for _, h := range hops {
		if h.Drop {
			list = append(list, in.hop(hop{vrf: vrf}))
			continue
		}
		list = append(list, in.hop(hop{addr: h.Via, scope: h.Interface}))
	}
	return in.set(list)
}

// gatesOf are the next hops of such a set. They hold whatever stands in the table where the path is now.
func (in *interner) gatesOf(h hop) []rib.NextHop {
	var out []rib.NextHop
	for _, id := range in.hopsOf(h.gates) {
		n := in.at(id).next(0)
		n.OnLink = n.Via.IsValid()
		out = append(out, n)
	}
	return out
}
