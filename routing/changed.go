package routing

import (
	"net/netip"
	"slices"
	"sync/atomic"

	"github.com/gaissmai/bart"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
	"github.com/routegate/routegate/routing/rib"
)

// InstanceChange names the prefixes of one routing instance whose main-table route, or the BGP path behind
// it, may differ between two results. What is not named does not differ.
type InstanceChange struct {
	Router, VRF string
	Prefixes    []netip.Prefix // sorted
}

// Changed compares the tables of two results; instances that do not change are left out. It is fast where
// one result was the Base of the other.
func Changed(before, after *Result) []InstanceChange {
	b, a := before.state, after.state
	cmp := bgp.Compare(b.bgp, a.bgp)
	out := make([][]InstanceChange, len(a.instances)+len(b.instances))
	var next atomic.Int64
	parallel(len(out), func() {
		for i := int(next.Add(1)) - 1; i < len(out); i = int(next.Add(1)) - 1 {
			var was, is *instance
			if i < len(a.instances) {
				is = &a.instances[i]
				if ri := b.router(a.net.Routers[is.router].Name); ri >= 0 {
					was = b.named(ri, is.vrf.Name)
				}
			} else {
				was = &b.instances[i-len(a.instances)]
				if ri := a.router(b.net.Routers[was.router].Name); ri >= 0 && a.named(ri, was.vrf.Name) != nil {
					continue // compared already
				}
			}
			c := InstanceChange{Prefixes: changedIn(b, a, was, is, cmp)}
			if len(c.Prefixes) == 0 {
				continue
			}
			if is != nil {
				c.Router, c.VRF = a.net.Routers[is.router].Name, is.vrf.Name
			} else {
				c.Router, c.VRF = b.net.Routers[was.router].Name, was.vrf.Name
			}
			out[i] = []InstanceChange{c}
		}
	})
	list := slices.Concat(out...)
	slices.SortFunc(list, func(x, y InstanceChange) int {
		if x.Router != y.Router {
			if x.Router < y.Router {
				return -1
			}
			return 1
		}
		if x.VRF < y.VRF {
			return -1
		}
		return 1
	})
	return list
}

// named is the instance with exactly this VRF name.
func (f *fabric) named(router int, vrf string) *instance {
	for i := f.first[router]; i < len(f.instances) && f.instances[i].router == router; i++ {
		if f.instances[i].vrf.Name == vrf {
			return &f.instances[i]
		}
	}
	return nil
}

// changedIn are the prefixes of one instance; was or is may be nil.
func changedIn(b, a *state, was, is *instance, cmp *bgp.Comparison) []netip.Prefix {
	var all []netip.Prefix
	if was == nil || is == nil {
		in := is
		if in == nil {
			in = was
		}
		for r := range in.table.All() {
			all = append(all, r.Prefix)
		}
		return all
	}
	if is.table.SharesWith(was.table) && b.wires == a.wires && cmp.Known() {
		return cmp.Prefixes(was.router, is.router, is.vrf.Name)
	}
	for _, f := range network.Families {
		all = mergeRoutes(all, was.table.Own(f), is.table.Own(f))
	}
	if cmp.Known() && len(all) == 0 && b.sameState(was, &a.fabric, is) {
		return cmp.Prefixes(was.router, is.router, is.vrf.Name)
	}
	// Next hops may be resolved otherwise: everything is looked at.
	all = all[:0]
	for _, f := range network.Families {
		all = mergeRoutes(all, was.table.AllOf(f), is.table.AllOf(f))
	}
	all = append(all, cmp.Prefixes(was.router, is.router, is.vrf.Name)...)
	slices.SortFunc(all, netip.Prefix.Compare)
	return slices.Compact(all)
}

// sameState reports whether the interfaces of two instances are in the same state.
func (s *fabric) sameState(i *instance, o *fabric, j *instance) bool {
	r, q := s.net.Routers[i.router], o.net.Routers[j.router]
	if len(r.Interfaces) != len(q.Interfaces) {
		return false
	}
	for k := range r.Interfaces {
		if r.Interfaces[k].Name != q.Interfaces[k].Name || s.wires.up(i.router, r.Interfaces[k].Name) != o.wires.up(j.router, q.Interfaces[k].Name) {
			return false
		}
	}
	return true
}

// mergeRoutes appends the prefixes at which two sorted tables differ.
func mergeRoutes(out []netip.Prefix, was, is func(func(rib.Route) bool)) []netip.Prefix {
	old := slices.Collect(was)
	i := 0
	for r := range is {
		for ; i < len(old) && old[i].Prefix.Compare(r.Prefix) < 0; i++ {
			out = append(out, old[i].Prefix)
		}
		if i < len(old) && old[i].Prefix == r.Prefix {
			if !old[i].Equal(&r) {
				out = append(out, r.Prefix)
			}
			i++
			continue
		}
		out = append(out, r.Prefix)
	}
	for ; i < len(old); i++ {
		out = append(out, old[i].Prefix)
	}
	return out
}

// ClassesWithin are those destinations that either of two results tells apart and that lie in one of the prefixes, sorted:
// where only routes to those differ, packets to any other class fare alike. It gives all classes where the wires,
// or who owns which address, differ as well.
func ClassesWithin(before, after *Result, changed []InstanceChange) []netip.Prefix {
	var in bart.Lite
	within := func(netip.Prefix) bool { return true }
	if before.state.wires.same(after.state.wires) {
		for i := range changed {
			for _, p := range changed[i].Prefixes {
				in.Insert(p)
			}
		}
		within = func(p netip.Prefix) bool { return in.LookupPrefix(p) }
	}
	all := slices.Concat(before.state.classesOf(within), after.state.classesOf(within))
	slices.SortFunc(all, netip.Prefix.Compare)
	return slices.Compact(all)
}

// same reports whether two networks have the same interfaces, in the same state on the same wires.
func (w *wires) same(o *wires) bool {
	if w == o {
		return true
	}
	if len(w.net.Routers) != len(o.net.Routers) || len(w.ports) != len(o.ports) || len(w.owners) != len(o.owners) {
		return false
	}
	for i := range w.net.Routers {
		if r, q := w.net.Routers[i], o.net.Routers[i]; r.Name != q.Name || len(r.VRFs) != len(q.VRFs) || w.failed[i] != o.failed[i] ||
			!slices.EqualFunc(r.VRFs, q.VRFs, func(x, y *network.VRF) bool { return x.Name == y.Name }) {
			return false
		}
	}
	for i := range w.ports {
		p, q := &w.ports[i], &o.ports[i]
		if p.router != q.router || p.up != q.up || p.owned != q.owned || p.linked != q.linked || p.linkLocal != q.linkLocal || !slices.Equal(p.peers, q.peers) {
			return false
		}
		if p.iface != q.iface && (p.iface.Name != q.iface.Name || p.iface.VRF != q.iface.VRF ||
			!slices.EqualFunc(p.iface.Addresses, q.iface.Addresses, func(x, y network.Address) bool { return x.Prefix == y.Prefix && x.Peer == y.Peer })) {
			return false
		}
	}
	return true
}
