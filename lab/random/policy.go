package random

import (
	"fmt"
	"slices"
	"strings"
)

// use says where a route-map goes: some clauses make sense in some places only.
type use uint8

const (
	importMap use = 1 << iota
	exportMap
	originMap // network, redistribute, aggregate, default-originate
	// tame: without local preference and weight, see policies.
	tame
)

// pool are the prefixes of the world, some inside of others.
var pool = map[string][]string{
	"ipv4": {"20.0.0.0/8", "20.1.0.0/16", "20.1.2.0/24", "20.1.3.0/24", "20.1.2.128/25", "30.0.0.0/12", "30.5.0.0/16", "30.5.6.0/23", "30.5.7.0/24", "40.0.0.0/24", "40.0.1.0/24", "198.51.100.0/24", "203.0.113.0/25"},
	"ipv6": {"2a00::/16", "2a00:1::/32", "2a00:1:2::/48", "2a00:1:3::/48", "2a00:1:2:80::/57", "2b00::/20", "2b00:5::/32", "2b00:5:6::/47", "2b00:5:7::/48", "2c00:0:1::/48", "2c00:0:2::/48"},
}

var standard = []string{"65000:1", "65000:2", "65000:33", "100:100", "no-export", "no-advertise", "local-AS"}

var large = []string{"65000:1:2", "65000:3:4", "100:0:1"}

func (g *generator) name(r *router, kind string) string {
	r.lists++
	return fmt.Sprintf("%s%d", kind, r.lists)
}

// entries says the lines of a list, each of which can be taken out.
func (g *generator) entries(r *router, name string, lines []string) string {
	for i, l := range lines {
		g.say(r, secLists, "", l, fmt.Sprintf("entry %s %s %d", r.name, name, i))
	}
	return name
}

func (g *generator) prefixList(r *router, f string) string {
	name := g.name(r, "PL")
	ip, most := "ip", 32
	if f == "ipv6" {
		ip, most = "ipv6", 128
	}
	var lines []string
	for i, p := range some(g, 1+g.r.IntN(3), append([]string{"any"}, pool[f]...)) {
		word := pick(g, "permit", "permit", "deny")
		if p != "any" {
			var bits int
			_, _ = fmt.Sscanf(p[strings.LastIndex(p, "/")+1:], "%d", &bits)
			switch g.r.IntN(4) {
			case 0:
				p += fmt.Sprintf(" le %d", most)
			case 1:
				p += fmt.Sprintf(" ge %d", min(bits+1, most))
			case 2:
				p += fmt.Sprintf(" ge %d le %d", min(bits+1, most), min(bits+8, most))
			}
		}
		lines = append(lines, fmt.Sprintf("%s prefix-list %s seq %d %s %s", ip, name, 5*(i+1), word, p))
	}
	if g.chance(50) {
		lines = append(lines, fmt.Sprintf("%s prefix-list %s seq 99 permit any", ip, name))
	}
	return g.entries(r, name, lines)
}

func (g *generator) accessList(r *router, f string) string {
	name := g.name(r, "ACL")
	head := ""
	if f == "ipv6" {
		head = "ipv6 "
	}
	var lines []string
	for i, p := range some(g, 1+g.r.IntN(2), pool[f]) {
		lines = append(lines, fmt.Sprintf("%saccess-list %s seq %d %s %s%s", head, name, 5*(i+1), pick(g, "permit", "deny"), p, pick(g, "", " exact-match")))
	}
	if g.chance(60) {
		lines = append(lines, fmt.Sprintf("%saccess-list %s seq 99 permit any", head, name))
	}
	return g.entries(r, name, lines)
}

func (g *generator) asPathList(r *router) string {
	name := g.name(r, "AS")
	var lines []string
	for i, e := range some(g, 1+g.r.IntN(2), []string{"_3356_", "^64601_", "_65002$", "^$", "^[0-9]+$", "_(200|300)_", "^64601 [0-9]+", "_6450[0-9]_", "_4200000001_", "\\(65[0-9]+\\)"}) {
		lines = append(lines, fmt.Sprintf("bgp as-path access-list %s seq %d %s %s", name, 5*(i+1), pick(g, "permit", "permit", "deny"), e))
	}
	if g.chance(40) {
		lines = append(lines, fmt.Sprintf("bgp as-path access-list %s seq 99 permit .*", name))
	}
	return g.entries(r, name, lines)
}

