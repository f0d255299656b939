package policy

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// birdGenerator writes random filters in BIRD's language: everything that can be computed of a static route.
type birdGenerator struct {
	r     *rand.Rand
	depth int
}

func (g *birdGenerator) pick(list ...string) string { return list[g.r.IntN(len(list))] }

var birdPrefixes = []string{"10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.128/25", "192.0.2.0/24", "198.51.100.0/22", "203.0.113.5/32", "0.0.0.0/0", "172.16.0.0/12"}

var loops = []string{"for int a in bgp_path do if a = 65003 then bgp_med = a;", "for pair c in bgp_community do i = i + c.data;",
	"for lc c in bgp_large_community do { if c.data1 = 1 then reject; }", "for int a in bgp_path do { int k = a; if k > 65004 then accept; i = i + 1; }"}

// config is a whole configuration: a table of routes, functions, and a pipe and a table for each filter.
func (g *birdGenerator) config(filters int) string {
	var b strings.Builder
	b.WriteString(`log stderr { fatal };
router id 192.0.2.1;
define NUM = 3 + 4 * 2;
define ASNS = [65001, 65003..65005];
define COMM = (65001, 100);
define NETS = [ 10.0.0.0/8{16,24}, 192.0.2.0/24 ];
protocol device {}
protocol bgp nobody { disabled; local as 65000; neighbor 192.0.2.9 as 65009; ipv4 { import none; export none; }; }
ipv4 table given;
function plain(int x; bool y) { if y then return x; return x + 1; }
function old(int x) int z; { z = x * 2; if z > 10 then z = z - 3; return z; }
function nothing() { if false then return true; }
function is_customer() { return bgp_community ~ [(65001, *)] || bgp_path ~ ASNS; }
function mark(int v) { bgp_large_community.add((65001, 7, v)); }
function gate(int v) { if v > 5 then accept; if v = 3 then reject; }
function depth(int n) { if n = 0 then return 0; return depth(n - 1) + 1; }
protocol static souk {
	ipv4 { table given; };
`)
	for _, p := range birdPrefixes {
		fmt.Fprintf(&b, "\troute %s blackhole {\n", p)
		for n := g.r.IntN(5); n > 0; n-- {
			fmt.Fprintf(&b, "\t\tbgp_path.prepend(%s);\n", g.as())
		}
		for n := g.r.IntN(4); n > 0; n-- {
			fmt.Fprintf(&b, "\t\tbgp_community.add(%s);\n", g.community())
		}
		for n := g.r.IntN(3); n > 0; n-- {
			fmt.Fprintf(&b, "\t\tbgp_large_community.add(%s);\n", g.large())
		}
		if g.r.IntN(3) == 0 {
			fmt.Fprintf(&b, "\t\tbgp_ext_community.add(%s);\n", g.ext())
		}
		if g.r.IntN(2) == 0 {
			fmt.Fprintf(&b, "\t\tbgp_med = %d;\n", g.r.IntN(12))
		}
		if g.r.IntN(2) == 0 {
			fmt.Fprintf(&b, "\t\tbgp_local_pref = %d;\n", 90+g.r.IntN(20))
		}
		b.WriteString("\t};\n")
	}
	b.WriteString("}\n")
	for i := range filters {
		fmt.Fprintf(&b, "filter f%d {\n\tint i = %d;\n\tbool q = %s;\n", i, g.r.IntN(9), g.pick("true", "false"))
		for n := 1 + g.r.IntN(4); n > 0; n-- {
			g.command(&b, "\t")
		}
		b.WriteString(g.pick("\taccept;\n", "\taccept;\n", "\taccept;\n", "\treject;\n", "") + "}\n")
	}
	for i := range filters {
		fmt.Fprintf(&b, "ipv4 table tf%d;\nprotocol pipe { table given; peer table tf%d; import none; export filter f%d; }\n", i, i, i)
	}
	return b.String()
}

func (g *birdGenerator) as() string { return fmt.Sprint(65001 + g.r.IntN(7)) }

func (g *birdGenerator) community() string {
	return fmt.Sprintf("(%d,%d)", 65001+g.r.IntN(3), 100*g.r.IntN(3))
}

func (g *birdGenerator) large() string {
	return fmt.Sprintf("(%d,%d,%d)", 65001+g.r.IntN(2), g.r.IntN(3), g.r.IntN(3))
}

