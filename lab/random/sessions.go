package random

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// peering is one end of a session in one or both address families.
type peering struct {
	r        *router
	key      string // address or interface
	bare     bool
	remote   uint32
	kind     sort
	families []string // ipv4, ipv6
	parts    []string
	source   string // update-source
	far      *router
	client   bool // the far end is a client of ours
	accepts  int  // outside: how many prefixes it announces at most; 0 inside
}

// sort is what the two ends are to each other.
type sort uint8

const (
	external sort = iota
	outsideSort
	member // of one confederation
	internal
)

func (r *router) bgpBlock(g *generator) string {
	return g.frame(r.name+" bgp", fmt.Sprintf("router bgp %d", r.as))
}

func (r *router) familyBlock(g *generator, f string) string {
	return g.frame(r.name+" bgp "+f, fmt.Sprintf("router bgp %d", r.as), "address-family "+f+" unicast")
}

// instance writes what stands at the top of a router's file and of its BGP.
func (g *generator) instance(r *router) {
	g.out.blocks[""] = block{}
	if r.bird != nil {
		g.address(r, "lo", netip.PrefixFrom(r.loopback(), 32))
		if g.on["ipv6"] {
			g.address(r, "lo", netip.PrefixFrom(r.loopback6(), 128))
		}
		g.birdInstance(r)
		return
	}
	g.say(r, secTop, "", "frr version 8.4.4")
	g.say(r, secTop, "", "frr defaults "+pick(g, "traditional", "traditional", "traditional", "datacenter"))
	g.say(r, secTop, "", "hostname "+r.name)
	g.address(r, "lo", netip.PrefixFrom(r.loopback(), 32))
	if g.on["ipv6"] {
		g.address(r, "lo", netip.PrefixFrom(r.loopback6(), 128))
	}
	if r.gobgp {
		g.gobgpInstance(r)
		return
	}
	bgp := r.bgpBlock(g)
	say := func(text string) { g.say(r, secBGP, bgp, text, "setting "+r.name+" "+text) }
	g.say(r, secBGP, bgp, fmt.Sprintf("bgp router-id 198.18.0.%d", r.index))
	if !g.sometimes("requires-policy") {
		g.say(r, secBGP, bgp, "no bgp ebgp-requires-policy")
	} else {
		g.say(r, secBGP, bgp, "bgp ebgp-requires-policy")
	}
	if x := r.group; x.confed {
		g.say(r, secBGP, bgp, fmt.Sprintf("bgp confederation identifier %d", x.as))
		var others []string
		for _, m := range x.members {
			if m != r.as {
				others = append(others, fmt.Sprint(m))
			}
		}
		g.say(r, secBGP, bgp, "bgp confederation peers "+strings.Join(others, " "))
	}
	if slices.Contains(r.group.reflect, r) && g.chance(50) {
		say(fmt.Sprintf("bgp cluster-id 198.18.9.%d", pick(g, r.group.index+1, r.index)))
	}
	// Age decides among equal paths otherwise, which is arrival order and no configuration.
	if !g.on["bestpath"] || g.chance(85) {
		say("bgp bestpath compare-routerid")
	}
	if g.on["bestpath"] {
		for _, text := range []string{"bgp always-compare-med", "bgp deterministic-med", "bgp bestpath as-path ignore", "bgp bestpath as-path confed",
			"bgp bestpath med missing-as-worst", "bgp bestpath med confed", "bgp default local-preference 150"} {
			if g.chance(25) {
				say(text)
			}
		}
	}
	if g.sometimes("multipath") {
		say("bgp bestpath as-path multipath-relax")
	}
	if g.on["multipath"] {
		for _, f := range g.families() {
			if text := fmt.Sprintf("maximum-paths %d", pick(g, 1, 2, 4)); g.chance(60) {
				g.say(r, secFamilies, r.familyBlock(g, f), text, "setting "+r.name+" "+f+" "+text)
			}
			if text := fmt.Sprintf("maximum-paths ibgp %d%s", pick(g, 1, 2, 4), pick(g, "", "", " equal-cluster-length")); g.chance(60) {
				g.say(r, secFamilies, r.familyBlock(g, f), text, "setting "+r.name+" "+f+" "+text)
			}
		}
	}
	if g.sometimes("import-check") {
		say("no bgp network import-check")
	}
}

func (g *generator) families() []string {
	if g.on["ipv6"] {
		return []string{"ipv4", "ipv6"}
	}
	return []string{"ipv4"}
}

