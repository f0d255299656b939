package random

import (
	"fmt"
	"net/netip"
	"slices"
)

// router is one device.
type router struct {
	name  string
	index int // from 1
	as    uint32
	group *group
	faces int // interfaces so far
	maps  int // policies so far
	lists int
	order []string // route-maps so far, for calls

	gobgp   bool                // it runs GoBGP for BGP
	peers   []peering           // of a GoBGP router
	chains  map[string][]string // names of its policies by direction
	cluster string              // its cluster id, where it is stated
	vrfs    []string            // of GoBGP
	clients []string            // keys of a GoBGP route server's clients

	bird *birdRouter // it runs BIRD, and nothing else; nil where it does not
}

// group is an AS: routers that share an interior.
type group struct {
	index    int
	as       uint32 // as the outside sees it
	routers  []*router
	ospf     bool
	confed   bool
	members  []uint32
	reflect  []*router
	external []netip.Prefix // subnets towards other groups and outside, with the router that has them
	owner    []*router
}

// link is a wire between two routers.
type link struct {
	index  int
	a, b   *router
	ifA    string
	ifB    string
	v4, v6 netip.Prefix // zero on an unnumbered link
	bare   bool
}

func (r *router) part() string { return "router " + r.name }

func (r *router) file() string {
	if r.bird != nil {
		return "devices/" + r.name + "/bird.conf"
	}
	return "devices/" + r.name + "/frr.conf"
}

func (r *router) loopback() netip.Addr { return netip.AddrFrom4([4]byte{10, 0, 0, byte(r.index)}) }

func (r *router) loopback6() netip.Addr {
	return netip.MustParseAddr(fmt.Sprintf("2001:db8:0:%x::1", r.index))
}

func (r *router) face() string {
	r.faces++
	return fmt.Sprintf("eth%d", r.faces-1)
}

func (l *link) part() string {
	return "link " + l.a.name + "-" + l.b.name + fmt.Sprintf(" %d", l.index)
}

// address is one end's address in a subnet: the first host for a, the second for b.
func (l *link) address(r *router, p netip.Prefix) netip.Addr {
	first := p.Addr()
	if p.Bits() < p.Addr().BitLen()-1 {
		first = first.Next()
	}
	if r == l.a {
		return first
	}
	return first.Next()
}

func (l *link) iface(r *router) string {
	if r == l.a {
		return l.ifA
	}
	return l.ifB
}

func (l *link) other(r *router) *router {
	if r == l.a {
		return l.b
	}
	return l.a
}

// topology deals routers into groups and wires them: each group is connected in itself, and
// the groups with one another.
func (g *generator) topology(n int) {
	left := n
	for left > 0 {
		size := 1
		if g.on["ibgp"] {
			size = 1 + g.r.IntN(min(left, 5))
			if g.single && len(g.groups) == 0 {
				size = max(size, min(left, 3))
			}
		}
		g.group(size)
		left -= size
	}
	for _, x := range g.groups {
		for i, r := range x.routers[1:] {
			g.link(x.routers[g.r.IntN(i+1)], r)
		}
		if len(x.routers) > 2 && g.chance(60) {
			two := some(g, 2, x.routers)
			g.link(two[0], two[1])
		}
	}
	for i, x := range g.groups[1:] {
		y := g.groups[g.r.IntN(i+1)]
		g.link(pick(g, x.routers...), pick(g, y.routers...))
	}
	if len(g.groups) > 1 {
		for range g.r.IntN(len(g.groups)) {
			two := some(g, 2, g.groups)
			g.link(pick(g, two[0].routers...), pick(g, two[1].routers...))
		}
	}
}

var numbers = []uint32{65001, 65002, 200, 65003, 4200000001, 300, 65004, 65005}

