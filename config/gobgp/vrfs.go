package gobgp

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/osrg/gobgp/v3/pkg/config/oc"
	"github.com/osrg/gobgp/v3/pkg/packet/bgp"

	"github.com/routegate/routegate/network"
)

// enslave puts a neighbor into its VRF; false ends the reading.
func (p *parser) enslave(m *network.Neighbor, n *oc.Neighbor, where stated) bool {
	name, at := n.Config.Vrf, where.get("config", "vrf")
	names := make([]string, len(p.conf.Vrfs))
	for i := range p.conf.Vrfs {
		names[i] = p.conf.Vrfs[i].Config.Name
	}
	switch {
	case n.RouteServer.Config.RouteServerClient:
		p.fail(at, "", "neighbor %s: a route server client cannot be in a VRF", m.Key())
		return false
	case len(m.OtherFamilies) > 0:
		p.fail(at, "ipv4-unicast and ipv6-unicast", "neighbor %s: a neighbor in a VRF cannot have the address family %s", m.Key(), m.OtherFamilies[0])
		return false
	case !slices.Contains(names, name):
		p.not(at, network.AffectsSessions, "there is no VRF %s%s: gobgpd runs on without the neighbor", name, inBrackets(nearest(name, names)))
		return true
	}
	if p.enslaved == nil {
		p.enslaved = map[string][]*network.Neighbor{}
	}
	p.enslaved[name] = append(p.enslaved[name], m)
	return true
}

// vrfs makes a routing instance of each VRF: its settings are the global ones.
func (p *parser) vrfs() {
	seen := map[string]bool{}
	for i := range p.conf.Vrfs {
		v, at := &p.conf.Vrfs[i].Config, p.root.get("vrfs").item(i)
		config := at.get("config")
		switch {
		case v.Name == "":
			p.fail(at, "", "vrfs: a VRF needs a name")
			return
		case seen[v.Name]:
			p.fail(at, "", "vrfs: %s stands twice", v.Name)
			return
		}
		seen[v.Name] = true
		if _, err := bgp.ParseRouteDistinguisher(v.Rd); err != nil {
			p.fail(config.get("rd"), "as in rd = \"65000:1\"", "vrfs: %s: %q is no route distinguisher", v.Name, v.Rd)
			return
		}
		vpn := &network.VPN{RouteDistinguisher: v.Rd}
		vpn.ImportTargets = p.targets(v.Name, v.ImportRtList, v.BothRtList, config.get("import-rt-list"))
		vpn.ExportTargets = p.targets(v.Name, v.ExportRtList, v.BothRtList, config.get("export-rt-list"))
		b := *p.bgp
		b.VPN, b.Neighbors, b.PeerGroups, b.Listen, b.Marks, b.Span = vpn, p.enslaved[v.Name], nil, nil, nil, p.span(at)
		// What GoBGP gives zebra for VRFs of the kernel is not simulated, and nothing is redistributed into a VRF.
		for f := range b.Families {
			b.Families[f] = network.BGPFamily{MaxPaths: b.Families[f].MaxPaths, MaxPathsInternal: b.Families[f].MaxPathsInternal}
		}
		slices.SortFunc(b.Neighbors, func(a, c *network.Neighbor) int { return cmp.Compare(a.Key(), c.Key()) })
		b.Marks.Set("VPN", p.span(config))
		p.router.VRFs = append(p.router.VRFs, &network.VRF{Name: v.Name, BGP: &b, Span: p.span(at)})
	}
	slices.SortFunc(p.router.VRFs[1:], func(a, b *network.VRF) int { return cmp.Compare(a.Name, b.Name) })
	if len(p.conf.Vrfs) > 0 {
		p.besideVRFs()
	}
}

// besideVRFs takes out what a router with VRFs may do and the simulation does not.
func (p *parser) besideVRFs() {
	p.root.walk(func(n *node) {
		switch {
		case n.key == "afi-safi-in-list":
			p.not(n, network.AffectsRoutes, "routes of a VRF have the family l3vpn-ipv4-unicast or l3vpn-ipv6-unicast before import policies, which is not simulated")
		case n.key == "afi-safi-name" && (n.text == "l3vpn-ipv4-unicast" || n.text == "l3vpn-ipv6-unicast"):
			p.not(n, network.AffectsRoutes, "routes of VRFs from and to other routers are not simulated")
		}
	})
	if p.conf.Zebra.Config.Enabled {
		p.not(p.root.get("zebra", "config", "mpls-label-range-size"), network.AffectsForwarding, "MPLS is not simulated")
		for i := range p.conf.Vrfs {
			p.not(p.root.get("vrfs").item(i).get("config", "id"), network.AffectsForwarding, "routes that GoBGP gives zebra for this VRF of the kernel are not simulated")
		}
	}
}

// targets are route targets: the list of its own where there is one, else that for both ways.
func (p *parser) targets(vrf string, own, both []string, at *node) []network.ExtCommunity {
	if len(own) == 0 {
		own = both
	}
	var out []network.ExtCommunity
	for i, text := range own {
		t, err := bgp.ParseRouteTarget(text)
		if err == nil {
			var b []byte
			if b, err = t.Serialize(); err == nil && len(b) == 8 {
				out = append(out, network.ExtCommunity(binary.BigEndian.Uint64(b)))
				continue
			}
		}
		p.fail(at.item(i), "as in \"65000:1\"", "vrfs: %s: %q is no route target", vrf, text)
		return nil
	}
	slices.Sort(out)
	return slices.Compact(out)
}
