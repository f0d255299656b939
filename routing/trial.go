package routing

import (
	"net/netip"
	"slices"

	"github.com/gaissmai/bart"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
	"github.com/routegate/routegate/routing/rib"
)

// Trial proves of failures that they do no harm to some goals, from the state in which everything works. What it does not
// understand (OSPF, sessions over more than a wire, routes that are found by routes of BGP) it proves nothing of: then the network
// without what failed has to be solved. The nil Trial proves nothing. Safe for concurrent use; the work is done by its runs.
type Trial struct {
	s        *state
	bgp      *bgp.Trial
	sessions []bgp.TrialSession
	prefixes []netip.Prefix // of BGP, that contain an address of a goal
	number   []int          // by instance: BGP's number of it, or -1
	vias     []int32        // by session: the instance at the other end, or -1
	at       map[place][]int32
	covered  []bool  // by session: BGP has a route that contains the address of the other end
	outside  []int32 // sessions to the outside that are up
	cables   map[place]place
	shared   map[place]bool
	goals    []trialGoal
	targets  []target
}

// place is a router's interface.
type place struct {
	router int
	iface  string
}

// trialGoal is a goal with what is asked of it again and again.
type trialGoal struct {
	goal    *Goal
	from    []int32 // instances
	targets []int   // of Trial.targets
	// receivers are sessions to the outside that are sent a prefix that covers the goal's; covering are those prefixes.
	receivers []int32
	covering  []int
	chains    [][]int // covering, and the chains of the targets
}

// target is one address of a goal.
type target struct {
	to    netip.Addr
	chain []int // of Trial.prefixes: those that contain it, the longest first
	steps []trialStep
}

// trialStep is what an instance does with packets to a target.
type trialStep struct {
	next  []int32 // instances
	good  bool    // what ends here ends well
	fixed bool    // no route of BGP decides
	k     int     // of Trial.prefixes: the route that decides, unless fixed
	over  []int32 // its sessions
}

// Trial begins to prove failures harmless to goals; nil where nothing could be proved.
func (r *Result) Trial(goals []Goal) *Trial {
	s := r.state
	if s.bgp == nil || !r.Converged {
		return nil
	}
	t := &Trial{s: s, at: map[place][]int32{}}
	for _, p := range s.bgp.Prefixes() {
		if slices.ContainsFunc(goals, func(g Goal) bool { return slices.ContainsFunc(g.To, p.Contains) }) {
			t.prefixes = append(t.prefixes, p)
		}
	}
	if t.bgp = s.bgp.Trial(t.prefixes); t.bgp == nil {
		return nil
	}
	t.sessions = t.bgp.Sessions()
	for i := range s.instances {
		in := &s.instances[i]
		t.number = append(t.number, t.bgp.Instance(in.router, in.vrf.Name))
		if !t.understands(i) {
			return nil
		}
	}
	if !t.place() {
		return nil
	}
	t.cabling()
	run := t.bgp.Run()
	for i := range goals {
		if !t.add(&goals[i], run) {
			return nil
		}
	}
	return t
}

// understands reports that an instance has nothing that BGP's routes and its own interfaces do not explain.
func (t *Trial) understands(i int) bool {
	s := t.s
	in := &s.instances[i]
	for _, o := range in.vrf.OSPF {
		if !o.Shutdown {
			return false
		}
	}
	for k := range in.vrf.Static {
		st := &in.vrf.Static[k]
		if st.NextVRF != "" {
			return false
		}
		if st.NextHop.IsValid() {
			if r, ok := in.table.Lookup(st.NextHop); !ok || r.Protocol != network.Connected {
				return false
			}
		}
		// One that waits for a route of BGP to go.
		if slices.Contains(t.prefixes, st.Prefix) && st.Distance >= 20 {
			return false
		}
	}
	b := in.vrf.BGP
	if b == nil {
		return true
	}
	// What fails may be the interface on which zebra looks for all link-local next hops.
	if b.Habits.UnscopedInZebra && slices.ContainsFunc(b.Neighbors, func(n *network.Neighbor) bool { return n.Interface != "" }) {
		return false
	}
	for f := range b.Families {
		c := &b.Families[f]
		used := slices.ContainsFunc(t.prefixes, func(p netip.Prefix) bool { return network.FamilyOf(p) == network.Family(f) })
		if used && (c.TableMap.IsSet() || !c.Install || b.Distance.External < 20 || b.Distance.External == rib.Unusable) {
			return false
		}
	}
	for k, p := range t.prefixes {
		own, ok := in.table.Get(p)
		if r := t.bgp.Route(k, t.number[i]); ok && own.Protocol != network.BGPProtocol && len(r.Over) > 0 || !ok && len(r.Over) > 0 {
			return false
		}
	}
	return true
}