func (g *birdGenerator) ext() string {
	return fmt.Sprintf("(rt,%d,%d)", 65001+g.r.IntN(2), g.r.IntN(3))
}

func (g *birdGenerator) number() string {
	if g.depth++; g.depth > 3 {
		g.depth--
		return g.pick("NUM", "i", "1", "24", "100")
	}
	defer func() { g.depth-- }()
	switch g.r.IntN(16) {
	case 0:
		return "(" + g.number() + g.pick(" + ", " - ", " * ") + g.number() + ")"
	case 1:
		// A constant division by 0 would be refused; one by the length of a path fails while it runs.
		return g.number() + g.pick(" + "+g.number(), " - "+g.number(), " * "+g.number(), " / 3", " / bgp_path.len")
	case 2, 3:
		return "bgp_path." + g.pick("len", "first", "last", "last_nonaggregated")
	case 4:
		return g.pick("bgp_med", "bgp_local_pref", "preference")
	case 5:
		return g.pick("net.len", "bgp_community.len", "bgp_large_community.len", "bgp_ext_community.len")
	case 6:
		return fmt.Sprintf("plain(%s, %s)", g.number(), g.pick("q", "true"))
	case 7:
		return "old(" + g.number() + ")"
	case 8:
		return g.community() + g.pick(".asn", ".data")
	case 9:
		return g.large() + g.pick(".asn", ".data1", ".data2")
	case 10:
		return "depth(" + g.pick("3", "0", "40") + ")" // one without end ends BIRD too
	case 11:
		return "(bgp_community.max).data"
	}
	return g.pick("i", "NUM", "0", "1", "2", "5", "8", "16", "24", "100", g.as())
}

func (g *birdGenerator) mask() string {
	items := []string{}
	for n := g.r.IntN(5); n > 0; n-- {
		it := g.pick("*", "*", "?", g.as(), "65002..65004", "[65001, 65005..65006]", "(i + 65001)", "NUM")
		if it != "*" && it != "?" && g.r.IntN(4) == 0 {
			it += "+"
		}
		items = append(items, it)
	}
	return "[= " + strings.Join(items, " ") + " =]"
}

func (g *birdGenerator) prefixSet() string {
	var items []string
	for n := 1 + g.r.IntN(4); n > 0; n-- {
		items = append(items, birdPrefixes[g.r.IntN(len(birdPrefixes))]+g.pick("", "+", "-", "{8,24}", "{0,16}", "{25,32}"))
	}
	return g.pick("NETS", "["+strings.Join(items, ", ")+"]", "["+strings.Join(items, ", ")+"]")
}

func (g *birdGenerator) condition() string {
	if g.depth++; g.depth > 3 {
		g.depth--
		return g.pick("q", "true", "net.len > 16")
	}
	defer func() { g.depth-- }()
	switch g.r.IntN(22) {
	case 0, 1:
		return "net " + g.pick("~", "!~") + " " + g.prefixSet()
	case 2:
		return "net " + g.pick("~", "=", "!=", "!~") + " " + birdPrefixes[g.r.IntN(len(birdPrefixes))]
	case 3, 4:
		return "bgp_path ~ " + g.mask()
	case 5:
		return "bgp_path " + g.pick("~", "!~") + " " + g.pick("ASNS", "[65002..65004]", "[]")
	case 6:
		return g.as() + " ~ bgp_path"
	case 7:
		return "bgp_community " + g.pick("~", "!~") + " [" + g.pick(g.community(), "(65001,*)", "(65001..65002,100..150)", "(*,0)", "(65002,5)..(65003,100)", "COMM") + "]"
	case 8:
		return g.pick(g.community(), "COMM", "(65001, i)") + " ~ bgp_community"
	case 9:
		return "bgp_large_community ~ [" + g.pick(g.large(), "(65001,*,*)", "(65001,1,*)", "(65002,0..1,*)", "(65001,1,0..1)") + "]"
	case 10:
		return g.large() + " ~ bgp_large_community"
	case 11:
		return "bgp_ext_community ~ [" + g.pick(g.ext(), "(rt,65001,*)", "(rt,65002,0..1)") + "]"
	case 12, 13:
		return g.number() + g.pick(" = ", " != ", " < ", " <= ", " > ", " >= ") + g.number()
	case 14:
		return "(" + g.condition() + g.pick(" && ", " || ") + g.condition() + ")"
	case 15:
		return g.condition() + g.pick(" && ", " || ") + g.condition() + g.pick(" && ", " || ") + g.condition()
	case 16:
		return "!(" + g.condition() + ")"
	case 17:
		return "defined(" + g.pick("bgp_med", "bgp_local_pref", "bgp_path", "bgp_community", "bgp_next_hop") + ")"
	case 18:
		return g.number() + " ~ [" + g.pick("0..10", "1, 5, 24", "65001..65003") + "]"
	case 19:
		return g.pick("source = RTS_STATIC", "source ~ [RTS_BGP, RTS_OSPF]", "proto = \"souk\"", "proto ~ \"s?u*\"", "net.type = NET_IP4", "bgp_path = +empty+")
	case 20:
		return g.pick("is_customer()", "is_customer()", "nothing()", "old(3) = 6")
	}
	return g.pick("net.ip ~ 10.0.0.0/9", "net.ip = 10.1.0.0", "net.ip.mask(8) = 10.0.0.0", "net.ip < 100.0.0.0", "q")
}

