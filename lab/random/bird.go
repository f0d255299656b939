package random

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// A BIRD router has bird.conf for everything, and the addresses of its interfaces in routegate.yaml: bird.conf says none.

// birdRouter is what is collected of a BIRD router until its files are written.
type birdRouter struct {
	faces     []birdFace
	areas     map[string][]birdLine // of OSPF: the lines in each area
	decisions []string              // settings that all its BGP protocols share
	template  string                // that its protocols are made from; "" where there is none
	functions []string              // of one number that give a truth
	sets      map[string][]string   // names of constants: sets of prefixes by family, and "as"
	protocols int
	under     []string // families that have static routes of the underlay
}

type birdFace struct {
	name      string
	addresses []string
	parts     []string
}

type birdLine struct {
	text  string
	parts []string
}

// sayBird adds a line to a block of a router's bird.conf; head opens the block.
func (g *generator) sayBird(r *router, section int, head, text string, parts ...string) {
	name := ""
	if head != "" {
		name = r.name + " bird " + head
		g.out.blocks[name] = block{head: []string{head + " {"}, tail: []string{"}"}, indent: "  "}
	}
	g.out.lines = append(g.out.lines, line{file: r.file(), block: name, section: section, text: text, parts: append([]string{r.part()}, parts...)})
}

// birdAddress gives an interface an address.
func (r *router) birdAddress(iface string, p netip.Prefix, parts []string) {
	for i := range r.bird.faces {
		if f := &r.bird.faces[i]; f.name == iface {
			f.addresses = append(f.addresses, p.String())
			return
		}
	}
	r.bird.faces = append(r.bird.faces, birdFace{iface, []string{p.String()}, parts})
}

// birdInstance writes what stands at the top of a BIRD router's file.
func (g *generator) birdInstance(r *router) {
	b := r.bird
	b.areas, b.sets = map[string][]birdLine{}, map[string][]string{}
	g.sayBird(r, secTop, "", fmt.Sprintf("router id 198.18.0.%d;", r.index))
	g.sayBird(r, secTop, "", "protocol device { scan time 5; }")
	direct := g.on["bird-direct"] && g.chance(60)
	merge := ""
	if g.on["bird-merge"] && g.chance(60) {
		merge = pick(g, "merge paths on;", "merge paths on limit 2;")
	}
	for _, f := range g.families() {
		if direct {
			text := fmt.Sprintf("protocol direct direct%s { %s; %s}", f[3:], f, pick(g, "", "", `interface "lo"; `, `interface "eth*"; `))
			g.sayBird(r, secTop, "", text, "setting "+r.name+" direct "+f)
		}
		head := "protocol kernel kernel" + f[3:]
		g.sayBird(r, secTop, head, f+" { export all; };")
		if merge != "" {
			g.sayBird(r, secTop, head, merge, "setting "+r.name+" merge "+f)
		}
	}
	if g.on["bird-decision"] {
		for _, text := range []string{"med metric on;", "deterministic med on;", "path metric off;", "igp metric off;", "interpret communities off;"} {
			if g.chance(25) {
				b.decisions = append(b.decisions, text)
			}
		}
	}
	if g.on["bird-session"] && g.chance(50) {
		b.template = "common"
		g.sayBird(r, secBGP, "template bgp common", fmt.Sprintf("local as %d;", r.as))
		g.birdShared(r, "template bgp common", secBGP)
	}
	g.birdNames(r)
}

// birdShared says what all BGP protocols of a router have alike: a router whose protocols differ there is not modelled.
func (g *generator) birdShared(r *router, head string, section int, parts ...string) {
	for _, text := range r.bird.decisions {
		g.sayBird(r, section, head, text, append(slices.Clone(parts), "setting "+r.name+" "+text)...)
	}
	if x := r.group; x.confed {
		g.sayBird(r, section, head, fmt.Sprintf("confederation %d;", x.as), parts...)
	}
}