// place finds where sessions lie: each on an interface by whose subnet, and by nothing else, its other end is found.
func (t *Trial) place() bool {
	s := t.s
	var all bart.Lite
	for _, p := range s.bgp.Prefixes() {
		all.Insert(p)
	}
	for id, x := range t.sessions {
		t.vias = append(t.vias, -1)
		t.covered = append(t.covered, x.PeerAddr.IsValid() && all.Lookup(x.PeerAddr.WithZone("")))
		if !x.Up {
			continue
		}
		if x.Other < 0 {
			t.outside = append(t.outside, int32(id))
		}
		t.at[place{x.Router, x.Interface}] = append(t.at[place{x.Router, x.Interface}], int32(id))
		i := s.instanceIndex(x.Router, x.VRF)
		if !x.PeerAddr.Is6() || !x.PeerAddr.IsLinkLocalUnicast() {
			r, ok := s.instances[i].table.Lookup(x.PeerAddr)
			if !ok || r.Protocol != network.Connected || len(r.NextHops) != 1 || r.NextHops[0].Interface != x.Interface {
				return false
			}
		}
		m := s.move(i, &rib.Route{Protocol: network.BGPProtocol}, rib.NextHop{Via: x.PeerAddr, Interface: x.Interface}, netip.Addr{})
		switch {
		case x.Other < 0 && (m.next >= 0 || m.outcome != LeavesNetwork):
			return false
		case x.Other < 0:
			continue
		case m.next < 0 || s.instances[m.next].router != t.sessions[x.Other].Router || s.instances[m.next].vrf.Name != t.sessions[x.Other].VRF:
			return false
		}
		t.vias[id] = int32(m.next)
	}
	return true
}

// add looks at a goal while everything works.
func (t *Trial) add(g *Goal, run *bgp.TrialRun) bool {
	s := t.s
	x := trialGoal{goal: g}
	for _, name := range g.From {
		x.from = append(x.from, int32(s.first[s.router(name)]))
	}
	for k, p := range t.prefixes {
		if p.Bits() <= g.Prefix.Bits() && p.Contains(g.Prefix.Addr()) {
			x.covering = append(x.covering, k)
		}
	}
	if g.Outside {
		for _, id := range t.outside {
			if slices.ContainsFunc(x.covering, func(k int) bool { return run.Sends(k, int(id)) }) {
				x.receivers = append(x.receivers, id)
			}
		}
	}
	x.chains = append(x.chains, x.covering)
	for _, to := range g.To {
		y := target{to: to, steps: make([]trialStep, len(s.instances))}
		for k, p := range t.prefixes {
			if p.Contains(to) {
				y.chain = append(y.chain, k)
			}
		}
		slices.SortFunc(y.chain, func(a, b int) int { return t.prefixes[b].Bits() - t.prefixes[a].Bits() })
		walk := (&Result{state: s}).Reach(to, g.Good)
		for i := range s.instances {
			if !t.step(&y, walk, i) {
				return false
			}
		}
		x.chains = append(x.chains, y.chain)
		x.targets = append(x.targets, len(t.targets))
		t.targets = append(t.targets, y)
	}
	t.goals = append(t.goals, x)
	return true
}

// step is what an instance does with packets to a target while everything works.
func (t *Trial) step(y *target, walk *Reach, i int) bool {
	x := trialStep{good: true, fixed: true}
	var route rib.Route
	walk.each(i, func(step *Trace, next int) bool {
		route = step.Hops[0].Route
		if next >= 0 {
			x.next = append(x.next, int32(next))
		} else {
			x.good = x.good && walk.good(step)
		}
		return true
	})
	if route.Protocol == network.BGPProtocol && route.Prefix.IsValid() {
		k := slices.IndexFunc(y.chain, func(k int) bool { return t.prefixes[k] == route.Prefix })
		if k < 0 {
			return false
		}
		x.fixed, x.k, x.over = false, y.chain[k], t.bgp.Route(y.chain[k], t.number[i]).Over
		if len(x.over) == 0 {
			return false
		}
	}
	slices.Sort(x.next)
	x.next = slices.Compact(x.next)
	y.steps[i] = x
	return true
}
