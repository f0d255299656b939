package frr

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/routegate/routegate/network"
)

// fingerprint stands for a secret: equal secrets have equal ones.
func fingerprint(secret string) string {
	h := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(h[:8])
}

const remoteAS = "<external|internal|auto|ASN$as>"

func (g *grammar) neighbors() {
	mode, both := in(bgpMode), anyFamily()
	g.do(mode, "neighbor WORD$peer remote-as "+remoteAS, (*parser).remoteAS)
	g.do(mode, "neighbor WORD$peer peer-group", (*parser).definePeerGroup)
	g.do(both, "neighbor WORD$peer peer-group WORD$group", (*parser).joinPeerGroup)
	g.do(mode, "neighbor WORD$peer interface [v6only] [peer-group WORD$group]", (*parser).interfacePeer)
	g.do(mode, "neighbor WORD$peer interface [v6only] remote-as "+remoteAS, (*parser).interfacePeer)
	g.do(mode, "neighbor WORD$peer interface WORD$scope", (*parser).peerScope)
	g.do(mode, "no neighbor WORD$peer", (*parser).removePeer)
	g.do(mode, "no neighbor WORD$peer peer-group", (*parser).removePeer)
	g.do(both, "no neighbor WORD$peer peer-group WORD$group", (*parser).removePeer)
	g.do(mode, "no neighbor WORD$peer remote-as "+remoteAS, (*parser).removeRemoteAS)
	g.do(mode, "no neighbor WORD$peer interface [v6only] [peer-group WORD$group] [remote-as "+remoteAS+"]", (*parser).removePeer)

	g.do(mode, "[no] neighbor WORD$peer description ~ LINE...$text", (*parser).peerDescription)
	g.do(mode, "[no] neighbor WORD$peer local-as ~ ASN$as [no-prepend [replace-as [dual-as]]]", (*parser).localAS)
	g.do(mode, "[no] neighbor WORD$peer update-source ~ <A.B.C.D$addr|X:X::X:X$addr|WORD$ifname>", (*parser).updateSource)
	g.do(mode, "[no] neighbor WORD$peer ebgp-multihop ~ [(1-255)$ttl]", (*parser).multihop)
	g.do(mode, "[no] neighbor WORD$peer ttl-security hops ~ (1-254)$hops", (*parser).ttlSecurity)
	g.do(mode, "[no] neighbor WORD$peer timers ~ (0-65535)$keepalive (0-65535)$hold", (*parser).peerTimers)
	g.do(mode, "[no] neighbor WORD$peer password ~ LINE...$secret", (*parser).password)
	g.do(mode, "[no] neighbor WORD$peer port ~ (0-65535)$port", (*parser).peerPort)
	g.do(mode, "[no] neighbor WORD$peer advertisement-interval ~ (0-600)$seconds", (*parser).advertisementInterval)
	g.do(mode, "[no] neighbor WORD$peer local-role ~ <provider|rs-server|rs-client|customer|peer> [strict-mode]", (*parser).localRole)
	for _, s := range peerSwitches {
		g.do(mode, "[no] neighbor WORD$peer "+s.pattern, s.set)
	}

	const peer = "[no] neighbor WORD$peer "
	for _, c := range []string{"timers connect ~ (1-65535)", "timers delayopen ~ (0-65535)", "capability dynamic", "capability software-version [new|latest-encoding]",
		"capability link-local", "capability fqdn", "tcp-mss ~ (1-65535)", "extended-optional-parameters", "extended-link-bandwidth",
		"disable-link-bw-encoding-ieee", "send-nexthop-characteristics", "graceful-restart", "graceful-restart-disable",
		"graceful-restart-helper", "rpki strict", "link-bw-encoding-ieee"} {
		g.do(mode, peer+c, (*parser).idlePeerOption)
	}
	for _, c := range []struct {
		affects      network.Affects
		why, pattern string
	}{
		{sessions, "capability negotiation out of the ordinary is not simulated", "dont-capability-negotiate"},
		{routes, "what a neighbor alone in its update group is sent back is not simulated", "solo"},
		{sessions, "capability negotiation out of the ordinary is not simulated", "override-capability"},
		{sessions, "capability negotiation out of the ordinary is not simulated", "strict-capability-match"},
		{sessions, "shutting down by round-trip time is not simulated", "shutdown rtt ~ LINE..."},
		{sessions, "BFD options are not simulated", "bfd check-control-plane-failure [profile WORD]"},
		{sessions, "BFD options are not simulated", "bfd strict ~ LINE..."},
		{routes, "path attribute filters are not simulated", "path-attribute <discard|treat-as-withdraw> ~ LINE..."},
		{routes, "AIGP is not simulated on sessions", "aigp"},
		{routes, "one's own loop check before sending is not simulated for a single neighbor", "sender-as-path-loop-detection"},
		{routes, "graceful shutdown of a single neighbor is not simulated", "graceful-shutdown"},
		{routes, "one administration over several ASes (RFC 9774) is not simulated", "oad"},
		{sessions, "this option of the session is not simulated", "ip-transparent"},
		{sessions, "this option of the session is not simulated", "local-link-id ~ LINE..."},
		{others, "segment routing is not simulated", "encapsulation-srv6"},
		{others, "segment routing is not simulated", "encapsulation-mpls"},
	} {
		v := unsupported(c.affects, c.why)
		g.do(mode, peer+c.pattern, func(p *parser, a *args) verdict {
			if x, why := p.peer(a); x == nil {
				return rejected(why)
			}
			return v
		})
	}
}

