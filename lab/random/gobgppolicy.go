package random

import (
	"fmt"
	"slices"
	"strings"
)

var extended = []string{"RT:65000:1", "RT:65000:2", "SoO:192.0.2.1:7", "RT:4200000001:3"}

// gobgpPolicies are the router's import and export policies: GoBGP has one chain of each for all neighbors.
func (g *generator) gobgpPolicies(r *router) {
	g.nextHopSelf(r)
	for _, direction := range []string{"import", "export"} {
		if g.policedGo() {
			for range pick(g, 0, 1, 1, 2) {
				g.gobgpPolicy(r, direction)
			}
		}
		var parts, names []string
		for _, name := range r.chains[direction] {
			names = append(names, fmt.Sprintf("%q", name))
			parts = append(parts, "policy "+r.name+" "+name)
		}
		if len(names) > 0 {
			g.global(r, fmt.Sprintf("apply-policy.config.%s-policy-list = [%s]", direction, strings.Join(names, ", ")), parts...)
		}
		if g.sometimes("gobgp-defaults") {
			text := fmt.Sprintf("apply-policy.config.default-%s-policy = %q", direction, pick(g, "accept-route", "reject-route"))
			g.global(r, text, "setting "+r.name+" "+text)
		}
	}
	g.gobgpClients(r)
}

func (g *generator) policedGo() bool {
	return slices.ContainsFunc([]string{"gobgp-sets", "gobgp-communities", "gobgp-conditions", "gobgp-actions", "gobgp-defaults"}, func(f string) bool { return g.on[f] })
}

// nextHopSelf makes the routers inside able to follow routes from outside.
func (g *generator) nextHopSelf(r *router) {
	var inside []string
	for _, p := range r.peers {
		if p.kind == internal || p.kind == member {
			inside = append(inside, p.key)
		}
	}
	if len(inside) == 0 || !g.chance(70) {
		return
	}
	part := "policy " + r.name + " SELF"
	g.sayGo(r, secMaps, r.name+" gobgp set INSIDE", "[[defined-sets.neighbor-sets]]", "neighbor-set-name = \"INSIDE\"", part)
	g.sayGo(r, secMaps, r.name+" gobgp set INSIDE", "[[defined-sets.neighbor-sets]]", fmt.Sprintf("neighbor-info-list = [%s]", quoted(inside)), part)
	g.sayGo(r, secInterfaces, r.name+" gobgp policy SELF", "[[policy-definitions]]", "name = \"SELF\"", part)
	say := func(text string, parts ...string) {
		g.sayGo(r, secInterfaces, r.name+" gobgp policy SELF 1", "[[policy-definitions.statements]]", text, append([]string{part}, parts...)...)
	}
	say("name = \"SELF-1\"")
	say("conditions.match-neighbor-set.neighbor-set = \"INSIDE\"")
	if g.chance(50) {
		say("conditions.bgp-conditions.route-type = \"external\"", part+" external")
	}
	say("actions.bgp-actions.set-next-hop = \"self\"")
	r.chain("export", "SELF")
}

func (r *router) chain(direction, name string) {
	if r.chains == nil {
		r.chains = map[string][]string{}
	}
	r.chains[direction] = append(r.chains[direction], name)
}

// gobgpPolicy makes a policy of one to three statements.
func (g *generator) gobgpPolicy(r *router, direction string) {
	r.maps++
	name := fmt.Sprintf("%s%d", strings.ToUpper(direction[:2]), r.maps)
	part := "policy " + r.name + " " + name
	g.sayGo(r, secInterfaces, r.name+" gobgp policy "+name, "[[policy-definitions]]", fmt.Sprintf("name = %q", name), part)
	r.chain(direction, name)
	for i := range 1 + g.r.IntN(3) {
		s := statement{g: g, r: r, name: fmt.Sprintf("%s-%d", name, i+1), parts: []string{part, fmt.Sprintf("%s %d", part, i+1)}, export: direction == "export"}
		s.block = r.name + " gobgp policy " + s.name
		s.say(fmt.Sprintf("name = %q", s.name))
		s.conditions()
		s.actions()
	}
}

// statement is one statement of a policy in the making.
type statement struct {
	g      *generator
	r      *router
	name   string
	block  string
	parts  []string
	export bool
	// outside: it holds for neighbors that the snapshot does not have, and may prefer some of their routes.
	outside bool
}

