package bgp

import (
	"slices"

	"github.com/gaissmai/bart"

	"github.com/routegate/routegate/network"
)

// lane is one direction of a session with all that the plain way asks of it, side by side in memory: there
// are as many as sessions, and every prefix passes them all.
type lane struct {
	to      int32  // the instance at the other end (in heard: the one that speaks)
	via     int32  // the other end of the session (in heard: the speaker's end)
	self    hopID  // the next hop that arrives
	peerHop hopID  // the address of the far end: it is third party there
	refused uint32 // the AS that a path must not hold
	metric  uint32 // to the next hop, where it arrives
	speaker uint32 // in heard: the router id of who speaks, where that is over eBGP; 0 not known
	kind    laneKind
	ok      bool // the next hop resolves
}

type laneKind uint8

const (
	laneClosed  laneKind = iota
	laneGeneral          // the general rules are asked
	lanePlain
	laneOutside // nobody of ours is at the other end
)

// lanes of one family, by peer: what its end says, and what its end hears.
type lanes struct {
	said, heard []lane
	to          []int32  // as in both; the number of instances where the lane is closed
	bits        []uint64 // bloomBit of said's refused AS; 0 where the lane is not plain

	ends   []end                // by instance
	ranges *bart.Table[[]int32] // of the exports of ends that refuse the rest: those ends, by the prefix that a range begins with

	// By instance, what ends are made of:
	oneGroup  []bool // all that it says it says alike
	evenIn    []bool // it hears over plain lanes alone, all of one metric, each with a next hop of its own and open to all but one AS
	distinct  []bool // no two of its plain lanes lead to one address
	metric    []uint32
	routerIDs []uint32
	as        []uint32 // that it puts in front
}

func (s *solver) makeLanes(f network.Family) *lanes {
	n, m := len(s.instances), len(s.peers)
	l := &lanes{said: make([]lane, m), heard: make([]lane, m), to: make([]int32, m), bits: make([]uint64, m), oneGroup: make([]bool, n),
		evenIn: make([]bool, n), distinct: make([]bool, n), metric: make([]uint32, n), routerIDs: make([]uint32, n), as: make([]uint32, n), ranges: new(bart.Table[[]int32])}
	standard := make([]bool, n)
	for i, in := range s.instances {
		standard[i], l.as[i] = usualSteps(in.config), in.config.AS
		if in.routerID.Is4() {
			b := in.routerID.As4()
			l.routerIDs[i] = uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
		}
	}
	w := s.workers[0]
	made := make([]bool, n)
	for _, p := range s.inheritLanes(l, f) {
		x, q := &p.families[f], p.remote
		l.to[p.id] = int32(n)
		if x.up && q == nil {
			l.said[p.id].kind, l.heard[p.id].kind = laneOutside, laneOutside
		}
		if !x.up || q == nil {
			continue
		}
		l.to[p.id] = int32(q.in.id)
		made[p.in.id], made[q.in.id] = true, true
		said := s.makeLane(w, l, p, f, standard[q.in.id])
		l.said[p.id] = said
		said.to, said.via = int32(p.in.id), int32(p.id)
		l.heard[q.id] = said
	}
	s.levelLanes(l, f, made)
	return l
}

// levelLanes finds what the lanes of each instance have in common, but for those of which it is known from the base: made tells
// the instances that have a new lane.
func (s *solver) levelLanes(l *lanes, f network.Family, made []bool) {
	var old *lanes
	if s.heir != nil {
		old = s.heir.base.lanes[f]
	}
	known := func(i int) bool { return old != nil && s.heir.all[i] && !made[i] }
	for i, in := range s.instances {
		if known(i) {
			l.oneGroup[i], l.evenIn[i], l.distinct[i], l.metric[i] = old.oneGroup[i], old.evenIn[i], old.distinct[i], old.metric[i]
			continue
		}
		l.oneGroup[i] = oneGroup(in, f)
		l.level(i, in)
	}
	l.ends = make([]end, len(s.instances))
	sameMetrics := old != nil && slices.Equal(l.metric, old.metric)
	for i, in := range s.instances {
		if !sameMetrics || !known(i) || old.ends[i].refusesRest {
			l.ends[i] = s.makeEnd(l, i, in, f)
			continue
		}
		l.ends[i] = old.ends[i]
		if p := old.ends[i].speaks; p != nil {
			l.ends[i].speaks = s.peers[p.id]
		}
	}
}

