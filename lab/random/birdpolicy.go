package random

import (
	"fmt"
	"slices"
	"strings"
)

// birdNames are the constants and functions of a router's file, which its filters use.
func (g *generator) birdNames(r *router) {
	b := r.bird
	define := func(kind, text string) {
		r.lists++
		name := fmt.Sprintf("%s%d", strings.ToUpper(kind[:2]), r.lists)
		b.sets[kind] = append(b.sets[kind], name)
		g.sayBird(r, secTop, "", "define "+name+" = "+text+";")
	}
	if g.on["bird-sets"] {
		for _, f := range g.families() {
			define(f, g.birdPrefixes(f))
		}
	}
	if g.on["bird-path"] {
		define("asn", "["+pick(g, "3356, 64601..64602", "64512..65534", "200, 300, 4200000001")+"]")
	}
	if !g.on["bird-code"] {
		return
	}
	for i := range 1 + g.r.IntN(2) {
		name := fmt.Sprintf("f%d", i+1)
		head := "function " + name + "(int n)"
		c := birdCode{g: g, r: r, family: pick(g, g.families()...), head: head, section: secLists, tame: true, parts: []string{}, number: "n"}
		for range g.r.IntN(3) {
			c.command()
		}
		c.say("return " + c.condition() + ";")
		b.functions = append(b.functions, name)
	}
}

// birdPrefixes is a set of prefixes with ranges of lengths.
func (g *generator) birdPrefixes(f string) string {
	most := map[string]int{"ipv4": 32, "ipv6": 128}[f]
	var items []string
	for _, p := range some(g, 1+g.r.IntN(3), pool[f]) {
		var bits int
		_, _ = fmt.Sscanf(p[strings.LastIndex(p, "/")+1:], "%d", &bits)
		items = append(items, p+pick(g, "", "+", "-", fmt.Sprintf("{%d,%d}", min(bits+1, most), min(bits+8, most)), fmt.Sprintf("{%d,%d}", max(bits-4, 0), most)))
	}
	return "[ " + strings.Join(items, ", ") + " ]"
}

// birdPolicy is what stands behind import or export of a channel.
func (g *generator) birdPolicy(p peering, f, direction string) string {
	export := direction == "export"
	if !g.policedBird() || g.chance(40) {
		if !export {
			return "all"
		}
		return pick(g, "all", "where source = RTS_BGP", "where source ~ [RTS_BGP, RTS_STATIC]", "where source ~ [RTS_BGP, RTS_STATIC]", "where source !~ [RTS_OSPF, RTS_OSPF_IA, RTS_OSPF_EXT1, RTS_OSPF_EXT2]")
	}
	r := p.r
	r.maps++
	name := fmt.Sprintf("%s%d", direction, r.maps)
	c := birdCode{g: g, r: r, family: f, head: "filter " + name, section: secMaps, export: export, tame: p.kind != outsideSort, parts: p.parts}
	// Inside one command everything may hang on what stands before, so that each command is one part.
	if export && g.chance(70) {
		c.say(pick(g, "if source !~ [RTS_BGP, RTS_STATIC] then reject;", "if source ~ [RTS_OSPF, RTS_OSPF_IA, RTS_OSPF_EXT1, RTS_OSPF_EXT2, RTS_DEVICE] then reject;"), "policy "+r.name+" "+name+" sources")
	}
	if g.on["bird-code"] && g.chance(30) {
		c.number = "i"
		c.say(fmt.Sprintf("int i = %s;", pick(g, "7", "bgp_path.len", "net.len + 1")))
	}
	for i := range 1 + g.r.IntN(3) {
		d := c
		d.parts = append(slices.Clone(c.parts), fmt.Sprintf("policy %s %s %d", r.name, name, i+1))
		d.command()
	}
	c.say(pick(g, "accept;", "accept;", "accept;", "accept;", "reject;"))
	return "filter " + name
}

func (g *generator) policedBird() bool {
	return slices.ContainsFunc([]string{"bird-sets", "bird-path", "bird-communities", "bird-actions", "bird-code", "bird-next-hop", "bird-preference"}, func(f string) bool { return g.on[f] })
}

// birdCode is a piece of a filter in the making.
type birdCode struct {
	g            *generator
	r            *router
	family, head string
	section      int
	indent       string
	parts        []string
	export, tame bool
	static       bool   // it stands with a static route
	number       string // a variable of type int; "" where there is none
	depth        int
}

func (c birdCode) say(text string, parts ...string) {
	c.g.sayBird(c.r, c.section, c.head, c.indent+text, append(slices.Clone(c.parts), parts...)...)
}

