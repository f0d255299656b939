package bgp_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// fatTree is Al-Fares' fabric of k-port switches: 5k²/4 routers, every edge router
// with a prefix and an AS of its own, the routers of a layer in a pod sharing one.
func fatTree(k int) []section {
	conf := map[string]*strings.Builder{}
	nbs := map[string]*strings.Builder{}
	as := map[string]int{}
	add := func(name string, n int) {
		conf[name], nbs[name], as[name] = &strings.Builder{}, &strings.Builder{}, n
	}
	h := k / 2
	for p := range k {
		for i := range h {
			add(fmt.Sprintf("edge-%02d-%02d", p, i), 4200000000+p*h+i)
			add(fmt.Sprintf("aggr-%02d-%02d", p, i), 4210000000+p)
		}
	}
	for i := range h * h {
		add(fmt.Sprintf("core-%03d", i), 4220000000)
	}
	n := 0
	link := func(a, b string) {
		x, y := netip.AddrFrom4([4]byte{100, byte(64 + n>>16), byte(n >> 8), byte(n)}), netip.AddrFrom4([4]byte{100, byte(64 + n>>16), byte(n >> 8), byte(n + 1)})
		fmt.Fprintf(conf[a], "interface eth%d\n ip address %s/31\n", n, x)
		fmt.Fprintf(conf[b], "interface eth%d\n ip address %s/31\n", n, y)
		fmt.Fprintf(nbs[a], " neighbor %s remote-as %d\n", y, as[b])
		fmt.Fprintf(nbs[b], " neighbor %s remote-as %d\n", x, as[a])
		n += 2
	}
	for p := range k {
		for i := range h {
			for j := range h {
				link(fmt.Sprintf("edge-%02d-%02d", p, i), fmt.Sprintf("aggr-%02d-%02d", p, j))
				link(fmt.Sprintf("aggr-%02d-%02d", p, i), fmt.Sprintf("core-%03d", i*h+j))
			}
		}
	}
	var out []section
	m := 0
	for name, c := range conf {
		lo, net := "", ""
		if strings.HasPrefix(name, "edge") {
			var p, i int
			fmt.Sscanf(name, "edge-%d-%d", &p, &i)
			m = p*h + i
			lo = fmt.Sprintf("interface lo\n ip address 10.%d.%d.1/24\n", m>>8, m&255)
			net = fmt.Sprintf("  network 10.%d.%d.0/24\n", m>>8, m&255)
		}
		out = append(out, section{name, fmt.Sprintf("%s%srouter bgp %d\n no bgp ebgp-requires-policy\n bgp bestpath as-path multipath-relax\n%s address-family ipv4 unicast\n  maximum-paths 64\n%s exit-address-family\n",
			lo, c, as[name], nbs[name], net)})
	}
	return out
}

// TestFatTree: in a fabric of 20 routers every edge router has every prefix, over
// all of its uplinks.
func TestFatTree(t *testing.T) {
	n := build(t, fatTree(4))
	res, err := routing.Solve(context.Background(), n, routing.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range n.Routers {
		count := 0
		for e := range res.Entries(r.Name, "", network.IPv4Unicast) {
			count++
			set := 0
			for _, p := range e.Paths {
				if p.Multipath {
					set++
				}
			}
			if strings.HasPrefix(r.Name, "edge") && e.Best().Neighbor != "" && set != 2 {
				t.Errorf("%s %s: %d paths share the traffic, want 2", r.Name, e.Prefix, set)
			}
		}
		if count != 8 {
			t.Errorf("%s has %d prefixes, want 8", r.Name, count)
		}
	}
}

func benchmarkFabric(b *testing.B, k int) {
	n := build(&testing.T{}, fatTree(k))
	b.ReportAllocs()
	for b.Loop() {
		res, err := routing.Solve(context.Background(), n, routing.Options{})
		if err != nil || !res.Converged {
			b.Fatal(err)
		}
	}
}

func BenchmarkFabric20(b *testing.B)  { benchmarkFabric(b, 4) }
func BenchmarkFabric500(b *testing.B) { benchmarkFabric(b, 20) }