// birdPeer writes one end of a session.
func (g *generator) birdPeer(p peering) {
	r := p.r
	r.bird.protocols++
	name := fmt.Sprintf("p%d", r.bird.protocols)
	head := "protocol bgp " + name
	if r.bird.template != "" {
		head += " from " + r.bird.template
	}
	say := func(text string, parts ...string) {
		g.sayBird(r, secNeighbors, head, text, append(slices.Clone(p.parts), parts...)...)
	}
	option := func(text string) { say(text, "option "+r.name+" "+p.key+" "+text) }
	inside := p.kind == internal || p.kind == member
	local := fmt.Sprintf("as %d;", r.as)
	if p.source != "" {
		local = p.source + " " + local
	}
	say("local " + local)
	say(fmt.Sprintf("neighbor %s as %d;", p.key, p.remote))
	if r.bird.template == "" {
		g.birdShared(r, head, secNeighbors, p.parts...)
	}
	if r.group.confed && inside {
		say("confederation member on;")
	}
	if p.client {
		say("rr client;")
		if r.cluster != "" {
			option("rr cluster id " + r.cluster + ";")
		}
	}
	multihop := p.kind == internal
	if g.sometimes("bird-session") && !inside {
		text := pick(g, "multihop 2;", "allow local as;", "allow local as 1;", "enforce first as on;", "ttl security off;", "default bgp_local_pref 150;", "default bgp_med 20;", "allow as sets off;")
		multihop = strings.HasPrefix(text, "multihop")
		option(text)
	}
	if g.sometimes("bird-session") && p.far != nil && !p.far.gobgp && p.far.bird == nil {
		option("passive on;")
	}
	if g.sometimes("bird-session") {
		option(pick(g, "hold time 30;", "enable extended messages on;", "advertise hostname on;", "graceful restart off;", "description \"to "+p.key+"\";"))
	}
	if p.kind == outsideSort && g.sometimes("bird-roles") {
		option("local role " + pick(g, "provider", "customer", "peer", "rs_server") + ";")
	}
	for _, f := range p.families {
		g.birdChannel(p, f, multihop, say)
	}
}

// birdChannel writes the channel of a family.
func (g *generator) birdChannel(p peering, f string, multihop bool, say func(string, ...string)) {
	r := p.r
	inside := p.kind == internal || p.kind == member
	say(f + " {")
	in := func(text string, parts ...string) { say("  "+text, parts...) }
	option := func(text string) { in(text, "option "+r.name+" "+f+" "+p.key+" "+text) }
	for _, direction := range []string{"import", "export"} {
		in(direction + " " + g.birdPolicy(p, f, direction) + ";")
	}
	switch {
	case p.kind == internal && (g.chance(60) || g.sometimes("next-hop-self")):
		option("next hop self" + pick(g, "", " on", " ebgp", " ebgp") + ";")
	case p.kind == member && g.chance(30):
		option("next hop self on;")
	case g.sometimes("bird-next-hop"):
		option(pick(g, "next hop keep on;", "next hop keep ebgp;", "next hop keep ibgp;", "next hop self on;", "next hop self ibgp;"))
	}
	if g.sometimes("bird-next-hop") && g.chance(50) && !multihop {
		option(pick(g, "gateway recursive;", "gateway recursive;", "gateway direct;"))
	}
	if g.sometimes("bird-add-path") {
		option("add paths " + pick(g, "on", "tx", "rx") + ";")
	}
	if p.kind == outsideSort && g.sometimes("bird-preference") {
		option(fmt.Sprintf("preference %d;", pick(g, 90, 110, 100)))
	}
	if p.accepts > 0 && g.sometimes("bird-limit") {
		option(fmt.Sprintf("%s limit %d action %s;", pick(g, "import", "import", "receive"), pick(g, p.accepts+5, p.accepts, max(1, p.accepts-1), 100), pick(g, "warn", "disable", "disable")))
	}
	if !inside && g.sometimes("bird-limit") {
		option(pick(g, "export limit 3 action warn;", "export limit 200 action block;"))
	}
	if g.sometimes("bird-session") {
		option(pick(g, "import keep filtered on;", "import table on;", "export table off;"))
	}
	say("};")
}

