package bgp

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// exchange is what a session carries in one address family.
type exchange struct {
	up bool
	c  *network.NeighborFamily
	// self is our address as the other end gets it for a next hop.
	self                hopID
	inPolicy, outPolicy bool   // a policy or filter is configured at all
	inPrefix, outPrefix bool   // its outcome depends on the prefix
	inRanks             bool   // the import policy can set what decides before the length of the AS path, or that path
	groupByPeer         bool   // what is sent depends on the neighbor's address
	addPathSend         bool   // negotiated
	conditional         bool   // advertise-map and condition both exist
	groupAS             uint32 // the remote AS that as-override and remove-private-AS look at
	held                bool   // what the advertise-map accepts is held back now
	group               int32
	flags               sessionFlags
	sentDefault         *attrs                // default-originate sends this now
	admitted            map[netip.Prefix]bool // maximum-prefix-out reached: only these are sent
}

// establish decides which sessions come up, and says why the others do not.
func (s *solver) establish() {
	fresh := s.peers
	if h := s.heir; h != nil {
		fresh = h.fresh
	}
	for _, p := range fresh {
		p.state.Type = p.kind()
		p.localAS, p.changed = p.openAS()
	}
	for _, p := range fresh {
		s.settleAS(p)
	}
	s.each(fresh, func(p *peer) {
		p.state.State = Established
		if r, why := s.alone(p); r != NoReason {
			p.down(r, why)
		}
	})
	type verdict struct {
		r   SessionReason
		why string
	}
	verdicts := make([]verdict, len(fresh))
	s.abreast(len(fresh), 256, func(i int) {
		if p := fresh[i]; p.far >= 0 && p.state.State == Established {
			r, why := s.together(p)
			verdicts[i] = verdict{r, why}
		}
	})
	for i, p := range fresh {
		if v := verdicts[i]; v.r != NoReason {
			p.down(v.r, v.why)
		}
	}
	for _, p := range fresh {
		q := p.remote
		if p.state.State == Established && q != nil && q.state.State == Down {
			p.down(mirrored(q.state.Reason), "on "+q.in.device.Name+": "+q.state.Detail)
		}
	}
	for _, p := range fresh {
		s.describe(p)
	}
}

func mirrored(r SessionReason) SessionReason {
	if r == ReasonShutdown {
		return ReasonPeerShutdown
	}
	return r
}

func (p *peer) down(r SessionReason, why string) {
	p.state.State, p.state.Reason, p.state.Detail = Down, r, why
}

// kind is the type of the session by configuration: FRR's peer sort. An AS of one's
// own confederation is inside; the AS that `local-as` shows counts as one's own.
func (p *peer) kind() PeerType {
	b, c := p.in.config, p.config
	as := c.RemoteAS.Number
	switch c.RemoteAS.Kind {
	case network.RemoteASInternal:
		return IBGP
	case network.RemoteASExternal:
		return EBGP
	case network.RemoteASAuto:
		if p.remote != nil {
			as = p.remote.in.config.AS
			if l := p.remote.config.LocalAS.Number; l != 0 {
				as = l
			}
		}
	}
	if c.LocalAS.Number != 0 && as == c.LocalAS.Number || c.LocalAS.Number == 0 && as == b.AS {
		return IBGP
	}
	if b.Confederation.Identifier != 0 && slices.Contains(b.Confederation.Members, as) {
		return ConfedEBGP
	}
	return EBGP
}

// brings is the kind of session that the paths from the neighbor are taken to have come over, see Habits.RanksByAS.
func (p *peer) brings() PeerType {
	switch {
	case !p.in.config.Habits.RanksByAS || p.state.Type == ConfedEBGP:
		return p.state.Type
	case p.state.RemoteAS == p.in.config.AS:
		return IBGP
	}
	return EBGP
}

// within reports that what comes from the neighbor goes to another one within the AS by reflection alone. GoBGP compares the two
// neighbors' ASes (filterpath).
func (p *peer) within(to *peer) bool {
	if p.in.config.Habits.RanksByAS {
		return p.state.RemoteAS == to.state.RemoteAS
	}
	return p.state.Type == IBGP
}

// bringsExternal reports that the paths from the neighbor are taken for external ones.
func (p *peer) bringsExternal() bool { return p.in.outside(p.brings()) }

// external reports that the neighbor is dealt with as one outside, see Habits.ConfedExternal.
func (p *peer) external() bool { return p.in.outside(p.state.Type) }

// outside reports that the instance deals with sessions of a kind as with those to another AS.
func (in *instance) outside(t PeerType) bool {
	return t == EBGP || t == ConfedEBGP && in.config.Habits.ConfedExternal
}