func (g *generator) group(size int) {
	x := &group{index: len(g.groups), as: numbers[len(g.groups)]}
	x.ospf = size > 1 && g.on["ospf"] && (g.single || g.chance(70))
	x.confed = size > 1 && g.on["confederation"] && (g.single || g.chance(60))
	g.groups = append(g.groups, x)
	if x.confed {
		x.as = 500 + uint32(x.index)
		for i := range 2 + g.r.IntN(2) {
			x.members = append(x.members, uint32(65100+10*x.index+i))
		}
	}
	for range size {
		r := &router{index: len(g.routers) + 1, as: x.as, group: x}
		r.name = fmt.Sprintf("r%d", r.index)
		if x.confed {
			r.as = pick(g, x.members...)
		}
		r.gobgp = g.on["gobgp"] && (g.single && r.index == 1 || g.chance(45))
		if !r.gobgp && g.on["bird"] && (g.single && r.index == 1 || g.chance(55)) {
			r.bird = &birdRouter{}
		}
		g.routers = append(g.routers, r)
		x.routers = append(x.routers, r)
	}
	if size > 2 && g.on["reflectors"] && (g.single || g.chance(70)) {
		x.reflect = some(g, 1+g.r.IntN(2), x.routers)
	}
	for _, r := range x.reflect {
		if (r.gobgp || r.bird != nil) && g.chance(50) {
			r.cluster = fmt.Sprintf("198.18.9.%d", pick(g, x.index+1, r.index))
		}
	}
}

// link joins two routers.
func (g *generator) link(a, b *router) {
	l := &link{index: len(g.links), a: a, b: b, ifA: a.face(), ifB: b.face()}
	// GoBGP finds a link-local neighbor only once the kernel knows it, and passes over connections to an address with a zone.
	l.bare = a.group != b.group && g.on["unnumbered"] && g.chance(60) && (!a.gobgp && !b.gobgp || g.on["gobgp-unnumbered"] && a.gobgp != b.gobgp) && a.bird == nil && b.bird == nil
	if !l.bare {
		bits := pick(g, 30, 31, 24)
		l.v4 = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 1, byte(l.index), 0}), bits)
		if g.on["ipv6"] {
			l.v6 = netip.MustParsePrefix(fmt.Sprintf("2001:db8:1:%x::/64", l.index))
		}
	}
	g.links = append(g.links, l)
	if l.bare && (a.gobgp || b.gobgp) {
		// bgpd learns an unnumbered neighbor's address from router advertisements, which zebra sends by itself only for its bgpd.
		r := l.a
		if b.gobgp {
			r = l.b
		}
		g.onInterface(r, l.iface(r), "no ipv6 nd suppress-ra", l.part())
		g.onInterface(r, l.iface(r), "ipv6 nd ra-interval 1", l.part())
	}
	for _, r := range []*router{a, b} {
		if l.bare {
			continue
		}
		g.address(r, l.iface(r), netip.PrefixFrom(l.address(r, l.v4), l.v4.Bits()), l.part())
		if l.v6.IsValid() {
			g.address(r, l.iface(r), netip.PrefixFrom(l.address(r, l.v6), l.v6.Bits()), l.part())
		}
	}
	if a.group != b.group && l.v4.IsValid() {
		for _, r := range []*router{a, b} {
			r.group.external = append(r.group.external, l.v4)
			r.group.owner = append(r.group.owner, r)
		}
	}
}

func (g *generator) address(r *router, iface string, p netip.Prefix, parts ...string) {
	if r.bird != nil {
		r.birdAddress(iface, p, parts)
		return
	}
	g.onInterface(r, iface, family(p.Addr())+" address "+p.String(), parts...)
}

// onInterface says a line of an interface.
func (g *generator) onInterface(r *router, iface, text string, parts ...string) {
	g.say(r, secInterfaces, g.frame("interface "+iface, "interface "+iface), text, parts...)
}

func family(a netip.Addr) string {
	if a.Is4() {
		return "ip"
	}
	return "ipv6"
}

// wiring writes what the files of the routers cannot say: the wires of unnumbered links.
func (g *generator) wiring() {
	if !slices.ContainsFunc(g.links, func(l *link) bool { return l.bare }) {
		return
	}
	g.out.blocks["nodes"] = block{head: []string{"topology:", " nodes:"}, indent: "    "}
	g.out.blocks["links"] = block{head: []string{"  links:"}, indent: "    "}
	const file = "topology.clab.yml"
	for _, r := range g.routers {
		g.out.lines = append(g.out.lines, line{file: file, block: "nodes", text: r.name + ": {kind: linux}", parts: []string{r.part()}})
	}
	for _, l := range g.links {
		if l.bare {
			g.out.lines = append(g.out.lines, line{file: file, block: "links", section: 1, parts: []string{l.a.part(), l.b.part(), l.part()},
				text: fmt.Sprintf("- endpoints: [%q, %q]", l.a.name+":"+l.ifA, l.b.name+":"+l.ifB)})
		}
	}
}