// inner is the code one step further in.
func (c birdCode) inner() birdCode {
	c.indent += "  "
	c.depth++
	return c
}

// command says one command.
func (c birdCode) command() {
	g := c.g
	kind := g.r.IntN(10)
	switch {
	case kind < 5:
		c.say("if " + c.condition() + " then {")
		c.inner().arm()
		if g.chance(25) {
			c.say("} else {")
			c.inner().arm()
		}
		c.say("}")
	case kind < 6 && g.on["bird-code"]:
		c.cases()
	case kind < 7 && g.on["bird-code"] && c.depth < 2:
		c.say(pick(g, "for int a in bgp_path do if a = 3356 then bgp_med = 33;", "for pair p in bgp_community do { if p.asn = 100 then bgp_med = p.data; }",
			"for int a in bgp_path do { if a ~ [64512..65534] then bgp_large_community.add((65000, 9, a)); }", "for lc l in bgp_large_community do if l.data1 = 1 then bgp_community.add((65000, 91));"))
	default:
		c.action()
	}
}

// arm is what stands in a branch: actions, and perhaps an end.
func (c birdCode) arm() {
	g := c.g
	for range g.r.IntN(3) {
		if c.depth < 2 && g.chance(20) {
			c.command()
		} else {
			c.action()
		}
	}
	c.say(pick(g, "accept;", "accept;", "reject;", "print net;", "print net;", "print net;"))
}

func (c birdCode) cases() {
	g := c.g
	pairs := [][]string{{"bgp_origin", "ORIGIN_IGP", "ORIGIN_EGP, ORIGIN_INCOMPLETE"}, {"net.len", "0..16", "24"}, {"bgp_path.first", "64601, 64602", "3356"}, {"source", "RTS_STATIC", "RTS_BGP"}}
	if !c.static {
		pairs = append(pairs, []string{"bgp_path.len", "1", "2..3"})
	}
	one := pick(g, pairs...)
	c.say("case " + one[0] + " {")
	for _, label := range one[1:] {
		c.say("  " + label + ":")
		d := c.inner().inner()
		d.action()
	}
	if g.chance(50) {
		c.say("  else:")
		d := c.inner().inner()
		d.action()
	}
	c.say("}")
}

// condition is something that is true or false.
func (c birdCode) condition() string {
	g := c.g
	x := c.simple()
	switch g.r.IntN(6) {
	case 0:
		return "!(" + x + ")"
	case 1:
		return x + pick(g, " && ", " || ") + c.simple()
	}
	return x
}

func (c birdCode) simple() string {
	g := c.g
	all := []string{"bgp_origin = " + pick(g, "ORIGIN_IGP", "ORIGIN_INCOMPLETE"), "source = " + pick(g, "RTS_BGP", "RTS_STATIC")}
	add := func(feature string, text ...string) {
		if g.on[feature] {
			all = append(all, text...)
		}
	}
	set := g.birdPrefixes(c.family)
	if names := c.r.bird.sets[c.family]; len(names) > 0 && g.chance(30) {
		set = pick(g, names...)
	}
	add("bird-sets", "net ~ "+set, "net ~ "+set, "net !~ "+set, fmt.Sprintf("net.len %s %d", pick(g, ">", "<", ">=", "="), map[string]int{"ipv4": 24, "ipv6": 48}[c.family]), "net ~ "+pick(g, pool[c.family]...))
	masks := []string{"[= * 3356 * =]", "[= 64601 * =]", "[= * 65002 =]", "[= ? =]", "[= ? 64500..65000 * =]", "[= * [200, 300] * =]", "[= =]", "[= * (64512) + * =]", "[= 64601+ * =]"}
	asn := "[3356, 64601..64602]"
	if names := c.r.bird.sets["asn"]; len(names) > 0 && g.chance(50) {
		asn = pick(g, names...)
	}
	add("bird-path", "bgp_path ~ "+pick(g, masks...), "bgp_path ~ "+pick(g, masks...), "bgp_path ~ "+asn, fmt.Sprintf("bgp_path.len %s %d", pick(g, ">", "<=", "="), 1+g.r.IntN(3)), "bgp_path.first = 64601", "bgp_path.last ~ "+asn, "bgp_path.last_nonaggregated = 65002")
	add("bird-communities", "("+pick(g, "65000,1", "65000,33", "65535,65281", "100,100")+") ~ bgp_community", "bgp_community ~ ["+pick(g, "(65000,*)", "(65000,1..2)", "(100,*), (65535,*)", "(64000..65100,*)")+"]",
		"bgp_community.len > 1", "bgp_large_community ~ ["+pick(g, "(65000,1,*)", "(65000,*,*)", "(100,0,1)")+"]", "bgp_large_community.len = 0", "bgp_ext_community ~ ["+pick(g, "(rt,65000,*)", "(rt,65000,1), (ro,65000,2)")+"]", "defined(bgp_community)")
	add("bird-actions", "defined(bgp_med)", "bgp_med "+pick(g, "> 10", "= 50", "<= 100"), "defined(bgp_med) && bgp_med > 10")
	if !c.static {
		add("bird-actions", "preference "+pick(g, "> 100", "= 100"), "bgp_local_pref "+pick(g, "> 100", "= 100"))
		add("bird-next-hop", map[string]string{"ipv4": "bgp_next_hop ~ " + pick(g, "10.1.0.0/16", "[172.16.0.0/16+]", "10.0.0.0/24"), "ipv6": "bgp_next_hop ~ " + pick(g, "2001:db8:1::/48", "[2001:db8:ff::/48+]")}[c.family])
	}
	if names := c.r.bird.functions; len(names) > 0 {
		add("bird-code", pick(g, names...)+"("+pick(g, "1", "24", "net.len")+")", pick(g, names...)+"("+pick(g, "3", "bgp_path.len")+")")
	}
	if c.number != "" {
		all = append(all, c.number+pick(g, " > 3", " = 24", " < net.len"))
	}
	return pick(g, all...)
}

