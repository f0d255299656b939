package random

import (
	"fmt"
	"net/netip"
	"slices"
)

// underlay makes the loopbacks of a group reach one another: by OSPF or by static routes.
// IPv6 is static in any case.
func (g *generator) underlay() {
	for _, x := range g.groups {
		if len(x.routers) == 1 {
			continue
		}
		if x.ospf {
			g.ospf(x)
		} else {
			g.static(x, "ipv4")
		}
		if g.on["ipv6"] {
			g.static(x, "ipv6")
		}
	}
}

// ospf runs on the links of the group and its loopbacks, with timers that settle in seconds.
func (g *generator) ospf(x *group) {
	a := g.divide(x)
	for _, r := range x.routers {
		if r.bird != nil {
			g.birdOSPF(r, g.birdAreas(r, a), "lo", []string{"stub;"})
			continue
		}
		block := g.frame(r.name+" ospf", "router ospf")
		g.say(r, secOSPF, block, fmt.Sprintf("ospf router-id 198.18.0.%d", r.index))
		g.onInterface(r, "lo", "ip ospf area "+g.ospfAreas(r, a))
		if g.chance(15) {
			text := "redistribute static"
			g.say(r, secOSPF, block, text, "setting "+r.name+" ospf "+text)
		}
		if g.chance(15) {
			text := fmt.Sprintf("redistribute connected metric %d metric-type %d", pick(g, 20, 100), pick(g, 1, 2))
			g.say(r, secOSPF, block, text, "setting "+r.name+" ospf "+text)
		}
	}
	for _, l := range g.links {
		inside := l.a.group == x && l.b.group == x
		for _, r := range []*router{l.a, l.b} {
			switch {
			case r.group != x || l.bare:
			case inside && r.bird != nil:
				settings := []string{"type ptp;", "hello 1;", "dead 4;", "wait 2;"}
				if g.chance(60) {
					settings = append(settings, fmt.Sprintf("cost %d;", pick(g, 5, 10, 50)))
				}
				g.birdOSPF(r, a.area(l), l.iface(r), settings, l.part())
			case r.bird != nil:
				if g.chance(50) {
					g.birdOSPF(r, "0", l.iface(r), []string{"stub;"}, l.part(), "setting "+r.name+" "+l.iface(r)+" ospf")
				}
			case inside:
				for _, text := range []string{"ip ospf area " + a.area(l), "ip ospf network point-to-point", "ip ospf hello-interval 1", "ip ospf dead-interval 4"} {
					g.onInterface(r, l.iface(r), text, l.part())
				}
				if text := fmt.Sprintf("ip ospf cost %d", pick(g, 5, 10, 50)); g.chance(60) {
					g.onInterface(r, l.iface(r), text, l.part(), "setting "+r.name+" "+l.iface(r)+" "+text)
				}
			case g.chance(50):
				for _, text := range []string{"ip ospf area 0", "ip ospf passive"} {
					g.onInterface(r, l.iface(r), text, l.part(), "setting "+r.name+" "+l.iface(r)+" ospf")
				}
			}
		}
	}
}

// static writes routes to every other loopback of the group, along shortest ways, and to
// some of the subnets at its edge.
func (g *generator) static(x *group, f string) {
	for _, r := range x.routers {
		for _, to := range x.routers {
			first := g.way(x, r, to)
			if to == r || first == nil {
				continue
			}
			via := first.address(first.other(r), first.v4)
			loop, ip := netip.PrefixFrom(to.loopback(), 32), "ip"
			if f == "ipv6" {
				via, loop, ip = first.address(first.other(r), first.v6), netip.PrefixFrom(to.loopback6(), 128), "ipv6"
			}
			if r.bird != nil {
				g.birdStatic(r, f, fmt.Sprintf("route %s via %s;", loop, via), to.part(), first.part(), first.other(r).part())
				continue
			}
			g.say(r, secStatic, "", fmt.Sprintf("%s route %s %s", ip, loop, via), to.part(), first.part(), first.other(r).part())
		}
		for i, p := range x.external {
			if f == "ipv4" && x.owner[i] != r && g.chance(50) {
				if first := g.way(x, r, x.owner[i]); first != nil {
					if r.bird != nil {
						text := fmt.Sprintf("route %s via %s;", p, first.address(first.other(r), first.v4))
						g.birdStatic(r, f, text, x.owner[i].part(), first.part(), first.other(r).part(), "static "+r.name+" "+text)
						continue
					}
					text := fmt.Sprintf("ip route %s %s", p, first.address(first.other(r), first.v4))
					g.say(r, secStatic, "", text, x.owner[i].part(), first.part(), first.other(r).part(), "static "+r.name+" "+text)
				}
			}
		}
	}
}

// way is the first link of a shortest way inside the group.
func (g *generator) way(x *group, from, to *router) *link {
	first := map[*router]*link{}
	seen := []*router{from}
	for i := 0; i < len(seen); i++ {
		at := seen[i]
		for _, l := range g.links {
			if l.a.group != x || l.b.group != x || l.a != at && l.b != at {
				continue
			}
			next := l.other(at)
			if slices.Contains(seen, next) {
				continue
			}
			seen = append(seen, next)
			first[next] = first[at]
			if at == from {
				first[next] = l
			}
		}
	}
	return first[to]
}