// sessions makes every session between routers of the snapshot.
func (g *generator) sessions() {
	for _, l := range g.links {
		switch {
		case l.a.group != l.b.group:
			g.onLink(l, external)
		case l.a.as != l.b.as:
			g.onLink(l, member)
		}
	}
	for _, x := range g.groups {
		for i, a := range x.routers {
			for _, b := range x.routers[i+1:] {
				if a.as == b.as && g.peersInside(x, a, b) {
					g.overLoopbacks(x, a, b)
				}
			}
		}
	}
}

// peersInside: all with all, or with the reflectors only.
func (g *generator) peersInside(x *group, a, b *router) bool {
	return len(x.reflect) == 0 || slices.Contains(x.reflect, a) || slices.Contains(x.reflect, b)
}

// onLink makes the sessions over a link's own addresses: one for each family, or one without addresses.
func (g *generator) onLink(l *link, kind sort) {
	as := func(r, far *router) uint32 {
		if kind == member {
			return far.as
		}
		return far.group.as
	}
	if l.bare {
		part := "session " + l.part()
		g.peer(peering{r: l.a, key: l.ifA, bare: true, remote: as(l.a, l.b), kind: kind, families: g.families(), far: l.b, parts: []string{l.b.part(), l.part(), part}})
		g.peer(peering{r: l.b, key: l.ifB, bare: true, remote: as(l.b, l.a), kind: kind, families: g.families(), far: l.a, parts: []string{l.a.part(), l.part(), part}})
		return
	}
	for _, f := range g.families() {
		subnet := l.v4
		if f == "ipv6" {
			subnet = l.v6
		}
		part := "session " + l.part() + " " + f
		for _, r := range []*router{l.a, l.b} {
			far := l.other(r)
			g.peer(peering{r: r, key: l.address(far, subnet).String(), remote: as(r, far), kind: kind, families: []string{f}, far: far, parts: []string{far.part(), l.part(), part}})
		}
	}
}

// overLoopbacks makes the iBGP session of two routers.
func (g *generator) overLoopbacks(x *group, a, b *router) {
	for _, f := range g.families() {
		part := fmt.Sprintf("session %s-%s %s", a.name, b.name, f)
		for _, ends := range [][2]*router{{a, b}, {b, a}} {
			r, far := ends[0], ends[1]
			key, source := far.loopback().String(), r.loopback().String()
			if f == "ipv6" {
				key, source = far.loopback6().String(), r.loopback6().String()
			}
			client := slices.Contains(x.reflect, r) && !slices.Contains(x.reflect, far)
			g.peer(peering{r: r, key: key, remote: r.as, kind: internal, families: []string{f}, far: far, source: source, client: client, parts: []string{far.part(), part}})
		}
	}
}

// peer writes one end of a session with its options.
func (g *generator) peer(p peering) {
	if p.r.gobgp {
		g.gobgpPeer(p)
		return
	}
	if p.r.bird != nil {
		g.birdPeer(p)
		return
	}
	bgp := p.r.bgpBlock(g)
	say := func(text string, parts ...string) {
		g.say(p.r, secNeighbors, bgp, "neighbor "+p.key+" "+text, append(slices.Clone(p.parts), parts...)...)
	}
	switch {
	case p.bare && g.chance(50):
		say("interface remote-as external")
	case p.bare:
		say(fmt.Sprintf("interface remote-as %d", p.remote))
	default:
		say(fmt.Sprintf("remote-as %d", p.remote))
	}
	if p.source != "" {
		say("update-source " + p.source)
	}
	if !slices.Contains(p.families, "ipv4") {
		g.say(p.r, secFamilies, p.r.familyBlock(g, "ipv4"), "no neighbor "+p.key+" activate", p.parts...)
	}
	if p.kind == outsideSort && g.sometimes("local-as") {
		g.localAS(p, say)
	}
	if g.securedBy(p) {
		say("ttl-security hops 1", "option "+p.r.name+" "+p.key+" ttl-security")
	}
	for _, f := range p.families {
		in := p.r.familyBlock(g, f)
		option := func(text string, parts ...string) {
			g.say(p.r, secFamilies, in, "neighbor "+p.key+" "+text, append(append(slices.Clone(p.parts), "option "+p.r.name+" "+f+" "+p.key+" "+text), parts...)...)
		}
		if f == "ipv6" {
			g.say(p.r, secFamilies, in, "neighbor "+p.key+" activate", p.parts...)
		}
		g.options(p, f, option)
	}
}

