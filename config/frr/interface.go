package frr

import (
	"net/netip"
	"sort"
	"strings"

	"github.com/routegate/routegate/network"
)

func (g *grammar) interfaces() {
	top, mode := in(configMode), in(interfaceMode)
	g.block(top, "interface WORD$name [vrf WORD$vrf]", interfaceMode, (*parser).enterInterface)
	g.do(top, "no interface WORD$name [vrf WORD$vrf]", (*parser).removeInterface)
	g.do(mode, "[no] description ~ LINE...$text", (*parser).ifDescription)
	g.do(mode, "[no] shutdown", (*parser).ifShutdown)
	g.do(mode, "[no] bandwidth ~ (1-1000000)$mbit", (*parser).ifBandwidth)
	g.do(mode, "[no] ip address A.B.C.D/M$prefix [label LINE...]", (*parser).ifAddress)
	g.do(mode, "[no] ip address A.B.C.D$local peer A.B.C.D/M$prefix", (*parser).ifPeerAddress)
	g.do(mode, "[no] ipv6 address X:X::X:X/M$prefix [eui-64]", (*parser).ifAddress)

	g.irrelevant(mode, "[no] link-detect [default]", "[no] multicast [LINE...]", "[no] delay ~ (1-16777215)", "[no] ipv6 nd LINE...",
		"[no] ip irdp ~ LINE...", "[no] ip igmp ~ LINE...", "[no] ipv6 mld ~ LINE...", "[no] ip mroute LINE...", "[no] ipv6 mroute LINE...")
	g.not(mode, others, "PIM is not simulated", "[no] ip pim ~ LINE...", "[no] ipv6 pim ~ LINE...", "[no] <ip|ipv6> multicast boundary LINE...")
	g.not(mode, others, "IS-IS is not simulated", "[no] isis LINE...", "[no] ip router isis WORD", "[no] ipv6 router isis WORD")
	g.not(mode, others, "OpenFabric is not simulated", "[no] openfabric LINE...", "[no] <ip|ipv6> router openfabric WORD")
	g.not(mode, others, "RIP is not simulated", "[no] ip rip LINE...", "[no] ipv6 ripng LINE...")
	g.not(mode, others, "OSPFv3 is not simulated", "[no] ipv6 ospf6 LINE...")
	g.not(mode, others, "EIGRP is not simulated", "[no] eigrp LINE...", "[no] ip authentication LINE...", "[no] ip hello-interval LINE...",
		"[no] ip hold-time LINE...", "[no] ip summary-address LINE...")
	g.not(mode, others, "Babel is not simulated", "[no] babel LINE...")
	g.not(mode, others, "NHRP is not simulated", "[no] <ip|ipv6> nhrp LINE...", "[no] tunnel LINE...")
	g.not(mode, others, "VRRP is not simulated", "[no] vrrp LINE...")
	g.not(mode, others, "EVPN is not simulated", "[no] evpn mh LINE...")
	g.not(mode, forwarding, "policy-based routing is not simulated", "[no] pbr-policy ~ WORD")
	g.not(mode, forwarding, "MPLS is not simulated", "[no] mpls enable", "[no] mpls bgp LINE...", "[no] mpls ldp-sync ~ LINE...")
	g.not(mode, forwarding, "packet filters are not simulated", "[no] ip access-group LINE...", "[no] traffic-policy LINE...")
	g.foreignBlock(mode, linkParamsMode, others, "traffic engineering is not simulated", "link-params")
	g.not(in(linkParamsMode), others, "traffic engineering is not simulated", "[no] enable", "[no] metric ~ LINE...", "[no] max-bw LINE...",
		"[no] max-rsv-bw LINE...", "[no] unrsv-bw LINE...", "[no] admin-grp ~ LINE...", "[no] neighbor ~ LINE...", "[no] delay ~ LINE...",
		"[no] delay-variation ~ LINE...", "[no] packet-loss ~ LINE...", "[no] res-bw ~ LINE...", "[no] ava-bw ~ LINE...", "[no] use-bw ~ LINE...",
		"[no] affinity ~ LINE...", "no link-params")
	g.not(mode, others, "traffic engineering is not simulated", "no link-params")
}

// isLoopback tells by the name: no other sign stands in a configuration.
func isLoopback(name string) bool {
	for _, prefix := range [...]string{"lo", "dummy", "Loopback", "loopback"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok && (rest == "" || strings.Trim(rest, "0123456789:.-_") == "") {
			return true
		}
	}
	return false
}

// enterInterface makes the interface known; a VRF named here binds it.
func (p *parser) enterInterface(a *args) verdict {
	name := a.str("name")
	i := p.interfaces[name]
	if i == nil {
		i = &network.Interface{Name: name, Loopback: isLoopback(name), Span: p.span()}
		p.interfaces[name] = i
	}
	if a.given("vrf") {
		i.VRF = vrfName(a.str("vrf"))
		p.makeVRF(i.VRF)
	}
	p.iface = i
	i.Span = i.Span.Join(p.span())
	return modelled
}

// removeInterface forgets what was configured; FRR refuses it for one that exists in the system.
func (p *parser) removeInterface(a *args) verdict {
	if p.interfaces[a.str("name")] == nil {
		return rejected("there is no interface " + quote(a.str("name")))
	}
	delete(p.interfaces, a.str("name"))
	return modelled
}

// onInterface marks the line as one of the interface's.
func (p *parser) onInterface() *network.Interface {
	p.iface.Span = p.iface.Span.Join(p.span())
	return p.iface
}

func (p *parser) ifDescription(a *args) verdict {
	p.onInterface().Description = a.str("text")
	return harmless
}

func (p *parser) ifShutdown(a *args) verdict {
	p.onInterface().Shutdown = !a.no
	return modelled
}

func (p *parser) ifBandwidth(a *args) verdict {
	p.onInterface().Bandwidth = uint64(a.num("mbit")) * 1_000_000
	return modelled
}

func (p *parser) ifAddress(a *args) verdict {
	x := a.prefix("prefix")
	if a.has("eui-64") {
		return unsupported(routes, "the interface identifier of an EUI-64 address is not known")
	}
	if x.Addr().IsMulticast() {
		return rejected(x.Addr().String() + " is a multicast address")
	}
	return p.setAddress(network.Address{Prefix: x, Span: p.span()}, a.no)
}

func (p *parser) ifPeerAddress(a *args) verdict {
	far := a.prefix("prefix")
	return p.setAddress(network.Address{
		Prefix: netip.PrefixFrom(a.addr("local"), far.Bits()), Peer: far.Addr(), Span: p.span(),
	}, a.no)
}

func (p *parser) setAddress(n network.Address, remove bool) verdict {
	i := p.onInterface()
	for k, old := range i.Addresses {
		if old.Prefix == n.Prefix && old.Peer == n.Peer {
			if remove {
				i.Addresses = append(i.Addresses[:k:k], i.Addresses[k+1:]...)
			}
			return modelled
		}
	}
	if remove {
		return rejected("the interface has no address " + n.Prefix.String())
	}
	i.Addresses = append(i.Addresses, n)
	return modelled
}

// finishInterfaces sorts them into the router.
func (p *parser) finishInterfaces() {
	for _, i := range p.interfaces {
		p.r.Interfaces = append(p.r.Interfaces, *i)
	}
	sort.Slice(p.r.Interfaces, func(i, j int) bool { return p.r.Interfaces[i].Name < p.r.Interfaces[j].Name })
}
