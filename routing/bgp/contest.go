package bgp

import (
	"cmp"
	"net/netip"

	"github.com/routegate/routegate/network"
)

// Two routers each of which would prefer the other's path have two stable outcomes (DISAGREE in Griffin, Shepherd and Wilfong, "The
// stable paths problem"), and in each of them one of the two paths is not to be seen: who has chosen the other's says
// nothing of its own. What could come back is therefore asked for.

// swayed reports that over some session that may be preferred nothing comes because the neighbor's best path is from here.
func (w *worker) swayed(f network.Family, touched []int32, from func(instance int) int32, preference func(instance int) (uint32, bool)) bool {
	for _, p := range w.s.swaying[f] {
		if from(p.in.id) >= 0 && from(p.remote.in.id) == int32(p.remote.id) {
			return true
		}
	}
	for _, i := range touched {
		in := w.s.instances[i]
		if from(in.id) < 0 {
			continue
		}
		best, set := preference(in.id)
		if !set || best >= in.usual {
			continue
		}
		for _, p := range in.peers {
			if p.outranks(f, best) && from(p.remote.in.id) == int32(p.remote.id) {
				return true
			}
		}
	}
	return false
}

// outranks reports that what comes over the session from another AS, where nothing sets its local preference, is preferred to a best path with
// this one, however long it is: a policy elsewhere has put that below.
func (p *peer) outranks(f network.Family, best uint32) bool {
	return p.families[f].up && p.remote != nil && p.state.Type == EBGP && best < cmp.Or(p.config.DefaultLocalPref, p.in.config.DefaultLocalPref)
}

// usualPreference is the highest local preference that outranks compares with.
func (in *instance) usualPreference() uint32 {
	usual := in.config.DefaultLocalPref
	for _, p := range in.peers {
		usual = max(usual, p.config.DefaultLocalPref)
	}
	return usual
}

// contested reports that an instance has another path than its best one which, if it took that, would be preferred by one of
// those from which the best one comes.
func (w *worker) contested(prefix netip.Prefix, f network.Family) bool {
	if !w.swayed(f, w.touched, func(i int) int32 { return w.best[i].from },
		func(i int) (uint32, bool) { return w.best[i].attrs.LocalPref, w.best[i].attrs.HasLocalPref }) {
		return false
	}
	for _, i := range w.touched {
		b := &w.best[i]
		if b.from < 0 || !w.followsSway(b, f) {
			continue
		}
		in := w.s.instances[i]
		j := judge{in, w.s.peers, f}
		var others []path
		for _, c := range w.candidates(in, prefix, f) {
			if c.from != b.from {
				others = append(others, c)
			}
		}
		if at := j.choose(others); at >= 0 && w.comesBack(b, others[at], prefix, f) {
			return true
		}
	}
	return false
}

// followsSway reports that somewhere on the way that a best path has come a session leads back over which paths may be preferred.
func (w *worker) followsSway(b *path, f network.Family) bool {
	for n := 0; b.from >= 0 && n <= len(w.s.instances); n++ {
		back := w.s.peers[b.from].remote
		if back == nil {
			return false
		}
		b = &w.best[back.in.id]
		if back.families[f].flags&sways != 0 || b.from != noPath && b.attrs.HasLocalPref && back.outranks(f, b.attrs.LocalPref) {
			return true
		}
	}
	return false
}

// comesBack hands a path on against the way that the best path has come, and reports that somebody there would prefer it.
func (w *worker) comesBack(b *path, other path, prefix netip.Prefix, f network.Family) bool {
	for n := 0; b.from >= 0 && n <= len(w.s.instances); n++ {
		p := w.s.peers[b.from]
		q := p.remote
		if q == nil {
			return false
		}
		rt, ok := w.send(p, f, prefix, &other)
		if ok {
			other, ok = w.receive(q, f, prefix, rt)
		}
		if !ok || !other.ok {
			return false
		}
		b = &w.best[q.in.id]
		if b.from != noPath && (judge{q.in, w.s.peers, f}).compare(&other, b).order < 0 {
			return true
		}
	}
	return false
}
