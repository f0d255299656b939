package generate

import (
	"fmt"
	"strings"
)

// frr is the device's frr.conf.
func (d *device) frr() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("frr version 8.4.4\nfrr defaults traditional\nhostname %s\nlog syslog informational\n!", d.name)
	if d.loopback {
		p("interface lo\n ip address %s/32", d.routerID)
		if d.ospf {
			p(" ip ospf area 0")
		}
		p("exit\n!")
	}
	for _, x := range d.ports {
		p("interface %s\n description %s\n ip address %s", x.name, x.note, x.addr)
		if d.ospf && !x.outside {
			p(" ip ospf area 0\n ip ospf network point-to-point")
		}
		p("exit\n!")
	}
	for i, x := range d.racks {
		p("interface rack%d\n ip address %s/%d\nexit\n!", i+1, x.Addr().Next(), x.Bits())
	}
	for _, x := range d.blackholes {
		p("ip route %s blackhole\n!", x)
	}
	if d.ospf {
		p("router ospf\n ospf router-id %s\nexit\n!", d.routerID)
	}
	d.frrBGP(p)
	for _, s := range d.sets {
		for i, e := range s.entries {
			p("ip prefix-list %s seq %d permit %s%s", s.name, 5*(i+1), e.prefix, frrRange(e))
		}
		p("!")
	}
	lists := map[string]bool{}
	for _, x := range d.policies {
		for _, c := range x.clauses {
			if c.community != "" && !lists[c.community] {
				lists[c.community] = true
				p("bgp community-list standard %s seq 5 permit %s\n!", listName(c.community), c.community)
			}
		}
	}
	for _, x := range d.policies {
		for i, c := range x.clauses {
			d.frrClause(p, x.name, 10*(i+1), c)
		}
	}
	p("end")
	return b.String()
}

func listName(community string) string { return "C-" + strings.ReplaceAll(community, ":", "-") }

func frrRange(e prefixRange) string {
	s := ""
	if e.atLeast > e.prefix.Bits() {
		s += fmt.Sprintf(" ge %d", e.atLeast)
	}
	if e.atMost > e.prefix.Bits() {
		s += fmt.Sprintf(" le %d", e.atMost)
	}
	return s
}

func (d *device) frrBGP(p func(string, ...any)) {
	p("router bgp %d\n bgp router-id %s\n no bgp ebgp-requires-policy\n no bgp default ipv4-unicast\n bgp bestpath as-path multipath-relax", d.as, d.routerID)
	for _, g := range d.groups {
		p(" neighbor %s peer-group", g.name)
		if g.as != 0 {
			p(" neighbor %s remote-as %d", g.name, g.as)
		}
		if g.internal {
			p(" neighbor %s update-source lo", g.name)
		}
	}
	for _, x := range d.peers {
		if x.group == "" || d.find(x.group).as == 0 {
			p(" neighbor %s remote-as %d", x.addr, x.as)
		}
		if x.group != "" {
			p(" neighbor %s peer-group %s", x.addr, x.group)
		}
		p(" neighbor %s description %s", x.addr, x.note)
	}
	p(" !\n address-family ipv4 unicast")
	for _, x := range d.networks {
		p("  network %s", x)
	}
	for _, g := range d.groups {
		p("  neighbor %s activate", g.name)
		if g.client {
			p("  neighbor %s route-reflector-client", g.name)
		}
		if g.nextHopSelf {
			p("  neighbor %s next-hop-self", g.name)
		}
		if g.in != "" {
			p("  neighbor %s route-map %s in", g.name, g.in)
		}
		if g.out != "" {
			p("  neighbor %s route-map %s out", g.name, g.out)
		}
	}
	for _, x := range d.peers {
		if x.group == "" {
			p("  neighbor %s activate", x.addr)
		}
		if x.limit > 0 {
			p("  neighbor %s maximum-prefix %d", x.addr, x.limit)
		}
	}
	if d.summary.IsValid() {
		p("  aggregate-address %s summary-only", d.summary)
	}
	p("  maximum-paths 64\n  maximum-paths ibgp 64\n exit-address-family\nexit\n!")
}

// find is the group of a name; the zero group when there is none.
func (d *device) find(name string) group {
	for _, g := range d.groups {
		if g.name == name {
			return g
		}
	}
	return group{}
}

func (d *device) frrClause(p func(string, ...any), name string, seq int, c clause) {
	word := "permit"
	if c.deny {
		word = "deny"
	}
	p("route-map %s %s %d", name, word, seq)
	if c.prefixes != "" {
		p(" match ip address prefix-list %s", c.prefixes)
	}
	if c.community != "" {
		p(" match community %s", listName(c.community))
	}
	if c.setCommunity != "" {
		p(" set community %s additive", c.setCommunity)
	}
	if c.setPref != 0 {
		p(" set local-preference %d", c.setPref)
	}
	p("exit\n!")
}
