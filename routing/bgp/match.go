package bgp

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
)

// peer is one end of a session, as the solver sees it. Its state is the public Session.
type peer struct {
	id     int
	in     *instance
	state  *Session
	remote *peer // the other end; nil outside of the snapshot, or when none fits
	*transport
	families [network.NumFamilies]exchange
}

// transport is what a session stands on. It is found once, before routes are looked at, and shared with the solutions that take the session over.
type transport struct {
	config  *network.Neighbor
	far     int  // the router at the other end; -1 outside
	hops    int  // routers between
	dynamic bool // accepted by a listen range
	sole    bool // one interface alone has the peer's address
	routed  bool // packets get to the peer's address
	enhe    bool // IPv4 routes with IPv6 next hops were negotiated
	farPort string
	subnet  netip.Prefix // the connected subnet that the peer is on; zero when it is on none
	localAS uint32       // what the OPEN says
	// changed is the AS of `local-as` where this session uses it, else 0.
	changed  uint32
	remoteID netip.Addr // the peer's router id; outside, its IPv4 address
	beside   hop        // see solver.beside
}

type vrfKey struct {
	router int
	vrf    string
}

type owner struct {
	router int
	vrf    string
	iface  string
}

// addOwners indexes which routers have an address, on interfaces that are shut down too:
// a session to such an address belongs to that router though it cannot come up.
func (s *solver) addOwners() {
	if s.opts.Base != nil && s.opts.SameAddresses {
		s.owners = s.opts.Base.s.owners
		return
	}
	for i, r := range s.net.Routers {
		for j := range r.Interfaces {
			f := &r.Interfaces[j]
			for _, a := range f.Addresses {
				x := a.Prefix.Addr()
				if !x.IsLinkLocalUnicast() && !x.IsLoopback() {
					s.owners[x] = append(s.owners[x], owner{i, f.VRF, f.Name})
				}
			}
		}
	}
}

// addPeers makes the ends of all sessions, configured and accepted by listen
// ranges, finds where their packets go, and pairs them.
func (s *solver) addPeers() {
	if s.heir = s.inheritable(); s.heir != nil {
		if s.inheritPeers(s.heir) {
			s.findTraits()
			return
		}
		s.heir = nil
		for _, in := range s.instances {
			in.peers = nil
		}
		s.peers, s.sessions = nil, nil
	}
	for _, in := range s.instances {
		for _, c := range in.config.Neighbors {
			s.addPeer(in, c, false)
		}
	}
	s.each(s.peers, s.locate)
	s.addDynamic()
	for _, in := range s.instances {
		slices.SortStableFunc(in.peers, func(a, b *peer) int { return strings.Compare(a.config.Key(), b.config.Key()) })
	}
	s.peers = s.peers[:0]
	for _, in := range s.instances {
		for _, p := range in.peers {
			p.id = len(s.peers)
			s.peers = append(s.peers, p)
		}
	}
	s.each(s.peers, s.pair)
	s.findTraits()
}

// locate finds the peer's address, our own, and the router that has the other one.
func (s *solver) locate(p *peer) {
	c, in := p.config, p.in
	to := c.Address
	if !to.IsValid() && !c.LinkLocalOnly {
		to = s.otherAddress(in, c.Interface)
	}
	if !to.IsValid() || to.IsLinkLocalUnicast() {
		s.locateOnWire(p, to)
		return
	}
	p.state.PeerAddr = to
	var out string
	var source netip.Addr
	p.hops, out, source, p.routed = s.under.Path(in.router, in.under, to)
	if p.routed && p.hops == 0 {
		p.state.Interface = out
	}
	p.state.LocalAddr = source
	switch f := in.device.Interface(c.UpdateInterface); {
	case c.UpdateSource.IsValid():
		p.state.LocalAddr = c.UpdateSource
	case c.UpdateInterface != "" && f != nil:
		p.state.LocalAddr = address(f, network.FamilyOfAddr(to))
	}
	// Several routers may have the address: the one on the wire is meant, else one that names us.
	best := 0
	owners := s.owners[to]
	p.sole = len(owners) == 1
	for _, o := range owners {
		if o.router == in.router && o.vrf == in.under {
			continue
		}
		rank, port := 1, ""
		if !p.sole && s.names(o, in) {
			rank = 2
		}
		if p.state.Interface != "" && s.onWire(in.router, p.state.Interface, o) {
			rank, port = rank+2, o.iface
		}
		if rank > best {
			best, p.far, p.farPort = rank, o.router, port
		}
	}
}

// names reports that the router has a neighbor whose address is one of the instance's.
func (s *solver) names(o owner, in *instance) bool {
	return slices.ContainsFunc(s.net.Routers[o.router].VRFs, func(v *network.VRF) bool {
		return v.Underlay() == o.vrf && v.BGP != nil && slices.ContainsFunc(v.BGP.Neighbors, func(n *network.Neighbor) bool {
			return n.Address.IsValid() && in.own[n.Address]
		})
	})
}

// otherAddress is the other host of an interface's /30 or /31: FRR peers with it
// when `neighbor IFACE interface` stands on a numbered interface.
func (s *solver) otherAddress(in *instance, iface string) netip.Addr {
	f := in.device.Interface(iface)
	if f == nil {
		return netip.Addr{}
	}
	for _, a := range f.Addresses {
		x := a.Prefix.Addr()
		if !x.Is4() {
			continue
		}
		b := x.As4()
		switch a.Prefix.Bits() {
		case 31:
			b[3] ^= 1
		case 30:
			b[3] ^= 3
		default:
			continue
		}
		return netip.AddrFrom4(b)
	}
	return netip.Addr{}
}

func (s *solver) onWire(router int, iface string, o owner) bool {
	for _, a := range s.under.Wire(router, iface) {
		if a.Router == o.router && a.Interface == o.iface {
			return true
		}
	}
	return false
}

// locateOnWire finds an unnumbered peer, or one named by link-local address: a
// router on the interface's wire, one that names our end if there are several.
func (s *solver) locateOnWire(p *peer, to netip.Addr) {
	c, in := p.config, p.in
	p.state.Interface = c.Interface
	p.state.PeerAddr = to
	p.state.LocalAddr = s.linkLocal(in.router, c.Interface)
	p.routed = s.under.LinkUp(in.router, c.Interface)
	found := false
	for _, a := range s.under.Wire(in.router, c.Interface) {
		if a.Router == in.router && a.Interface == c.Interface || to.IsValid() && a.LinkLocal != to {
			continue
		}
		names := s.namesInterface(a)
		if p.far < 0 || names && !found {
			p.far, p.farPort, p.state.PeerAddr = a.Router, a.Interface, a.LinkLocal
			found = names
		}
	}
}

func (s *solver) namesInterface(a Attachment) bool {
	for _, v := range s.net.Routers[a.Router].VRFs {
		if v.BGP == nil {
			continue
		}
		for _, n := range v.BGP.Neighbors {
			if n.Interface == a.Interface {
				return true
			}
		}
	}
	return false
}
