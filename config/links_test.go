package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// wires renders the links, one a line.
func wires(s *Snapshot) []string {
	out := []string{}
	for _, l := range s.Network.Links {
		var ends []string
		for _, e := range l.Ends {
			ends = append(ends, e.Router+":"+e.Interface)
		}
		line := l.Origin.String() + " " + strings.Join(ends, " ")
		if l.Prefix.IsValid() {
			line += " " + l.Prefix.String()
		}
		out = append(out, line)
	}
	return out
}

// router is an FRR configuration: interfaces "eth0 10.0.0.1/24", BGP neighbors "eth0 external".
func router(name, as string, lines ...string) string {
	var faces, bgp strings.Builder
	for _, l := range lines {
		f := strings.Fields(l)
		if strings.Contains(f[1], "/") {
			fmt.Fprintf(&faces, "interface %s\n ip address %s\n!\n", f[0], f[1])
			continue
		}
		fmt.Fprintf(&bgp, " neighbor %s interface remote-as %s\n", f[0], f[1])
		if len(f) > 2 {
			fmt.Fprintf(&faces, "interface %s\n description %s\n!\n", f[0], strings.Join(f[2:], " "))
		}
	}
	out := "\n-- devices/" + name + "/frr.conf --\nhostname " + name + "\n" + faces.String()
	if as != "" {
		out += "router bgp " + as + "\n" + bgp.String() + "!\n"
	}
	return out
}

func TestLinks(t *testing.T) {
	for _, c := range []struct {
		name, files    string
		links, warning []string
	}{
		{"a LAN of three, a cable, a loopback", router("a", "", "eth0 10.0.0.1/24", "eth1 10.1.0.0/31", "lo 10.9.0.1/24") + router("b", "", "eth0 10.0.0.2/24", "eth1 10.1.0.1/31", "lo 10.9.0.2/24") + router("c", "", "eth5 10.0.0.3/24", "eth6 10.8.0.1/32"),
			[]string{"subnet a:eth0 b:eth0 c:eth5 10.0.0.0/24", "subnet a:eth1 b:eth1 10.1.0.0/31"}, nil},
		{"a /30 with three", router("a", "", "eth0 10.0.0.1/30") + router("b", "", "eth0 10.0.0.2/30") + router("c", "", "eth0 10.0.0.2/30"),
			[]string{"subnet a:eth0 b:eth0 c:eth0 10.0.0.0/30"}, []string{"subnet 10.0.0.0/30 holds two addresses, but 3 interfaces are in it (devices/a/frr.conf:3 first): they are taken to share one wire"}},
		{"the topology says otherwise than the subnet", router("a", "", "eth0 10.0.0.1/24") + router("b", "", "eth0 10.0.0.2/24") + router("c", "", "eth0 10.0.0.3/24") +
			"\n-- topology.clab.yml --\ntopology:\n  links:\n    - endpoints: [\"a:eth0\", \"b:eth0\"]\n",
			[]string{"topology a:eth0 b:eth0"}, nil},
		{"a bridge, a host and both forms", router("a", "", "eth0 10.0.0.1/24") + router("b", "", "eth0 10.0.0.2/24") + router("c", "", "eth1 10.0.9.3/24") + `
-- topology.clab.yml --
name: lab
topology:
  defaults: {kind: linux}
  nodes:
    a: {image: frr}
    b: {}
    c:
    sw: {kind: bridge}
    pc: {}
  links:
    - endpoints: ["a:eth0", "sw:p1"]
    - endpoints: ["b:eth0", "sw:p2"]
    - type: veth
      endpoints:
        - {node: c, interface: eth1}
        - {node: sw, interface: p3}
    - endpoints: ["a:eth7", "pc:eth0"]
    - type: veth
      endpoints: [{node: a, interface: eth8}, {node: c, interface: eth8}]
    - type: mgmt-net
      endpoint: {node: a, interface: eth9}
    - endpoints: ["b:eth9", "host:b9"]
`, []string{"topology a:eth0 b:eth0 c:eth1", "topology a:eth8 c:eth8"}, nil},
		{"unnumbered: the AS numbers fit only one way", router("a", "65001", "swp1 65002", "swp2 65003") + router("b", "65002", "swp9 65001") + router("c", "65003", "swp8 65001"),
			[]string{"unnumbered a:swp1 b:swp9", "unnumbered a:swp2 c:swp8"}, nil},
		{"unnumbered: descriptions", router("leaf1", "65001", "swp1 external to spine1", "swp2 external to spine10") + router("spine1", "65010", "swp1 external leaf1") + router("spine10", "65010", "swp1 external leaf1"),
			[]string{"unnumbered leaf1:swp1 spine1:swp1", "unnumbered leaf1:swp2 spine10:swp1"}, nil},
		{"unnumbered: nobody knows", router("a", "65001", "swp1 external", "swp2 external") + router("b", "65002", "swp1 external", "swp2 external"), []string{},
			[]string{
				"devices/a/frr.conf:3: a's neighbor on interface swp1 could be b:swp1 or b:swp2: no link is assumed (say which in topology.clab.yml, or in the interfaces' descriptions)",
				"devices/a/frr.conf:4: a's neighbor on interface swp2 could be b:swp1 or b:swp2: no link is assumed (say which in topology.clab.yml, or in the interfaces' descriptions)",
				"devices/b/frr.conf:3: b's neighbor on interface swp1 could be a:swp1 or a:swp2: no link is assumed (say which in topology.clab.yml, or in the interfaces' descriptions)",
				"devices/b/frr.conf:4: b's neighbor on interface swp2 could be a:swp1 or a:swp2: no link is assumed (say which in topology.clab.yml, or in the interfaces' descriptions)",
			}},
		{"unnumbered between GoBGP and FRR", router("a", "65001", "swp1 external") + "\n-- devices/b/gobgpd.toml --\n" + speaker("65002", "192.0.2.2", "eth0 65001"),
			[]string{"unnumbered a:swp1 b:eth0"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := load(t, folder(t, c.files), Options{})
			if d := cmp.Diff(c.links, wires(s)); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(strings.Join(c.warning, "\n"), strings.Join(s.Warnings, "\n")); d != "" {
				t.Error(d)
			}
			for _, l := range s.Network.Links {
				for _, e := range l.Ends {
					if s.Network.Router(e.Router).Interface(e.Interface) == nil {
						t.Errorf("%v has no interface", e)
					}
				}
			}
		})
	}
}
