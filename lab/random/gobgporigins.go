package random

import (
	"fmt"
	"net/netip"
)

// gobgpOrigins are a GoBGP router's own destinations, injected over its API.
func (g *generator) gobgpOrigins(r *router) {
	for _, f := range g.families() {
		list := []string{fmt.Sprintf("10.10.%d.0/24", r.index), netip.PrefixFrom(r.loopback(), 32).String(), pick(g, pool[f]...)}
		if f == "ipv6" {
			list = []string{fmt.Sprintf("2001:db8:10:%x::/64", r.index), netip.PrefixFrom(r.loopback6(), 128).String(), pick(g, pool[f]...)}
		}
		for i, p := range list {
			if !g.chance([]int{60, 30, 20}[i]) {
				continue
			}
			text := fmt.Sprintf("- {router: %s, prefixes: [%q]%s}", r.name, p, g.injected())
			g.out.blocks["originations"] = block{head: []string{"originations:"}, indent: "  "}
			g.out.lines = append(g.out.lines, line{file: "routegate.yaml", block: "originations", section: 1, text: text,
				parts: []string{r.part(), "announcement " + r.name + " " + f + " " + p}})
		}
		if g.on["gobgp-redistribute"] && g.chance(50) {
			route := map[string]string{"ipv4": fmt.Sprintf("ip route 50.%d.0.0/16 Null0", r.index), "ipv6": fmt.Sprintf("ipv6 route 2d00:%x::/32 Null0", r.index)}[f]
			g.say(r, secStatic, "", route, "static "+r.name+" "+route)
		}
	}
}

// injected are attributes of a route that comes over the API.
func (g *generator) injected() string {
	text := ""
	if g.chance(25) {
		text += fmt.Sprintf(", communities: [%s]", quoted(some(g, 1+g.r.IntN(2), standard)))
	}
	if g.on["gobgp-communities"] && g.chance(40) {
		text += fmt.Sprintf(", large-communities: [%s], ext-communities: [%s]", quoted(some(g, 1, large)), quoted(some(g, 1, extended)))
	}
	if g.chance(25) {
		text += fmt.Sprintf(", med: %d", pick(g, 0, 10, 50))
	}
	if g.chance(15) {
		text += ", origin: " + pick(g, "egp", "incomplete")
	}
	return text
}
