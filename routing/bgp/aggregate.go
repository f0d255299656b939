package bgp

import (
	"cmp"
	"net/netip"
	"slices"
	"sort"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/policy"
)

// aggregate is one `aggregate-address` of an instance, and the route that it makes now.
type aggregate struct {
	in     *instance
	config *network.Aggregate
	path   *path // nil while nothing contributes
}

// asSet reports that the AS path holds an AS_SET of what contributes: not where bgpd refuses AS_SETs (tried with 8.4.4).
func (a *aggregate) asSet() bool { return a.config.ASSet && !a.in.config.RejectASSets }

func (s *solver) addAggregates() {
	for _, in := range s.instances {
		for _, f := range network.Families {
			list := in.config.Families[f].Aggregates
			for i := range list {
				s.aggregates = append(s.aggregates, &aggregate{in: in, config: &list[i]})
			}
		}
	}
}

// inside gives the prefixes of the network that are more specific than p.
func (s *solver) inside(p netip.Prefix) []netip.Prefix {
	i := sort.Search(len(s.prefixes), func(i int) bool { return s.prefixes[i].Compare(p) > 0 })
	n := i
	for n < len(s.prefixes) && p.Contains(s.prefixes[n].Addr()) && s.prefixes[n].Addr().BitLen() == p.Addr().BitLen() {
		n++
	}
	var out []netip.Prefix
	for _, q := range s.prefixes[i:n] {
		if q.Bits() > p.Bits() {
			out = append(out, q)
		}
	}
	return out
}

// aggregateAll makes the aggregates anew from the tables, and adds to changed the prefixes that
// must be solved again.
func (s *solver) aggregateAll(changed map[netip.Prefix]bool) {
	if len(s.aggregates) == 0 {
		return
	}
	hidden := make([]map[netip.Prefix]bool, len(s.instances))
	for _, a := range s.aggregates {
		now, hides := s.aggregate(a)
		for _, p := range hides {
			if hidden[a.in.id] == nil {
				hidden[a.in.id] = map[netip.Prefix]bool{}
			}
			hidden[a.in.id][p] = true
		}
		if now == nil && a.path == nil || now != nil && a.path != nil && *now == *a.path {
			continue
		}
		x := s.seed(a.config.Prefix)
		x.own = slices.DeleteFunc(x.own, func(o ownPath) bool { return int(o.instance) == a.in.id && o.source == FromAggregate })
		if now != nil {
			x.own = append(x.own, ownPath{int32(a.in.id), *now})
			slices.SortStableFunc(x.own, func(p, q ownPath) int {
				return cmp.Or(cmp.Compare(p.instance, q.instance), cmp.Compare(p.source, q.source))
			})
		}
		a.path = now
		changed[a.config.Prefix] = true
	}
	for i := range hidden {
		for p := range hidden[i] {
			if !s.hidden[i][p] {
				changed[p] = true
			}
		}
		for p := range s.hidden[i] {
			if !hidden[i][p] {
				changed[p] = true
			}
		}
	}
	s.hidden = hidden
}

// aggregate makes one aggregate route (RFC 4271 §9.2.2.2): while some more specific route stands
// in the table, FRR counting every usable path, aggregates of the router's own left out.
func (s *solver) aggregate(a *aggregate) (*path, []netip.Prefix) {
	parts, hides := s.parts(a)
	if len(parts) == 0 || a.config.MatchingMED && slices.ContainsFunc(parts, func(x *attrs) bool { return x.MED != parts[0].MED }) {
		return nil, nil
	}
	n := s.combine(a, parts)
	if n == nil {
		// bgpd takes back what an aggregate hides that its own policy refuses.
		return nil, nil
	}
	return &path{attrs: s.in.attrs(n), from: -1, source: FromAggregate, ok: true}, hides
}

// parts are the paths that an aggregate is made of, and the prefixes that it hides.
func (s *solver) parts(a *aggregate) (parts []*attrs, hides []netip.Prefix) {
	for _, p := range s.inside(a.config.Prefix) {
		t := s.tables[p]
		if t == nil {
			continue
		}
		found := false
		paths, _ := s.at(t, a.in.id)
		for i := range paths {
			c := &paths[i]
			if !c.ok || c.source == FromAggregate {
				continue
			}
			parts = append(parts, c.attrs)
			found = true
		}
		if found && s.suppresses(a, p) {
			hides = append(hides, p)
		}
	}
	return parts, hides
}

// combine makes the attributes of an aggregate of its parts; nil where its policy refuses them.
func (s *solver) combine(a *aggregate, parts []*attrs) *network.PathAttributes {
	n, _ := s.ownPolicy(a.in, a.config.Prefix, a.gather(parts), a.config.Policy, policy.Route{Protocol: network.BGPProtocol})
	return n
}

