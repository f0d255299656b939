package diff

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/sourcegraph/conc/iter"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/rib"
)

// comparePrefix orders prefixes as every table of a result is ordered.
func comparePrefix(a, b netip.Prefix) int { return a.Compare(b) }

// compareChanged compares the main tables where they may differ, on all processors.
func (b *Behaviour) compareChanged(before, after *routing.Result, changed []routing.InstanceChange) {
	parts := make([]Behaviour, len(changed))
	iter.ForEachIdx(changed, func(i int, c *routing.InstanceChange) {
		parts[i].compareTables(before, after, instance{c.Router, c.VRF}, c.Prefixes)
	})
	for i := range parts {
		b.Routes = append(b.Routes, parts[i].Routes...)
		b.Redundancy = append(b.Redundancy, parts[i].Redundancy...)
	}
}

// compareTables compares the main tables of one instance at the prefixes that may differ.
func (b *Behaviour) compareTables(before, after *routing.Result, in instance, prefixes []netip.Prefix) {
	for _, p := range prefixes {
		o, n := routeOf(before, in, p), routeOf(after, in, p)
		c := RouteChange{Prefix: p, Router: in.router, VRF: in.vrf}
		switch {
		case o == nil && n == nil:
			continue
		case n == nil:
			c.Kind = RouteWithdrawn
			c.Before = view(before, in, *o)
		case o == nil:
			c.Kind = RouteNew
			c.After = view(after, in, *n)
		default:
			c.Before, c.After = view(before, in, *o), view(after, in, *n)
			switch {
			case o.Protocol != n.Protocol || !slices.Equal(c.Before.NextHops, c.After.NextHops):
				c.Kind = RouteMoved
			case !sameAttributes(c.Before.Attributes, c.After.Attributes):
				c.Kind = RouteAttributes
			default:
				continue
			}
			b.compareRedundancy(before, after, in, o, n)
		}
		b.Routes = append(b.Routes, c)
	}
}

func routeOf(r *routing.Result, in instance, p netip.Prefix) *rib.Route {
	if has(r.Network, in) {
		if x, ok := r.Route(in.router, in.vrf, p); ok {
			return &x
		}
	}
	return nil
}

// merge pairs two lists that are sorted by prefix and calls pair with what both,
// or only one of them, hold.
func merge[T any](old, cur []T, prefix func(T) netip.Prefix, pair func(o, n *T)) {
	i, j := 0, 0
	for i < len(old) || j < len(cur) {
		switch {
		case j == len(cur) || i < len(old) && comparePrefix(prefix(old[i]), prefix(cur[j])) < 0:
			pair(&old[i], nil)
			i++
		case i == len(old) || comparePrefix(prefix(old[i]), prefix(cur[j])) > 0:
			pair(nil, &cur[j])
			j++
		default:
			pair(&old[i], &cur[j])
			i++
			j++
		}
	}
}

// view renders a route for showing; BGP routes bring their best path's attributes.
func view(r *routing.Result, in instance, route rib.Route) RouteView {
	v := RouteView{Protocol: route.Protocol}
	for _, nh := range route.NextHops {
		v.NextHops = append(v.NextHops, nextHopText(nh))
	}
	slices.Sort(v.NextHops)
	v.NextHops = slices.Compact(v.NextHops)
	if route.Protocol != network.BGPProtocol {
		return v
	}
	if best, ok := r.Best(in.router, in.vrf, route.Prefix); ok {
		v.Attributes, v.From = best.Attributes, best.Neighbor
		v.Internal = route.BGPInternal
	}
	return v
}

func nextHopText(nh rib.NextHop) string {
	switch {
	case nh.Drop:
		return "blackhole"
	case nh.Via.IsValid() && nh.Interface != "":
		return nh.Via.String() + " via " + nh.Interface
	case nh.Via.IsValid():
		return nh.Via.String()
	}
	return "directly on " + nh.Interface
}

// compareRedundancy notes fewer or more equal ways to a prefix.
func (b *Behaviour) compareRedundancy(before, after *routing.Result, in instance, o, n *rib.Route) {
	r := RedundancyChange{Prefix: n.Prefix, Router: in.router, VRF: in.vrf,
		NextHopsBefore: len(o.NextHops), NextHopsAfter: len(n.NextHops),
		RoutersBefore: distinctWays(o), RoutersAfter: distinctWays(n)}
	if r.NextHopsBefore != r.NextHopsAfter || r.RoutersBefore != r.RoutersAfter {
		b.Redundancy = append(b.Redundancy, r)
	}
}

// distinctWays counts distinct next-hop addresses: two interfaces to one address
// share that router's fate. A next hop on the wire itself counts by interface.
func distinctWays(r *rib.Route) int {
	type way struct {
		to  netip.Addr
		out string
	}
	var ways []way
	for _, nh := range r.NextHops {
		if nh.Drop {
			continue
		}
		w := way{to: nh.Via}
		if !nh.Via.IsValid() || nh.Via.IsLinkLocalUnicast() {
			w.out = nh.Interface
		}
		ways = append(ways, w)
	}
	slices.SortFunc(ways, func(a, b way) int { return cmp.Or(a.to.Compare(b.to), strings.Compare(a.out, b.out)) })
	return len(slices.Compact(ways))
}
