package lab

import (
	"maps"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
)

// findGathered collects the aggregates of bgpd with as-set and a map of their own that have, beside all that is predicted, an AS
// or a community of no path that is there now: see aggregate-gathered.
func (j *judgement) findGathered() {
	for _, router := range j.want.Network.Routers {
		if router.Dialect != "frr" {
			continue
		}
		for _, r := range instances(router) {
			seen := j.routers[r.key()]
			if r.vrf.BGP == nil || seen == nil {
				continue
			}
			for _, f := range r.vrf.BGP.Families {
				for i := range f.Aggregates {
					if j.gathers(r, &f.Aggregates[i], seen) {
						j.gathered.of(r.key(), f.Aggregates[i].Prefix)
					}
				}
			}
		}
	}
}

func (j *judgement) gathers(r instance, a *network.Aggregate, seen *Tables) bool {
	e := j.want.Entry(r.Name, r.vrf.Name, a.Prefix)
	if e == nil || !a.ASSet || !a.Policy.IsSet() && !a.SuppressMap.IsSet() {
		return false
	}
	i := slices.IndexFunc(e.Paths, func(p bgp.Path) bool { return p.Source == bgp.FromAggregate })
	if i < 0 {
		return false
	}
	want := held(e.Paths[i].Attributes)
	return slices.ContainsFunc(seen.BGP[a.Prefix], func(p SeenPath) bool {
		has := held(&p.Attributes)
		return p.Neighbor == "" && len(has) > len(want) && !slices.ContainsFunc(slices.Collect(maps.Keys(want)), func(x any) bool { return !has[x] })
	})
}

// held are the ASes and the communities of a route, whatever their order.
func held(a *network.PathAttributes) map[any]bool {
	all := map[any]bool{}
	for _, s := range a.ASPath {
		for _, as := range s.AS {
			all[as] = true
		}
	}
	for _, c := range a.Communities {
		all[c] = true
	}
	for _, c := range a.Large {
		all[c] = true
	}
	for _, c := range a.Ext {
		all[c] = true
	}
	return all
}
