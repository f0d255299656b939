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

// keeps reports that an end of a session depends on nothing but its two instances and the wire between them.
func (h *heir) keeps(p *peer) bool {
	for f := range p.families {
		if x := &p.families[f]; x.conditional || x.c.DefaultOriginate != nil || x.c.MaximumPrefixOut > 0 {
			return false
		}
	}
	q := p.remote
	return p.sole && p.routed && p.hops == 0 && p.state.State == Established && p.subnet.IsValid() && q != nil && q.remote == p && q.sole && q.routed && q.hops == 0 &&
		q.subnet.IsValid() && h.same[p.in.id] && h.same[q.in.id]
}

// inheritPeers makes the ends of all sessions, most of them as in the base. It reports false where what is new
// meets what was taken over: then nothing may be.
func (s *solver) inheritPeers(h *heir) bool {
	slab := make([]peer, len(h.base.peers))
	s.peers = make([]*peer, len(slab))
	for i := range slab {
		s.peers[i] = &slab[i]
	}
	freshOf := make([][]*peer, len(s.instances))
	s.abreast(len(s.instances), 16, func(i int) { freshOf[i] = s.inheritInstance(h, i) })
	if s.ctx.Err() != nil {
		return false
	}
	fresh := slices.Concat(freshOf...)
	for i, p := range s.peers {
		// Where somebody took one end of a session down, neither is kept.
		if h.kept[i] && !h.kept[p.remote.id] {
			return false
		}
	}
	for _, p := range fresh {
		s.locate(p)
		if was := h.base.peers[p.id]; h.same[p.in.id] && (p.far != was.far || p.farPort != was.farPort || p.state.PeerAddr != was.state.PeerAddr || p.state.LocalAddr != was.state.LocalAddr) {
			return false
		}
	}
	for _, p := range fresh {
		if s.pair(p); p.remote != nil && h.kept[p.remote.id] {
			return false
		}
	}
	return true
}

// inheritInstance makes the ends of one instance and returns those that are not the base's. It writes to nothing of another's.
func (s *solver) inheritInstance(h *heir, i int) (fresh []*peer) {
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
		p := in.peers[k]
		if h.keeps(was) && (s.opts.Down == nil || !s.opts.Down(in.router, in.vrf, was.config)) {
			*p = *was
			p.in, p.remote = in, s.peers[was.remote.id]
			h.kept[p.id] = true
			continue
		}
		c := was.config
		if !h.same[i] {
			c = configs[k]
		}
		*p = newPeer(in, c, false)
		p.id = first + k
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

// inheritLane takes over both sides of a lane; false where it must be made.
func (s *solver) inheritLane(l *lanes, p *peer, f network.Family) bool {
	h := s.heir
	if h == nil || !h.kept[p.id] || h.base.lanes[f] == nil {
		return false
	}
	q := p.remote
	if p.families[f].flags != h.base.peers[p.id].families[f].flags || q.families[f].flags != h.base.peers[q.id].families[f].flags {
		return false
	}
	old := h.base.lanes[f]
	l.said[p.id], l.heard[q.id], l.bits[p.id] = old.said[p.id], old.heard[q.id], old.bits[p.id]
	return true
}
