package frr

import (
	"net/netip"
	"strings"

	"github.com/routegate/routegate/network"
)

// routerID is `ip router-id`, zebra's word on every daemon's router id.
type routerID struct {
	addr netip.Addr
	span network.Span
}

func (g *grammar) statics() {
	top, both := in(configMode), in(configMode, vrfMode)
	g.block(top, "vrf WORD$name", vrfMode, (*parser).enterVRF)
	g.do(top, "no vrf WORD$name", (*parser).removeVRF)

	const options = " [{tag (1-4294967295)$tag|(1-255)$distance|vrf WORD$vrf|label WORD$label|table (1-4294967295)$table|nexthop-vrf WORD$nhvrf|color (1-4294967295)$color|bfd [multi-hop] [source A.B.C.D] [profile WORD]|segments WORD$segments}]"
	for _, f := range [...]struct{ word, prefix, addr string }{
		{"ip", "<A.B.C.D/M$prefix|A.B.C.D$net A.B.C.D$mask>", "A.B.C.D$gw"},
		{"ipv6", "X:X::X:X/M$prefix [from X:X::X:X/M$source]", "X:X::X:X$gw"},
	} {
		head := "[no] " + f.word + " route " + f.prefix + " "
		g.static(both, head+"<reject|blackhole>"+options, (*parser).staticRoute)
		g.static(both, head+f.addr+options, (*parser).staticRoute)
		g.static(both, head+f.addr+" WORD$interface"+strings.Replace(options, "{", "{onlink|", 1), (*parser).staticRoute)
		g.static(both, head+"WORD$interface"+options, (*parser).staticRoute)
	}
	g.do(both, "[no] <ip|ipv6> nht resolve-via-default", (*parser).resolveViaDefault)
	g.do(both, "[no] <ip|ipv6> router-id ~ <A.B.C.D$id|X:X::X:X$id> [vrf WORD$vrf]", (*parser).routerID)
	g.do(both, "[no] router-id ~ A.B.C.D$id [vrf WORD$vrf]", (*parser).routerID)

	g.not(both, routes, "filters between a protocol and the main table are not simulated",
		"[no] <ip|ipv6> protocol WORD ~ route-map WORD")
	g.not(both, routes, "filters on next-hop tracking are not simulated", "[no] <ip|ipv6> nht WORD ~ route-map WORD")
	g.not(both, routes, "routes imported from other kernel tables are not simulated", "[no] ip import-table LINE...", "[no] ip table range LINE...")
	g.not(in(configMode), forwarding, "forwarding of packets is taken to be on", "no <ip|ipv6> forwarding")
	g.irrelevant(in(configMode), "<ip|ipv6> forwarding", "[no] zebra import-table LINE...")
	g.not(both, others, "EVPN is not simulated", "[no] vni ~ (1-16777215) [prefix-routes-only]")
	g.not(both, others, "multicast routing is not simulated", "[no] ip pim LINE...", "[no] ipv6 pim LINE...", "[no] ip msdp LINE...", "[no] ip mroute LINE...",
		"[no] ip igmp LINE...", "[no] ipv6 mld LINE...", "[no] ip multicast LINE...", "[no] ip multicast-routing", "[no] ip ssmpingd ~ LINE...", "[no] ipv6 ssmpingd ~ LINE...")
	g.irrelevant(in(vrfMode), "[no] netns ~ WORD")
}

// vrfName is the model's name of a VRF: FRR calls the default instance "default".
func vrfName(s string) string {
	if s == "default" {
		return ""
	}
	return s
}

// makeVRF finds or makes a routing instance.
func (p *parser) makeVRF(name string) *network.VRF {
	v := p.vrfs[name]
	if v == nil {
		v = &network.VRF{Name: name}
		p.vrfs[name] = v
	}
	if v.Span.IsZero() {
		v.Span = p.span()
	}
	return v
}

func (p *parser) enterVRF(a *args) verdict {
	p.vrf = p.makeVRF(vrfName(a.str("name")))
	p.vrf.Span = p.vrf.Span.Join(p.span())
	p.openVRF = p.vrf
	return modelled
}

func (p *parser) removeVRF(a *args) verdict {
	name := vrfName(a.str("name"))
	if name == "" || p.vrfs[name] == nil {
		return rejected("there is no VRF " + quote(a.str("name")))
	}
	if p.vrfs[name].BGP != nil {
		return rejected("the VRF has a BGP instance")
	}
	delete(p.vrfs, name)
	delete(p.statics, name)
	return modelled
}

// scope is the VRF that a line is about: the option's, the block's, or the default one.
func (p *parser) scope(a *args) *network.VRF {
	switch {
	case a.given("vrf"):
		return p.makeVRF(vrfName(a.str("vrf")))
	case p.frames[len(p.frames)-1].mode == vrfMode:
		p.vrf.Span = p.vrf.Span.Join(p.span())
		return p.vrf
	}
	return p.vrfs[""]
}

