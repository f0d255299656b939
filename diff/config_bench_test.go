package diff_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
)

// BenchmarkConfiguration changes one line of a 2,000-line prefix list and one of a route map on
// each of twenty routers of ten neighbors.
func BenchmarkConfiguration(b *testing.B) {
	side := func(change bool) *network.Network {
		n := &network.Network{}
		for r := range 20 {
			var t strings.Builder
			fmt.Fprintf(&t, "router bgp %d\n", 65000+r)
			for i := range 10 {
				fmt.Fprintf(&t, " neighbor 10.%d.0.%d remote-as %d\n", r, i+1, 64600+i)
			}
			t.WriteString(" address-family ipv4 unicast\n")
			for i := range 10 {
				fmt.Fprintf(&t, "  neighbor 10.%d.0.%d route-map IN%d in\n  neighbor 10.%d.0.%d route-map OUT out\n", r, i+1, i, r, i+1)
			}
			t.WriteString(" exit-address-family\n")
			for i := range 2000 {
				n := i
				if change && i == 1000 {
					n = 5000
				}
				fmt.Fprintf(&t, "ip prefix-list BIG seq %d permit 10.%d.%d.0/24\n", 5*i+5, n/256, n%256)
			}
			t.WriteString("bgp community-list standard C permit 65000:1\nbgp as-path access-list A permit ^6460[0-9]_\n")
			for i := range 10 {
				fmt.Fprintf(&t, "route-map IN%d deny 10\n match as-path A\n match community C\nroute-map IN%d permit 20\n match ip address prefix-list BIG\n set local-preference %d\n", i, i, 100+i)
			}
			t.WriteString("route-map OUT permit 10\n match ip address prefix-list BIG\n set community 65000:2 additive\n")
			n.Routers = append(n.Routers, parse(b, fmt.Sprintf("r%02d", r), []byte(t.String())))
		}
		return n
	}
	before, after := side(false), side(true)
	for b.Loop() {
		if d := diff.Configuration(before, after); len(d.RoutersChanged) != 20 {
			b.Fatal(len(d.RoutersChanged))
		}
	}
}
