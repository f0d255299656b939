package generate

import (
	"fmt"
	"strings"
)

// gobgp is the device's gobgpd.toml. Interfaces stand in no GoBGP configuration: the reader concludes
// them from the local addresses.
func (d *device) gobgp() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("[global.config]\nas = %d\nrouter-id = %q\n", d.as, d.routerID)
	p("[global.use-multiple-paths.config]\nenabled = true\n")
	in, out := d.chains()
	if len(in)+len(out) > 0 {
		p("[global.apply-policy.config]\nimport-policy-list = [%s]\ndefault-import-policy = \"accept-route\"\nexport-policy-list = [%s]\ndefault-export-policy = \"accept-route\"\n",
			strings.Join(in, ", "), strings.Join(out, ", "))
	}
	p("[zebra.config]\nenabled = true\nurl = \"unix:/var/run/frr/zserv.api\"\nversion = 6\nsoftware-name = \"frr8.2\"\nnexthop-trigger-enable = false\n")
	for i, x := range d.peers {
		g := d.find(x.group)
		p("[[neighbors]]\n[neighbors.config]\nneighbor-address = %q\npeer-as = %d\ndescription = %q", x.addr, x.as, x.note)
		p("[neighbors.transport.config]\nlocal-address = %q", d.localAddress(i, g))
		if g.client {
			p("[neighbors.route-reflector.config]\nroute-reflector-client = true\nroute-reflector-cluster-id = %q", d.routerID)
		}
		p("[[neighbors.afi-safis]]\n[neighbors.afi-safis.config]\nafi-safi-name = \"ipv4-unicast\"")
		if x.limit > 0 {
			p("[neighbors.afi-safis.prefix-limit.config]\nmax-prefixes = %d\nshutdown-threshold-pct = 80", x.limit)
		}
		p("")
	}
	for _, g := range d.groups {
		if g.in == "" && g.out == "" {
			continue
		}
		var members []string
		for _, x := range d.peers {
			if x.group == g.name {
				members = append(members, fmt.Sprintf("\"%s/32\"", x.addr))
			}
		}
		p("[[defined-sets.neighbor-sets]]\nneighbor-set-name = %q\nneighbor-info-list = [%s]\n", g.name, strings.Join(members, ", "))
	}
	for _, s := range d.sets {
		p("[[defined-sets.prefix-sets]]\nprefix-set-name = %q", s.name)
		for _, e := range s.entries {
			p("[[defined-sets.prefix-sets.prefix-list]]\nip-prefix = %q\nmasklength-range = \"%d..%d\"", e.prefix, max(e.atLeast, e.prefix.Bits()), max(e.atMost, e.prefix.Bits()))
		}
		p("")
	}
	lists := map[string]bool{}
	for _, x := range d.policies {
		for _, c := range x.clauses {
			if c.community != "" && !lists[c.community] {
				lists[c.community] = true
				p("[[defined-sets.bgp-defined-sets.community-sets]]\ncommunity-set-name = %q\ncommunity-list = [\"^%s$\"]\n", listName(c.community), c.community)
			}
		}
	}
	for _, x := range d.policies {
		d.gobgpPolicy(p, x)
	}
	return b.String()
}

// chains are the policies of all groups: GoBGP has one chain for all neighbors, whose statements
// name the neighbors that they are for.
func (d *device) chains() (in, out []string) {
	for _, g := range d.groups {
		if g.in != "" {
			in = append(in, fmt.Sprintf("%q", g.in))
		}
		if g.out != "" {
			out = append(out, fmt.Sprintf("%q", g.out))
		}
	}
	return in, out
}

func (d *device) localAddress(peer int, g group) string {
	if g.internal {
		return d.routerID.String()
	}
	// Ports and peers were added together: the port of a session is the one whose other end it names.
	for _, x := range d.ports {
		if x.addr.Masked().Contains(d.peers[peer].addr) {
			return x.addr.Addr().String()
		}
	}
	return d.routerID.String()
}

func (d *device) gobgpPolicy(p func(string, ...any), x policy) {
	p("[[policy-definitions]]\nname = %q", x.name)
	neighbors := ""
	for _, g := range d.groups {
		if g.in == x.name || g.out == x.name {
			neighbors = g.name
		}
	}
	for i, c := range append(x.clauses[:len(x.clauses):len(x.clauses)], clause{deny: true}) {
		p("[[policy-definitions.statements]]\nname = \"%s-%d\"", x.name, 10*(i+1))
		p("[policy-definitions.statements.conditions.match-neighbor-set]\nneighbor-set = %q", neighbors)
		if c.prefixes != "" {
			p("[policy-definitions.statements.conditions.match-prefix-set]\nprefix-set = %q", c.prefixes)
		}
		if c.community != "" {
			p("[policy-definitions.statements.conditions.bgp-conditions.match-community-set]\ncommunity-set = %q", listName(c.community))
		}
		if c.deny {
			p("[policy-definitions.statements.actions]\nroute-disposition = \"reject-route\"")
			continue
		}
		p("[policy-definitions.statements.actions]\nroute-disposition = \"accept-route\"")
		if c.setPref != 0 {
			p("[policy-definitions.statements.actions.bgp-actions]\nset-local-pref = %d", c.setPref)
		}
		if c.setCommunity != "" {
			p("[policy-definitions.statements.actions.bgp-actions.set-community]\noptions = \"add\"\n[policy-definitions.statements.actions.bgp-actions.set-community.set-community-method]\ncommunities-list = [%q]", c.setCommunity)
		}
	}
	p("")
}