// peer finds the neighbor that the line names.
func (p *parser) peer(a *args) (*peer, string) {
	word := a.str("peer")
	x := p.bgp.find(word)
	if x == nil {
		if _, ok := parseAddr(word); ok {
			return nil, "the neighbor " + word + " is not declared above (remote-as or peer-group)"
		}
		return nil, "there is no peer group or interface neighbor " + quote(word) + " above"
	}
	x.touch(p.span())
	p.bgp.Span = p.bgp.Span.Join(p.span())
	return x, ""
}

// session adds a handler's setting of the whole neighbor: where the line is a "no", the setting is dropped.
func (p *parser) session(a *args, field string, apply func(*network.Neighbor)) verdict {
	x, why := p.peer(a)
	if x == nil {
		return rejected(why)
	}
	if a.no {
		x.drop(instanceWide, field)
		return modelled
	}
	x.put(setting{family: instanceWide, field: field, span: p.span(), apply: func(n *network.Neighbor, _ *network.NeighborFamily) { apply(n) }})
	return modelled
}

// peerSwitch is an option of the session that is on or off.
type peerSwitch struct {
	pattern, field string
	apply          func(*network.Neighbor)
}

func (s peerSwitch) set(p *parser, a *args) verdict { return p.session(a, s.field, s.apply) }

var peerSwitches = []peerSwitch{
	{"passive", "Passive", func(n *network.Neighbor) { n.Passive = true }},
	{"shutdown [message LINE...]", "Shutdown", func(n *network.Neighbor) { n.Shutdown = true }},
	{"disable-connected-check", "SkipConnectedCheck", func(n *network.Neighbor) { n.SkipConnectedCheck = true }},
	{"enforce-multihop", "SkipConnectedCheck", func(n *network.Neighbor) { n.SkipConnectedCheck = true }},
	{"enforce-first-as", "EnforceFirstAS", func(n *network.Neighbor) { n.EnforceFirstAS = true }},
	{"capability extended-nexthop", "ExtendedNextHop", func(n *network.Neighbor) { n.ExtendedNextHop = true }},
	{"bfd [(2-255) (50-60000) (50-60000)]", "BFD", func(n *network.Neighbor) { n.BFD = true }},
	{"bfd profile ~ WORD", "BFD", func(n *network.Neighbor) { n.BFD = true }},
}

// idlePeerOption is one that changes no stable route.
func (p *parser) idlePeerOption(a *args) verdict {
	if x, why := p.peer(a); x == nil {
		return rejected(why)
	}
	return harmless
}