func (g *birdGenerator) command(b *strings.Builder, indent string) {
	line := func(format string, args ...any) { fmt.Fprintf(b, indent+format+"\n", args...) }
	block := func() {
		g.depth++
		b.WriteString(indent + "{\n")
		for n := 1 + g.r.IntN(2); n > 0; n-- {
			g.command(b, indent+"\t")
		}
		b.WriteString(indent + "}\n")
		g.depth--
	}
	kind := g.r.IntN(24)
	if g.depth > 2 {
		kind = 6 + g.r.IntN(18)
	}
	switch kind {
	case 0, 1, 2, 3:
		line("if %s then", g.condition())
		block()
		if g.r.IntN(2) == 0 {
			line("else")
			block()
		}
	case 4:
		line("case %s {", g.number())
		line("%d: ", g.r.IntN(4))
		g.depth++
		g.command(b, indent+"\t")
		line("%d..%d, 65001..65004: ", 10, 10+g.r.IntN(30))
		g.command(b, indent+"\t")
		if g.r.IntN(2) == 0 {
			line("else: ")
			g.command(b, indent+"\t")
		}
		g.depth--
		line("}")
	case 5:
		line("bgp_path = %s(bgp_path, %s);", g.pick("delete", "filter"), g.pick("[65001..65003]", "ASNS"))
	case 6:
		line("bgp_med = %s;", g.number())
	case 7:
		line("bgp_local_pref = %s;", g.number())
	case 8:
		line("bgp_path.prepend(%s);", g.pick(g.as(), "i + 65001", "NUM"))
	case 9:
		line("bgp_path.%s(%s);", g.pick("delete", "filter"), g.pick(g.as(), "[65001..65003]", "ASNS"))
	case 10, 11:
		line("bgp_community.%s(%s);", g.pick("add", "add", "delete"), g.pick(g.community(), "COMM", "(65001, NUM)"))
	case 12:
		line("bgp_community.%s([%s]);", g.pick("delete", "filter"), g.pick(g.community(), "(65001,*)", "(65001..65002,100)", "COMM"))
	case 13:
		line("bgp_large_community.%s(%s);", g.pick("add", "delete"), g.large())
	case 14:
		line("bgp_large_community.%s([%s]);", g.pick("delete", "filter"), g.pick(g.large(), "(65001,*,*)", "(65001,1,*)"))
	case 15:
		line("bgp_ext_community.%s(%s);", g.pick("add", "delete"), g.ext())
	case 16:
		line("i = %s;", g.number())
	case 17:
		line("q = %s;", g.condition())
	case 18:
		line("mark(%s);", g.number())
	case 19:
		line("gate(%s);", g.number())
	case 20:
		line("preference = %s;", g.pick("100", "i", "NUM", "65540", "300"))
	case 21:
		// No unset: of a static route behind a pipe it ends BIRD 2.0.12 itself.
		line("%s", loops[g.r.IntN(len(loops))])
	case 22:
		line("%s", g.pick("accept;", "reject;", "return q;", "bgp_path = prepend(bgp_path, 65007);", "bgp_community = -empty-;", "bgp_path.empty;", "bgp_community = add(bgp_community, COMM);"))
	default:
		line("if %s then %s", g.condition(), g.pick("accept;", "reject;", "bgp_med = 77;"))
	}
}
