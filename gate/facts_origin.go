package gate

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/policies"
	"github.com/routegate/routegate/routing/bgp"
)

// originFacts are the prefixes that the routers concerned originate into BGP.
func (s *side) originFacts(concerned map[string]bool) []policies.OriginFacts {
	type origin struct {
		prefix  netip.Prefix
		source  bgp.Source
		routers []string
		span    network.Span
	}
	found := map[netip.Prefix]*origin{}
	var order []netip.Prefix
	for p, list := range s.originations() {
		f := network.FamilyOf(p)
		for i, x := range list {
			if !concerned[x.Router] || i > 0 && list[i-1].Router == x.Router && list[i-1].VRF == x.VRF {
				continue
			}
			o := found[p]
			if o == nil {
				v := s.net.Router(x.Router).VRF(x.VRF)
				o = &origin{prefix: p, source: x.Source, span: s.originSpan(x.Router, v, f, p, x.Source)}
				found[p] = o
				order = append(order, p)
			}
			if !slices.Contains(o.routers, x.Router) {
				o.routers = append(o.routers, x.Router)
			}
		}
	}
	slices.SortFunc(order, comparePrefix)
	out := []policies.OriginFacts{}
	for _, p := range order {
		o := found[p]
		f := policies.OriginFacts{Prefix: p.String(), Routers: o.routers, Source: o.source.String(), InsideOwned: s.owned(p),
			Announced: s.announcedOutside(p), Span: s.span(o.span)}
		if cover, as, ok := s.foreignCover(p); ok {
			f.ForeignCover, f.ForeignOrigin = cover.String(), as
		}
		out = append(out, f)
	}
	return out
}

func comparePrefix(a, b netip.Prefix) int {
	if c := a.Addr().Compare(b.Addr()); c != 0 {
		return c
	}
	return a.Bits() - b.Bits()
}

// originSpan is the line that originates.
func (s *side) originSpan(router string, v *network.VRF, f network.Family, p netip.Prefix, source bgp.Source) network.Span {
	fam := &v.BGP.Families[f]
	switch source {
	case bgp.FromNetwork, bgp.FromInjection:
		for i := range fam.Networks {
			if fam.Networks[i].Prefix == p {
				return fam.Networks[i].Span
			}
		}
	case bgp.FromAggregate:
		for i := range fam.Aggregates {
			if fam.Aggregates[i].Prefix == p {
				return fam.Aggregates[i].Span
			}
		}
	case bgp.FromRedistribution:
		route, ok := s.res.Route(router, v.Name, p)
		for i := range fam.Redistribute {
			if ok && fam.Redistribute[i].From == route.Protocol {
				if route.Protocol == network.Static && !route.Span.IsZero() {
					return route.Span // the static route says which prefix; the statement only that it goes out
				}
				return fam.Redistribute[i].Span
			}
		}
	}
	return v.BGP.Span
}

// foreignCover is the longest prefix received from outside that covers p and is not ours: a default
// route covers nothing.
func (s *side) foreignCover(p netip.Prefix) (netip.Prefix, uint32, bool) {
	ours := s.ours()
	for bits := p.Bits(); bits > 0; bits-- {
		cover, _ := p.Addr().Prefix(bits)
		if as, ok := s.foreignOrigin(cover); ok && !ours[as] && !s.owned(cover) {
			return cover, as, true
		}
	}
	return netip.Prefix{}, 0, false
}
