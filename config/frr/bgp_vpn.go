package frr

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
)

// bgpVPN are the lines with which an instance takes part in the router's VPN table.
func (g *grammar) bgpVPN() {
	unicast := in(unicastMode, unicast6Mode)
	g.do(unicast, "[no] <import|export> vpn", (*parser).vpnSwitch)
	g.do(unicast, "[no] <rt|route-target> vpn <import|export|both> ~ LINE...$list", (*parser).vpnTargets)
	g.do(unicast, "[no] rd vpn export ~ WORD$rd", (*parser).vpnDistinguisher)
	g.do(unicast, "[no] route-map vpn <import|export> ~ WORD$map", (*parser).vpnPolicy)
	g.do(unicast, "[no] nexthop vpn export ~ <A.B.C.D$hop|X:X::X:X$hop>", (*parser).vpnNextHop)
	g.not(unicast, others, "labels go to VPN neighbors, which are not simulated; routes between the router's own VRFs carry none", "[no] label vpn LINE...")
	g.not(unicast, others, "segment routing is not simulated", "[no] sid vpn LINE...", "[no] sid export ~ LINE...")
}

// besideLeaks is what becomes of a VPN line where `import vrf` takes routes into the instance or out of it: both use the
// same targets, distinguisher and route map in bgpd, and which of them holds is not simulated.
var besideLeaks = unsupported(routes, "VPN settings beside `import vrf` of the same routes are not simulated: the line is left out")

// onVPN gives the VPN settings of the family that the line is about; ok is false where `import vrf` stands beside them.
func (p *parser) onVPN(field string) (v *network.VPNLeaks, ok bool) {
	f := p.af()
	if here := &p.bgp.Families[f]; len(here.Leaks) > 0 || here.LeakPolicy.IsSet() || p.leaksFrom(p.bgp.vrf, f) {
		return nil, false
	}
	return &p.onFamily("VPN." + field).VPN, true
}

// leaksFrom reports whether some instance has an `import vrf` of this one.
func (p *parser) leaksFrom(vrf string, f network.Family) bool {
	for _, i := range p.instances {
		for _, l := range i.Families[f].Leaks {
			if l.From == vrf {
				return true
			}
		}
	}
	return false
}

// hasVPN reports VPN settings of an instance.
func (p *parser) hasVPN(vrf string, f network.Family) bool {
	i := p.instance(vrf)
	if i == nil {
		return false
	}
	v := &i.Families[f].VPN
	return v.Export || v.Import || v.RouteDistinguisher != "" || v.NextHop.IsValid() || v.ImportPolicy.IsSet() || v.ExportPolicy.IsSet() ||
		len(v.ImportTargets)+len(v.ExportTargets) > 0
}

func (p *parser) vpnSwitch(a *args) verdict {
	field := "Export"
	if a.has("import") {
		field = "Import"
	}
	v, ok := p.onVPN(field)
	switch {
	case !ok:
		return besideLeaks
	case field == "Import":
		v.Import = !a.no
	default:
		v.Export = !a.no
	}
	return modelled
}

// vpnTargets: a list stands instead of the one before.
func (p *parser) vpnTargets(a *args) verdict {
	var list []network.ExtCommunity
	if !a.no {
		var bad string
		if list, bad = extCommunities(routeTarget, a.list("list")); bad != "" {
			return rejected(bad)
		}
	}
	for _, field := range []string{"Import", "Export"} {
		if !a.has("both") && !a.has(strings.ToLower(field)) {
			continue
		}
		v, ok := p.onVPN(field + "Targets")
		switch {
		case !ok:
			return besideLeaks
		case field == "Import":
			v.ImportTargets = list
		default:
			v.ExportTargets = list
		}
	}
	return modelled
}

func (p *parser) vpnDistinguisher(a *args) verdict {
	rd := a.str("rd")
	if _, ok := extCommunity(routeTarget, rd); !ok && !a.no {
		return rejected(quote(rd) + " is not a route distinguisher")
	}
	v, ok := p.onVPN("RouteDistinguisher")
	if !ok {
		return besideLeaks
	}
	if v.RouteDistinguisher = rd; a.no {
		v.RouteDistinguisher = ""
	}
	return modelled
}

func (p *parser) vpnPolicy(a *args) verdict {
	field := "ExportPolicy"
	if a.has("import") {
		field = "ImportPolicy"
	}
	v, ok := p.onVPN(field)
	if !ok {
		return besideLeaks
	}
	ref := p.ref(a.str("map"))
	if a.no {
		ref = network.Ref{}
	}
	if field == "ImportPolicy" {
		v.ImportPolicy = ref
	} else {
		v.ExportPolicy = ref
	}
	return modelled
}

func (p *parser) vpnNextHop(a *args) verdict {
	hop := a.addr("hop")
	if !a.no && network.FamilyOfAddr(hop) != p.af() {
		return unsupported(routes, "a next hop of the other address family is not simulated")
	}
	v, ok := p.onVPN("NextHop")
	if !ok {
		return besideLeaks
	}
	if v.NextHop = hop; a.no {
		v.NextHop = netip.Addr{}
	}
	return modelled
}

// leak takes another VRF's routes. bgpd refuses its own.
func (p *parser) leak(a *args) verdict {
	name := vrfName(a.str("vrf"))
	if name == p.bgp.vrf {
		return rejected("a VRF cannot import from itself")
	}
	if !a.no && (p.hasVPN(p.bgp.vrf, p.af()) || p.hasVPN(name, p.af())) {
		return besideVPN
	}
	f := p.onFamily("Leaks")
	i := slices.IndexFunc(f.Leaks, func(l network.Leak) bool { return l.From == name })
	switch {
	case a.no && i >= 0:
		f.Leaks = slices.Delete(f.Leaks, i, i+1)
	case !a.no && i < 0:
		f.Leaks = append(f.Leaks, network.Leak{From: name, Span: p.span()})
	}
	return modelled
}

// besideVPN is the other way round of besideLeaks.
var besideVPN = unsupported(routes, "`import vrf` beside VPN settings of the same routes is not simulated: the line is left out")

func (p *parser) leakPolicy(a *args) verdict {
	if !a.no && p.hasVPN(p.bgp.vrf, p.af()) {
		return besideVPN
	}
	f := p.onFamily("LeakPolicy")
	f.LeakPolicy = p.ref(a.str("map"))
	if a.no {
		f.LeakPolicy = network.Ref{}
	}
	return modelled
}