// action changes the route.
func (c birdCode) action() {
	g := c.g
	all := []string{"bgp_med = " + pick(g, "10", "50", "0", "100")}
	add := func(feature string, text ...string) {
		if g.on[feature] {
			all = append(all, text...)
		}
	}
	community := "(" + pick(g, "65000,1", "65000,2", "65000,33", "100,100", "65535,65281", "65535,65282") + ")"
	add("bird-communities", "bgp_community.add("+community+");", "bgp_community.delete("+pick(g, community, "[(65000,*)]", "[(65535,*)]", "[(100,*)]")+");", "bgp_community.filter([("+pick(g, "65000,*", "100,*", "65000..65535,*")+")]);",
		"bgp_community = -empty-;", "bgp_community = add(-empty-, "+community+");", "unset(bgp_community);",
		"bgp_large_community.add(("+pick(g, "65000,1,2", "65000,3,4", "100,0,1")+"));", "bgp_large_community.delete(["+pick(g, "(65000,*,*)", "(65000,1,*)")+"]);", "bgp_large_community.filter([(100,*,*)]);", "bgp_large_community = ---empty---;",
		"bgp_ext_community.add(("+pick(g, "rt,65000,1", "ro,65000,7", "rt,4200000001,3")+"));", "bgp_ext_community.delete([(rt,65000,*)]);")
	add("bird-path", "bgp_path.prepend("+pick(g, "65010", "100", fmt.Sprint(c.r.as))+");", "bgp_path.delete("+pick(g, "3356", "[64512..65534]", "64601")+");", "bgp_path.filter([1..64511, 65000..4294967295]);", "bgp_path = prepend(prepend(bgp_path, 65020), 65020);")
	add("bird-actions", "bgp_med = "+pick(g, "10", "50", "0")+";", "bgp_origin = "+pick(g, "ORIGIN_EGP", "ORIGIN_IGP", "ORIGIN_INCOMPLETE")+";", "unset(bgp_med);")
	if defined := "if defined(bgp_med) then bgp_med = bgp_med + 5;"; !c.static {
		add("bird-actions", defined)
	}
	if !c.tame && !c.export && !c.static {
		add("bird-actions", "bgp_local_pref = "+pick(g, "200", "50", "150")+";", "bgp_local_pref = bgp_local_pref + 20;")
		add("bird-preference", "preference = "+pick(g, "90", "110", "130")+";")
	}
	if !c.static && !strings.HasPrefix(c.head, "function") {
		hop := pick(g, c.g.routers...).loopback().String()
		if c.family == "ipv6" {
			hop = pick(g, c.g.routers...).loopback6().String()
		}
		add("bird-next-hop", "bgp_next_hop = "+hop+";")
	}
	if c.number == "i" {
		all = append(all, "i = i + 1;", "bgp_med = i;")
	}
	if c.static {
		// BIRD 2.0.12 does not survive a route of its own from which attributes are taken that it never had.
		all = slices.DeleteFunc(all, func(text string) bool { return strings.HasPrefix(text, "unset") })
	}
	text := pick(g, all...)
	if !strings.HasSuffix(text, ";") {
		text += ";"
	}
	c.say(text)
}
