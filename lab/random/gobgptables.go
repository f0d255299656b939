package random

import (
	"fmt"
	"slices"
)

// gobgpTable puts a session into another table than the global one: that of a route server's clients, or a VRF.
func (g *generator) gobgpTable(p peering, option func(string)) {
	r := p.r
	if p.bare || p.kind != external && p.kind != outsideSort {
		return
	}
	switch {
	case g.sometimes("gobgp-server"):
		r.clients = append(r.clients, p.key)
		option("route-server.config.route-server-client = true")
	case g.sometimes("gobgp-vrf"):
		option(fmt.Sprintf("config.vrf = %q", g.gobgpVRF(r)))
	}
}

// gobgpVRF is one of the router's VRFs, of which it has three at most. Each takes its own routes, and those of others.
func (g *generator) gobgpVRF(r *router) string {
	if len(r.vrfs) > 0 && (len(r.vrfs) > 2 || g.chance(50)) {
		return pick(g, r.vrfs...)
	}
	name := []string{"red", "blue", "green"}[len(r.vrfs)]
	r.vrfs = append(r.vrfs, name)
	own := fmt.Sprintf("65000:%d", len(r.vrfs))
	imports := []string{own}
	if g.chance(20) {
		imports = nil // a spoke, whose own table lacks what its neighbors send
	}
	for i := range 3 {
		if t := fmt.Sprintf("65000:%d", i+1); t != own && (len(imports) == 0 || g.chance(50)) {
			imports = append(imports, t)
		}
	}
	part := "vrf " + r.name + " " + name
	for _, text := range []string{fmt.Sprintf("name = %q", name), fmt.Sprintf("rd = \"65000:%d\"", 100+len(r.vrfs)),
		fmt.Sprintf("import-rt-list = [%s]", quoted(imports)), fmt.Sprintf("export-rt-list = [%q]", own)} {
		g.sayGo(r, secFamilies, r.name+" gobgp vrf "+name, "[[vrfs]]", "config."+text, part)
	}
	return name
}

// gobgpDynamic makes the end of a session that waits for whoever calls from the link's subnet.
func (g *generator) gobgpDynamic(p peering) bool {
	r := p.r
	if p.kind != external || p.far == nil || p.far.gobgp || p.bare || !g.sometimes("gobgp-dynamic") {
		return false
	}
	r.lists++
	name := fmt.Sprintf("D%d", r.lists)
	part := "option " + r.name + " " + p.key + " dynamic"
	say := func(block, head, text string) {
		g.sayGo(r, secFamilies, r.name+" gobgp "+block+" "+name, head, text, append(slices.Clone(p.parts), part)...)
	}
	say("group", "[[peer-groups]]", fmt.Sprintf("config.peer-group-name = %q", name))
	say("group", "[[peer-groups]]", fmt.Sprintf("config.peer-as = %d", p.remote))
	say("group families", "[[peer-groups.afi-safis]]", fmt.Sprintf("config.afi-safi-name = \"%s-unicast\"", p.families[0]))
	bits := map[string]string{"ipv4": "/32", "ipv6": "/128"}[p.families[0]]
	say("range", "[[dynamic-neighbors]]", fmt.Sprintf("config.prefix = %q", p.key+bits))
	say("range", "[[dynamic-neighbors]]", fmt.Sprintf("config.peer-group = %q", name))
	return true
}

// securedBy reports that this end has TTL security: one of a session in two, and the other end most of the time then.
func (g *generator) securedBy(p peering) bool {
	if !g.on["gobgp-ttl"] || p.kind != external || p.far == nil || p.bare || !p.r.gobgp && !p.far.gobgp {
		return false
	}
	part := p.parts[len(p.parts)-1]
	if g.secure[part] {
		return g.chance(80)
	}
	g.secure[part] = g.sometimes("gobgp-ttl")
	return g.secure[part]
}

// gobgpClients gives clients of a route server policies of their own.
func (g *generator) gobgpClients(r *router) {
	for _, key := range r.clients {
		for _, direction := range []string{"import", "export"} {
			if all := r.chains[direction]; len(all) > 0 && g.chance(40) {
				name := pick(g, all...)
				text := fmt.Sprintf("apply-policy.config.%s-policy-list = [%q]", direction, name)
				g.sayGo(r, secNeighbors, r.name+" gobgp neighbor "+key, "[[neighbors]]", text, "policy "+r.name+" "+name, "client "+r.name+" "+key)
			}
		}
	}
}
