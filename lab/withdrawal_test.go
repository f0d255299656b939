package lab_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/routegate/routegate/lab"
	"github.com/routegate/routegate/lab/labtest"
)

// TestGoBGPKeeps takes two paths away that a GoBGP router had, the worse of which it has told a neighbor: what the neighbor keeps where
// the other path has its AS, and that it keeps nothing else.
func TestGoBGPKeeps(t *testing.T) {
	if testing.Short() {
		t.Skip("requires daemon time: left out in short mode")
	}
	requireDaemons(t)
	for name, c := range map[string]struct {
		as    int // where the better path comes from
		keeps bool
	}{
		"the neighbor's AS": {65003, true},
		"another AS":        {65004, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept := 0
			for _, d := range takeBack(t, c.as) {
				if d.Known != "gobgp-not-withdrawn" || d.Router == "x" || d.Router == "far" {
					t.Error(d)
				}
				kept++
			}
			if (kept > 0) != c.keeps {
				t.Errorf("%d differences, keeps is %t", kept, c.keeps)
			}
		})
	}
}

// takeBack boots a GoBGP between three neighbors. One announces a network, then one in an AS behind another does with a shorter path,
// and both take it back. The first takes nothing: bgpd sends back what the GoBGP sends, and that is an update which loops (gobgp-kept-path).
func takeBack(t *testing.T, as int) []lab.Judged {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s := load(t, ctx, between(t, as))
	l, plan, want := established(t, ctx, s)
	for _, step := range []struct {
		router  string
		as      int
		network string
	}{{"y", 65002, "network 20.1.0.0/16 route-map P"}, {"far", as, "network 20.1.0.0/16"}, {"y", 65002, "no network 20.1.0.0/16"}, {"far", as, "no network 20.1.0.0/16"}} {
		configure(t, ctx, l, step.router, fmt.Sprintf("router bgp %d", step.as), "address-family ipv4 unicast", step.network)
		settle(t, ctx, l, plan, 30*time.Second)
	}
	return judged(t, ctx, l, plan, want)
}

// between writes the snapshot of takeBack.
func between(t *testing.T, as int) string {
	frr := func(name string, as int, text string) string {
		return fmt.Sprintf("frr version 8.4.4\nhostname %s\n%srouter bgp %d\n no bgp ebgp-requires-policy\n no bgp network import-check\n", name, text, as)
	}
	return labtest.Write(t, t.TempDir(), map[string]string{
		"devices/g/gobgpd.toml": `[global.config]
as = 65000
router-id = "10.255.0.1"
[[neighbors]]
config.neighbor-address = "10.0.1.2"
config.peer-as = 65001
[[neighbors]]
config.neighbor-address = "10.0.2.2"
config.peer-as = 65002
[[neighbors]]
config.neighbor-address = "10.0.3.2"
config.peer-as = 65003
`,
		"devices/x/frr.conf": frr("x", 65001, "interface eth0\n ip address 10.0.1.2/24\ninterface eth1\n ip address 10.0.4.1/24\n") +
			fmt.Sprintf(" neighbor 10.0.1.1 remote-as 65000\n neighbor 10.0.4.2 remote-as %d\n", as),
		"devices/far/frr.conf": frr("far", as, "interface eth0\n ip address 10.0.4.2/24\n") + " neighbor 10.0.4.1 remote-as 65001\n",
		"devices/y/frr.conf":   frr("y", 65002, "route-map P permit 10\n set as-path prepend 65010 65011 65012\nroute-map NONE deny 10\ninterface eth0\n ip address 10.0.2.2/24\n") + " neighbor 10.0.2.1 remote-as 65000\n address-family ipv4 unicast\n  neighbor 10.0.2.1 route-map NONE in\n exit-address-family\n",
		"devices/z/frr.conf":   frr("z", 65003, "interface eth0\n ip address 10.0.3.2/24\n") + " neighbor 10.0.3.1 remote-as 65000\n",
		"routegate.yaml":       "devices:\n  g:\n    interfaces:\n      eth0: [\"10.0.1.1/24\"]\n      eth1: [\"10.0.2.1/24\"]\n      eth2: [\"10.0.3.1/24\"]\n",
	})
}
