package random

import (
	"fmt"
	"slices"
	"strings"
)

// A GoBGP router has gobgpd.toml for BGP, and frr.conf for what zebra, staticd and ospfd do beside it.

func (r *router) gobgpFile() string { return "devices/" + r.name + "/gobgpd.toml" }

// sayGo adds a line to a block of a router's gobgpd.toml; head opens the block.
func (g *generator) sayGo(r *router, section int, block, head, text string, parts ...string) {
	g.out.blocks[block] = goBlock(head)
	g.out.lines = append(g.out.lines, line{file: r.gobgpFile(), block: block, section: section, text: text, parts: append([]string{r.part()}, parts...)})
}

// goBlock is a table of TOML.
func goBlock(head string) block { return block{head: []string{head}, indent: " "} }

// global says a line of gobgpd's own settings.
func (g *generator) global(r *router, text string, parts ...string) {
	g.sayGo(r, secBGP, r.name+" gobgp global", "[global]", text, parts...)
}

// gobgpInstance writes what stands at the top of a GoBGP router's files.
func (g *generator) gobgpInstance(r *router) {
	say := func(text string) { g.global(r, text, "setting "+r.name+" "+text) }
	g.global(r, fmt.Sprintf("config.as = %d", r.as))
	g.global(r, fmt.Sprintf("config.router-id = \"198.18.0.%d\"", r.index))
	if x := r.group; x.confed {
		var others []string
		for _, m := range x.members {
			if m != r.as {
				others = append(others, fmt.Sprint(m))
			}
		}
		g.global(r, fmt.Sprintf("confederation.config = {enabled = true, identifier = %d, member-as-list = [%s]}", x.as, strings.Join(others, ", ")))
	}
	// Age decides among equal paths otherwise, which is arrival order and no configuration.
	if !g.on["gobgp-selection"] || g.chance(85) {
		say("route-selection-options.config.external-compare-router-id = true")
	}
	if g.on["gobgp-selection"] {
		for _, text := range []string{"route-selection-options.config.always-compare-med = true", "route-selection-options.config.ignore-as-path-length = true", "use-multiple-paths.config.enabled = true"} {
			if g.chance(35) {
				say(text)
			}
		}
	}
	const head = "[zebra.config]"
	in := r.name + " gobgp zebra"
	part := "setting " + r.name + " zebra"
	g.sayGo(r, secTop, in, head, "", part)
	for _, text := range []string{"enabled = true", "url = \"unix:/var/run/frr/zserv.api\"", "version = 6", "software-name = \"frr8.2\"", "nexthop-trigger-enable = false"} {
		g.sayGo(r, secTop, in, head, text, part)
	}
	if g.sometimes("gobgp-redistribute") {
		text := fmt.Sprintf("redistribute-route-type-list = [%s]", quoted(some(g, 1+g.r.IntN(2), []string{"connect", "static"})))
		g.sayGo(r, secTop, in, head, text, part, "setting "+r.name+" "+text)
	}
}

// gobgpPeer writes one end of a session with its options.
func (g *generator) gobgpPeer(p peering) {
	r := p.r
	r.peers = append(r.peers, p)
	if g.gobgpDynamic(p) {
		return
	}
	in := r.name + " gobgp neighbor " + p.key
	say := func(text string, parts ...string) {
		g.sayGo(r, secNeighbors, in, "[[neighbors]]", text, append(slices.Clone(p.parts), parts...)...)
	}
	option := func(text string) { say(text, "option "+r.name+" "+p.key+" "+text) }
	if p.bare {
		say(fmt.Sprintf("config.neighbor-interface = %q", p.key))
		say("transport.config.local-address = \"::\"") // without it no route has a next hop
	} else {
		say(fmt.Sprintf("config.neighbor-address = %q", p.key))
	}
	g.gobgpGroup(p, say)
	if p.source != "" {
		say(fmt.Sprintf("transport.config.local-address = %q", p.source))
	}
	inside := p.kind == internal || p.kind == member
	if p.client {
		say("route-reflector.config.route-reflector-client = true")
		if r.cluster != "" {
			option(fmt.Sprintf("route-reflector.config.route-reflector-cluster-id = %q", r.cluster))
		}
	}
	if p.kind == outsideSort && g.sometimes("gobgp-session") {
		option(fmt.Sprintf("config.local-as = %d", pick(g, 64999, 900)))
	}
	if p.far != nil && !p.far.gobgp && g.sometimes("gobgp-session") && g.chance(40) {
		option("transport.config.passive-mode = true")
	}
	switch {
	case g.securedBy(p):
		option("ttl-security.config = {enabled = true, ttl-min = 255}")
	case !inside && g.sometimes("gobgp-session") && g.chance(40):
		option("ebgp-multihop.config = {enabled = true, multihop-ttl = 3}")
	}
	g.gobgpTable(p, option)
	if !inside {
		if g.sometimes("gobgp-path") {
			option(fmt.Sprintf("as-path-options.config.allow-own-as = %d", pick(g, 1, 2)))
		}
		if g.sometimes("gobgp-path") {
			option("as-path-options.config.replace-peer-as = true")
		}
		if g.sometimes("gobgp-path") {
			option(fmt.Sprintf("config.remove-private-as = %q", pick(g, "all", "replace")))
		}
	}
	for _, f := range p.families {
		afi := func(text string, parts ...string) {
			g.sayGo(r, secNeighbors, in+" "+f, "[[neighbors.afi-safis]]", text, append(slices.Clone(p.parts), parts...)...)
		}
		afi(fmt.Sprintf("config.afi-safi-name = \"%s-unicast\"", f))
		if g.sometimes("gobgp-addpath") {
			text := pick(g, "add-paths.config = {receive = true}", "add-paths.config = {send-max = 2}", "add-paths.config = {receive = true, send-max = 4}")
			afi(text, "option "+r.name+" "+f+" "+p.key+" "+text)
		}
		if p.accepts > 0 && g.sometimes("gobgp-limit") {
			text := fmt.Sprintf("prefix-limit.config.max-prefixes = %d", pick(g, p.accepts+5, p.accepts, max(1, p.accepts-1), 100))
			afi(text, "option "+r.name+" "+f+" "+p.key+" "+text)
		}
	}
}

// gobgpGroup says the neighbor's AS, by itself or in a peer group of its own.
func (g *generator) gobgpGroup(p peering, say func(string, ...string)) {
	as := fmt.Sprintf("config.peer-as = %d", p.remote)
	if !g.sometimes("gobgp-session") || g.chance(50) {
		say(as)
		return
	}
	p.r.lists++
	name := fmt.Sprintf("G%d", p.r.lists)
	in := p.r.name + " gobgp group " + name
	for _, text := range []string{fmt.Sprintf("config.peer-group-name = %q", name), as} {
		g.sayGo(p.r, secFamilies, in, "[[peer-groups]]", text, p.parts...)
	}
	if p.kind == outsideSort && g.chance(50) {
		text := "ebgp-multihop.config = {enabled = true, multihop-ttl = 2}"
		g.sayGo(p.r, secFamilies, in, "[[peer-groups]]", text, append(slices.Clone(p.parts), "option "+p.r.name+" "+name+" "+text)...)
	}
	say(fmt.Sprintf("config.peer-group = %q", name))
}
