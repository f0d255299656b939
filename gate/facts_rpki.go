package gate

import (
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/policies"
	"github.com/routegate/routegate/routing/bgp"
	"github.com/routegate/routegate/routing/rov"
)

// rpkiSource is the file of VRPs that the side names, and its age at the time of the check.
func (s *side) rpkiSource(now time.Time) policies.RPKISource {
	v := s.net.Env.RPKI.VRPs
	if v == nil {
		return policies.RPKISource{}
	}
	return policies.RPKISource{File: v.File, Generated: v.Generated.Format(time.RFC3339), VRPs: len(v.List),
		AgeHours: math.Round(now.Sub(v.Generated).Hours()*100) / 100}
}

// addRPKI validates both sides by the VRPs of the proposed one.
func addRPKI(in *policies.Input, before, after *side, concerned map[string]bool) {
	in.Effects.Revalidated = []policies.RevalidatedEffect{}
	is, was := after.net.Env.RPKI.VRPs, before.net.Env.RPKI.VRPs
	table := rov.New(is)
	in.Before.RPKI = policies.RPKIFacts{Originated: before.validated(table, concerned), Accepted: before.invalids(table, concerned)}
	in.After.RPKI = policies.RPKIFacts{Originated: after.validated(table, concerned), Accepted: after.invalids(table, concerned)}
	if is == nil || was == nil || is == was {
		return
	}
	old := rov.New(was)
	for _, f := range after.validated(table, nil) { // of every router: ROAs change nobody's configuration
		if f.State != rov.Invalid.String() {
			continue
		}
		if state := old.Validate(netip.MustParsePrefix(f.Prefix), f.Origin, f.Origin != 0); state != rov.Invalid {
			in.Effects.Revalidated = append(in.Effects.Revalidated, policies.RevalidatedEffect{Prefix: f.Prefix, Origin: f.Origin,
				Before: state.String(), Reason: f.Reason, Routers: f.Routers, Neighbors: f.Neighbors, VRPs: f.VRPs, Span: f.Span})
		}
	}
	in.Effects.Truncated = trim(&in.Effects.Revalidated) || in.Effects.Truncated
}

// validated are the prefixes that our routers originate and send outside, as they are sent. It looks at those that a router
// concerned originates or sends; at all where concerned is nil.
func (s *side) validated(table *rov.Table, concerned map[string]bool) []policies.ValidatedFacts {
	out := []policies.ValidatedFacts{}
	if table == nil {
		return out
	}
	type key struct {
		prefix netip.Prefix
		origin uint32 // 0: not known
	}
	type found struct {
		first   bgp.Origination
		senders []*bgp.Session
	}
	by := map[key]*found{}
	sent := map[*bgp.Session]map[netip.Prefix]*network.PathAttributes{}
	for p, list := range s.originations() {
		for _, x := range s.res.Receivers(p) {
			if concerned != nil && !concerned[x.Router] && !slices.ContainsFunc(list, func(o bgp.Origination) bool { return concerned[o.Router] }) ||
				!s.learned(x.Router, x.VRF, p).own {
				continue
			}
			if sent[x] == nil {
				sent[x] = s.sentOwn(x)
			}
			a := sent[x][p]
			if a == nil {
				continue
			}
			origin, ok := rov.Origin(a.ASPath, 0)
			if !ok {
				origin = 0
			}
			k := key{p, origin}
			if by[k] == nil {
				by[k] = &found{first: list[0]}
			}
			by[k].senders = append(by[k].senders, x)
		}
	}
	keys := slices.SortedFunc(maps.Keys(by), func(a, b key) int {
		if c := comparePrefix(a.prefix, b.prefix); c != 0 {
			return c
		}
		return int(int64(a.origin) - int64(b.origin))
	})
	for _, k := range keys {
		f := by[k]
		state := table.Validate(k.prefix, k.origin, k.origin != 0)
		v := policies.ValidatedFacts{Prefix: k.prefix.String(), Origin: k.origin, State: state.String(), VRPs: s.vrpFacts(table.Covering(k.prefix))}
		if state == rov.Invalid {
			v.Reason = invalidReason(table.Covering(k.prefix), k.origin)
		}
		for _, x := range f.senders {
			v.Routers = append(v.Routers, x.Router)
			v.Neighbors = append(v.Neighbors, s.neighborWords(x))
		}
		slices.Sort(v.Routers)
		slices.Sort(v.Neighbors)
		v.Routers, v.Neighbors = slices.Compact(v.Routers), slices.Compact(v.Neighbors)
		v.Neighbors = v.Neighbors[:min(len(v.Neighbors), 10)]
		vrf := s.net.Router(f.first.Router).VRF(f.first.VRF)
		v.Span = s.span(s.originSpan(f.first.Router, vrf, network.FamilyOf(k.prefix), k.prefix, f.first.Source))
		out = append(out, v)
	}
	return out
}