func (s *statement) say(text string, parts ...string) {
	s.g.sayGo(s.r, secInterfaces, s.block, "[[policy-definitions.statements]]", text, append(slices.Clone(s.parts), parts...)...)
}

// set defines a set and gives its name.
func (s *statement) set(kind, key string, lines ...string) string {
	s.r.lists++
	name := fmt.Sprintf("S%d", s.r.lists)
	in := s.r.name + " gobgp set " + name
	for _, text := range append([]string{fmt.Sprintf("%s = %q", key, name)}, lines...) {
		s.g.sayGo(s.r, secMaps, in, "[[defined-sets."+kind+"]]", text, s.parts...)
	}
	return name
}

func (s *statement) conditions() {
	g := s.g
	var all []func()
	add := func(feature string, c ...func()) {
		if g.on[feature] {
			all = append(all, c...)
		}
	}
	options := func(key string, from ...string) {
		if o := pick(g, from...); o != "" {
			s.say(fmt.Sprintf("conditions.%s.match-set-options = %q", key, o), s.parts[1]+" options "+key)
		}
	}
	add("gobgp-sets", func() {
		s.say(fmt.Sprintf("conditions.match-prefix-set.prefix-set = %q", s.prefixSet(pick(g, g.families()...))))
		options("match-prefix-set", "", "", "invert")
	}, func() {
		keys := s.neighbors()
		s.say(fmt.Sprintf("conditions.match-neighbor-set.neighbor-set = %q", s.set("neighbor-sets", "neighbor-set-name", fmt.Sprintf("neighbor-info-list = [%s]", quoted(keys)))))
		if !s.outside {
			options("match-neighbor-set", "", "", "invert")
		}
	}, func() {
		list := some(g, 1+g.r.IntN(2), []string{"_3356_", "^64601_", "_65002$", "^64602$", "^6[0-9]+_", "_6450[0-9]_", "_(200|300)_", "_4200000001_"})
		s.say(fmt.Sprintf("conditions.bgp-conditions.match-as-path-set.as-path-set = %q", s.set("bgp-defined-sets.as-path-sets", "as-path-set-name", fmt.Sprintf("as-path-list = [%s]", quoted(list)))))
		options("bgp-conditions.match-as-path-set", "", "", "all", "invert")
	})
	add("gobgp-communities", func() {
		list := some(g, 1+g.r.IntN(2), []string{"65000:1", "65000:2", "65000:33", "no-export", "^65000:.*$", "^100:[0-9]+$"})
		s.say(fmt.Sprintf("conditions.bgp-conditions.match-community-set.community-set = %q", s.set("bgp-defined-sets.community-sets", "community-set-name", fmt.Sprintf("community-list = [%s]", quoted(list)))))
		options("bgp-conditions.match-community-set", "", "", "all", "invert")
	}, func() {
		list := some(g, 1+g.r.IntN(2), []string{"65000:1:2", "65000:3:4", "^65000:.*:2$", "^100:"})
		s.say(fmt.Sprintf("conditions.bgp-conditions.match-large-community-set.large-community-set = %q", s.set("bgp-defined-sets.large-community-sets", "large-community-set-name", fmt.Sprintf("large-community-list = [%s]", quoted(list)))))
		options("bgp-conditions.match-large-community-set", "", "", "all", "invert")
	}, func() {
		list := some(g, 1+g.r.IntN(2), []string{"rt:65000:1", "soo:192.0.2.1:7", "rt:^65000:.*$", "rt:4200000001:3"})
		s.say(fmt.Sprintf("conditions.bgp-conditions.match-ext-community-set.ext-community-set = %q", s.set("bgp-defined-sets.ext-community-sets", "ext-community-set-name", fmt.Sprintf("ext-community-list = [%s]", quoted(list)))))
	}, func() {
		s.say(fmt.Sprintf("conditions.bgp-conditions.community-count = {operator = %q, value = %d}", pick(g, "eq", "ge", "le"), g.r.IntN(3)))
	})
	add("gobgp-conditions", func() {
		s.say(fmt.Sprintf("conditions.bgp-conditions.as-path-length = {operator = %q, value = %d}", pick(g, "eq", "ge", "le"), 1+g.r.IntN(3)))
	}, func() {
		s.say(fmt.Sprintf("conditions.bgp-conditions.route-type = %q", pick(g, "internal", "external", "local")))
	}, func() {
		s.say(fmt.Sprintf("conditions.bgp-conditions.next-hop-in-list = [%s]", quoted(some(g, 1+g.r.IntN(2), []string{"10.1.0.0/16", "172.16.0.0/12", "10.0.0.1", "172.16.1.2", "10.1.2.0/24"}))))
	}, func() {
		s.say(fmt.Sprintf("conditions.bgp-conditions.afi-safi-in-list = [%s]", quoted(some(g, 1, []string{"ipv4-unicast", "ipv6-unicast"}))))
	})
	for _, c := range some(g, g.r.IntN(3), all) {
		c()
	}
}

