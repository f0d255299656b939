package frr

import (
	"net/netip"
	"slices"
	"strconv"

	"github.com/routegate/routegate/network"
)

// multipathLimit is what Debian builds FRR with: without `maximum-paths`, bgpd uses
// as many equal paths as the build allows.
const multipathLimit = 256

// instance is one `router bgp` being made.
type instance struct {
	*network.BGP
	vrf             string
	view            bool
	peers           []*peer // neighbors and groups in the order of their making
	hold, keepalive uint32
	activate        [network.NumFamilies]bool // families that a new neighbor gets
	shutdown        bool                      // new neighbors start shut down
	firstAS         bool                      // neighbors enforce the first AS unless told otherwise
	compareRouterID bool
}

func (g *grammar) bgp() {
	top, mode := in(configMode), in(bgpMode)
	g.block(top, "router bgp [ASN$as [<view|vrf> WORD$name] [as-notation <dot|dot+|plain>]]", bgpMode, (*parser).enterBGP)
	g.rule(top, "no router bgp ~ ASN$as [<view|vrf> WORD$name]", &rule{do: (*parser).removeBGP, bgpd: true})

	g.do(mode, "[no] bgp router-id ~ A.B.C.D$id", (*parser).bgpRouterID)
	g.do(mode, "[no] bgp cluster-id ~ <A.B.C.D$id|(1-4294967295)$number>", (*parser).bgpClusterID)
	g.do(mode, "[no] bgp confederation identifier ~ ASN$as", (*parser).bgpConfederation)
	g.do(mode, "[no] bgp confederation peers LINE...$peers", (*parser).bgpConfederationPeers)
	g.do(mode, "[no] bgp default local-preference ~ (0-4294967295)$value", (*parser).bgpDefaultLocalPref)
	g.do(mode, "[no] bgp default <ipv4-unicast|ipv6-unicast>", (*parser).bgpDefaultFamily)
	g.do(mode, "[no] bgp default shutdown", (*parser).bgpDefaultShutdown)
	g.do(mode, "[no] timers bgp ~ (0-65535)$keepalive (0-65535)$hold", (*parser).bgpTimers)
	g.do(mode, "[no] bgp conditional-advertisement timer ~ (5-240)$seconds", (*parser).bgpConditionTimer)
	g.do(mode, "[no] bgp listen range <A.B.C.D/M$range|X:X::X:X/M$range> peer-group WORD$group", (*parser).bgpListen)
	g.do(mode, "[no] bgp bestpath med ~ <confed [missing-as-worst]|missing-as-worst [confed]>", (*parser).bgpMED)
	g.do(mode, "[no] bgp shutdown [message LINE...]", (*parser).bgpShutdown)
	g.do(in(configMode), "[no] bgp graceful-shutdown", (*parser).bgpGracefulShutdown)
	g.do(in(configMode), "[no] bgp no-rib", (*parser).bgpNoRIB)
	g.do(in(configMode), "[no] bgp suppress-fib-pending", (*parser).bgpSuppressAll)
	g.do(mode, "[no] bgp enforce-first-as", (*parser).enforceFirstAS)
	g.do(mode, "[no] bgp route-map delay-timer ~ (0-600)$seconds", (*parser).routeMapDelay)
	for _, o := range bgpSwitches {
		g.do(mode, "[no] "+o.pattern, o.set)
	}

	g.irrelevant(mode,
		"[no] bgp log-neighbor-changes", "[no] bgp default show-hostname", "[no] bgp default show-nexthop-hostname",
		"[no] bgp default subgroup-pkt-queue-max ~ (20-100)", "[no] bgp graceful-restart ~ LINE...", "[no] bgp graceful-restart-disable",
		"[no] bgp long-lived-graceful-restart stale-time ~ (1-4294967295)", "[no] bgp suppress-duplicates", "[no] bgp fast-external-failover",
		"[no] bgp fast-convergence", "[no] bgp hard-administrative-reset",
		"[no] bgp update-delay ~ LINE...", "[no] update-delay ~ LINE...", "[no] coalesce-time ~ (0-4294967295)", "[no] read-quanta ~ (1-64)",
		"[no] write-quanta ~ (1-64)", "[no] bgp max-med on-startup ~ LINE...", "no auto-summary", "no synchronization",
		"[no] bgp default dynamic-capability", "[no] bgp default software-version-capability", "[no] bgp tcp-keepalive ~ LINE...",
		"[no] bgp per-src-nhg LINE...", "[no] bgp nhc-dynamic LINE...", "[no] bmp mirror LINE...", "[no] bmp startup-delay ~ LINE...",
		"[no] bgp default link-local-capability", "[no] bgp use-underlays-nexthop-weight", "[no] bgp process-queue LINE...")
	g.not(mode, sessions, "limits on sessions are not simulated", "[no] bgp listen limit ~ (1-65535)", "[no] bgp minimum-holdtime ~ (1-65535)")
	g.not(mode, sessions, "automatic router advertisements are taken to be on", "[no] bgp ipv6-auto-ra")
	g.not(mode, routes, "the maximum MED is not simulated", "[no] bgp max-med administrative ~ (0-4294967295)")
	g.not(anyFamily(), routes, "route flap dampening is not simulated", "[no] bgp dampening ~ LINE...")
	g.not(mode, routes, "martian next hops are taken to be refused", "[no] bgp allow-martian-nexthop")
	g.not(mode, forwarding, "unequal sharing of load by link bandwidth is not simulated", "[no] bgp bestpath bandwidth ~ LINE...")
	g.not(mode, routes, "AIGP in path selection is not simulated", "[no] bgp bestpath aigp")
	g.not(mode, others, "labelled unicast is not simulated", "[no] bgp default ipv4-labeled-unicast", "[no] bgp default ipv6-labeled-unicast",
		"[no] bgp labeled-unicast LINE...", "[no] bgp lu-ipv4-explicit-null", "[no] bgp lu-ipv6-explicit-null")
	g.not(mode, others, "only IPv4 and IPv6 unicast are simulated", "[no] bgp default <ipv4-multicast|ipv4-vpn|ipv4-flowspec|ipv6-multicast|ipv6-vpn|ipv6-flowspec|l2vpn-evpn|link-state>",
		"[no] bgp evpn LINE...", "[no] bgp retain LINE...")
}