// staticScope is the VRF of a static route. staticd has a node of its own, which only `exit-vrf`, another `vrf` or
// a route that names a VRF take it out of: routes behind a `vrf` block that was not closed belong to that
// VRF, whatever blocks of other daemons stand between.
func (p *parser) staticScope(a *args) *network.VRF {
	if a.given("vrf") {
		p.openVRF = nil
	} else if p.openVRF != nil {
		return p.openVRF
	}
	return p.scope(a)
}

// staticRoute is one next hop. FRR keeps each next hop of a prefix once: a second line with another distance or
// tag replaces the first, and a negative one removes it whatever distance it names.
func (p *parser) staticRoute(a *args) verdict {
	s := network.StaticRoute{Distance: 1, Tag: a.num("tag"), OnLink: a.has("onlink"), Interface: a.str("interface"), Span: p.span()}
	if a.given("net") {
		bits, ok := maskBits(a.addr("mask"))
		if !ok {
			return rejected(quote(a.str("mask")) + " is not a network mask")
		}
		s.Prefix = netip.PrefixFrom(a.addr("net"), bits).Masked()
	} else {
		s.Prefix = a.prefix("prefix").Masked()
	}
	if a.given("distance") {
		s.Distance = uint8(a.num("distance"))
	}
	s.NextHop = a.addr("gw")
	switch {
	case a.has("reject"):
		s.Kind = network.StaticReject
	case a.has("blackhole"):
		s.Kind = network.StaticBlackhole
	case isNull(s.Interface):
		// With a gateway beside it, the word is ignored.
		if s.Interface = ""; !s.NextHop.IsValid() {
			s.Kind = network.StaticBlackhole
		}
	case s.NextHop.IsValid():
		s.Kind = network.StaticVia
		if s.NextHop.IsLinkLocalUnicast() && s.NextHop.Is6() && s.Interface == "" {
			return rejected("a link-local next hop needs an interface")
		}
	default:
		s.Kind = network.StaticInterface
	}
	if a.given("nhvrf") {
		s.NextVRF = a.str("nhvrf")
	}
	v := p.staticScope(a)
	if a.given("source") {
		return unsupported(forwarding, "source-specific routes are not simulated")
	}
	if a.given("table") {
		return unsupported(forwarding, "kernel tables other than the VRF's own are not simulated")
	}
	if why := p.setStatic(v.Name, s, a); why.support != modelled.support {
		return why
	}
	switch {
	case a.given("color"), a.given("segments"):
		return unsupported(forwarding, "segment routing is not simulated: the route is taken without it")
	case a.given("label"):
		return unsupported(forwarding, "MPLS labels are not simulated: the route is taken without them")
	case a.has("bfd"):
		return unsupported(routes, "BFD on static routes is not simulated: the next hop is taken as alive")
	}
	return modelled
}

func isNull(name string) bool { return strings.EqualFold(name, "Null0") }

// setStatic adds, replaces or removes a next hop. A prefix has next hops or is dropped, not both: the data
// model refuses the transaction.
func (p *parser) setStatic(vrf string, s network.StaticRoute, a *args) verdict {
	all := p.statics[vrf]
	found := false
	for i, o := range all {
		if o.Prefix == s.Prefix && (o.Kind == s.Kind || drops(o) && drops(s)) && o.NextHop == s.NextHop && o.Interface == s.Interface &&
			o.NextVRF == s.NextVRF {
			all = append(all[:i:i], all[i+1:]...)
			found = true
			break
		}
	}
	if a.no {
		if !found {
			return rejected("there is no such route")
		}
		p.statics[vrf] = all
		return modelled
	}
	for _, o := range all {
		if o.Prefix == s.Prefix && o.Distance == s.Distance && drops(o) != drops(s) {
			return p.spoil("a route either has next hops or is dropped")
		}
	}
	p.statics[vrf] = append(all, s)
	return modelled
}

func drops(s network.StaticRoute) bool {
	return s.Kind == network.StaticBlackhole || s.Kind == network.StaticReject
}

// maskBits is the prefix length of a contiguous mask.
func maskBits(m netip.Addr) (int, bool) {
	b := m.As4()
	v := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	n := 0
	for v&(1<<31) != 0 {
		v <<= 1
		n++
	}
	return n, v == 0
}

// viaDefault is where `ip nht resolve-via-default` was said, in either form.
type viaDefault struct {
	vrf    string
	family network.Family
}

func (p *parser) resolveViaDefault(a *args) verdict {
	f := network.IPv4Unicast
	if a.has("ipv6") {
		f = network.IPv6Unicast
	}
	v := p.scope(a)
	v.ResolveViaDefault[f] = !a.no
	p.viaDefault[viaDefault{v.Name, f}] = true
	return modelled
}

func (p *parser) routerID(a *args) verdict {
	id := a.addr("id")
	if id.IsValid() && id.Is6() {
		return harmless
	}
	v := p.scope(a)
	p.routerIDs[v.Name] = routerID{id, p.span()}
	if a.no {
		delete(p.routerIDs, v.Name)
	}
	return modelled
}
