package bgp

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// GoBGP has one table of VPN routes, in which a path stands under the route distinguisher of the VRF whose neighbor it is
// from, with that VRF's export targets. A VRF has what carries one of its import targets. Here each VRF is an instance
// with the paths of its own neighbors, and takes those of the router's other VRFs as leaks.

// addVPN makes the leaks into a VRF: one from each other VRF of the router.
func (s *solver) addVPN(in *instance) {
	for _, from := range s.instances {
		if from.router != in.router || from == in || from.config.VPN == nil {
			continue
		}
		for _, f := range network.Families {
			s.leaks = append(s.leaks, &leak{from: from, to: in, family: f, name: from.vrf, taken: map[netip.Prefix][]path{}})
		}
	}
}

// importVPN makes what a VRF takes of another's paths. They are judged and sent as those of the neighbors that they are from.
func (s *solver) importVPN(l *leak, t *table) []path {
	var out []path
	paths, _ := s.at(t, l.from.id)
	for _, c := range paths {
		if c.source == FromVRF || !l.to.config.VPN.Takes(c.attrs.Ext) {
			continue
		}
		h := s.in.at(c.hop)
		h.vrf = l.name
		out = append(out, path{attrs: c.attrs, from: -1, via: c.from, hop: s.in.hop(h), metric: c.metric, id: c.id, source: FromVRF, ok: c.ok, kept: c.kept})
	}
	slices.SortFunc(out, func(a, b path) int { return int(a.via) - int(b.via) })
	return out
}

// foreign reports that a VRF does not hold a path that its neighbor sent: its own targets do not let it.
func (in *instance) foreign(c *path) bool {
	return in.config.VPN != nil && c.source != FromVRF && !in.config.VPN.Takes(c.attrs.Ext)
}

// foreigners are the paths of a VRF's neighbors that it does not hold itself.
func (w *worker) foreigners(in *instance) (c []path) {
	if in.config.VPN == nil {
		return nil
	}
	for _, p := range in.arrival {
		for i := range w.in[p.id] {
			if x := &w.in[p.id][i]; in.foreign(x) {
				c = append(c, *x)
			}
		}
	}
	return c
}

// mixed reports that a VRF's paths stand under more than one route distinguisher: neighbors are sent the best of each, and have the
// one that came last (dstsToPaths goes by destination, and those are told apart by the distinguisher).
func (w *worker) mixed(in *instance, c []path) bool {
	if in.config.VPN == nil {
		return false
	}
	home := func(x *path) *instance {
		if o := x.origin(); o >= 0 {
			return w.s.peers[o].in
		}
		return in
	}
	return slices.ContainsFunc(c, func(x path) bool { return home(&x) != home(&c[0]) })
}

// marked puts a VRF's export targets to what its neighbors send, before the import policy sees it (Path.ToGlobal).
func marked(in *instance, a *network.PathAttributes) {
	if in.config.VPN == nil {
		return
	}
	list := append(slices.Clone(a.Ext), in.config.VPN.ExportTargets...)
	slices.Sort(list)
	a.Ext = slices.Compact(list)
	a.EmptyExt = len(a.Ext) == 0 // Path.SetExtCommunities puts it there, too
}
