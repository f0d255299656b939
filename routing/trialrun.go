package routing

import (
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
)

// TrialRun tries failures one after the other; for one goroutine. The nil TrialRun proves nothing.
type TrialRun struct {
	t       *Trial
	bgp     *bgp.TrialRun
	effects []bgp.Effect // by prefix
	known   []bool       // in effects
	cut     []bool       // by session
	ended   []int32
	failed  int // the router that is out; -1: none
	seen    []reached
}

// Run begins a run.
func (t *Trial) Run() *TrialRun {
	if t == nil {
		return nil
	}
	return &TrialRun{t: t, bgp: t.bgp.Run(), effects: make([]bgp.Effect, len(t.prefixes)), known: make([]bool, len(t.prefixes)),
		cut: make([]bool, len(t.sessions)), seen: make([]reached, len(t.s.instances))}
}

// Doubted are the goals, by their place in the list, for which there is no proof that they are reached without what fails from everywhere that
// still works. Where known is false nothing was proved of any.
func (r *TrialRun) Doubted(f Failure) (goals []int, known bool) {
	if r == nil {
		return nil, false
	}
	down, failed, ok := r.t.down(&f)
	if !ok {
		return nil, false
	}
	r.failed = failed
	for _, id := range r.ended {
		r.cut[id] = false
	}
	r.ended = r.ended[:0]
	for _, p := range down {
		for _, id := range r.t.at[p] {
			r.end(id)
		}
		if p.router != failed && !r.t.apart(p) {
			return nil, false
		}
	}
	clear(r.known)
	r.bgp.Cut(r.ended)
	for i := range r.t.goals {
		if !r.reached(&r.t.goals[i]) {
			goals = append(goals, i)
		}
	}
	return goals, true
}

func (r *TrialRun) end(id int32) {
	for _, id := range []int32{id, int32(r.t.sessions[id].Other)} {
		if id >= 0 && !r.cut[id] {
			r.cut[id] = true
			r.ended = append(r.ended, id)
		}
	}
}

// down are the interfaces that lose their carrier, and the router that fails; ok is false where more than that may happen.
func (t *Trial) down(f *Failure) (out []place, failed int, ok bool) {
	if f.AllBGP || f.AllLinks || len(f.Routers)+len(f.Links)+len(f.Ports) != 1 {
		return nil, -1, false
	}
	add := func(p place) {
		if out = append(out, p); t.shared[p] {
			ok = false
		} else if far, cable := t.cables[p]; cable && !slices.Contains(out, far) {
			out = append(out, far)
		}
	}
	failed, ok = -1, true
	for _, name := range f.Routers {
		if failed = t.s.router(name); failed < 0 {
			return nil, -1, false
		}
		for i := range t.s.net.Routers[failed].Interfaces {
			add(place{failed, t.s.net.Routers[failed].Interfaces[i].Name})
		}
	}
	for _, l := range f.Links {
		for _, e := range l.Ends {
			add(place{t.s.router(e.Router), e.Interface})
		}
	}
	for _, e := range f.Ports {
		add(place{t.s.router(e.Router), e.Interface})
	}
	return out, failed, ok && !slices.ContainsFunc(out, func(p place) bool { return p.router < 0 })
}

// cabling finds which interfaces are the ends of one cable, and which are on segments or on several links.
func (t *Trial) cabling() {
	t.cables, t.shared = map[place]place{}, map[place]bool{}
	links := map[place]int{}
	for i := range t.s.net.Links {
		l := &t.s.net.Links[i]
		var ends []place
		for _, e := range l.Ends {
			ends = append(ends, place{t.s.router(e.Router), e.Interface})
		}
		for k, p := range ends {
			if links[p]++; links[p] > 1 || len(ends) != 2 {
				t.shared[p] = true
				continue
			}
			t.cables[p] = ends[1-k]
		}
	}
	for p, far := range t.cables {
		if t.shared[far] {
			t.shared[p] = true
		}
	}
}