// makeLane is what an end says to the other; standard: that decides by the usual steps.
func (s *solver) makeLane(w *worker, l *lanes, p *peer, f network.Family, standard bool) lane {
	x, q := &p.families[f], p.remote
	one := lane{to: int32(q.in.id), via: int32(q.id), self: x.self, kind: laneGeneral}
	if q.state.Type == EBGP {
		one.speaker = l.routerIDs[p.in.id]
	}
	if !standard || l.routerIDs[p.in.id] == 0 || !s.plainLane(p, q, f) {
		return one
	}
	if n := w.nearby(q, x.self); !n.own {
		one.kind, one.metric, one.ok = lanePlain, n.reach.metric, n.reach.ok
		one.peerHop = s.in.hop(hop{addr: p.state.PeerAddr})
		one.refused = q.in.config.AS
		l.bits[p.id] = bloomBit(one.refused)
	}
	return one
}

// oneGroup reports that all that an instance says it says alike.
func oneGroup(in *instance, f network.Family) bool {
	group := int32(-1)
	for _, p := range in.peers {
		if x := &p.families[f]; x.up && p.remote != nil {
			if group >= 0 && group != x.group {
				return false
			}
			group = x.group
		}
	}
	return true
}

// level finds what all lanes that an instance hears have in common.
func (l *lanes) level(i int, in *instance) {
	l.evenIn[i], l.distinct[i] = len(in.peers) > 0, true
	hops, ends := make(map[hopID]bool, len(in.peers)), make(map[hopID]bool, len(in.peers))
	known := false
	var refused uint32
	for _, p := range in.peers {
		h := &l.heard[p.id]
		if said := &l.said[p.id]; said.kind == lanePlain {
			l.distinct[i] = l.distinct[i] && !ends[said.peerHop]
			ends[said.peerHop] = true
		}
		if h.kind == laneClosed {
			continue
		}
		if h.kind == lanePlain && !known {
			known, l.metric[i], refused = true, h.metric, h.refused
		}
		l.evenIn[i] = l.evenIn[i] && h.kind == lanePlain && h.ok && h.metric == l.metric[i] && h.refused == refused && !hops[h.self]
		hops[h.self] = true
	}
}

// plainLane reports that nothing but the AS path decides whether what p's group is sent arrives at q, and that
// it arrives with p's own address as the next hop.
func (s *solver) plainLane(p, q *peer, f network.Family) bool {
	x, y := &p.families[f], &q.families[f]
	b, c := p.in.config, x.c
	const both = receivesPlainly | ranksPlainly
	if x.flags&sendsPlainly == 0 || y.flags&both != both || !b.AdvertiseToSender || x.self == 0 ||
		c.NextHopUnchanged || c.NextHopSelfForce && p.state.Type != EBGP || b.Habits.KeepLocalNextHop || b.Habits.ClientAttributesOnly && p.state.Type != EBGP {
		return false
	}
	// A next hop of a third party on the subnet: on a subnet of two there is none.
	if p.subnet.IsValid() && p.subnet.Bits() < p.subnet.Addr().BitLen()-2 && !b.Habits.NoThirdPartyNextHop {
		return false
	}
	r := q.in.config
	if y.c.AllowASIn != 0 || y.c.AllowASInOrigin || r.Confederation.Identifier != 0 {
		return false
	}
	return q.state.Type == EBGP && p.remoteID.IsValid()
}

// usualSteps reports that between the length of the AS path and the router id stand only origin, MED, the kind of
// session and the IGP metric.
func usualSteps(b *network.BGP) bool {
	if !shortFirst(b) {
		return false
	}
	after := false
	for _, s := range b.Decision.Steps {
		switch {
		case s == network.StepASPathLength:
			after = true
		case !after:
		case s == network.StepOrigin, s == network.StepMED, s == network.StepPeerType, s == network.StepIGPMetric, s == network.StepOldest:
		case s == network.StepRouterID:
			return true
		default:
			return false
		}
	}
	return false
}

// holds reports that an AS stands in the path.
func (a *attrs) holds(as uint32) bool {
	for i := range a.ASPath {
		for _, x := range a.ASPath[i].AS {
			if x == as {
				return true
			}
		}
	}
	return false
}
