package frr

import (
	"strings"
	"testing"
)

// TestOrder: the commands that lead from one text to another, in their order. Lines of a step are parted by "|".
func TestOrder(t *testing.T) {
	const bgp = "router bgp 65000\n neighbor 10.0.0.1 remote-as 65001\n !\n address-family ipv4 unicast\n  neighbor 10.0.0.1 route-map A in\n exit-address-family\nexit\n"
	for _, c := range []struct {
		name, from, to string
		want           []string // "name: commands"
	}{
		{"a filter replaced without a moment between", bgp + "route-map A permit 10\nexit\n", strings.Replace(bgp, "route-map A in", "route-map B in", 1) + "route-map B permit 10\nexit\n",
			[]string{"define: route-map B permit 10", "tighten: router bgp 65000| address-family ipv4 unicast|  neighbor 10.0.0.1 route-map B in| exit-address-family|exit", "remove: no route-map A permit 10"}},
		{"a new neighbor is built shut", "router bgp 65000\n neighbor 10.0.0.1 remote-as 65001\nexit\n", "router bgp 65000\n neighbor 10.0.0.1 remote-as 65001\n neighbor 10.0.0.2 remote-as 65002\n neighbor 10.0.0.2 password x\nexit\n",
			[]string{"loosen: router bgp 65000| neighbor 10.0.0.2 remote-as 65002| neighbor 10.0.0.2 shutdown|exit|router bgp 65000| neighbor 10.0.0.2 password x|exit|router bgp 65000| no neighbor 10.0.0.2 shutdown|exit"}},
		{"a neighbor goes with one command, before the policies are edited", bgp + "route-map A permit 10\nexit\nroute-map A permit 20\nexit\n", "router bgp 65000\n neighbor 10.0.0.9 route-map A in\nexit\nroute-map A permit 10\n set metric 5\nexit\n",
			[]string{"tighten: router bgp 65000| no neighbor 10.0.0.1|exit", "edit: no route-map A permit 20|route-map A permit 10| set metric 5", "loosen: router bgp 65000| neighbor 10.0.0.9 route-map A in|exit"}},
		{"entries of a map in use in one transaction", bgp + "route-map A permit 10\nexit\nip prefix-list P seq 5 permit 10.0.0.0/8\nroute-map A permit 20\n match ip address prefix-list P\nexit\n",
			bgp + "route-map A deny 5\n match ip address prefix-list P\nexit\nip prefix-list P seq 5 permit 10.0.0.0/8 le 24\nroute-map A permit 20\n match ip address prefix-list P\nexit\n",
			[]string{"edit: no ip prefix-list P seq 5 permit 10.0.0.0/8|ip prefix-list P seq 5 permit 10.0.0.0/8 le 24|no route-map A permit 10|route-map A deny 5| match ip address prefix-list P"}},
		{"an AS path list in use is edited by the side", bgp + "bgp as-path access-list L seq 5 permit ^1$\nroute-map A permit 10\n match as-path L\nexit\n", bgp + "bgp as-path access-list L seq 5 permit ^2$\nroute-map A permit 10\n match as-path L\nexit\n",
			[]string{"edit: bgp as-path access-list routegate-aside-L seq 5 permit ^2$|route-map A permit 10| no match as-path L|route-map A permit 10| match as-path routegate-aside-L|" +
				"no bgp as-path access-list L seq 5 permit ^1$|bgp as-path access-list L seq 5 permit ^2$|route-map A permit 10| no match as-path routegate-aside-L|route-map A permit 10| match as-path L",
				"remove: no bgp as-path access-list routegate-aside-L seq 5 permit ^2$"}},
		{"a filter detached at last", bgp + "route-map A permit 10\nexit\n", strings.Replace(bgp, "  neighbor 10.0.0.1 route-map A in\n", "  network 10.9.0.0/16\n", 1) + "route-map A permit 10\nexit\n",
			[]string{"loosen: router bgp 65000| address-family ipv4 unicast|  no neighbor 10.0.0.1 route-map A in| exit-address-family|exit|router bgp 65000| address-family ipv4 unicast|  network 10.9.0.0/16| exit-address-family|exit"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, s := range steps(parse(c.from), parse(c.to), nil) {
				got = append(got, s.name+": "+strings.ReplaceAll(strings.TrimSuffix(s.text, "\n"), "\n", "|"))
			}
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}
