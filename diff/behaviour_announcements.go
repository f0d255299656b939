package diff

import (
	"net/netip"
	"reflect"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/bgp"
)

// compareAnnouncements compares what every neighbor outside of the snapshot
// receives from one instance.
func (b *Behaviour) compareAnnouncements(before, after *routing.Result, in instance, neighbors []string, f network.Family) {
	for _, key := range neighbors {
		old, cur := routing.SentDifferently(before, after, in.router, in.vrf, key, f)
		old, cur = onePath(old), onePath(cur)
		if len(old) == 0 && len(cur) == 0 {
			continue
		}
		was, is := before.Session(in.router, in.vrf, key), after.Session(in.router, in.vrf, key)
		c := AnnouncementChange{Router: in.router, VRF: in.vrf, Neighbor: key, SessionChanged: up(was) != up(is)}
		for _, s := range []*bgp.Session{was, is} {
			if s != nil {
				c.NeighborAS = s.RemoteAS
				if s.Config != nil {
					c.Span = s.Config.Span
				}
			}
		}
		merge(old, cur, func(a bgp.Advertised) netip.Prefix { return a.Prefix }, func(o, n *bgp.Advertised) {
			c := c
			switch {
			case n == nil:
				c.Prefix, c.Kind, c.Before = o.Prefix, RouteWithdrawn, o.Attributes
			case o == nil:
				c.Prefix, c.Kind, c.After = n.Prefix, RouteNew, n.Attributes
			case sameAttributes(o.Attributes, n.Attributes):
				return
			default:
				c.Prefix, c.Kind, c.Before, c.After = n.Prefix, RouteAttributes, o.Attributes, n.Attributes
			}
			b.Announcements = append(b.Announcements, c)
		})
	}
}

func up(s *bgp.Session) bool { return s != nil && s.State == bgp.Established }

// outsideNeighbors are, by instance, the keys of the sessions that lead out of the snapshot on either side.
func outsideNeighbors(before, after *routing.Result) map[instance][]string {
	keys := map[instance][]string{}
	for _, r := range []*routing.Result{before, after} {
		for i := range r.Sessions {
			if s := &r.Sessions[i]; s.External() {
				in := instance{s.Router, s.VRF}
				keys[in] = append(keys[in], s.Neighbor)
			}
		}
	}
	for in, list := range keys {
		slices.Sort(list)
		keys[in] = slices.Compact(list)
	}
	return keys
}

// onePath leaves one route a prefix: with add-path the first path stands for the prefix.
func onePath(all []bgp.Advertised) []bgp.Advertised {
	return slices.CompactFunc(all, func(x, y bgp.Advertised) bool { return x.Prefix == y.Prefix })
}

// sameAttributes compares what crosses the wire and what selection reads; two results
// never share attribute values, so pointers say nothing.
func sameAttributes(a, b *network.PathAttributes) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil {
		return false
	}
	return reflect.DeepEqual(*a, *b)
}

// originChanges compares, by prefix, which routers bring it into BGP.
func originChanges(before, after *routing.Result) []OriginChange {
	old, cur := origins(before), origins(after)
	prefixes := make([]netip.Prefix, 0, len(old))
	for p := range old {
		prefixes = append(prefixes, p)
	}
	for p := range cur {
		if _, both := old[p]; !both {
			prefixes = append(prefixes, p)
		}
	}
	slices.SortFunc(prefixes, comparePrefix)
	var out []OriginChange
	for _, p := range prefixes {
		if !slices.Equal(old[p], cur[p]) {
			out = append(out, OriginChange{Prefix: p, Before: old[p], After: cur[p]})
		}
	}
	return out
}

// origins lists, by prefix, the routers whose own route is in their BGP table.
func origins(r *routing.Result) map[netip.Prefix][]string {
	m := map[netip.Prefix][]string{}
	for p, list := range r.Originations() {
		for _, o := range list {
			if n := len(m[p]); n == 0 || m[p][n-1] != o.Router {
				m[p] = append(m[p], o.Router)
			}
		}
	}
	return m
}

// countOutside counts the prefixes that somebody outside learns, or no longer does.
func (t *Touched) countOutside(before, after *routing.Result) {
	t.PrefixesOutside, t.PrefixesWithdrawnOutside, t.PrefixesNewOutside = routing.SentOutside(before, after)
}