// apart reports that an interface takes nothing along when it goes down but its sessions.
func (t *Trial) apart(p place) bool {
	router := t.s.net.Routers[p.router]
	f := router.Interface(p.iface)
	if f == nil {
		return false
	}
	for _, v := range router.VRFs {
		for i := range v.Static {
			st := &v.Static[i]
			if st.Interface == p.iface || slices.ContainsFunc(f.Addresses, func(a network.Address) bool { return st.NextHop.IsValid() && subnet(a).Contains(st.NextHop) }) {
				return false
			}
		}
	}
	for _, a := range f.Addresses {
		net := subnet(a)
		if slices.Contains(t.prefixes, net) || slices.ContainsFunc(t.targets, func(y target) bool { return net.Contains(y.to) }) {
			return false
		}
	}
	for _, id := range t.at[p] {
		if x := &t.sessions[id]; !x.PeerAddr.IsLinkLocalUnicast() && (!x.Falls && t.covered[id] || t.otherwise(router, f, x)) {
			return false
		}
	}
	return true
}

// otherwise reports that a session over an interface may find its other end by another interface, or by a static route.
func (t *Trial) otherwise(r *network.Router, f *network.Interface, session *bgp.TrialSession) bool {
	for i := range r.Interfaces {
		x := &r.Interfaces[i]
		if x != f && x.VRF == f.VRF && slices.ContainsFunc(x.Addresses, func(y network.Address) bool { return subnet(y).Contains(session.PeerAddr) }) {
			return true
		}
	}
	v := r.VRF(f.VRF)
	return v == nil || slices.ContainsFunc(v.Static, func(st network.StaticRoute) bool {
		return st.Prefix.Contains(session.PeerAddr) && (st.Prefix.Bits() > 0 || !session.Falls)
	})
}

// effect is what the cut does to a prefix; ok is false where that is not known.
func (r *TrialRun) effect(k int) (e *bgp.Effect, ok bool) {
	if !r.known[k] {
		if r.effects[k], ok = r.bgp.Try(k); !ok {
			return nil, false
		}
		r.known[k] = true
	}
	return &r.effects[k], true
}

// reached reports that a goal is reached from everywhere.
func (r *TrialRun) reached(g *trialGoal) bool {
	same := true
	for _, list := range g.chains {
		for _, k := range list {
			e, ok := r.effect(k)
			if !ok {
				return false
			}
			same = same && e.Same()
		}
	}
	receivers := g.receivers
	if g.goal.Outside {
		if receivers, same = r.receivers(g, same); len(receivers) == 0 {
			return false
		}
	}
	if len(g.goal.Origins) > 0 && !r.originated(g, receivers) {
		return false
	}
	if same {
		return true
	}
	for _, y := range g.targets {
		clear(r.seen)
		for _, i := range g.from {
			if r.t.s.instances[i].router != r.failed && !r.walk(&r.t.targets[y], int(i)) {
				return false
			}
		}
		for _, id := range receivers {
			if !r.walk(&r.t.targets[y], r.t.s.first[r.t.sessions[id].Router]) {
				return false
			}
		}
	}
	return true
}

// receivers are the sessions to the outside that are still sent a prefix which covers the goal's; none where one is sent it
// that was not before.
func (r *TrialRun) receivers(g *trialGoal, same bool) ([]int32, bool) {
	var out []int32
	for _, id := range r.t.outside {
		was := slices.Contains(g.receivers, id)
		is := was
		if !same {
			is = slices.ContainsFunc(g.covering, func(k int) bool {
				if e := &r.effects[k]; !e.Same() {
					return e.Sends(int(id))
				}
				return r.bgp.Sends(k, int(id))
			})
		}
		switch {
		case r.cut[id] || !is:
		case !was:
			return nil, same
		default:
			out = append(out, id)
		}
	}
	return out, same
}

// originated reports that some router of ours still originates the goal's prefix and, where it is announced outside, is
// where the best path of a router that announces it leads.
func (r *TrialRun) originated(g *trialGoal, receivers []int32) bool {
	if !g.goal.Outside {
		return slices.ContainsFunc(g.goal.Origins, func(name string) bool { return r.t.s.router(name) != r.failed })
	}
	for _, id := range receivers {
		for _, k := range g.covering {
			if r.t.prefixes[k].Bits() > 0 && r.leads(k, id) {
				return true
			}
		}
	}
	return false
}
