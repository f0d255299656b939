package frr

import (
	"slices"

	"github.com/routegate/routegate/network"
)

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
	x.remoteAS, x.asSpan, x.groupAS, x.memberAS = statedAS(a), p.span(), false, false
	if x.isGroup {
		for _, m := range p.bgp.peers {
			if m.group == x {
				m.remoteAS, m.asSpan, m.groupAS, m.memberAS = x.remoteAS, x.asSpan, true, false
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
		x.memberAS = g.remoteAS.Kind != network.RemoteASMissing && p.bgp.Confederation.Identifier != 0
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
		x.memberAS = p.bgp.Confederation.Identifier != 0
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
