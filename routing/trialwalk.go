package routing

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
)

// leads follows best paths from a session's router to one that has the route of its own.
func (r *TrialRun) leads(k int, id int32) bool {
	i := r.t.s.instanceIndex(r.t.sessions[id].Router, r.t.sessions[id].VRF)
	for range r.t.s.instances {
		route, ok := r.route(k, i)
		switch {
		case !ok || route.None():
			return false
		case route.Own:
			return true
		}
		next := int32(-1)
		for _, over := range route.Over {
			if !r.cut[over] {
				next = r.t.vias[over]
				break
			}
		}
		if next < 0 {
			return false
		}
		i = int(next)
	}
	return false
}

// changed reports that an instance's route to a prefix is not the one before.
func (r *TrialRun) changed(k, i int) bool {
	e := &r.effects[k]
	return !e.Same() && r.t.number[i] >= 0 && e.Changed(r.t.number[i])
}

// route is an instance's route to a prefix now.
func (r *TrialRun) route(k, i int) (now bgp.Route, ok bool) {
	switch {
	case r.t.number[i] < 0:
		return bgp.Route{}, true
	case r.changed(k, i):
		return r.effects[k].Route(r.t.number[i])
	}
	return r.t.bgp.Route(k, r.t.number[i]), true
}

// walk is Reach.walk, with what changed.
func (r *TrialRun) walk(y *target, i int) bool {
	switch r.seen[i] {
	case allArrive:
		return true
	case someFail, onTheWay:
		return false
	}
	r.seen[i] = onTheWay
	ok := r.step(y, i)
	r.seen[i] = someFail
	if ok {
		r.seen[i] = allArrive
	}
	return ok
}

// step follows packets over all ways of an instance.
func (r *TrialRun) step(y *target, i int) bool {
	was := &y.steps[i]
	switch {
	case slices.ContainsFunc(y.chain, func(k int) bool { return r.changed(k, i) }):
		return r.otherStep(y, i)
	case !was.good:
		return false
	case slices.ContainsFunc(was.over, func(id int32) bool { return r.cut[id] }):
		return r.over(y, i, was.k, bgp.Route{Over: was.over})
	}
	for _, next := range was.next {
		if !r.walk(y, int(next)) {
			return false
		}
	}
	return true
}

// otherStep is step at an instance with another route than before.
func (r *TrialRun) otherStep(y *target, i int) bool {
	was := &y.steps[i]
	if was.fixed {
		return false // a route of another kind may have to give way, or take over
	}
	for _, k := range y.chain {
		now, ok := r.route(k, i)
		switch {
		case !ok:
			return false
		case now.None() && k != was.k:
			continue
		case now.None() || now.Own || r.t.prefixes[k].Bits() < r.t.prefixes[was.k].Bits():
			return false // something else may lie between
		}
		return r.over(y, i, k, now)
	}
	return false
}

// over follows packets over the sessions of a route.
func (r *TrialRun) over(y *target, i, k int, now bgp.Route) bool {
	was := &y.steps[i]
	left := 0
	for _, id := range now.Over {
		if r.cut[id] {
			continue
		}
		left++
		if next := r.t.vias[id]; next >= 0 {
			if !r.walk(y, int(next)) {
				return false
			}
		} else if !was.good || was.k != k || !slices.Contains(was.over, id) {
			return false // it leaves the network where it did not before
		}
	}
	return left > 0
}

// subnet is what an address makes connected.
func subnet(a network.Address) netip.Prefix {
	if a.Peer.IsValid() {
		return netip.PrefixFrom(a.Peer, a.Prefix.Bits()).Masked()
	}
	return a.Prefix.Masked()
}
