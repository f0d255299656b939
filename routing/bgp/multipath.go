package bgp

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// multipath gives the indices of the paths that share the traffic with the best one, the
// best first. One element: no multipath.
func (j judge) multipath(w *worker, c []path, best int) []int {
	out := []int{best}
	b := &c[best]
	limit := j.in.config.Families[j.family].MaxPaths
	if j.sort(b) == IBGP {
		limit = j.in.config.Families[j.family].MaxPathsInternal
	}
	byMED := j.in.config.Habits.MultipathByMED
	if limit <= 1 || j.local(b) && !byMED {
		return out
	}
	for i := range c {
		if i == best || !c[i].ok || c[i].lost() {
			continue
		}
		if byMED && j.alike(b, &c[i]) || !byMED && c[i].hop != b.hop && j.equal(b, &c[i]) {
			out = append(out, i)
		}
	}
	// FRR fills the set by next hop, then by neighbor (bgp_path_info_mpath_cmp).
	slices.SortStableFunc(out[1:], func(x, y int) int {
		p, q := &c[x], &c[y]
		a, b := j.beside(w, p), j.beside(w, q)
		if !a.IsValid() || !b.IsValid() {
			a, b = w.hop(p.hop).addr, w.hop(q.hop).addr
		}
		return cmp.Or(a.Compare(b), j.address(p).Compare(j.address(q)))
	})
	// Paths over one next hop count once.
	seen := map[hopID]bool{b.hop: true}
	if !byMED {
		out = slices.DeleteFunc(out, func(i int) bool {
			if i == best {
				return false
			}
			again := seen[c[i].hop]
			seen[c[i].hop] = true
			return again
		})
	}
	return out[:min(limit, len(out))]
}

// beside is the link-local address that the neighbor sends with a path beside its own global one; bgpd sorts two paths that both have one by
// it. No configuration knows most of these: see byLinkLocal. Not valid where there is none.
func (j judge) beside(w *worker, p *path) netip.Addr {
	if j.family != network.IPv6Unicast || p.from < 0 {
		return netip.Addr{}
	}
	if h := w.hop(p.hop); h.global.IsValid() {
		return h.addr
	}
	if q := j.peers[p.from].remote; q != nil && q.state.Type == EBGP && p.hop == q.families[j.family].self {
		return q.beside.addr
	}
	return netip.Addr{}
}

// fullByLinkLocal is why a multipath set is uncertain that has no room for all its equals.
const fullByLinkLocal = "more paths are equally good than maximum-paths takes: which of them are used hangs on the link-local addresses of the neighbors"

// byLinkLocal reports that the set is full, and that link-local addresses decided who is in it.
func (j judge) byLinkLocal(w *worker, c []path, best int, set []int) bool {
	if j.family != network.IPv6Unicast || len(set) < 2 || j.in.config.Habits.MultipathByMED {
		return false
	}
	for i := range c {
		if c[i].ok && !c[i].lost() && !slices.Contains(set, i) && j.beside(w, &c[i]).IsValid() && j.equal(&c[best], &c[i]) &&
			!slices.ContainsFunc(set, func(k int) bool { return c[k].hop == c[i].hop }) {
			return true
		}
	}
	return false
}

// equal is FRR's test: no step before the tie-breakers tells the paths apart, and then
// the AS paths count too. Without multipath-relax paths of eBGP must come from the same neighbor AS,
// and those of iBGP have the same AS path.
func (j judge) equal(a, b *path) bool {
	d := &j.in.config.Decision
	if j.local(b) || !d.MultipathPeerType && j.sort(a) != j.sort(b) {
		return false
	}
	for _, s := range d.Steps {
		switch s {
		case network.StepOldest, network.StepRouterID, network.StepClusterListLength, network.StepNeighborAddress, network.StepPathID:
			continue
		case network.StepPeerType:
			if d.MultipathPeerType {
				continue
			}
		}
		if o, _ := j.step(s, a, b); o != 0 {
			return false
		}
	}
	switch {
	case d.MultipathRelax:
		return true
	case j.sort(a) == IBGP:
		return samePath(a.attrs.ASPath, b.attrs.ASPath)
	}
	if a.origin() < 0 || b.origin() < 0 {
		return a.origin() == b.origin()
	}
	return j.peers[a.origin()].state.RemoteAS == j.peers[b.origin()].state.RemoteAS
}

// alike is GoBGP's test (Path.Compare), which knows nothing of neighboring ASes.
func (j judge) alike(a, b *path) bool {
	plain := func(x *attrs) uint32 {
		if x.HasMED {
			return x.MED
		}
		return 0
	}
	return j.local(a) == j.local(b) && (j.local(a) || (j.kind(a) == IBGP) == (j.kind(b) == IBGP)) && j.localPref(a) == j.localPref(b) &&
		a.attrs.length == b.attrs.length && a.attrs.Origin == b.attrs.Origin && plain(a.attrs) == plain(b.attrs)
}