// openAS is the AS that the OPEN message carries: that of `local-as`, the confederation's
// towards the outside (RFC 5065 §4), else the instance's.
func (p *peer) openAS() (as, changed uint32) {
	b := p.in.config
	confed := b.Confederation.Identifier != 0 && p.state.Type == EBGP
	if l := p.config.LocalAS.Number; l != 0 && (l != b.AS || confed) {
		return l, l
	}
	if confed && !p.config.MemberAS {
		return b.Confederation.Identifier, 0
	}
	return b.AS, 0
}

// settleAS learns the other end's AS, and lets `local-as ... dual-as` fall back to the
// instance's where that is what the other end wants.
func (s *solver) settleAS(p *peer) {
	if q := p.remote; q != nil {
		if q.config.LocalAS.DualAS && p.config.RemoteAS.Kind == network.RemoteASNumber && p.config.RemoteAS.Number == q.in.config.AS {
			q.localAS, q.changed = q.in.config.AS, 0
		}
		p.state.RemoteAS = q.localAS
		return
	}
	if p.far >= 0 {
		return
	}
	switch c := p.config; c.RemoteAS.Kind {
	case network.RemoteASNumber:
		p.state.RemoteAS = c.RemoteAS.Number
	case network.RemoteASInternal:
		p.state.RemoteAS = p.in.config.AS
	case network.RemoteASExternal, network.RemoteASAuto:
		// Whoever announces something there.
		for _, a := range s.net.Env.Announcements {
			if a.To == p.in.device.Name && a.From != p.in.config.AS && (!a.Neighbor.IsValid() || a.Neighbor == p.state.PeerAddr) {
				p.state.RemoteAS = a.From
				return
			}
		}
	}
}

// alone are the reasons that one end has by itself.
func (s *solver) alone(p *peer) (SessionReason, string) {
	c, in := p.config, p.in
	switch {
	case c.Shutdown:
		return ReasonShutdown, "the neighbor is shut down"
	case in.config.Shutdown:
		return ReasonShutdown, "the BGP instance is shut down"
	case s.opts.Down != nil && s.opts.Down(in.router, in.vrf, c):
		return ReasonFailed, "taken out on purpose"
	case c.RemoteAS.Kind == network.RemoteASMissing:
		return ReasonNoRemoteAS, "no remote AS is configured"
	}
	if unnumbered(p) && !p.routed {
		return ReasonLinkDown, fmt.Sprintf("interface %s is down, or absent", c.Interface)
	}
	if !p.routed {
		to := p.state.PeerAddr
		for i := range in.device.Interfaces {
			f := &in.device.Interfaces[i]
			for _, a := range f.Addresses {
				if f.VRF == in.under && a.Prefix.Masked().Contains(to) && !f.Loopback && (f.Shutdown || !s.under.LinkUp(in.router, f.Name)) {
					return ReasonLinkDown, fmt.Sprintf("interface %s, which has %s, is down", f.Name, a.Prefix)
				}
			}
		}
		return ReasonNoRoute, fmt.Sprintf("%s is not reachable from %s", to, in.device.Name)
	}
	if (c.UpdateSource.IsValid() || c.UpdateInterface != "") && !in.own[p.state.LocalAddr] {
		return ReasonSourceAddress, fmt.Sprintf("the source address (%s) is not on an interface that is up", source(c))
	}
	if p.state.Type == EBGP && !unnumbered(p) && !c.MultihopEnabled && c.TTLSecurityHops <= 1 && c.TTL <= 1 &&
		!c.SkipConnectedCheck && !in.config.SkipConnectedCheck {
		if !s.direct(in, p.state.PeerAddr) {
			return ReasonNotConnected, fmt.Sprintf("%s is on no connected subnet and behind no static route, and the session is neither multihop nor without the check for it", p.state.PeerAddr)
		}
	}
	if r, why := ttl(p); r != NoReason {
		return r, why
	}
	active := len(c.OtherFamilies) > 0
	for f := range c.Families {
		active = active || c.Families[f].Active
	}
	if !active {
		return ReasonNoCommonFamily, "no address family is activated"
	}
	return NoReason, ""
}

// source is update-source as configured.
func source(c *network.Neighbor) string {
	if c.UpdateSource.IsValid() {
		return c.UpdateSource.String()
	}
	return c.UpdateInterface
}

// ttl holds the distance against what our packets survive. A peer on a loopback
// across one wire is not further than the wire.
func ttl(p *peer) (SessionReason, string) {
	send := int(p.config.TTL)
	if p.config.TTLSecurityHops > 0 || p.state.Type == IBGP || send == 0 && p.config.MultihopEnabled {
		send = 255
	}
	if send == 0 {
		send = 1
	}
	if p.hops >= send {
		return ReasonTTL, fmt.Sprintf("%s is %d hops away, the TTL is %d", p.state.PeerAddr, p.hops+1, send)
	}
	if n := int(p.config.TTLSecurityHops); n > 0 && p.hops >= n {
		return ReasonTTL, fmt.Sprintf("%s is %d hops away, ttl-security allows %d (RFC 5082)", p.state.PeerAddr, p.hops+1, n)
	}
	return NoReason, ""
}
