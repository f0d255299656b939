package bgp

import (
	"net/netip"

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
	oneGroup    []bool // by instance: all that it says it says alike
	routerIDs   []uint32
}

func (s *solver) makeLanes(f network.Family) *lanes {
	l := &lanes{said: make([]lane, len(s.peers)), heard: make([]lane, len(s.peers)), oneGroup: make([]bool, len(s.instances)),
		routerIDs: make([]uint32, len(s.instances))}
	standard := make([]bool, len(s.instances))
	for i, in := range s.instances {
		standard[i] = usualSteps(in.config)
		if in.routerID.Is4() {
			b := in.routerID.As4()
			l.routerIDs[i] = uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
		}
		group := int32(-1)
		l.oneGroup[i] = true
		for _, p := range in.peers {
			if x := &p.families[f]; x.up && p.remote != nil {
				l.oneGroup[i] = l.oneGroup[i] && (group < 0 || group == x.group)
				group = x.group
			}
		}
	}
	w := s.workers[0]
	for _, p := range s.peers {
		x, q := &p.families[f], p.remote
		if x.up && q == nil {
			l.said[p.id].kind, l.heard[p.id].kind = laneOutside, laneOutside
		}
		if !x.up || q == nil {
			continue
		}
		one := lane{to: int32(q.in.id), via: int32(q.id), self: x.self, kind: laneGeneral}
		if s.plainLane(p, q, f) && standard[q.in.id] && l.routerIDs[p.in.id] != 0 {
			if n := w.nearby(q, x.self); !n.own {
				one.kind, one.metric, one.ok = lanePlain, n.reach.metric, n.reach.ok
				one.peerHop = s.in.hop(hop{addr: p.state.PeerAddr})
				if one.refused = q.in.config.AS; q.in.config.Habits.ReceiveAsIs {
					one.refused = q.localAS
				}
			}
		}
		l.said[p.id] = one
		one.to, one.via = int32(p.in.id), int32(p.id)
		l.heard[q.id] = one
	}
	return l
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

// brief is what a plain lane asks of an instance's best path.
type brief struct {
	from     int32
	length   int32 // of the AS path where a longer one has lost already; else -1
	routerID uint32
}

// said is what an instance tells all its neighbors of the prefix.
type said struct {
	attrs  *attrs
	hop    hopID // of the best path behind it
	length int32
	told   bool
	simple bool // every plain lane may carry it
}

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

// plainWins compares what comes over a plain lane with the best path that came over another; known is false where
// it takes more than the usual steps.
func (w *worker) plainWins(to *instance, speaker uint32, a *attrs, metric uint32, t *path, x *brief) (wins, known bool) {
	b := t.attrs
	if x.length < 0 || x.routerID == 0 || a.length != x.length || a.Origin != b.Origin || metric != t.metric ||
		speaker == x.routerID || b.OriginatorID.IsValid() || a != b && med(&to.config.Decision, a) != med(&to.config.Decision, b) {
		return false, false
	}
	return speaker < x.routerID, true
}

// tellPlain is tell where all neighbors are told alike; the general rules are asked where a lane needs them.
func (w *worker) tellPlain(in *instance, prefix netip.Prefix, f network.Family, l *lanes) {
	r := w.plain
	b := &r.best[in.id]
	now := said{told: true}
	if b.from != noPath {
		if p := firstUp(in, f); p != nil {
			e := w.groupExport(p, f, prefix, b)
			now.attrs, now.hop = e.attrs, b.hop
			if a := e.attrs; a != nil {
				now.length = a.length
				now.simple = (e.rule == hopByRule || e.rule == hopSelf) && !a.HasLocalPref && len(a.Communities) == 0 && a.Weight == 0 && !a.HasAIGP &&
					!b.attrs.OriginatorID.IsValid()
			}
		}
	}
	r.said[in.id] = now
	first := in.peers[0].id
	speaker := l.routerIDs[in.id]
	for k := range in.peers {
		lane := &l.said[first+k]
		if lane.kind == laneClosed || lane.kind == laneOutside {
			continue
		}
		x := &r.brief[lane.to]
		mine := x.from == lane.via
		if lane.kind == laneGeneral || now.attrs != nil && (!now.simple || now.hop == lane.peerHop && now.hop != 0) {
			w.tellOne(in.peers[k], prefix, f)
			continue
		}
		a := now.attrs
		arrives := a != nil && (mine || x.length < 0 || a.length <= x.length) && lane.ok && !a.holds(lane.refused)
		if !mine && !arrives {
			continue
		}
		to := w.s.instances[lane.to]
		if !arrives {
			w.again(to, prefix, f)
			continue
		}
		c := path{attrs: a, from: lane.via, hop: lane.self, metric: lane.metric, source: FromNeighbor, ok: true}
		t := &r.best[lane.to]
		switch {
		case t.from == noPath:
			r.put(w, lane.to, c)
		case mine && c == *t:
		default:
			wins, known := w.plainWins(to, speaker, a, lane.metric, t, x)
			if mine || !known {
				wins = w.plainBetter(judge{to, w.s.peers, f}, &c, t)
			}
			if wins {
				r.put(w, lane.to, c)
			} else if mine {
				w.again(to, prefix, f)
			}
		}
	}
}

func firstUp(in *instance, f network.Family) *peer {
	for _, p := range in.peers {
		if p.families[f].up && p.remote != nil {
			return p
		}
	}
	return nil
}
