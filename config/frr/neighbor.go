package frr

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
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
		"capability link-local", "capability fqdn", "solo", "tcp-mss ~ (1-65535)", "extended-optional-parameters", "extended-link-bandwidth",
		"disable-link-bw-encoding-ieee", "send-nexthop-characteristics", "graceful-restart", "graceful-restart-disable",
		"graceful-restart-helper", "rpki strict", "link-bw-encoding-ieee"} {
		g.do(mode, peer+c, (*parser).idlePeerOption)
	}
	for _, c := range []struct {
		affects      network.Affects
		why, pattern string
	}{
		{sessions, "capability negotiation out of the ordinary is not simulated", "dont-capability-negotiate"},
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

// statedAS reads the words after remote-as.
func statedAS(a *args) network.RemoteAS {
	switch {
	case a.has("external"):
		return network.RemoteAS{Kind: network.RemoteASExternal}
	case a.has("internal"):
		return network.RemoteAS{Kind: network.RemoteASInternal}
	case a.has("auto"):
		return network.RemoteAS{Kind: network.RemoteASAuto}
	case a.given("as"):
		return network.RemoteAS{Kind: network.RemoteASNumber, Number: a.asn("as")}
	}
	return network.RemoteAS{}
}

// remoteAS declares a neighbor, or says what the AS of a declared one or of a group is.
func (p *parser) remoteAS(a *args) verdict {
	x := p.bgp.find(a.str("peer"))
	if x == nil {
		if _, ok := parseAddr(a.str("peer")); !ok {
			return rejected("there is no peer group or interface neighbor " + quote(a.str("peer")) + " above")
		}
		x = p.newPeer(a.str("peer"))
	}
	if x.group != nil && x.group.remoteAS.Kind != network.RemoteASMissing {
		return rejected("a member cannot override the remote AS of its peer group")
	}
	x.touch(p.span())
	p.bgp.Span = p.bgp.Span.Join(p.span())
	x.remoteAS, x.asSpan, x.groupAS = statedAS(a), p.span(), false
	if x.isGroup {
		for _, m := range p.bgp.peers {
			if m.group == x {
				m.remoteAS, m.asSpan, m.groupAS = x.remoteAS, x.asSpan, true
			}
		}
	}
	return modelled
}

func (p *parser) definePeerGroup(a *args) verdict {
	word := a.str("peer")
	if _, ok := parseAddr(word); ok {
		return rejected("a peer group cannot be called like an address")
	}
	x := p.bgp.find(word)
	switch {
	case x == nil:
		x = p.newPeer(word)
		x.isGroup = true
	case !x.isGroup:
		return rejected("an interface neighbor has the name of this peer group")
	}
	x.touch(p.span())
	p.bgp.Span = p.bgp.Span.Join(p.span())
	return modelled
}

// joinPeerGroup binds a neighbor, which it makes if need be.
func (p *parser) joinPeerGroup(a *args) verdict {
	g := p.bgp.find(a.str("group"))
	if g == nil || !g.isGroup {
		return rejected("the peer group " + quote(a.str("group")) + " is not configured above")
	}
	x := p.bgp.find(a.str("peer"))
	if x == nil {
		if _, ok := parseAddr(a.str("peer")); !ok {
			return rejected("there is no interface neighbor " + quote(a.str("peer")) + " above")
		}
		x = p.newPeer(a.str("peer"))
	}
	if why := p.mayJoin(x, g); why != "" {
		return rejected(why)
	}
	x.touch(p.span())
	p.bgp.Span = p.bgp.Span.Join(p.span())
	p.join(x, g)
	return modelled
}

// mayJoin says why FRR refuses the membership; "" when it does not.
func (p *parser) mayJoin(x, g *peer) string {
	switch {
	case x.isGroup:
		return "a peer group cannot be a member of another"
	case x.group != nil && x.group != g:
		return "the neighbor is in the peer group " + quote(x.group.key)
	}
	// In a group without an AS the members are all internal or all external, as the first one is; one
	// without an AS of its own is neither.
	if g.remoteAS.Kind == network.RemoteASMissing && x.remoteAS.Kind != network.RemoteASMissing {
		for _, m := range p.bgp.peers {
			if m.group == g && m != x {
				if p.bgp.isInternal(m) != p.bgp.isInternal(x) || p.bgp.isExternal(m) != p.bgp.isExternal(x) {
					return "the members of a peer group are all internal or all external"
				}
				break
			}
		}
	}
	return ""
}

// isExternal: the neighbor is certainly in another AS.
func (i *instance) isExternal(x *peer) bool {
	return x.remoteAS.Kind == network.RemoteASExternal || x.remoteAS.Kind == network.RemoteASNumber && x.remoteAS.Number != i.AS
}

func (i *instance) isInternal(x *peer) bool {
	return x.remoteAS.Kind == network.RemoteASInternal || x.remoteAS.Kind == network.RemoteASNumber && x.remoteAS.Number == i.AS
}

// interfacePeer is BGP unnumbered: a neighbor known by the interface that it is reached over.
func (p *parser) interfacePeer(a *args) verdict {
	word := a.str("peer")
	x := p.bgp.find(word)
	if x != nil && (x.isGroup || x.addr.IsValid()) {
		return rejected(quote(word) + " is not an interface neighbor")
	}
	var g *peer
	if a.given("group") {
		if g = p.bgp.find(a.str("group")); g == nil || !g.isGroup {
			return rejected("the peer group " + quote(a.str("group")) + " is not configured above")
		}
	}
	if _, ok := parseAddr(word); ok {
		return rejected(quote(word) + " is an address, not an interface")
	}
	if x == nil {
		x = p.newPeer(word)
		x.iface = word
	}
	x.touch(p.span())
	p.bgp.Span = p.bgp.Span.Join(p.span())
	x.v6only = a.has("v6only")
	if as := statedAS(a); as.Kind != network.RemoteASMissing {
		if x.group != nil && x.group.remoteAS.Kind != network.RemoteASMissing {
			return rejected("a member cannot override the remote AS of its peer group")
		}
		x.remoteAS, x.asSpan, x.groupAS = as, p.span(), false
	}
	if g != nil {
		if why := p.mayJoin(x, g); why != "" {
			return rejected(why)
		}
		p.join(x, g)
	}
	return modelled
}

// peerScope pins a link-local address to an interface.
func (p *parser) peerScope(a *args) verdict {
	x, why := p.peer(a)
	if x == nil {
		return rejected(why)
	}
	if !x.addr.IsValid() {
		return rejected("only neighbors with an address can be bound to an interface")
	}
	x.iface = a.str("scope")
	return modelled
}

// removePeer deletes a neighbor or a group with its members; leaving a group deletes the neighbor too.
func (p *parser) removePeer(a *args) verdict {
	x, why := p.peer(a)
	if x == nil {
		return rejected(why)
	}
	if a.has("interface") && a.given("scope") && x.addr.IsValid() {
		x.iface = ""
		return modelled
	}
	if a.given("group") && (x.group == nil || x.group.key != a.str("group")) {
		return rejected("the neighbor is not in the peer group " + quote(a.str("group")))
	}
	p.bgp.remove(x)
	return modelled
}

// removeRemoteAS deletes a neighbor; of a group it takes the AS away, and with it the members that have it from there.
func (p *parser) removeRemoteAS(a *args) verdict {
	x, why := p.peer(a)
	if x == nil {
		return rejected(why)
	}
	if !x.isGroup {
		p.bgp.remove(x)
		return modelled
	}
	x.remoteAS, x.asSpan = network.RemoteAS{}, network.Span{}
	p.bgp.peers = slices.DeleteFunc(p.bgp.peers, func(m *peer) bool { return m.group == x && m.groupAS })
	return modelled
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
