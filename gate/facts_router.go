package gate

import (
	"iter"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/policies"
	"github.com/routegate/routegate/routing/bgp"
	"github.com/routegate/routegate/routing/policy"
)

// routerFacts are the routers concerned, as they are configured on this side.
func (s *side) routerFacts(concerned map[string]bool, changed []string) []policies.RouterFacts {
	out := []policies.RouterFacts{}
	for _, r := range s.net.Routers {
		if !concerned[r.Name] {
			continue
		}
		refs := references(r)
		f := policies.RouterFacts{
			Name: r.Name, Dialect: r.Dialect, Role: s.net.Env.Device(r.Name).Role, Changed: slices.Contains(changed, r.Name),
			Neighbors: []policies.NeighborFacts{}, Policies: s.policyFacts(r, refs), Dangling: s.dangling(r, refs),
			Redistributions: []policies.RedistFacts{},
		}
		for i := range r.Files {
			_, _, n := r.Files[i].Count()
			f.NotModelled += n
		}
		for _, v := range r.VRFs {
			if v.BGP != nil {
				if f.AS == 0 {
					f.AS = v.BGP.AS
				}
				var unusable [network.NumFamilies]map[string]unusablePaths
				for _, fam := range network.Families {
					unusable[fam] = s.unusable(r.Name, v.Name, fam)
				}
				for _, n := range v.BGP.Neighbors {
					f.Neighbors = append(f.Neighbors, s.neighborFacts(r, v, n, &unusable))
				}
			}
			f.Redistributions = append(f.Redistributions, s.redistFacts(r, v)...)
		}
		out = append(out, f)
	}
	return out
}

func (s *side) neighborFacts(r *network.Router, v *network.VRF, n *network.Neighbor, unusable *[network.NumFamilies]map[string]unusablePaths) policies.NeighborFacts {
	f := policies.NeighborFacts{
		Key: n.Key(), VRF: v.Name, Description: n.Description, RemoteAS: n.RemoteAS.Number, State: bgp.Down.String(),
		External: true, Shutdown: n.Shutdown, Families: []policies.FamilyFacts{}, Span: s.span(n.Span),
		EBGP: n.RemoteAS.Kind == network.RemoteASExternal || n.RemoteAS.Kind == network.RemoteASNumber && n.RemoteAS.Number != v.BGP.AS,
	}
	x := s.session(r.Name, v.Name, n.Key())
	if x != nil {
		f.State, f.External, f.EBGP = x.State.String(), x.External(), x.Type == bgp.EBGP
		if f.Reason = x.Detail; f.Reason == "" {
			f.Reason = x.Reason.String()
		}
		if x.RemoteAS != 0 {
			f.RemoteAS = x.RemoteAS
		}
	}
	if f.External {
		f.Relation = s.relationWord(f.RemoteAS)
	}
	for _, fam := range network.Families {
		nf := &n.Families[fam]
		if !nf.Active {
			continue
		}
		ff := policies.FamilyFacts{
			Family: fam.String(), Import: chainNames(nf.Import, nf.DistributeIn, nf.PrefixListIn, nf.FilterListIn),
			Export:               chainNames(nf.Export, nf.DistributeOut, nf.PrefixListOut, nf.FilterListOut),
			ImportAcceptsAll:     s.acceptsAll(r, v.BGP, n, fam, policy.Import, f.RemoteAS, f.EBGP),
			ImportAcceptsForeign: s.acceptsForeign(r, v.BGP, n, fam, policy.Import, f.RemoteAS, f.EBGP),
			ExportAcceptsAll:     s.acceptsAll(r, v.BGP, n, fam, policy.Export, f.RemoteAS, f.EBGP),
			Span:                 s.span(n.Span),
		}
		if f.External && s.acceptsForeign(r, v.BGP, n, fam, policy.Export, f.RemoteAS, f.EBGP) {
			ff.ExportAcceptsForeign = s.exportOpen(r, v.BGP, n, fam, f.RemoteAS, foreignPrefixes[fam])
			ff.ExportRefusesNothing = ff.ExportAcceptsForeign && s.exportOpen(r, v.BGP, n, fam, f.RemoteAS, nil)
		}
		if m := nf.MaximumPrefix; m != nil {
			ff.MaximumPrefix = &policies.MaxPrefix{Limit: int(m.Limit), WarningOnly: m.WarningOnly, Span: s.span(m.Span)}
		}
		if x != nil {
			u := unusable[fam][x.Neighbor]
			ff.Unusable, ff.UnusableExample = u.count, u.example
			ff.Received, ff.Accepted, ff.Sent = x.Received[fam], x.Accepted[fam], x.Sent[fam]
		}
		f.Families = append(f.Families, ff)
	}
	return f
}