func (g *generator) communityList(r *router) string {
	name := g.name(r, "CL")
	var lines []string
	expanded := g.chance(40)
	for i := range 1 + g.r.IntN(2) {
		values, kind := strings.Join(some(g, 1+g.r.IntN(2), standard), " "), "standard"
		if expanded {
			values, kind = pick(g, "65000:[0-9]+", "_65000:1_", "^65000:1$", "100:.*", ".*", "65000:1 65000:2"), "expanded"
		}
		lines = append(lines, fmt.Sprintf("bgp community-list %s %s seq %d %s %s", kind, name, 5*(i+1), pick(g, "permit", "permit", "deny"), values))
	}
	return g.entries(r, name, lines)
}

func (g *generator) largeList(r *router) string {
	name := g.name(r, "LL")
	if g.chance(40) {
		return g.entries(r, name, []string{fmt.Sprintf("bgp large-community-list expanded %s seq 5 permit %s", name, pick(g, "65000:[0-9]+:.*", ":2$", "^100:"))})
	}
	return g.entries(r, name, []string{fmt.Sprintf("bgp large-community-list standard %s seq 5 %s %s", name, pick(g, "permit", "permit", "deny"), strings.Join(some(g, 1+g.r.IntN(2), large), " "))})
}

// routeMap makes a route-map and gives its name.
func (g *generator) routeMap(r *router, f string, u use) string {
	r.maps++
	name := fmt.Sprintf("%s%d-%s", map[bool]string{true: "OUT", false: "IN"}[u&exportMap != 0], r.maps, f)
	count := 1 + g.r.IntN(3)
	for i := range count {
		seq := 10 * (i + 1)
		g.entry(r, f, u, name, seq, pick(g, "permit", "permit", "permit", "deny"))
	}
	if g.chance(70) {
		g.entry(r, f, u, name, 100, "last")
	}
	r.order = append(r.order, name)
	return name
}

// entry makes one entry of a route-map; the last one permits everything.
func (g *generator) entry(r *router, f string, u use, name string, seq int, action string) {
	part := fmt.Sprintf("policy %s %s %d", r.name, name, seq)
	last := action == "last"
	if last {
		action = "permit"
	}
	head := fmt.Sprintf("route-map %s %s %d", name, action, seq)
	in := g.frame(r.name+" "+head, head)
	g.say(r, secMaps, in, "", part)
	say := func(text string) { g.say(r, secMaps, in, text, part, part+" "+text) }
	if !last {
		for _, m := range some(g, 1+g.r.IntN(2), g.matches(u)) {
			say("match " + m(r, f))
		}
	}
	if action == "deny" || last && g.chance(50) {
		return
	}
	var kinds []string
	for _, s := range some(g, g.r.IntN(4), g.sets(u)) {
		text := s(r, f)
		words := strings.Fields(text)
		kind := words[0]
		if len(words) > 1 && (kind == "as-path" || kind == "ip" || kind == "ipv6") {
			kind += words[1]
		}
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
			say("set " + text)
		}
	}
	if g.on["call"] && len(r.order) > 0 && g.chance(25) {
		// Of the same family and kind of place, so that what is called makes sense.
		if to := r.order[len(r.order)-1]; strings.HasSuffix(to, f) {
			say("call " + to)
		}
	}
	if g.on["flow"] && !last && g.chance(40) {
		say(pick(g, "on-match next", "on-match next", fmt.Sprintf("on-match goto %d", seq+10+10*g.r.IntN(2)), fmt.Sprintf("continue %d", seq+10+10*g.r.IntN(2))))
	}
}

type clause = func(r *router, f string) string

func said(text string) clause { return func(*router, string) string { return text } }