// enterBGP makes an instance or returns to it.
func (p *parser) enterBGP(a *args) verdict {
	name := vrfName(a.str("name"))
	view := a.has("view")
	if a.has("as-notation") && !a.given("as") {
		return rejected("the AS number is missing")
	}
	as := a.asn("as")
	i := p.instance(name)
	switch {
	case i == nil && as == 0:
		return rejected("there is no BGP instance to return to")
	case i == nil:
		i = p.makeBGP(name, as, view)
	case as != 0 && as != i.AS:
		return rejected("BGP is already running with AS " + strconv.Itoa(int(i.AS)))
	}
	p.bgp = i
	i.Span = i.Span.Join(p.span())
	if view {
		return unsupported(routes, "BGP views are not simulated")
	}
	return modelled
}

func (p *parser) instance(vrf string) *instance {
	for _, i := range p.instances {
		if i.vrf == vrf {
			return i
		}
	}
	return nil
}

func (p *parser) makeBGP(vrf string, as uint32, view bool) *instance {
	d := p.defaults
	hold, keepalive := d.timers()
	b := &network.BGP{
		AS: as, Distance: network.BGPDistance{External: 20, Internal: 200, Local: 200}, DefaultLocalPref: 100,
		RequirePolicy: d.requirePolicy(), ImportCheck: d.importCheck(), ClientToClient: true, ConditionTimer: 60,
		RejectASSets:      d.rejectASSets(),
		AdvertiseToSender: true, // also to one that is alone in its update group; its own loop check refuses the route
		Missing:           network.Missing{Policy: network.Reject, PrefixSet: network.Reject, ASPathSet: network.Reject},
		Span:              p.span(),
	}
	b.Decision.DeterministicMED = d.deterministicMED()
	for f := range b.Families {
		b.Families[f] = network.BGPFamily{MaxPaths: multipathLimit, MaxPathsInternal: multipathLimit, Install: !view}
	}
	b.Marks.Set("AS", p.span())
	i := &instance{BGP: b, vrf: vrf, view: view, hold: hold, keepalive: keepalive, firstAS: d.enforceFirstAS()}
	i.activate[network.IPv4Unicast] = true
	p.instances = append(p.instances, i)
	v := p.makeVRF(vrf)
	if vrf != "" {
		v.Span = v.Span.Join(p.span())
	}
	v.BGP = b
	return i
}

func (p *parser) removeBGP(a *args) verdict {
	name := vrfName(a.str("name"))
	i := p.instance(name)
	if i == nil || a.given("as") && a.asn("as") != i.AS {
		return rejected("there is no such BGP instance")
	}
	p.instances = slices.DeleteFunc(p.instances, func(x *instance) bool { return x == i })
	p.vrfs[name].BGP = nil
	return modelled
}

// onBGP marks the current line as one that sets a field of the instance.
func (p *parser) onBGP(field string) *instance {
	p.bgp.Span = p.bgp.Span.Join(p.span())
	p.bgp.Marks.Set(field, p.span())
	return p.bgp
}

func (p *parser) bgpRouterID(a *args) verdict {
	p.onBGP("RouterID").RouterID = a.addr("id")
	return modelled
}

func (p *parser) bgpClusterID(a *args) verdict {
	b := p.onBGP("ClusterID")
	b.ClusterID = a.addr("id")
	if a.given("number") {
		n := a.num("number")
		b.ClusterID = netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
	}
	return modelled
}

