package random

import (
	"fmt"
	"slices"
)

// areas are what the OSPF of a group is divided into: the area of each link, and which areas are stubs.
type areas struct {
	of   map[*link]string
	stub map[string]string // area: how it is one
}

// divide deals the links of a group into areas. One router has all of them, so that the backbone reaches each; a
// link elsewhere may be in any, and then an area, or the backbone, lies in parts.
func (g *generator) divide(x *group) areas {
	a := areas{of: map[*link]string{}, stub: map[string]string{}}
	if !g.on["ospf-areas"] {
		return a
	}
	for _, l := range g.links {
		if l.a.group == x && l.b.group == x {
			a.of[l] = pick(g, "0", "0", "1", "2")
		}
	}
	for _, area := range []string{"1", "2"} {
		if g.chance(40) {
			a.stub[area] = pick(g, "stub", "stub", "stub no-summary", "nssa")
		}
	}
	return a
}

// area is that of a link; all are the backbone where the group is not divided.
func (a areas) area(l *link) string {
	if id := a.of[l]; id != "" {
		return id
	}
	return "0"
}

// ospfAreas writes a router's settings of its areas, and gives the area of its loopback.
func (g *generator) ospfAreas(r *router, a areas) string {
	if !g.on["ospf-areas"] {
		return "0"
	}
	block := g.frame(r.name+" ospf", "router ospf")
	var mine []string
	for _, l := range g.links {
		if (l.a == r || l.b == r) && a.of[l] != "" && !slices.Contains(mine, a.of[l]) {
			mine = append(mine, a.of[l])
		}
	}
	slices.Sort(mine)
	for _, id := range mine {
		if kind := a.stub[id]; kind != "" && id != "0" {
			if kind == "stub no-summary" && len(mine) == 1 {
				kind = "stub"
			}
			// All routers of an area agree on it, or are no neighbors.
			g.say(r, secOSPF, block, fmt.Sprintf("area %s %s", id, kind))
		}
		if id != "0" && len(mine) > 1 && g.sometimes("ospf-areas") {
			text := fmt.Sprintf("area %s range %s", id, pick(g, "10.0.0.0/28", "10.0.0.0/29", "10.1.0.0/20", "10.0.0.2/31", "10.0.0.0/28 not-advertise", "10.1.0.0/20 cost 44"))
			g.say(r, secOSPF, block, text, "setting "+r.name+" ospf "+text)
		}
	}
	setting := func(text string) { g.say(r, secOSPF, block, text, "setting "+r.name+" ospf "+text) }
	if !r.gobgp && g.chance(20) {
		setting("redistribute bgp" + pick(g, "", " metric 30", " metric-type 1"))
	}
	if g.chance(20) {
		setting("default-information originate" + pick(g, "", " always", " always metric 7 metric-type 1"))
	}
	if g.chance(25) {
		setting(pick(g, "distance ospf intra-area 90", "distance 120", "distance ospf external 210", "maximum-paths 1", "auto-cost reference-bandwidth 400000"))
	}
	for _, l := range g.links {
		if (l.a == r || l.b == r) && a.of[l] != "" && g.chance(8) {
			text := "passive-interface " + l.iface(r)
			g.say(r, secOSPF, block, text, l.part(), "setting "+r.name+" ospf "+text)
		}
	}
	if len(mine) > 0 {
		return pick(g, mine...)
	}
	return "0"
}

// birdAreas writes the settings of a BIRD router's areas, and gives the area of its loopback.
func (g *generator) birdAreas(r *router, a areas) string {
	var mine []string
	for _, l := range g.links {
		if (l.a == r || l.b == r) && a.of[l] != "" && !slices.Contains(mine, a.of[l]) {
			mine = append(mine, a.of[l])
		}
	}
	slices.Sort(mine)
	for _, id := range mine {
		// BIRD keeps summaries out of stub areas unless told otherwise, the others let them in.
		if text := map[string]string{"stub": "stub; summary;", "stub no-summary": "stub;", "nssa": "nssa; summary;"}[a.stub[id]]; text != "" && id != "0" {
			r.bird.areas[id] = append(r.bird.areas[id], birdLine{text: text})
		}
	}
	if len(mine) > 0 {
		return pick(g, mine...)
	}
	return "0"
}