func chainNames(c network.PolicyChain, filters ...network.Ref) []string {
	out := []string{}
	for _, p := range c.Policies {
		out = append(out, p.Name)
	}
	for _, f := range filters {
		if f.IsSet() {
			out = append(out, f.Name)
		}
	}
	// A default that stands without a policy (GoBGP default-import-policy) is a decision as well.
	if len(out) == 0 && c.Default == network.Reject {
		out = append(out, "default "+c.Default.String())
	}
	return out
}

// dangling are the references to what the router does not define.
func (s *side) dangling(r *network.Router, refs []reference) []policies.DanglingRef {
	out := []policies.DanglingRef{}
	for i := range refs {
		if x := &refs[i]; !x.exists(r) {
			out = append(out, policies.DanglingRef{Kind: x.word(r.Dialect), Name: x.name, By: x.by, Effect: x.effect, Span: s.span(x.span)})
		}
	}
	return out
}

// redistFacts are the redistributions of one routing instance.
func (s *side) redistFacts(r *network.Router, v *network.VRF) []policies.RedistFacts {
	var out []policies.RedistFacts
	add := func(into string, x *network.Redistribution, f network.Family) {
		from := x.From.String()
		if x.From == network.OtherProtocol && x.Name != "" {
			from = x.Name
		}
		out = append(out, policies.RedistFacts{Into: into, From: from, Policy: x.Policy.Name, Filtered: s.redistributeFilters(r, x, f),
			Routes: s.redistributed(r, v, into, x, f), Span: s.span(x.Span)})
	}
	if v.BGP != nil {
		for _, f := range network.Families {
			for i := range v.BGP.Families[f].Redistribute {
				add("bgp", &v.BGP.Families[f].Redistribute[i], f)
			}
		}
	}
	for _, o := range v.OSPF {
		for i := range o.Redistribute {
			add("ospf", &o.Redistribute[i], network.IPv4Unicast)
		}
	}
	return out
}

// redistributed counts the routes of the main table that a redistribution lets through now.
func (s *side) redistributed(r *network.Router, v *network.VRF, into string, x *network.Redistribution, f network.Family) int {
	n := 0
	for range s.redistributes(r, v, into, x, f) {
		n++
	}
	return n
}

// redistributes are the routes of the main table that a redistribution lets through now, by prefix. OSPF takes no default route
// in that way, only by default-information originate.
func (s *side) redistributes(r *network.Router, v *network.VRF, into string, x *network.Redistribution, f network.Family) iter.Seq[netip.Prefix] {
	return func(yield func(netip.Prefix) bool) {
		for route := range s.res.Routes(r.Name, v.Name, f) {
			if route.Protocol != x.From || into == "ospf" && route.Prefix.Bits() == 0 {
				continue
			}
			if x.Policy.IsSet() {
				rt := policy.Route{Prefix: route.Prefix, Direction: policy.Redistribute, Type: network.RouteLocal, Protocol: route.Protocol,
					Attributes: &network.PathAttributes{MED: route.Metric, HasMED: true, Tag: route.Tag}}
				if best, ok := s.res.Best(r.Name, v.Name, route.Prefix); ok && route.Protocol == network.BGPProtocol {
					rt.Attributes, rt.Type = best.Attributes, network.RouteExternal
					if route.BGPInternal {
						rt.Type = network.RouteInternal
					}
				}
				if res, found := s.evaluator(r).Policy(x.Policy.Name, rt); !found || res.Disposition != network.Accept {
					continue
				}
			}
			if !yield(route.Prefix) {
				return
			}
		}
	}
}