func (p *parser) bgpConfederation(a *args) verdict {
	p.onBGP("Confederation.Identifier").Confederation.Identifier = a.asn("as")
	if a.no {
		p.bgp.Confederation.Identifier = 0
	}
	for _, x := range p.bgp.peers {
		x.memberAS = false // bgpd goes through the neighbors that there are
	}
	return modelled
}

func (p *parser) bgpConfederationPeers(a *args) verdict {
	var list []uint32
	for _, t := range a.list("peers") {
		as, ok := parseASN(t)
		if !ok {
			return rejected(quote(t) + " is not an AS number")
		}
		list = append(list, as)
	}
	b := p.onBGP("Confederation.Members")
	members := slices.DeleteFunc(slices.Clone(b.Confederation.Members), func(m uint32) bool { return slices.Contains(list, m) })
	if !a.no {
		for _, as := range list {
			if as != b.AS { // "local member-AS not allowed in confed peer list": the others are taken
				members = append(members, as)
			}
		}
	}
	slices.Sort(members)
	b.Confederation.Members = slices.Compact(members)
	return modelled
}

func (p *parser) bgpDefaultLocalPref(a *args) verdict {
	b := p.onBGP("DefaultLocalPref")
	b.DefaultLocalPref = 100
	if !a.no {
		b.DefaultLocalPref = a.num("value")
	}
	return modelled
}

// bgpDefaultFamily counts for neighbors that are made after it.
func (p *parser) bgpDefaultFamily(a *args) verdict {
	f := network.IPv4Unicast
	if a.has("ipv6-unicast") {
		f = network.IPv6Unicast
	}
	p.onBGP("DefaultFamilies").activate[f] = !a.no
	return modelled
}

func (p *parser) bgpDefaultShutdown(a *args) verdict {
	p.onBGP("DefaultShutdown").shutdown = !a.no
	return modelled
}

func (p *parser) bgpTimers(a *args) verdict {
	hold, keepalive := p.defaults.timers()
	if !a.no {
		hold, keepalive = a.num("hold"), a.num("keepalive")
	}
	if hold == 1 || hold == 2 {
		return rejected("the hold time is 0 or at least 3")
	}
	b := p.onBGP("Hold")
	b.hold, b.keepalive = hold, keepalive
	return modelled
}

func (p *parser) bgpConditionTimer(a *args) verdict {
	b := p.onBGP("ConditionTimer")
	b.ConditionTimer = 60
	if !a.no {
		b.ConditionTimer = a.num("seconds")
	}
	return modelled
}

func (p *parser) bgpMED(a *args) verdict {
	d := &p.onBGP("Decision").Decision
	all := a.no && !a.has("confed") && !a.has("missing-as-worst")
	if all || a.has("confed") {
		d.MEDConfed = !a.no
	}
	if all || a.has("missing-as-worst") {
		d.MEDMissingAsWorst = !a.no
	}
	return modelled
}

func (p *parser) bgpShutdown(a *args) verdict {
	p.onBGP("Shutdown").Shutdown = !a.no
	return modelled
}

// bgpGracefulShutdown at the top counts for every instance.
func (p *parser) bgpGracefulShutdown(a *args) verdict {
	for _, i := range p.instances {
		i.GracefulShutdown = !a.no
		i.Marks.Set("GracefulShutdown", p.span())
	}
	return modelled
}

func (p *parser) bgpNoRIB(a *args) verdict {
	for _, i := range p.instances {
		for f := range i.Families {
			i.Families[f].Install = a.no
		}
	}
	return modelled
}

func (p *parser) bgpSuppressAll(a *args) verdict {
	for _, i := range p.instances {
		i.SuppressFIBPending = !a.no
		i.Marks.Set("SuppressFIBPending", p.span())
	}
	return modelled
}

// bgpListen accepts neighbors that nobody configured one by one.
func (p *parser) bgpListen(a *args) verdict {
	r, group := a.prefix("range").Masked(), a.str("group")
	if g := p.bgp.find(group); g == nil || !g.isGroup {
		return rejected("the peer group " + quote(group) + " is not configured above")
	}
	b := p.onBGP("Listen")
	for i, l := range b.Listen {
		if l.Prefix == r {
			if a.no {
				b.Listen = slices.Delete(b.Listen, i, i+1)
				return modelled
			}
			if l.PeerGroup != group {
				return rejected("the range belongs to the peer group " + quote(l.PeerGroup))
			}
			return modelled
		}
		if !a.no && l.Prefix.Overlaps(r) {
			return rejected("the range overlaps " + l.Prefix.String())
		}
	}
	if a.no {
		return rejected("there is no such range")
	}
	b.Listen = append(b.Listen, network.ListenRange{Prefix: r, PeerGroup: group, Span: p.span()})
	return modelled
}