// gather makes what an aggregate has of its parts, before its policy. Without as-set the path is
// empty and ATOMIC_AGGREGATE says that something is lost; with it bgpd does not hand on that of a part that comes to it.
func (a *aggregate) gather(parts []*attrs) *network.PathAttributes {
	b := a.in.config
	as := b.AS
	if b.Confederation.Identifier != 0 {
		as = b.Confederation.Identifier
	}
	// FRR gives every route of its own a MED of 0.
	n := &network.PathAttributes{HasMED: true, Weight: a.in.weight, AtomicAggregate: !a.asSet(), Aggregator: network.Aggregator{AS: as, RouterID: a.in.routerID}}
	for _, x := range parts {
		n.Origin = max(n.Origin, x.Origin)
		if a.asSet() {
			n.Communities = append(n.Communities, x.Communities...)
			n.Large = append(n.Large, x.Large...)
			n.Ext = append(n.Ext, x.Ext...)
		}
	}
	if a.config.Origin != nil {
		n.Origin = *a.config.Origin
	}
	if a.asSet() {
		n.ASPath = aggregatePath(parts)
		slices.Sort(n.Communities)
		n.Communities = slices.Compact(n.Communities)
		slices.Sort(n.Ext)
		n.Ext = slices.Compact(n.Ext)
		slices.SortFunc(n.Large, func(x, y network.LargeCommunity) int {
			return cmp.Or(cmp.Compare(x.Global, y.Global), cmp.Compare(x.Data1, y.Data1), cmp.Compare(x.Data2, y.Data2))
		})
		n.Large = slices.Compact(n.Large)
	}
	return n
}

// suppresses reports whether contributing routes to a prefix are kept from being announced. bgpd asks the
// suppress-map about the prefix alone: what the map sees is a route of its own with nothing in its attributes.
func (s *solver) suppresses(a *aggregate, p netip.Prefix) bool {
	if a.config.SummaryOnly {
		return true
	}
	if !a.config.SuppressMap.IsSet() {
		return false
	}
	empty := &network.PathAttributes{NextHop: netip.IPv4Unspecified(), HasMED: true, HasLocalPref: true}
	if p.Addr().Is6() {
		empty.NextHop = netip.IPv6Unspecified()
	}
	return s.asks(a.in, a.config.SuppressMap, policy.Route{Prefix: p, Attributes: empty, Direction: policy.Condition, LocalAS: a.in.config.AS, Type: network.RouteLocal})
}

// permits tests a path of an instance's table with a route map that changes nothing.
func (s *solver) permits(in *instance, ref network.Ref, p netip.Prefix, c *path) bool {
	return s.asks(in, ref, s.tested(in, p, c))
}

func (s *solver) asks(in *instance, ref network.Ref, rt policy.Route) bool {
	res := in.policies.Chain(network.PolicyChain{Policies: []network.Ref{ref}}, rt, network.Reject)
	s.workers[0].doubt(in, rt.Prefix, res.Uncertain)
	return res.Disposition == network.Accept
}

func (s *solver) tested(in *instance, p netip.Prefix, c *path) policy.Route {
	rt := policy.Route{Prefix: p, Attributes: s.in.whole(c.attrs, c.hop), Direction: policy.Condition, LocalAS: in.config.AS, IGPMetric: c.metric, Type: network.RouteLocal}
	from := c.from
	if in.config.Habits.OneTable {
		from = c.origin()
	}
	if from >= 0 {
		q := s.peers[from]
		if in.config.Habits.OneTable {
			rt.ProtocolName, rt.From = q.config.Name, q.state.PeerAddr
		}
		rt.Peer, rt.PeerIface, rt.PeerAS, rt.LocalAddr, rt.Type = q.state.PeerAddr, q.config.Interface, q.state.RemoteAS, q.state.LocalAddr, network.RouteInternal
		if q.state.Type == EBGP {
			rt.Type = network.RouteExternal
		}
	}
	return rt
}

// suppressed reports that an aggregate keeps the prefix from being announced.
func (s *solver) suppressed(in *instance, p netip.Prefix) bool { return s.hidden[in.id][p] }

// step is one AS of a path, and in which kind of segment it stands.
type step struct {
	kind network.SegmentKind
	as   uint32
}

func steps(p network.ASPath) []step {
	var out []step
	for _, s := range p {
		for _, as := range s.AS {
			out = append(out, step{s.Kind, as})
		}
	}
	return out
}

// aggregatePath is RFC 4271 §9.2.2.2: the beginning that all paths share, then everything else as one set. As
// bgpd does it, members of a confederation count like other ASes, and the set also names an AS that
// stands in the beginning where some path has it once more.
func aggregatePath(parts []*attrs) network.ASPath {
	lead := steps(parts[0].ASPath)
	for _, x := range parts[1:] {
		y := steps(x.ASPath)
		n := 0
		for n < len(lead) && n < len(y) && lead[n] == y[n] {
			n++
		}
		lead = lead[:n]
	}
	var out network.ASPath
	for _, h := range lead {
		if n := len(out); n == 0 || out[n-1].Kind != h.kind {
			out = append(out, network.ASSegment{Kind: h.kind})
		}
		end := &out[len(out)-1]
		end.AS = append(end.AS, h.as)
	}
	var rest []uint32
	for _, x := range parts {
		for _, h := range steps(x.ASPath)[len(lead):] {
			rest = append(rest, h.as)
		}
	}
	slices.Sort(rest)
	if rest = slices.Compact(rest); len(rest) > 0 {
		out = append(out, network.ASSegment{Kind: network.ASSet, AS: rest})
	}
	return out
}