func (p *parser) peerDescription(a *args) verdict {
	x, why := p.peer(a)
	if x == nil {
		return rejected(why)
	}
	x.desc = a.str("text")
	return harmless
}

func (p *parser) localAS(a *args) verdict {
	as := a.asn("as")
	x, why := p.peer(a)
	if x == nil {
		return rejected(why)
	}
	if !a.no {
		switch {
		case as == p.bgp.AS:
			return rejected("the local AS is the instance's own")
		case x.remoteAS.Kind == network.RemoteASNumber && x.remoteAS.Number == as:
			return rejected("the local AS is the remote AS")
		}
	}
	if a.has("dual-as") && p.defaults.before(9, 0) {
		return rejected("dual-as came with FRR 9.0 (tried on 8.4.4)")
	}
	l := network.LocalAS{Number: as, NoPrepend: a.has("no-prepend"), ReplaceAS: a.has("replace-as"), DualAS: a.has("dual-as")}
	return p.session(a, "LocalAS", func(n *network.Neighbor) { n.LocalAS = l })
}

func (p *parser) updateSource(a *args) verdict {
	addr, ifname := a.addr("addr"), a.str("ifname")
	return p.session(a, "UpdateSource", func(n *network.Neighbor) { n.UpdateSource, n.UpdateInterface = addr, ifname })
}

func (p *parser) multihop(a *args) verdict {
	x, why := p.peer(a)
	if x == nil {
		return rejected(why)
	}
	hops := uint8(255)
	if a.given("ttl") {
		hops = uint8(a.num("ttl"))
	}
	if p.bgp.isInternal(x) || x.iface != "" && !x.addr.IsValid() {
		return modelled // bgpd takes it and does nothing
	}
	if !a.no && x.has(instanceWide, "TTLSecurityHops") {
		return rejected("ebgp-multihop and ttl-security exclude each other")
	}
	return p.session(a, "MultihopEnabled", func(n *network.Neighbor) { n.MultihopEnabled, n.TTL = hops > 1, hops })
}

func (p *parser) ttlSecurity(a *args) verdict {
	x, why := p.peer(a)
	if x == nil {
		return rejected(why)
	}
	if !a.no && x.has(instanceWide, "MultihopEnabled") {
		return rejected("ebgp-multihop and ttl-security exclude each other")
	}
	hops := uint8(a.num("hops"))
	// More than one hop implies that the neighbor need not be connected.
	return p.session(a, "TTLSecurityHops", func(n *network.Neighbor) { n.TTLSecurityHops, n.MultihopEnabled = hops, hops > 1 })
}

func (p *parser) peerTimers(a *args) verdict {
	hold, keepalive := a.num("hold"), a.num("keepalive")
	if hold == 1 || hold == 2 {
		return rejected("the hold time is 0 or at least 3")
	}
	return p.session(a, "Hold", func(n *network.Neighbor) { n.Hold, n.Keepalive = hold, keepalive })
}

func (p *parser) password(a *args) verdict {
	secret := a.str("secret")
	return p.session(a, "Password", func(n *network.Neighbor) { n.Password = secret })
}

func (p *parser) peerPort(a *args) verdict {
	port, err := strconv.ParseUint(a.str("port"), 10, 16)
	if err != nil && !a.no {
		return rejected(quote(a.str("port")) + " is not a port")
	}
	return p.session(a, "Port", func(n *network.Neighbor) { n.Port = uint16(port) })
}

func (p *parser) advertisementInterval(a *args) verdict {
	seconds := int32(a.num("seconds"))
	return p.session(a, "AdvertisementInterval", func(n *network.Neighbor) { n.AdvertisementInterval = seconds })
}

func (p *parser) localRole(a *args) verdict {
	role, strict := a.any("provider", "rs-server", "rs-client", "customer", "peer"), a.has("strict-mode")
	return p.session(a, "Role", func(n *network.Neighbor) { n.Role, n.RoleStrict = role, strict })
}
