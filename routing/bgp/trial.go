package bgp

import (
	"context"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// Trial tries what becomes of some prefixes when sessions end, from a solution. It understands networks that the plain way
// solves, in which nothing crosses prefixes and every session is one wire long; others are solved anew. Read-only once
// made; runs of it may work at once.
type Trial struct {
	s        *solver
	prefixes []netip.Prefix
	tables   []*table
	sessions []TrialSession    // by number
	ends     []map[hopID]int32 // by instance: the session whose other end has the next hop
}

// TrialSession is one end of a session. Numbers are those of Trial.Sessions.
type TrialSession struct {
	Router    int
	VRF       string
	Up        bool
	Other     int // the number of the other end; -1 outside
	Interface string
	PeerAddr  netip.Addr
	// Falls: it ends with its interface, as a session over one wire does that no other way may carry.
	Falls bool
}

// Route is an instance's best route to a prefix of a trial: by its sessions, one of its own, or none.
type Route struct {
	Own  bool
	Over []int32 // numbers of sessions, sorted: those that share the traffic
}

// None reports that there is no route.
func (r Route) None() bool { return !r.Own && len(r.Over) == 0 }

// Trial begins to try what becomes of prefixes; nil where the solution is none that a trial understands.
func (s *Solution) Trial(prefixes []netip.Prefix) *Trial {
	b := s.s
	if !s.Converged || !b.apart() || b.reflection {
		return nil
	}
	t := &Trial{s: b, prefixes: prefixes}
	for _, p := range b.peers {
		if p.far >= 0 && p.remote == nil && p.state.State == Established || !p.stays() {
			return nil
		}
		x := TrialSession{Router: p.in.router, VRF: p.in.vrf, Up: p.state.State == Established, Other: -1, Interface: p.state.Interface, PeerAddr: p.state.PeerAddr,
			Falls: unnumbered(p) || p.state.Type == EBGP && !p.config.MultihopEnabled && !p.config.SkipConnectedCheck && !p.in.config.SkipConnectedCheck && p.config.TTL <= 1}
		if p.remote != nil {
			x.Other = p.remote.id
		}
		t.sessions = append(t.sessions, x)
	}
	for _, in := range b.instances {
		ends := map[hopID]int32{}
		for _, p := range in.peers {
			for f := range p.families {
				if p.families[f].up {
					ends[b.farHop(p, network.Family(f))] = int32(p.id)
				}
			}
		}
		t.ends = append(t.ends, ends)
	}
	for _, p := range prefixes {
		x := b.tables[p]
		if x == nil || !x.plain {
			return nil
		}
		for i := range b.instances {
			if _, ok := t.route(x, i); !ok {
				return nil
			}
		}
		t.tables = append(t.tables, x)
	}
	return t
}

// stays reports that an end of a session that is up lies on a wire of two, and that one that is down does not come up because
// something else fails.
func (p *peer) stays() bool {
	switch p.state.Reason {
	case NoReason:
		if p.hops > 0 || p.state.Interface == "" || !unnumbered(p) && (!p.subnet.IsValid() || p.subnet.Bits() < p.subnet.Addr().BitLen()-2) {
			return false
		}
		for f := range p.families {
			// What follows the AS of the first in an update group follows another one when that falls.
			if x := &p.families[f]; x.up && (x.c.ASOverride || x.c.RemovePrivateAS != network.KeepPrivateAS) {
				return false
			}
		}
		return true
	case ReasonShutdown, ReasonPeerShutdown, ReasonNoRemoteAS, ReasonPassword, ReasonWrongAS, ReasonNoCommonFamily, ReasonRole, ReasonLinkDown:
		return true
	}
	return false
}

// farHop is the address of a session's other end as a next hop.
func (s *solver) farHop(p *peer, f network.Family) hopID {
	if p.remote != nil {
		return p.remote.families[f].self
	}
	return s.in.hop(s.outsideHop(p, f))
}

// route is an instance's in a table; ok is false where its next hops are not those of its sessions.
func (t *Trial) route(x *table, i int) (Route, bool) {
	w := x.ways[i]
	switch {
	case w.from == noPath:
		return Route{}, true
	case w.from < 0:
		return Route{Own: true}, true
	}
	h, _, _, _, _ := t.s.stands(x, i)
	if end, ok := t.ends[i][h]; !ok || end != w.from {
		return Route{}, false
	}
	if w.set == 0 {
		return Route{Over: []int32{w.from}}, true
	}
	var out []int32
	for _, h := range t.s.in.hopsOf(w.set) {
		end, ok := t.ends[i][h]
		if !ok {
			return Route{}, false
		}
		out = append(out, end)
	}
	slices.Sort(out)
	return Route{Over: out}, true
}

// Sessions are all ends of sessions, by number; read-only.
func (t *Trial) Sessions() []TrialSession { return t.sessions }

// Instance is the number of a router's instance in routes; -1 where it has no BGP.
func (t *Trial) Instance(router int, vrf string) int {
	if in := t.s.byVRF[vrfKey{router, vrf}]; in != nil {
		return in.id
	}
	return -1
}

// Route is an instance's route to a prefix, by its place in the list, while everything works.
func (t *Trial) Route(k, instance int) Route {
	r, _ := t.route(t.tables[k], instance)
	return r
}

// Sends reports whether a session's other end is sent the prefix while everything works.
func (r *TrialRun) Sends(k, session int) bool {
	return r.sends(r.t.tables[k], r.t.prefixes[k], r.s.peers[session])
}

// TrialRun tries cuts one after the other; for one goroutine.
type TrialRun struct {
	t      *Trial
	s      *solver // a copy, whose sessions are ended
	w      *worker
	cut    []int32
	isCut  []bool
	closed []closed
}

// closed is what restores a session that was ended.
type closed struct {
	peer   int
	family network.Family
	said   laneKind
	heard  laneKind
	to     int32
	bits   uint64
}

// Run begins a run.
func (t *Trial) Run() *TrialRun {
	b := t.s
	s := &solver{ctx: context.Background(), net: b.net, under: b.under, opts: b.opts, owners: b.owners, in: b.in, seeds: b.seeds, prefixes: b.prefixes, tables: b.tables,
		hidden: b.hidden, plain: b.plain, traits: b.traits, uncertain: map[Uncertainty]bool{}, oscillates: map[netip.Prefix][]int32{}, byVRF: map[vrfKey]*instance{}, solved: true}
	for _, in := range b.instances {
		copied := *in
		s.instances = append(s.instances, &copied)
	}
	for _, p := range b.peers {
		copied := *p
		copied.in = s.instances[p.in.id]
		s.peers = append(s.peers, &copied)
	}
	mine := func(list []*peer) []*peer {
		out := make([]*peer, len(list))
		for i, p := range list {
			out[i] = s.peers[p.id]
		}
		return out
	}
	for i, in := range b.instances {
		s.instances[i].peers, s.instances[i].arrival = mine(in.peers), mine(in.arrival)
	}
	for _, p := range s.peers {
		if p.remote != nil {
			p.remote = s.peers[p.remote.id]
		}
	}
	for f, l := range b.lanes {
		if l != nil {
			copied := *l
			copied.said, copied.heard, copied.to, copied.bits = slices.Clone(l.said), slices.Clone(l.heard), slices.Clone(l.to), slices.Clone(l.bits)
			s.lanes[f] = &copied
		}
	}
	s.workers = []*worker{newWorker(s)}
	return &TrialRun{t: t, s: s, w: s.workers[0], isCut: make([]bool, len(s.peers))}
}

// Cut ends sessions, given any of their ends, in place of those that were ended before.
func (r *TrialRun) Cut(ends []int32) {
	s := r.s
	for _, c := range r.closed {
		s.peers[c.peer].families[c.family].up = true
		if l := s.lanes[c.family]; l != nil {
			l.said[c.peer].kind, l.heard[c.peer].kind, l.to[c.peer], l.bits[c.peer] = c.said, c.heard, c.to, c.bits
		}
	}
	for _, p := range r.cut {
		r.isCut[p] = false
	}
	r.closed, r.cut = r.closed[:0], r.cut[:0]
	for _, end := range ends {
		r.end(s.peers[end])
		if q := s.peers[end].remote; q != nil {
			r.end(q)
		}
	}
}

func (r *TrialRun) end(p *peer) {
	if r.isCut[p.id] {
		return
	}
	r.isCut[p.id] = true
	r.cut = append(r.cut, int32(p.id))
	for f := range p.families {
		if !p.families[f].up {
			continue
		}
		p.families[f].up = false
		c := closed{peer: p.id, family: network.Family(f)}
		if l := r.s.lanes[f]; l != nil {
			c.said, c.heard, c.to, c.bits = l.said[p.id].kind, l.heard[p.id].kind, l.to[p.id], l.bits[p.id]
			l.said[p.id].kind, l.heard[p.id].kind, l.to[p.id], l.bits[p.id] = laneClosed, laneClosed, int32(len(r.s.instances)), 0
		}
		r.closed = append(r.closed, c)
	}
}

// Effect is what a cut does to one prefix. The zero value: nothing at all.
type Effect struct {
	// Fewer: some instances only share the traffic among fewer sessions.
	Fewer bool
	table *table
	run   *TrialRun
	k     int
}

// Same reports that every route is as it was, but for sessions that are out.
func (e *Effect) Same() bool { return e.table == nil }

// Try says what the cut does to a prefix. ok is false where the plain way gives up.
func (r *TrialRun) Try(k int) (e Effect, ok bool) {
	t := r.t.tables[k]
	f := network.FamilyOf(r.t.prefixes[k])
	for _, id := range r.cut {
		p := r.s.peers[id]
		way := t.ways[p.in.id]
		switch {
		case way.from == id:
			return r.anew(k, f)
		case way.from < 0 || way.set == 0:
			continue
		}
		hops := r.s.in.hopsOf(way.set)
		if !slices.Contains(hops, r.s.farHop(p, f)) {
			continue
		}
		// What a full set left out comes in when there is room, and MED may tell what is left apart.
		c := &p.in.config.Families[f]
		if len(hops) >= max(c.MaxPaths, c.MaxPathsInternal) || p.in.config.Habits.MultipathByMED {
			return r.anew(k, f)
		}
		e.Fewer = true
	}
	return e, true
}

// anew solves the prefix without the sessions that are out.
func (r *TrialRun) anew(k int, f network.Family) (Effect, bool) {
	t := r.w.plainTable(r.t.prefixes[k], f)
	return Effect{table: t, run: r, k: k}, t != nil
}

// Changed reports that an instance's route after the cut is not the one before. Only of an effect that is not Same.
func (e *Effect) Changed(instance int) bool {
	return e.table.ways[instance] != e.run.t.tables[e.k].ways[instance]
}

// Route is an instance's route after the cut; ok is false where its next hops are not those of its sessions. Only of an effect
// that is not Same, before the next Cut.
func (e *Effect) Route(instance int) (now Route, ok bool) { return e.run.t.route(e.table, instance) }

// Sends reports whether a session's other end is sent the prefix after the cut.
func (e *Effect) Sends(session int) bool {
	return e.run.sends(e.table, e.run.t.prefixes[e.k], e.run.s.peers[session])
}

func (r *TrialRun) sends(t *table, prefix netip.Prefix, p *peer) bool {
	f := network.FamilyOf(prefix)
	if !p.families[f].up || t.ways[p.in.id].from == noPath {
		return false
	}
	b := r.w.bestAt(t, p.in.id)
	r.w.plain.turn++
	_, ok := r.w.send(p, f, prefix, &b)
	return ok
}
