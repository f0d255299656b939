package lab

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/gate"
	"github.com/routegate/routegate/network"
)

// document renders what was seen in the form of `routegate routes`, so that both can
// be laid side by side. Main chooses the main tables; an empty router means all of
// them, an invalid prefix everything, and only the routing instance of that name counts.
func document(n *network.Network, seen map[string]*Tables, router, vrf string, prefix netip.Prefix, main bool) *gate.Tables {
	doc := &gate.Tables{Schema: gate.TablesSchema, Converged: true, Tables: []gate.Table{}, Warnings: []string{}, Uncertain: []gate.TableDoubt{}}
	for _, r := range n.Routers {
		t, v := seen[Key(r.Name, vrf)], r.VRF(vrf)
		if t == nil || v == nil || router != "" && r.Name != router {
			continue
		}
		for _, f := range network.Families {
			x := gate.Table{Router: r.Name, VRF: vrf, Kind: "bgp", Family: f.String(), Prefixes: []gate.TablePrefix{}, Routes: []gate.TableRoute{}}
			if b := v.BGP; b != nil {
				x.AS = b.AS
				if b.RouterID.IsValid() {
					x.RouterID = b.RouterID.String()
				}
			}
			if main {
				x.Kind = "main"
				x.Routes = mainDocument(t, f, prefix)
			} else {
				x.Prefixes = bgpDocument(v.BGP, t, f, prefix)
			}
			if len(x.Prefixes)+len(x.Routes) > 0 {
				doc.Tables = append(doc.Tables, x)
			}
		}
	}
	return doc
}

func wanted[V any](m map[netip.Prefix]V, f network.Family, prefix netip.Prefix) []netip.Prefix {
	var all []netip.Prefix
	for p := range maps.Keys(m) {
		if network.FamilyOf(p) == f && (!prefix.IsValid() || p == prefix) {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, netip.Prefix.Compare)
	return all
}

func mainDocument(t *Tables, f network.Family, prefix netip.Prefix) []gate.TableRoute {
	out := []gate.TableRoute{}
	for _, p := range wanted(t.Main, f, prefix) {
		s := t.Main[p]
		out = append(out, gate.TableRoute{Prefix: p.String(), Protocol: s.Protocol, Distance: uint8(s.Distance), Metric: uint32(s.Metric), NextHops: s.NextHops})
	}
	return out
}

func bgpDocument(b *network.BGP, t *Tables, f network.Family, prefix netip.Prefix) []gate.TablePrefix {
	out := []gate.TablePrefix{}
	for _, p := range wanted(t.BGP, f, prefix) {
		x := gate.TablePrefix{Prefix: p.String()}
		paths := slices.Clone(t.BGP[p])
		slices.SortStableFunc(paths, func(a, b SeenPath) int { return cmp.Compare(rank(a), rank(b)) })
		for i := range paths {
			x.Paths = append(x.Paths, pathDocument(b, &paths[i]))
		}
		out = append(out, x)
	}
	return out
}

// rank puts the best path first and the unusable ones last.
func rank(p SeenPath) int {
	switch {
	case p.Best:
		return 0
	case p.Multipath:
		return 1
	case p.Valid:
		return 2
	}
	return 3
}

func pathDocument(b *network.BGP, s *SeenPath) gate.TablePath {
	a := &s.Attributes
	p := gate.TablePath{Valid: s.Valid, Best: s.Best, Multipath: s.Multipath, Weight: a.Weight, ASPath: a.ASPath.String(),
		Origin: a.Origin.String(), From: s.Neighbor, Source: "neighbor", Reason: s.Reason, Communities: []string{}}
	if s.Neighbor == "" {
		p.Source = "network"
	}
	if a.NextHop.IsValid() && !a.NextHop.IsUnspecified() {
		p.NextHop = a.NextHop.String()
	}
	if a.HasMED {
		p.Metric = &a.MED
	}
	if a.HasLocalPref {
		p.LocalPref = &a.LocalPref
	}
	for _, c := range a.Communities {
		p.Communities = append(p.Communities, c.String())
	}
	for _, c := range a.Large {
		p.Communities = append(p.Communities, c.String())
	}
	if b != nil {
		if n := b.Neighbor(s.Neighbor); n != nil {
			p.Internal = n.RemoteAS.Kind == network.RemoteASInternal || n.RemoteAS.Number == b.AS
		}
	}
	return p
}