// neighbors are some of the router's.
func (s *statement) neighbors() []string {
	var out, inside []string
	for _, p := range s.r.peers {
		if p.bare {
			continue // sets are of addresses
		}
		if p.kind == outsideSort {
			out = append(out, p.key)
		} else {
			inside = append(inside, p.key)
		}
	}
	s.outside = len(out) > 0 && s.g.chance(60)
	if s.outside {
		return some(s.g, 1+s.g.r.IntN(2), out)
	}
	if all := append(inside, out...); len(all) > 0 {
		return some(s.g, 1+s.g.r.IntN(2), all)
	}
	return []string{"192.0.2.0/24"}
}

func (s *statement) prefixSet(f string) string {
	g := s.g
	most := map[string]int{"ipv4": 32, "ipv6": 128}[f]
	var list []string
	for _, p := range some(g, 1+g.r.IntN(3), pool[f]) {
		var bits int
		_, _ = fmt.Sscanf(p[strings.LastIndex(p, "/")+1:], "%d", &bits)
		item := fmt.Sprintf("{ip-prefix = %q", p)
		switch g.r.IntN(4) {
		case 0:
			item += fmt.Sprintf(", masklength-range = \"%d..%d\"", bits, most)
		case 1:
			item += fmt.Sprintf(", masklength-range = \"%d..%d\"", min(bits+1, most), min(bits+8, most))
		}
		list = append(list, item+"}")
	}
	return s.set("prefix-sets", "prefix-set-name", fmt.Sprintf("prefix-list = [%s]", strings.Join(list, ", ")))
}

func (s *statement) actions() {
	g := s.g
	if d := pick(g, "", "", "accept-route", "accept-route", "reject-route"); d != "" {
		s.say(fmt.Sprintf("actions.route-disposition = %q", d), s.parts[1]+" disposition")
		if d == "reject-route" {
			return
		}
	}
	var all []func()
	add := func(feature string, c ...func()) {
		if g.on[feature] {
			all = append(all, c...)
		}
	}
	set := func(text string) { s.say("actions.bgp-actions."+text, s.parts[1]+" "+text) }
	communities := func(key string, add, remove []string) {
		mode := pick(g, "add", "add", "remove", "replace")
		list := add
		if mode == "remove" {
			list = remove
		}
		set(fmt.Sprintf("set-%s = {options = %q, set-%s-method.communities-list = [%s]}", key, mode, key, quoted(some(g, 1+g.r.IntN(2), list))))
	}
	add("gobgp-communities",
		func() { communities("community", standard[:6], []string{"65000:1", "no-export", "^65000:.*$"}) },
		func() { communities("large-community", large, []string{"65000:1:2", "^65000:.*$"}) },
		func() {
			communities("ext-community", []string{"rt:65000:1", "rt:65000:9", "soo:65000:3"}, []string{"rt:65000:1", "rt:^65000:.*$", "soo:192.0.2.1:7"})
		})
	add("gobgp-actions",
		func() { set(fmt.Sprintf("set-med = %q", pick(g, "10", "50", "+5", "-30", "0"))) },
		func() { set(fmt.Sprintf("set-route-origin = %q", pick(g, "igp", "egp", "incomplete"))) },
		func() {
			set(fmt.Sprintf("set-as-path-prepend = {as = %q, repeat-n = %d}", pick(g, "65010", "last-as", "100"), 1+g.r.IntN(3)))
		},
		func() {
			if s.export {
				set(fmt.Sprintf("set-next-hop = %q", pick(g, "self", "unchanged", "peer-address")))
			} else {
				set(fmt.Sprintf("set-next-hop = %q", pick(g, "self", "peer-address")))
			}
		})
	if s.outside && !s.export {
		add("gobgp-actions", func() { set(fmt.Sprintf("set-local-pref = %d", pick(g, 200, 50, 150))) })
	}
	for _, a := range some(g, g.r.IntN(3), all) {
		a()
	}
}
