package diff

import (
	"cmp"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// Behave compares two solved snapshots: what the routers would do before a change, and
// after it. It reads both results and changes neither; equal results give an
// empty Behaviour. A result that did not converge must not be compared: its tables are
// one of several states, and the gate answers "unknown" instead.
func Behave(before, after *routing.Result) *Behaviour {
	b := &Behaviour{}
	b.Sessions = sessionChanges(before, after)
	changed := routing.Changed(before, after)
	b.compareChanged(before, after, changed)
	outside := outsideNeighbors(before, after)
	for _, in := range instancesOf(before.Network, after.Network) {
		for _, f := range network.Families {
			b.compareAnnouncements(before, after, in, outside[in], f)
		}
	}
	b.Touched.RoutesTotal = before.Total()
	b.Origins = originChanges(before, after)
	b.Reachability = reachabilityChanges(before, after, changed)
	b.sort()
	b.touch(before, after)
	return b
}

// instance is one routing instance of one router, on either side.
type instance struct{ router, vrf string }

func instancesOf(nets ...*network.Network) []instance {
	var all []instance
	for _, n := range nets {
		for _, r := range n.Routers {
			for _, v := range r.VRFs {
				all = append(all, instance{r.Name, v.Name})
			}
		}
	}
	slices.SortFunc(all, func(a, b instance) int {
		return cmp.Or(cmp.Compare(a.router, b.router), cmp.Compare(a.vrf, b.vrf))
	})
	return slices.Compact(all)
}

// has reports whether a network holds the instance at all: an accessor of a
// result is only asked about instances that exist.
func has(n *network.Network, in instance) bool {
	r := n.Router(in.router)
	return r != nil && r.VRF(in.vrf) != nil
}

func (b *Behaviour) sort() {
	slices.SortStableFunc(b.Routes, func(x, y RouteChange) int {
		return cmp.Or(comparePrefix(x.Prefix, y.Prefix), cmp.Compare(x.Router, y.Router), cmp.Compare(x.VRF, y.VRF))
	})
	slices.SortStableFunc(b.Announcements, func(x, y AnnouncementChange) int {
		return cmp.Or(comparePrefix(x.Prefix, y.Prefix), cmp.Compare(x.Router, y.Router), cmp.Compare(x.VRF, y.VRF), cmp.Compare(x.Neighbor, y.Neighbor))
	})
	slices.SortStableFunc(b.Redundancy, func(x, y RedundancyChange) int {
		return cmp.Or(comparePrefix(x.Prefix, y.Prefix), cmp.Compare(x.Router, y.Router), cmp.Compare(x.VRF, y.VRF))
	})
}

// touch fills in how far the change reaches.
func (b *Behaviour) touch(before, after *routing.Result) {
	t := &b.Touched
	t.RoutersTotal = len(after.Network.Routers)
	for _, r := range after.Network.Routers {
		if before.Network.Router(r.Name) != r {
			t.RoutersConfigured = append(t.RoutersConfigured, r.Name)
		}
	}
	for _, r := range before.Network.Routers {
		if after.Network.Router(r.Name) == nil {
			t.RoutersConfigured = append(t.RoutersConfigured, r.Name)
		}
	}
	slices.Sort(t.RoutersConfigured)

	behaving := map[string]bool{}
	for i := range b.Sessions {
		behaving[b.Sessions[i].Router] = true
	}
	for i := range b.Routes {
		c := &b.Routes[i]
		behaving[c.Router] = true
		switch c.Kind {
		case RouteWithdrawn:
			t.RoutesWithdrawn++
		case RouteNew:
			t.RoutesNew++
		case RouteMoved:
			t.RoutesMoved++
		case RouteAttributes:
			t.RoutesAttributes++
		}
	}
	for i := range b.Announcements {
		behaving[b.Announcements[i].Router] = true
	}
	for r := range behaving {
		t.RoutersBehaving = append(t.RoutersBehaving, r)
	}
	slices.Sort(t.RoutersBehaving)
	t.countSessions(before)
	t.countOutside(before, after)
}