// sentOwn is what goes to a neighbor outside of the prefixes that our routers originate.
func (s *side) sentOwn(x *bgp.Session) map[netip.Prefix]*network.PathAttributes {
	out := map[netip.Prefix]*network.PathAttributes{}
	own := s.originations()
	for _, f := range network.Families {
		if !x.Families[f] {
			continue
		}
		for a := range s.res.Advertised(x.Router, x.VRF, x.Neighbor, f) {
			if _, ok := own[a.Prefix]; ok {
				out[a.Prefix] = a.Attributes
			}
		}
	}
	return out
}

// invalids are the invalid routes that the routers concerned accept from outside.
func (s *side) invalids(table *rov.Table, concerned map[string]bool) []policies.InvalidFacts {
	out := []policies.InvalidFacts{}
	if table == nil {
		return out
	}
	for x := range s.external {
		if !concerned[x.Router] {
			continue
		}
		own := uint32(0)
		if b := bgpOf(s.net, x.Router, x.VRF); b != nil {
			own = b.AS
		}
		origins := map[netip.Prefix]uint32{}
		for _, f := range network.Families {
			if !x.Families[f] {
				continue
			}
			for p, a := range s.res.Heard(x.Router, x.VRF, x.Neighbor, f) {
				origin, ok := rov.Origin(a.ASPath, own)
				if table.Validate(p, origin, ok) != rov.Invalid {
					continue
				}
				if !ok {
					origin = 0
				}
				origins[p] = origin
			}
		}
		if len(origins) == 0 {
			continue
		}
		v := policies.InvalidFacts{Router: x.Router, Neighbor: x.Neighbor, NeighborAS: x.RemoteAS, Relation: s.relationWord(x.RemoteAS), Count: len(origins)}
		prefixes := slices.SortedFunc(maps.Keys(origins), comparePrefix)
		for _, p := range prefixes[:min(len(prefixes), 5)] {
			v.Prefixes, v.Origins = append(v.Prefixes, p.String()), append(v.Origins, origins[p])
		}
		first := prefixes[0]
		v.Example = invalidWords(table.Covering(first), first, origins[first])
		v.Span = s.span(importSpan(x, network.FamilyOf(first)))
		out = append(out, v)
	}
	return out
}

// importSpan is the line that names the import policy, else the neighbor's.
func importSpan(x *bgp.Session, f network.Family) network.Span {
	if x.Config == nil {
		return network.Span{}
	}
	if in := x.Config.Families[f].Import; in.Configured() && !in.Span.IsZero() {
		return in.Span
	}
	return x.Config.Span
}

func (s *side) vrpFacts(list []network.VRP) []policies.VRPFacts {
	out := []policies.VRPFacts{}
	file := ""
	if v := s.net.Env.RPKI.VRPs; v != nil {
		file = v.File
	}
	for _, v := range list[:min(len(list), 10)] {
		span := policies.Span{Side: "after", File: file, First: int(v.Line), Last: int(v.Line)}
		out = append(out, policies.VRPFacts{Prefix: v.Prefix.String(), MaxLength: int(v.MaxLength), AS: v.AS, Anchor: v.Anchor, Span: span})
	}
	return out
}

// invalidReason is what an invalid route breaks: its origin stands in some VRP for shorter prefixes, or in none.
func invalidReason(covering []network.VRP, origin uint32) string {
	if origin != 0 && slices.ContainsFunc(covering, func(v network.VRP) bool { return v.AS == origin }) {
		return "length"
	}
	return "origin"
}

func invalidWords(covering []network.VRP, p netip.Prefix, origin uint32) string {
	who := fmt.Sprintf("AS%d", origin)
	if origin == 0 {
		who = "an AS_SET"
	}
	v := covering[0]
	return fmt.Sprintf("%s of %s, where a ROA authorizes AS%d for %s up to /%d", p, who, v.AS, v.Prefix, v.MaxLength)
}
