package policy

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/routegate/routegate/config/bird"
	"github.com/routegate/routegate/network"
)

// What filters of BIRD do to a route, rules that surprise among them.
func TestPrograms(t *testing.T) {
	rt := Route{Prefix: netip.MustParsePrefix("10.1.0.0/16"), Direction: Import, Type: network.RouteExternal, Peer: addr("192.0.2.1"), ProtocolName: "transit",
		Attributes: &network.PathAttributes{ASPath: network.Sequence(65001, 65002), NextHop: addr("192.0.2.1"), LocalPref: 100, HasLocalPref: true,
			Communities: []network.Community{65001<<16 | 7}}}
	for _, c := range []struct{ name, body, want string }{
		{"and and or are of one rank", "if true || false && false then accept; reject;", "reject"},
		{"an absent attribute is less than everything", "if bgp_med < 5 then accept; reject;", "accept"},
		{"an absent attribute cannot be added to", "bgp_med = bgp_med + 1; accept;", "reject: a failure"},
		{"a variable without a value fails", "int x; accept;", "reject: a failure"},
		{"no decision rejects", "bgp_med = 5;", "reject: the end"},
		{"a truth value that is returned decides", "return bgp_path ~ [= 65001 * =];", "accept: the value"},
		{"accept ends from within a function", "ends(); reject;", "accept"},
		{"masks", "if bgp_path ~ [= ? 65002+ =] && bgp_path !~ [= 65002 * =] then accept;", "accept"},
		{"around a prefix", "if net ~ [10.1.2.0/24-] && net !~ [10.1.2.0/24] then accept;", "accept"},
		{"where the route is from", "if source = RTS_BGP && proto = \"transit\" && from = 192.0.2.1 then accept;", "accept"},
		{"a loop", "for pair c in bgp_community do if c.data = 7 then accept; reject;", "accept"},
		{"an endless call fails", "forever(); accept;", "reject: a failure"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := bird.Parse("r1", []bird.Source{{Path: "bird.conf", Text: []byte(
				"function ends() { accept; }\nfunction forever() { return forever(); }\nfilter f {\n" + c.body + "\n}\n")}})
			if err != nil {
				t.Fatal(err)
			}
			res := Compile(r).Chain(chain("f"), rt, network.Reject)
			got := res.Disposition.String()
			if res.Default {
				got += ": " + res.What
			}
			if !strings.HasPrefix(got, c.want) || len(c.want) < 7 && got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if steps, again := Compile(r).Explain(chain("f"), rt, network.Reject); len(steps) == 0 || again.Disposition != res.Disposition {
				t.Errorf("explained by %v", steps)
			}
		})
	}
}