// matches are the conditions that are on for a place.
func (g *generator) matches(u use) []clause {
	all := []clause{}
	add := func(feature string, c ...clause) {
		if g.on[feature] {
			all = append(all, c...)
		}
	}
	ip := func(f string) string { return map[string]string{"ipv4": "ip", "ipv6": "ipv6"}[f] }
	add("prefix-list", func(r *router, f string) string { return ip(f) + " address prefix-list " + g.prefixList(r, f) })
	add("as-path-list", func(r *router, _ string) string { return "as-path " + g.asPathList(r) })
	add("community-list", func(r *router, _ string) string {
		return "community " + g.communityList(r) + pick(g, "", "", " exact-match")
	})
	add("large-community", func(r *router, _ string) string { return "large-community " + g.largeList(r) })
	add("other-match",
		said(fmt.Sprintf("metric %d", pick(g, 10, 50))), said("origin "+pick(g, "igp", "egp", "incomplete")),
		func(_ *router, f string) string {
			return fmt.Sprintf("%s address prefix-len %d", ip(f), map[string]int{"ipv4": 24, "ipv6": 48}[f])
		},
		func(r *router, f string) string { return ip(f) + " address " + g.accessList(r, f) },
		func(r *router, f string) string {
			if f == "ipv6" {
				return "ipv6 address " + g.accessList(r, f)
			}
			return "ip next-hop prefix-list " + g.hostList(r)
		})
	if u&originMap == 0 {
		add("other-match", said("local-preference "+pick(g, "100", "200", "150")))
	}
	if u&importMap != 0 {
		add("other-match", func(r *router, f string) string {
			if f == "ipv6" {
				return "origin igp"
			}
			return "ip route-source prefix-list " + g.hostList(r)
		})
	}
	if len(all) == 0 {
		all = append(all, said("origin "+pick(g, "igp", "igp", "incomplete")))
	}
	return all
}

// hostList accepts some of the addresses of routers and neighbors.
func (g *generator) hostList(r *router) string {
	name := g.name(r, "HL")
	return g.entries(r, name, []string{fmt.Sprintf("ip prefix-list %s seq 5 permit %s le 32", name, pick(g, "10.1.0.0/16", "172.16.0.0/12", "10.0.0.0/24", "172.16.1.0/24", "10.1.2.0/24"))})
}

// sets are the actions that are on for a place.
func (g *generator) sets(u use) []clause {
	all := []clause{}
	add := func(feature string, c ...clause) {
		if g.on[feature] {
			all = append(all, c...)
		}
	}
	if u&tame == 0 && u&exportMap == 0 {
		add("set-preference", said("local-preference "+pick(g, "200", "50", "150")), said("local-preference "+pick(g, "+20", "-20")), said("weight "+pick(g, "7", "100", "0")))
	}
	add("set-preference", said("metric "+pick(g, "10", "50", "+5", "-30", "0")), said("origin "+pick(g, "igp", "egp", "incomplete")))
	add("set-path", said("as-path prepend "+pick(g, "65010", "65010 65010", "100 200", "65001")), said("as-path prepend last-as "+pick(g, "1", "3")), said("as-path exclude "+pick(g, "3356", "64601", "65002 200")))
	add("set-community",
		func(*router, string) string {
			return "community " + strings.Join(some(g, 1+g.r.IntN(2), standard), " ") + pick(g, "", " additive", " additive")
		},
		said("community none"), func(r *router, _ string) string { return "comm-list " + g.communityList(r) + " delete" })
	add("large-community",
		func(*router, string) string {
			return "large-community " + strings.Join(some(g, 1+g.r.IntN(2), large), " ") + pick(g, "", " additive", " additive")
		},
		said("large-community none"), func(r *router, _ string) string { return "large-comm-list " + g.largeList(r) + " delete" })
	if u&originMap == 0 {
		add("set-next-hop", func(r *router, f string) string {
			if f == "ipv6" {
				if u&importMap != 0 && g.chance(50) {
					return "ipv6 next-hop prefer-global"
				}
				return "ipv6 next-hop peer-address"
			}
			if u&importMap != 0 && len(g.routers) > 1 && g.chance(40) {
				return "ip next-hop " + pick(g, g.routers...).loopback().String()
			}
			return "ip next-hop " + pick(g, "peer-address", "unchanged")
		})
	}
	return all
}