// oddStatics are static routes of every kind: over an interface, to nowhere, through other routes, with distances.
func (g *generator) oddStatics(r *router) {
	if !g.on["static-kinds"] || r.bird != nil {
		return
	}
	var hops, faces []string
	for _, l := range g.links {
		if (l.a == r || l.b == r) && l.v4.IsValid() {
			hops = append(hops, l.address(l.other(r), l.v4).String())
			faces = append(faces, l.iface(r))
		}
	}
	for i := range 2 + g.r.IntN(4) {
		prefix := fmt.Sprintf("60.%d.%d.0/24", r.index, i)
		kinds := []string{"Null0", "blackhole", "reject", fmt.Sprintf("10.0.0.%d", 1+g.r.IntN(len(g.routers))), fmt.Sprintf("60.%d.%d.1", r.index, g.r.IntN(4)), "192.0.2.99"}
		if len(hops) > 0 {
			k := g.r.IntN(len(hops))
			kinds = append(kinds, hops[k], hops[k], hops[k]+" "+faces[k], faces[k])
		}
		add := func(text string) { g.say(r, secStatic, "", text, "static "+r.name+" "+text) }
		head := "ip route " + prefix + " "
		switch {
		case g.chance(60):
			add(head + pick(g, kinds...) + pick(g, "", "", "", " 5", " 150", " tag 7"))
		case g.chance(50) || len(hops) < 2:
			// One that stands in while the other cannot be used. A drop and a next hop of one distance would
			// make FRR refuse the whole file.
			add(head + pick(g, kinds...) + pick(g, "", " 5"))
			add(head + pick(g, kinds...) + " 150")
		default:
			for _, hop := range some(g, 2, hops) {
				add(head + hop)
			}
		}
	}
	if !r.gobgp && g.chance(70) {
		g.say(r, secFamilies, r.familyBlock(g, "ipv4"), "redistribute static", "origin "+r.name+" ipv4 redistribute static odd")
	}
}

// conditions are FRR's conditional advertisement: some prefixes go to a neighbor while others are, or are not, there.
func (g *generator) conditions(p peering, f string, say func(string, ...string)) {
	if p.kind == internal || p.kind == member || !g.sometimes("conditional") {
		return
	}
	say(fmt.Sprintf("advertise-map %s %s %s", g.listMap(p.r, f, true), pick(g, "exist-map", "non-exist-map"), g.listMap(p.r, f, false)))
}

// listMap is a route-map of one entry that permits some prefixes.
func (g *generator) listMap(r *router, f string, sets bool) string {
	r.maps++
	name := fmt.Sprintf("CA%d-%s", r.maps, f)
	part := fmt.Sprintf("policy %s %s 10", r.name, name)
	head := fmt.Sprintf("route-map %s permit 10", name)
	in := g.frame(r.name+" "+head, head)
	g.say(r, secMaps, in, "", part)
	ip := map[string]string{"ipv4": "ip", "ipv6": "ipv6"}[f]
	text := "match " + ip + " address prefix-list " + g.prefixList(r, f)
	g.say(r, secMaps, in, text, part, part+" "+text)
	if sets && g.chance(30) {
		text := pick(g, "set metric 33", "set community 65000:77", "set as-path prepend 65077")
		g.say(r, secMaps, in, text, part, part+" "+text)
	}
	return name
}

// limits is maximum-prefix with each of its options.
func (g *generator) limits(p peering, say func(string, ...string)) {
	// Which prefixes come first is arrival order, which must not spread.
	if p.kind == outsideSort && g.sometimes("maximum-prefix-options") {
		say(fmt.Sprintf("maximum-prefix-out %d", pick(g, 1, 3, 50)))
	}
	if p.accepts > 0 && g.sometimes("maximum-prefix-options") {
		say(fmt.Sprintf("maximum-prefix %d%s%s", pick(g, p.accepts+5, p.accepts, max(1, p.accepts-1), 100), pick(g, "", " 50", " 100"), pick(g, "", " warning-only", " restart 10", " force", " force")))
	}
}
