package bgp

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/gaissmai/bart"

	"github.com/routegate/routegate/network"
)

// heir is what a solution takes over of the sessions of its base: those between two instances that are as they were, over
// one wire. A network of ten thousand routers has close to a million ends of sessions; a change touches a hundred.
type heir struct {
	base *solver
	same []bool // by instance: nothing that it is made of has changed
	kept []bool // by peer: taken over as it was; both ends, or none
	all  []bool // by instance: all its sessions are
	// fresh are the ends that are not; sorted by id.
	fresh []*peer
	flags bool // kept ends are classified as in the base
}

// inheritable reports that instances and peers of the base stand at the same places; it finds which are the same.
func (s *solver) inheritable() *heir {
	o := &s.opts
	if o.Base == nil || o.Unchanged == nil || !o.SameAddresses || !o.Base.Converged || o.EveryPath || o.Base.s.opts.EveryPath || len(s.instances) != len(o.Base.s.instances) {
		return nil
	}
	h := &heir{base: o.Base.s, same: make([]bool, len(s.instances)), kept: make([]bool, len(o.Base.s.peers)), all: make([]bool, len(s.instances))}
	for i, in := range s.instances {
		old := h.base.instances[i]
		if in.vrf != old.vrf || in.router != old.router || in.device.Name != old.device.Name || len(in.config.Listen) > 0 || len(old.config.Listen) > 0 ||
			len(in.config.Neighbors) != len(old.peers) {
			return nil
		}
		h.same[i] = in.device == old.device && o.Unchanged(in.router, in.under)
	}
	return h
}

// lasting is what an end of a session of the base says to every heir: found once.
type lasting struct {
	remote int32 // the other end; -1 none
	to     int32 // its instance
	keeps  bool  // the end depends on nothing but the two instances and the wire between them
}

// lastingOf are the base's, by peer. Safe for concurrent use.
func (s *solver) lastingOf() []lasting {
	s.lastingOnce.Do(func() {
		s.lasting = make([]lasting, len(s.peers))
		for i, p := range s.peers {
			x := &s.lasting[i]
			x.remote = -1
			if q := p.remote; q != nil {
				x.remote, x.to = int32(q.id), int32(q.in.id)
				x.keeps = q.remote == p && p.keeps() && q.keeps()
			}
		}
	})
	return s.lasting
}

func (p *peer) keeps() bool {
	for f := range p.families {
		if x := &p.families[f]; x.conditional || x.c.DefaultOriginate != nil || x.c.MaximumPrefixOut > 0 {
			return false
		}
	}
	return p.sole && p.routed && p.hops == 0 && p.state.State == Established && p.subnet.IsValid()
}

// inheritPeers makes the ends of all sessions, most of them as in the base. It reports false where what is new
// meets what was taken over: then nothing may be.
func (s *solver) inheritPeers(h *heir) bool {
	last := h.base.lastingOf()
	slab := make([]peer, len(h.base.peers))
	s.peers, s.sessions = make([]*peer, len(slab)), make([]Session, len(slab))
	for i := range slab {
		s.peers[i] = &slab[i]
	}
	freshOf := make([][]*peer, len(s.instances))
	s.abreast(len(s.instances), 16, func(i int) { freshOf[i] = s.inheritInstance(h, i, last) })
	if s.ctx.Err() != nil {
		return false
	}
	h.fresh = slices.Concat(freshOf...)
	for _, p := range h.fresh {
		// Where somebody took one end of a session down, neither is kept.
		if q := last[p.id].remote; q >= 0 && h.kept[q] && last[q].remote == int32(p.id) {
			return false
		}
		s.locate(p)
		if was := h.base.peers[p.id]; h.same[p.in.id] && (p.far != was.far || p.farPort != was.farPort || p.state.PeerAddr != was.state.PeerAddr || p.state.LocalAddr != was.state.LocalAddr) {
			return false
		}
	}
	for _, p := range h.fresh {
		if s.pair(p); p.remote != nil && h.kept[p.remote.id] {
			return false
		}
	}
	return true
}

