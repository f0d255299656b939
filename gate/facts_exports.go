package gate

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/policies"
	"github.com/routegate/routegate/routing/bgp"
	"github.com/routegate/routegate/routing/policy"
)

// exportKey tells apart what policies tell apart.
type exportKey struct {
	from                    string
	as                      uint32
	insideOwned, inCustomer bool
}

// exportFacts groups what the routers concerned announce outside by where it was learned.
func (s *side) exportFacts(concerned map[string]bool) []policies.ExportFacts {
	out := []policies.ExportFacts{}
	for x := range s.external {
		if !concerned[x.Router] {
			continue
		}
		var byOrigin groups[exportKey, policies.ExportFacts]
		for _, f := range network.Families {
			if !x.Families[f] {
				continue
			}
			for a := range s.res.Advertised(x.Router, x.VRF, x.Neighbor, f) {
				s.addExport(&byOrigin, x, a.Prefix)
			}
		}
		list := byOrigin.values()
		slices.SortFunc(list, func(a, b policies.ExportFacts) int {
			return cmp.Or(cmp.Compare(a.LearnedFrom, b.LearnedFrom), cmp.Compare(a.LearnedAS, b.LearnedAS), cmp.Compare(a.Examples[0], b.Examples[0]))
		})
		out = append(out, list...)
	}
	return out
}

func (s *side) addExport(by *groups[exportKey, policies.ExportFacts], x *bgp.Session, p netip.Prefix) {
	l := s.learned(x.Router, x.VRF, p)
	k := exportKey{from: "unknown", inCustomer: true}
	switch {
	case l.own:
		k.from, k.insideOwned = "own", s.owned(p)
	case !l.known && p.Bits() == 0:
		// A default route that is in no table is made for this neighbor: the router's own.
		k.from, k.insideOwned = "own", s.owned(p)
	case l.known:
		k.as = l.as
		if r, ok := s.net.Env.Relation(l.as); ok {
			k.from, k.inCustomer = r.Is.String(), inCone(r, p)
		}
	}
	e, old := by.get(k)
	if !old {
		*e = policies.ExportFacts{
			Router: x.Router, Neighbor: x.Neighbor, NeighborAS: x.RemoteAS, Relation: s.relationWord(x.RemoteAS),
			LearnedFrom: k.from, LearnedAS: k.as, InsideOwned: k.insideOwned, InCustomerCone: k.inCustomer,
			Path: l.path, Span: s.span(s.letsOut(x, p)),
		}
	}
	e.Count++
	if len(e.Examples) < 5 {
		e.Examples = append(e.Examples, p.String())
	}
}

func (s *side) owned(p netip.Prefix) bool { return within(p, s.net.Env.Owned) }

// within reports whether one of the prefixes contains p.
func within(p netip.Prefix, in []netip.Prefix) bool {
	for _, o := range in {
		if o.Bits() <= p.Bits() && o.Contains(p.Addr()) {
			return true
		}
	}
	return false
}

// inCone: a customer may announce what routegate.yaml states; anything where it states nothing.
func inCone(r network.Relation, p netip.Prefix) bool {
	return r.Is != network.Customer || len(r.Prefixes) == 0 || within(p, r.Prefixes)
}

// letsOut is the line that lets a route out: the statement of the export policy that accepts
// it; else the reference to the filter; else the neighbor.
func (s *side) letsOut(x *bgp.Session, p netip.Prefix) network.Span {
	r := s.net.Router(x.Router)
	f := network.FamilyOf(p)
	nf := &x.Config.Families[f]
	best, ok := s.res.Best(x.Router, x.VRF, p)
	if !ok {
		if nf.DefaultOriginate != nil && p.Bits() == 0 && !nf.DefaultOriginate.Span.IsZero() {
			return nf.DefaultOriginate.Span
		}
		return x.Config.Span
	}
	if nf.Export.Configured() && r != nil {
		b := r.VRF(x.VRF).BGP
		rt := policy.Route{Prefix: p, Attributes: best.Attributes, Direction: policy.Export, Peer: x.PeerAddr, PeerIface: x.Interface, PeerAS: x.RemoteAS,
			LocalAS: b.AS, LocalAddr: x.LocalAddr, Type: routeType(&best), Protocol: network.BGPProtocol, IGPMetric: best.IGPMetric}
		if res := s.evaluator(r).Chain(nf.Export, rt, b.Missing.Policy); res.Disposition == network.Accept && !res.By.IsZero() {
			return res.By
		}
		if !nf.Export.Span.IsZero() {
			return nf.Export.Span
		}
	}
	for _, ref := range []network.Ref{nf.PrefixListOut, nf.DistributeOut, nf.FilterListOut} {
		if ref.IsSet() && !ref.Span.IsZero() {
			return ref.Span
		}
	}
	return x.Config.Span
}

// routeType is how a path was learned, as policies ask for it.
func routeType(p *bgp.Path) network.RouteType {
	switch {
	case p.Source != bgp.FromNeighbor:
		return network.RouteLocal
	case p.PeerType == bgp.IBGP:
		return network.RouteInternal
	}
	return network.RouteExternal
}
