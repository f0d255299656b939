package random

import (
	"fmt"
	"net/netip"
	"strings"
)

// origins are a router's own destinations: networks, redistribution, aggregates.
func (g *generator) origins(r *router) {
	if r.gobgp {
		g.gobgpOrigins(r)
		return
	}
	if r.bird != nil {
		g.birdOrigins(r)
		return
	}
	for _, f := range g.families() {
		in := r.familyBlock(g, f)
		mine := fmt.Sprintf("10.10.%d.0/24", r.index)
		loop := netip.PrefixFrom(r.loopback(), 32).String()
		ip := "ip"
		if f == "ipv6" {
			mine, ip, loop = fmt.Sprintf("2001:db8:10:%x::/64", r.index), "ipv6", netip.PrefixFrom(r.loopback6(), 128).String()
		}
		say := func(text string) { g.say(r, secFamilies, in, text, "origin "+r.name+" "+f+" "+text) }
		tail := func() string {
			if g.policed() && g.chance(30) {
				return " route-map " + g.routeMap(r, f, originMap)
			}
			return ""
		}
		if g.chance(60) {
			if !g.on["import-check"] || g.chance(60) {
				route := fmt.Sprintf("%s route %s Null0", ip, mine)
				g.say(r, secStatic, "", route, "static "+r.name+" "+route)
			}
			say("network " + mine + tail())
		}
		if g.chance(30) {
			say("network " + loop + tail())
		}
		if g.sometimes("import-check") {
			say("network " + pick(g, pool[f]...))
		}
		g.redistribution(r, f, say, tail)
		if g.sometimes("aggregate") {
			g.aggregates(r, f, say)
		}
	}
}

func (g *generator) redistribution(r *router, f string, say func(string), tail func() string) {
	if g.sometimes("redistribute") {
		say("redistribute connected" + tail())
	}
	if g.sometimes("redistribute") {
		route := map[string]string{"ipv4": fmt.Sprintf("ip route 50.%d.0.0/16 %s", r.index, pick(g, "Null0", "blackhole")), "ipv6": fmt.Sprintf("ipv6 route 2d00:%x::/32 Null0", r.index)}[f]
		g.say(r, secStatic, "", route, "static "+r.name+" "+route)
		say("redistribute static" + pick(g, "", "", " metric 77") + tail())
	}
	if f == "ipv4" && r.group.ospf && g.sometimes("redistribute") {
		say("redistribute ospf" + tail())
	}
}

func (g *generator) aggregates(r *router, f string, say func(string)) {
	for _, p := range some(g, 1+g.r.IntN(2), map[string][]string{"ipv4": {"20.0.0.0/7", "20.1.0.0/16", "30.4.0.0/14", "40.0.0.0/16", "10.10.0.0/16"}, "ipv6": {"2a00::/15", "2a00:1::/32", "2c00::/16", "2001:db8:10::/48"}}[f]) {
		text := "aggregate-address " + p
		if g.chance(40) {
			text += " as-set"
		}
		switch g.r.IntN(4) {
		case 0, 1:
			text += " summary-only"
		case 2:
			if g.policed() {
				text += " suppress-map " + g.routeMap(r, f, originMap)
			}
		}
		if g.policed() && g.chance(25) {
			text += " route-map " + g.routeMap(r, f, originMap)
		}
		say(text)
	}
}

// neighborsOutside gives some routers neighbors that the snapshot does not hold, and what those announce.
func (g *generator) neighborsOutside() {
	for _, r := range g.routers {
		count := pick(g, 0, 1, 1, 2)
		if r.index == 1 {
			count = max(count, 1)
		}
		for range count {
			g.neighborOutside(r)
		}
	}
}

func (g *generator) neighborOutside(r *router) {
	i := g.outside
	g.outside++
	as := pick[uint32](g, 64601, 64602, 3356, 1299, 4200000777)
	part := fmt.Sprintf("outside %d", i)
	iface := r.face()
	for _, f := range g.families() {
		subnet, ours, theirs := fmt.Sprintf("172.16.%d.0/30", i), fmt.Sprintf("172.16.%d.1/30", i), fmt.Sprintf("172.16.%d.2", i)
		if f == "ipv6" {
			ours, theirs = fmt.Sprintf("2001:db8:ff:%x::1/64", i), fmt.Sprintf("2001:db8:ff:%x::2", i)
		} else {
			r.group.external = append(r.group.external, netip.MustParsePrefix(subnet))
			r.group.owner = append(r.group.owner, r)
		}
		g.address(r, iface, netip.MustParsePrefix(ours), part)
		if f == "ipv4" && r.group.ospf && g.chance(50) {
			lines := []string{"ip ospf area 0", "ip ospf passive"}
			if r.bird != nil {
				g.birdOSPF(r, "0", iface, []string{"stub;"}, part, "setting "+r.name+" "+iface+" ospf")
				lines = nil
			}
			for _, text := range lines {
				g.onInterface(r, iface, text, part, "setting "+r.name+" "+iface+" ospf")
			}
		}
		texts, count := g.announcements(r, f, as, theirs)
		for k, text := range texts {
			g.out.blocks["announcements"] = block{head: []string{"announcements:"}, indent: "  "}
			g.out.lines = append(g.out.lines, line{file: "routegate.yaml", block: "announcements", text: text,
				parts: []string{r.part(), part, fmt.Sprintf("session %s %s", part, f), fmt.Sprintf("announcement %d %s %d", i, f, k)}})
		}
		g.peer(peering{r: r, key: theirs, remote: as, kind: outsideSort, families: []string{f}, parts: []string{part, fmt.Sprintf("session %s %s", part, f)}, accepts: count})
	}
}

func (g *generator) announcements(r *router, f string, as uint32, from string) (texts []string, prefixes int) {
	left := some(g, len(pool[f]), pool[f])
	if g.chance(15) {
		left = append([]string{map[string]string{"ipv4": "0.0.0.0/0", "ipv6": "::/0"}[f]}, left...)
	}
	for range 1 + g.r.IntN(3) {
		n := min(1+g.r.IntN(3), len(left))
		path := fmt.Sprint(as)
		for range g.r.IntN(3) {
			// Not our own AS: the speakers outside are GoBGP, which does not send such a path.
			if hop := pick[uint32](g, 3356, 64512, 65002, 15169, 200, 64601, 4200000001, 100); hop != r.as && hop != r.group.as {
				path += fmt.Sprintf(", %d", hop)
			}
		}
		text := fmt.Sprintf("- {from: %d, to: %s, neighbor: %q, prefixes: [%s], as-path: [%s]", as, r.name, from, quoted(left[:n]), path)
		if g.chance(40) {
			text += fmt.Sprintf(", communities: [%s]", quoted(some(g, 1+g.r.IntN(3), standard)))
		}
		if (g.on["large-community"] || g.on["gobgp-communities"]) && g.chance(40) {
			text += fmt.Sprintf(", large-communities: [%s]", quoted(some(g, 1+g.r.IntN(2), large)))
		}
		if g.on["gobgp-communities"] && g.chance(40) {
			text += fmt.Sprintf(", ext-communities: [%s]", quoted(some(g, 1+g.r.IntN(2), extended)))
		}
		if g.chance(40) {
			text += fmt.Sprintf(", med: %d", pick(g, 0, 10, 50, 100))
		}
		if g.chance(25) {
			text += ", origin: " + pick(g, "igp", "egp", "incomplete")
		}
		texts = append(texts, text+"}")
		left = left[n:]
		prefixes += n
	}
	return texts, prefixes
}

func quoted(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf("%q", s)
	}
	return strings.Join(out, ", ")
}