// inheritInstance makes the ends of one instance and returns those that are not the base's. It writes to nothing of another's.
func (s *solver) inheritInstance(h *heir, i int, last []lasting) (fresh []*peer) {
	in, old := s.instances[i], h.base.instances[i]
	if len(old.peers) == 0 {
		return nil
	}
	first := old.peers[0].id
	in.peers = s.peers[first : first+len(old.peers) : first+len(old.peers)]
	configs := in.config.Neighbors
	if !h.same[i] {
		configs = slices.Clone(configs)
		slices.SortStableFunc(configs, func(a, b *network.Neighbor) int { return strings.Compare(a.Key(), b.Key()) })
	}
	for k, was := range old.peers {
		p, state, x := in.peers[k], &s.sessions[first+k], &last[first+k]
		if x.keeps && h.same[i] && h.same[x.to] && (s.opts.Down == nil || !s.opts.Down(in.router, in.vrf, was.config)) {
			*state = *was.state
			*p = peer{id: first + k, in: in, state: state, remote: s.peers[x.remote], transport: was.transport, families: was.families}
			h.kept[p.id] = true
			continue
		}
		c := was.config
		if !h.same[i] {
			c = configs[k]
		}
		*p = newPeer(in, c, false)
		p.id = first + k
		*state = *p.state
		p.state = state
		fresh = append(fresh, p)
	}
	h.all[i] = len(fresh) == 0
	return fresh
}

// holds reports that no route of BGP leads to an end of a session that was taken over, past the subnet that it is on: else the
// ways to it would have to be asked for again.
func (h *heir) holds(s *solver) bool {
	var longest [network.NumFamilies]int
	var all bart.Lite
	for _, p := range s.prefixes {
		f := network.FamilyOf(p)
		longest[f] = max(longest[f], p.Bits())
		all.Insert(p)
	}
	covered := func(a netip.Addr, on netip.Prefix) bool {
		f := network.FamilyOfAddr(a)
		if on.Addr().Is4() == a.Is4() && longest[f] <= on.Bits() {
			return false
		}
		p, ok := all.LookupPrefixLPM(netip.PrefixFrom(a.WithZone(""), a.BitLen()))
		return ok && (on.Addr().Is4() != a.Is4() || p.Bits() > on.Bits())
	}
	for i, p := range s.peers {
		if !h.kept[i] {
			continue
		}
		if covered(p.state.PeerAddr, p.subnet) {
			return false
		}
		for f := range p.families {
			if x := &p.families[f]; x.up {
				if a := s.in.at(x.self).addr; a.IsValid() && covered(a, p.subnet) {
					return false
				}
			}
		}
	}
	return true
}

// inheritGroup takes over what groupPeers finds of an instance; false where it must be found.
func (s *solver) inheritGroup(in *instance) bool {
	h := s.heir
	if h == nil || !h.all[in.id] {
		return false
	}
	for _, p := range in.peers {
		for f := range p.families {
			if c := p.families[f].c; followsGroup(c) {
				return false // there may be something to tell about these
			}
		}
	}
	old := h.base.instances[in.id]
	in.arrival = make([]*peer, len(old.arrival))
	for i, p := range old.arrival {
		in.arrival[i] = s.peers[p.id]
	}
	in.reflects, in.addPath = old.reflects, old.addPath
	return true
}

// inheritLanes takes over the lanes of the sessions that were, and returns the ends of which lanes must be made.
func (s *solver) inheritLanes(l *lanes, f network.Family) []*peer {
	h := s.heir
	if h == nil || h.base.lanes[f] == nil {
		return s.peers
	}
	left := h.fresh
	if !h.flags {
		// Kept ends may have been taken down since.
		was := func(p *peer) bool {
			x, y := &p.families[f], &h.base.peers[p.id].families[f]
			return x.up == y.up && x.flags == y.flags
		}
		left = nil
		for i, p := range s.peers {
			if !h.kept[i] || !was(p) || !was(p.remote) {
				left = append(left, p)
			}
		}
	}
	old := h.base.lanes[f]
	copy(l.said, old.said)
	copy(l.heard, old.heard)
	copy(l.to, old.to)
	copy(l.bits, old.bits)
	for _, p := range left {
		l.said[p.id], l.heard[p.id], l.to[p.id], l.bits[p.id] = lane{}, lane{}, 0, 0
	}
	return left
}
