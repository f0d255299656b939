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
		var byOrigin groups[exportKey, exported]
		for _, f := range network.Families {
			if !x.Families[f] {
				continue
			}
			for set := range s.res.SentTogether(x.Router, x.VRF, x.Neighbor, f) {
				s.addExports(&byOrigin, x, set)
			}
		}
		list := make([]policies.ExportFacts, 0, len(byOrigin.order))
		for _, k := range byOrigin.order {
			list = append(list, s.exported(x, k, byOrigin.by[k]))
		}
		slices.SortFunc(list, func(a, b policies.ExportFacts) int {
			return cmp.Or(cmp.Compare(a.LearnedFrom, b.LearnedFrom), cmp.Compare(a.LearnedAS, b.LearnedAS), cmp.Compare(a.Examples[0], b.Examples[0]))
		})
		out = append(out, list...)
	}
	return out
}

// exported are prefixes that policies do not tell apart.
type exported struct {
	count    int
	examples []netip.Prefix // the first ones, sorted
}

// addExports counts prefixes that were learned from the same neighbors.
func (s *side) addExports(by *groups[exportKey, exported], x *bgp.Session, set []netip.Prefix) {
	l := s.learned(x.Router, x.VRF, set[0])
	relation, related := s.net.Env.Relation(l.as)
	for _, p := range set {
		k := exportKey{from: "unknown", inCustomer: true}
		switch {
		case l.own, !l.known && p.Bits() == 0:
			// A default route that is in no table is made for this neighbor: the router's own.
			k.from, k.insideOwned = "own", s.owned(p)
		case l.known:
			if k.as = l.as; related {
				k.from, k.inCustomer = relation.Is.String(), inCone(relation, p)
			}
		}
		e, _ := by.get(k)
		if e.count++; len(e.examples) == exportExamples && p.Compare(e.examples[exportExamples-1]) > 0 {
			continue
		}
		i, _ := slices.BinarySearchFunc(e.examples, p, netip.Prefix.Compare)
		e.examples = slices.Insert(e.examples, i, p)
		e.examples = e.examples[:min(len(e.examples), exportExamples)]
	}
}

// exportExamples is how many prefixes of a group are named.
const exportExamples = 5

func (s *side) exported(x *bgp.Session, k exportKey, e *exported) policies.ExportFacts {
	first := e.examples[0]
	out := policies.ExportFacts{
		Router: x.Router, Neighbor: x.Neighbor, NeighborAS: x.RemoteAS, Relation: s.relationWord(x.RemoteAS),
		LearnedFrom: k.from, LearnedAS: k.as, InsideOwned: k.insideOwned, InCustomerCone: k.inCustomer,
		Path: s.learned(x.Router, x.VRF, first).path, Span: s.span(s.letsOut(x, first)), Count: e.count,
	}
	for _, p := range e.examples {
		out.Examples = append(out.Examples, p.String())
	}
	return out
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
		rt := exportOf(x, p, &best)
		rt.LocalAS = b.AS
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

// exportOf is what an export policy is asked of a path that goes over a session; the AS of the instance is the caller's.
func exportOf(x *bgp.Session, p netip.Prefix, b *bgp.Path) policy.Route {
	return policy.Route{Prefix: p, Attributes: b.Attributes, Direction: policy.Export, Peer: x.PeerAddr, PeerIface: x.Interface, PeerAS: x.RemoteAS,
		LocalAddr: x.LocalAddr, Type: routeType(b), Protocol: network.BGPProtocol, IGPMetric: b.IGPMetric}
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
