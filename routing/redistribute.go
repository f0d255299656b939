package routing

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/ospf"
	"github.com/routegate/routegate/routing/policy"
	"github.com/routegate/routegate/routing/rib"
)

// The metrics that ospfd gives external routes when nothing says otherwise.
const (
	defaultExternalMetric  = 20
	defaultOriginateMetric = 10 // of a default route that is in the table
	alwaysOriginateMetric  = 1
)

// externals are the routes that every OSPF process takes in, as the main tables
// stand: `redistribute` and `default-information originate`.
func (s *solver) externals() []ospf.External {
	var out []ospf.External
	for i := range s.instances {
		in := &s.instances[i]
		for pi, o := range in.vrf.OSPF {
			if o.Shutdown || s.wires.failed[in.router] {
				continue
			}
			e := ospf.External{Router: in.router, VRF: in.vrf.Name, Process: pi}
			for ri := range o.Redistribute {
				out = s.redistribute(out, in, o, &o.Redistribute[ri], e)
			}
			if o.DefaultOriginate != nil {
				out = s.originateDefault(out, in, o, e)
			}
		}
	}
	return out
}

// redistribute appends what one statement takes from the main table. The default
// route is never redistributed into OSPF: only default-information originates it.
func (s *solver) redistribute(out []ospf.External, in *instance, o *network.OSPF, rd *network.Redistribution, e ospf.External) []ospf.External {
	if rd.From == network.OSPFv2 || rd.From == network.OtherProtocol {
		s.doubt(Uncertainty{Router: s.net.Routers[in.router].Name, Span: rd.Span,
			Why: fmt.Sprintf("redistribution into OSPF from %s is not simulated", cmp.Or(rd.Name, "another OSPF process"))})
		return out
	}
	for r := range in.table.AllOf(network.IPv4Unicast) {
		if r.Protocol != rd.From || r.Prefix.Bits() == 0 {
			continue
		}
		if r.Protocol == network.Connected && !rd.Takes(s.net.Routers[in.router], r.NextHops[0].Interface) {
			continue
		}
		e.Prefix, e.Tag, e.Type, e.Connected = r.Prefix, r.Tag, cmp.Or(rd.MetricType, 2), r.Protocol == network.Connected
		e.NextHop = netip.Addr{}
		if hops := in.table.Offered(r.Prefix); len(hops) > 0 {
			e.NextHop = hops[0].Via
		}
		switch {
		case rd.Metric != nil:
			e.Metric = *rd.Metric
		case o.DefaultMetric != nil:
			e.Metric = *o.DefaultMetric
		default:
			e.Metric = defaultExternalMetric
		}
		if s.applyToExternal(in, rd.Policy, &r, &e) {
			out = append(out, e)
		}
	}
	return out
}

// originateDefault is `default-information originate`: while the table has a default
// route from elsewhere, or always.
func (s *solver) originateDefault(out []ospf.External, in *instance, o *network.OSPF, e ospf.External) []ospf.External {
	d := o.DefaultOriginate
	r, ok := in.table.Get(network.IPv4Unicast.Default())
	if ok && r.Protocol == network.OSPFv2 {
		ok = false
	}
	if !ok && !d.Always {
		return out
	}
	if !ok {
		r = rib.Route{Prefix: network.IPv4Unicast.Default(), Protocol: network.OtherProtocol}
	}
	// ospfd knows the next hop of what zebra tells it: the default route, unless it wants none to announce one, and what is redistributed,
	// route-map or not.
	if ok && (!d.Always || slices.ContainsFunc(o.Redistribute, func(rd network.Redistribution) bool { return rd.From == r.Protocol })) {
		if hops := in.table.Offered(r.Prefix); len(hops) > 0 {
			e.NextHop = hops[0].Via
		}
	}
	e.Prefix, e.Type = r.Prefix, cmp.Or(d.MetricType, 2)
	switch {
	case d.Metric != nil:
		e.Metric = *d.Metric
	case d.Always:
		e.Metric = alwaysOriginateMetric
	default:
		e.Metric = defaultOriginateMetric
	}
	if s.applyToExternal(in, d.Policy, &r, &e) {
		out = append(out, e)
	}
	return out
}

// applyToExternal runs a route-map over a route that enters OSPF and takes over
// what it sets. A route-map that does not exist denies everything.
func (s *solver) applyToExternal(in *instance, ref network.Ref, r *rib.Route, e *ospf.External) bool {
	if !ref.IsSet() {
		return true
	}
	attrs := network.PathAttributes{Tag: r.Tag, NextHop: e.NextHop}
	rt := policy.Route{Prefix: r.Prefix, Attributes: &attrs, Direction: policy.Redistribute, Protocol: r.Protocol,
		Type: network.RouteLocal, IGPMetric: r.Metric}
	if len(r.NextHops) > 0 {
		rt.Interface = r.NextHops[0].Interface
	}
	res, found := s.evaluator(in.router).Policy(ref.Name, rt)
	for _, d := range res.Uncertain {
		s.doubt(Uncertainty{Router: s.net.Routers[in.router].Name, Prefix: r.Prefix,
			Why: fmt.Sprintf("route-map %s: %s", ref.Name, d.Why), Span: d.Span})
	}
	if !found || res.Disposition != network.Accept {
		return false
	}
	if a := res.Route.Attributes; a != nil {
		if a.HasMED {
			e.Metric = a.MED
		}
		e.Tag = a.Tag
	}
	if res.Route.MetricType != 0 {
		e.Type = res.Route.MetricType
	}
	return true
}

// evaluator compiles a router's policies once.
func (s *solver) evaluator(router int) *policy.Evaluator {
	if s.evaluators[router] == nil {
		s.evaluators[router] = policy.Compile(s.net.Routers[router])
	}
	return s.evaluators[router]
}
