package generate

import (
	"fmt"
	"strings"
)

// bird is the device's bird.conf. Interfaces stand in no configuration of BIRD: the reader concludes those of
// links from the local addresses, and routegate.yaml names those of racks.
func (d *device) bird() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("router id %s;\nprotocol device {}", d.routerID)
	p("protocol kernel { merge paths on limit 64; ipv4 { import none; export all; }; }")
	if len(d.racks) > 0 {
		p("protocol direct racks {\n\tipv4;\n\tinterface \"rack*\";\n}")
	}
	for _, s := range d.sets {
		var entries []string
		for _, e := range s.entries {
			entries = append(entries, e.prefix.String()+birdRange(e))
		}
		p("define %s = [ %s ];", birdName(s.name), strings.Join(entries, ", "))
	}
	for _, x := range d.policies {
		d.birdFilter(p, x)
	}
	for i, x := range d.peers {
		g := d.find(x.group)
		p("protocol bgp %s {\n\tdescription \"%s\";", birdName(x.note), x.note)
		p("\tlocal %s as %d;\n\tneighbor %s as %d;", d.localAddress(i, g), d.as, x.addr, x.as)
		if g.client {
			p("\trr client;")
		}
		p("\tipv4 {\n\t\timport %s;\n\t\texport %s;", birdUse(g.in), birdUse(g.out))
		if g.nextHopSelf {
			p("\t\tnext hop self;")
		}
		if x.limit > 0 {
			p("\t\timport limit %d action disable;", x.limit)
		}
		p("\t};\n}")
	}
	return b.String()
}

// birdName makes a name that BIRD takes.
func birdName(s string) string { return strings.NewReplacer("-", "_", ".", "_").Replace(s) }

func birdUse(filter string) string {
	if filter == "" {
		return "all"
	}
	return "filter " + birdName(filter)
}

func birdRange(e prefixRange) string {
	low, high := max(e.atLeast, e.prefix.Bits()), max(e.atMost, e.prefix.Bits())
	if low == high && low == e.prefix.Bits() {
		return ""
	}
	return fmt.Sprintf("{%d,%d}", low, high)
}

func (d *device) birdFilter(p func(string, ...any), x policy) {
	p("filter %s\n{", birdName(x.name))
	for _, c := range x.clauses {
		var when []string
		if c.prefixes != "" {
			when = append(when, "net ~ "+birdName(c.prefixes))
		}
		if c.community != "" {
			when = append(when, birdCommunity(c.community)+" ~ bgp_community")
		}
		if len(when) == 0 {
			when = []string{"true"}
		}
		p("\tif %s then {", strings.Join(when, " && "))
		if c.setPref != 0 {
			p("\t\tbgp_local_pref = %d;", c.setPref)
		}
		if c.setCommunity != "" {
			p("\t\tbgp_community.add(%s);", birdCommunity(c.setCommunity))
		}
		if c.deny {
			p("\t\treject;\n\t}")
		} else {
			p("\t\taccept;\n\t}")
		}
	}
	p("\treject;\n}")
}

func birdCommunity(c string) string { return "(" + strings.Replace(c, ":", ",", 1) + ")" }

// rackInterfaces is routegate.yaml's part that names the interfaces of racks.
func rackInterfaces(devices []*device) string {
	var b strings.Builder
	for _, x := range devices {
		if len(x.racks) == 0 {
			continue
		}
		if b.Len() == 0 {
			b.WriteString("devices:\n")
		}
		var list []string
		for i, r := range x.racks {
			list = append(list, fmt.Sprintf("rack%d: [%s/%d]", i+1, r.Addr().Next(), r.Bits()))
		}
		fmt.Fprintf(&b, "  %s: {interfaces: {%s}}\n", x.name, strings.Join(list, ", "))
	}
	return b.String()
}
