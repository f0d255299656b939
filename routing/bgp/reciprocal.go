package bgp

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/routegate/routegate/network"
)

// together are the reasons that lie between the two ends, as this end sees them.
func (s *solver) together(p *peer) (SessionReason, string) {
	far := s.net.Routers[p.far].Name
	q := p.remote
	if q == nil {
		return ReasonNotReciprocated, s.unanswered(p, far)
	}
	c, d := p.config, q.config
	us, them := p.in.device.Name, far
	heard := q.in.config.Accepts(p.state.PeerAddr, c.Port)
	hears := p.in.config.Accepts(q.state.PeerAddr, d.Port)
	if !unnumbered(p) {
		toFar := p.state.LocalAddr == q.state.PeerAddr && !c.Passive
		toUs := q.state.LocalAddr == p.state.PeerAddr && !d.Passive
		switch {
		case (toFar || toUs) && !(toFar && heard) && !(toUs && hears):
			return ReasonNotListening, s.notListening(p, q, toFar)
		case c.Passive && d.Passive:
			return ReasonPassive, fmt.Sprintf("%s and %s both wait for the other to connect", us, them)
		case !toFar && !toUs:
			return ReasonSourceAddress, fmt.Sprintf("%s connects from %s to %s, %s has neighbor %s and connects from %s",
				us, p.state.LocalAddr, p.state.PeerAddr, them, q.state.PeerAddr, q.state.LocalAddr)
		}
	} else if c.Passive && d.Passive {
		return ReasonPassive, fmt.Sprintf("%s and %s both wait for the other to connect", us, them)
	} else if !(heard && !c.Passive) && !(hears && !d.Passive) {
		return ReasonNotListening, s.notListening(p, q, !c.Passive)
	}
	if n := int(c.TTLSecurityHops); n > 0 && d.TTLSecurityHops == 0 && q.state.Type != IBGP && int(d.TTL) < 256-n {
		return ReasonTTL, fmt.Sprintf("ttl-security wants packets of a TTL of %d or more, %s sends them with %d", 256-n, them, max(1, int(d.TTL)))
	}
	if c.Password != d.Password {
		return ReasonPassword, passwords(c.Password, d.Password, us, them)
	}
	if why := p.wrongAS(q); why != "" {
		return ReasonWrongAS, why
	}
	// RFC 6286: an identifier is unique within an AS.
	if p.state.Type == IBGP && p.in.routerID == q.in.routerID {
		return ReasonRouterID, fmt.Sprintf("%s and %s both have router id %s", us, them, p.in.routerID)
	}
	common := slices.ContainsFunc(c.OtherFamilies, func(f string) bool { return slices.Contains(d.OtherFamilies, f) })
	for f := range c.Families {
		common = common || c.Families[f].Active && d.Families[f].Active
	}
	if !common {
		return ReasonNoCommonFamily, fmt.Sprintf("%s activates %s, %s activates %s", us, activated(c), them, activated(d))
	}
	if why := roles(c, d, us, them); why != "" {
		return ReasonRole, why
	}
	return NoReason, ""
}

// notListening says what the one that connects meets: this end, or where it does not connect, the other.
func (s *solver) notListening(p, q *peer, toFar bool) string {
	from, to := p, q
	if !toFar {
		from, to = q, p
	}
	us, them := from.in.device.Name, to.in.device.Name
	port := cmp.Or(from.config.Port, network.BGPPort)
	switch b := to.in.config; {
	case b.NoListen:
		return fmt.Sprintf("%s connects to %s, which does not listen", us, them)
	case cmp.Or(b.Port, network.BGPPort) != port:
		return fmt.Sprintf("%s connects to port %d, %s listens on port %d", us, port, them, cmp.Or(b.Port, network.BGPPort))
	}
	return fmt.Sprintf("%s connects to %s, where %s does not listen", us, from.state.PeerAddr, them)
}

func (s *solver) unanswered(p *peer, far string) string {
	running := false
	for _, v := range s.net.Routers[p.far].VRFs {
		running = running || v.BGP != nil
	}
	switch {
	case !running:
		return far + " runs no BGP"
	case unnumbered(p):
		return fmt.Sprintf("%s has no neighbor on its interface %s", far, p.farPort)
	}
	return fmt.Sprintf("%s has no neighbor %s", far, p.state.LocalAddr)
}

func passwords(a, b, us, them string) string {
	switch {
	case a == "":
		return them + " has a password, " + us + " has none"
	case b == "":
		return us + " has a password, " + them + " has none"
	}
	return us + " and " + them + " have different passwords"
}

// wrongAS holds remote-as against the AS in the other end's OPEN.
func (p *peer) wrongAS(q *peer) string {
	want := p.config.RemoteAS
	ok := true
	switch want.Kind {
	case network.RemoteASNumber:
		ok = q.localAS == want.Number
	case network.RemoteASExternal:
		ok = q.localAS != p.in.config.AS
	case network.RemoteASInternal:
		ok = q.localAS == p.in.config.AS
	}
	if ok {
		return ""
	}
	text := [...]string{"none", fmt.Sprint(want.Number), "external", "internal", "any"}[want.Kind]
	return fmt.Sprintf("%s expects remote AS %s, %s is AS %d", p.in.device.Name, text, q.in.device.Name, q.localAS)
}

func activated(c *network.Neighbor) string {
	text := ""
	for _, f := range network.Families {
		if c.Families[f].Active {
			if text != "" {
				text += " and "
			}
			text += f.String()
		}
	}
	for _, f := range c.OtherFamilies {
		if text != "" {
			text += " and "
		}
		text += f
	}
	if text == "" {
		return "none"
	}
	return text
}

// roles is RFC 9234 §4.2: roles that both ends send must fit; with strict mode both must send one.
func roles(c, d *network.Neighbor, us, them string) string {
	fits := map[string]string{"provider": "customer", "customer": "provider", "peer": "peer", "rs-server": "rs-client", "rs-client": "rs-server"}
	switch {
	case c.Role != "" && d.Role != "" && fits[c.Role] != d.Role:
		return fmt.Sprintf("%s has the role %s, %s has the role %s", us, c.Role, them, d.Role)
	case c.Role != "" && d.Role == "" && c.RoleStrict:
		return fmt.Sprintf("%s has the role %s and wants one from %s (strict mode), which has none", us, c.Role, them)
	}
	return ""
}