// birdOrigins are a BIRD router's own destinations: static routes with attributes of their own.
func (g *generator) birdOrigins(r *router) {
	for _, f := range g.families() {
		mine, loop := fmt.Sprintf("10.10.%d.0/24", r.index), netip.PrefixFrom(r.loopback(), 32).String()
		wide := fmt.Sprintf("50.%d.0.0/16", r.index)
		if f == "ipv6" {
			mine, loop, wide = fmt.Sprintf("2001:db8:10:%x::/64", r.index), netip.PrefixFrom(r.loopback6(), 128).String(), fmt.Sprintf("2d00:%x::/32", r.index)
		}
		head := "protocol static own" + f[3:]
		g.sayBird(r, secStatic, head, f+";")
		for i, p := range []string{mine, loop, wide, pick(g, pool[f]...)} {
			if !g.chance([]int{70, 20, 30, 25}[i]) {
				continue
			}
			part := "origin " + r.name + " " + f + " " + p
			text := "route " + p + " " + pick(g, "blackhole", "blackhole", "unreachable", "prohibit")
			if !g.on["bird-static"] || g.chance(40) {
				g.sayBird(r, secStatic, head, text+";", part)
				continue
			}
			g.sayBird(r, secStatic, head, text+" {", part)
			c := birdCode{g: g, r: r, family: f, head: head, section: secStatic, indent: "  ", parts: []string{part}, static: true}
			for range 1 + g.r.IntN(2) {
				c.action()
			}
			g.sayBird(r, secStatic, head, "};", part)
		}
	}
}

// birdEnd writes what was collected: the areas of OSPF and the addresses of interfaces.
func (g *generator) birdEnd(r *router) {
	var ids []string
	for id := range r.bird.areas {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	if len(ids) > 0 {
		const head = "protocol ospf v2 interior"
		g.sayBird(r, secOSPF, head, "ipv4 { import all; export "+pick(g, "none", "none", "where source = RTS_STATIC && net ~ [10.10.0.0/16+]", "filter { if source != RTS_STATIC then reject; if net ~ [50.0.0.0/8+] then { ospf_metric1 = 30; accept; } reject; }")+"; };")
		for _, id := range ids {
			g.sayBird(r, secOSPF, head, "area "+id+" {")
			for _, l := range r.bird.areas[id] {
				g.sayBird(r, secOSPF, head, "  "+l.text, l.parts...)
			}
			g.sayBird(r, secOSPF, head, "};")
		}
	}
	g.out.blocks["devices"] = block{head: []string{"devices:"}, indent: "  "}
	say := func(text string, parts ...string) {
		g.out.lines = append(g.out.lines, line{file: "routegate.yaml", block: "devices", section: 2, text: text, parts: append([]string{r.part()}, parts...)})
	}
	say(r.name + ":")
	say("  interfaces:")
	for _, f := range r.bird.faces {
		say(fmt.Sprintf("    %s: [%s]", f.name, quoted(f.addresses)), f.parts...)
	}
}

// birdOSPF puts an interface into an area.
func (g *generator) birdOSPF(r *router, area, iface string, settings []string, parts ...string) {
	r.bird.areas[area] = append(r.bird.areas[area], birdLine{fmt.Sprintf("interface %q { %s };", iface, strings.Join(settings, " ")), parts})
}

// birdStatic is a static route of the underlay.
func (g *generator) birdStatic(r *router, f, text string, parts ...string) {
	head := "protocol static under" + f[3:]
	if !slices.Contains(r.bird.under, f) {
		r.bird.under = append(r.bird.under, f)
		g.sayBird(r, secStatic, head, f+";")
	}
	g.sayBird(r, secStatic, head, text, parts...)
}