// localAS gives one end another number, towards the outside: its speakers expect what is configured.
func (g *generator) localAS(p peering, say func(string, ...string)) {
	text := fmt.Sprintf("local-as %d%s", pick(g, 64999, 900), pick(g, "", " no-prepend", " no-prepend replace-as"))
	say(text, "option "+p.r.name+" "+p.key+" "+text)
}

// options are the settings of a neighbor in one family.
func (g *generator) options(p peering, f string, say func(string, ...string)) {
	inside := p.kind == internal || p.kind == member
	if p.client {
		say("route-reflector-client")
	}
	switch {
	case p.kind == internal && (g.chance(60) || g.sometimes("next-hop-self")):
		say(pick(g, "next-hop-self", "next-hop-self", "next-hop-self force"))
	case p.kind == member && g.chance(30):
		say("next-hop-self")
	}
	if !inside {
		if g.sometimes("allowas-in") {
			say(pick(g, "allowas-in", "allowas-in 1", "allowas-in 2", "allowas-in origin"))
		}
		if g.sometimes("as-override") {
			say("as-override")
		}
		if g.sometimes("remove-private-as") {
			say("remove-private-AS" + pick(g, "", " all", " replace-AS", " all replace-AS"))
		}
	}
	if g.sometimes("send-community") {
		g.say(p.r, secFamilies, p.r.familyBlock(g, f), "no neighbor "+p.key+" send-community"+pick(g, "", " large", " all", " standard"),
			append(slices.Clone(p.parts), "option "+p.r.name+" "+f+" "+p.key+" send-community")...)
	}
	if g.sometimes("default-originate") {
		if g.chance(40) {
			say("default-originate route-map " + g.routeMap(p.r, f, originMap))
		} else {
			say("default-originate")
		}
	}
	if p.accepts > 0 && g.sometimes("maximum-prefix") {
		say(fmt.Sprintf("maximum-prefix %d", pick(g, p.accepts+5, p.accepts, max(1, p.accepts-1), 100)))
	}
	if g.on["maximum-prefix-options"] {
		g.limits(p, say)
	}
	if g.on["conditional"] {
		g.conditions(p, f, say)
	}
	if g.sometimes("weight") {
		say(fmt.Sprintf("weight %d", pick(g, 0, 10, 100, 32768)))
	}
	if g.sometimes("soft-reconfiguration") {
		say("soft-reconfiguration inbound")
	}
	if g.sometimes("attribute-unchanged") {
		say("attribute-unchanged" + pick(g, "", " as-path", " next-hop", " med", " as-path med"))
	}
	if g.sometimes("addpath") {
		say(pick(g, "addpath-tx-all-paths", "addpath-tx-all-paths", "addpath-tx-bestpath-per-AS"))
	}
	g.filters(p, f, say)
	g.policies(p, f, say)
}

// filters are lists directly on a neighbor.
func (g *generator) filters(p peering, f string, say func(string, ...string)) {
	if !g.on["filters"] {
		return
	}
	for _, direction := range []string{"in", "out"} {
		switch {
		case !g.chance(25):
		case g.chance(60):
			say("prefix-list " + g.prefixList(p.r, f) + " " + direction)
		default:
			say("distribute-list " + g.accessList(p.r, f) + " " + direction)
		}
		if g.chance(20) {
			say("filter-list " + g.asPathList(p.r) + " " + direction)
		}
	}
}

// policies are route-maps on a neighbor. Inside a group and between groups the preferences are
// left alone: private ones that contradict each other have several stable states.
func (g *generator) policies(p peering, f string, say func(string, ...string)) {
	if !g.policed() {
		return
	}
	often := 45
	if p.kind == internal {
		often = 20
	}
	for _, direction := range []string{"in", "out"} {
		if !g.chance(often) {
			continue
		}
		use := importMap
		if direction == "out" {
			use = exportMap
		}
		if p.kind != outsideSort {
			use |= tame
		}
		say("route-map " + g.routeMap(p.r, f, use) + " " + direction)
	}
}

func (g *generator) policed() bool {
	for _, f := range []string{"prefix-list", "as-path-list", "community-list", "large-community", "other-match", "set-preference", "set-path", "set-community", "set-next-hop", "call", "flow", "requires-policy"} {
		if g.on[f] {
			return true
		}
	}
	return false
}
