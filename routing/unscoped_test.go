package routing_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// TestUnscopedInZebra: where zebra is not told on which interface a link-local next hop is, packets go out of the first interface, whether the
// neighbor is there (d) or not (a), and nowhere when that fails. As lab/testdata/cases/gobgp-link-local has it with GoBGP and zebra.
func TestUnscopedInZebra(t *testing.T) {
	const text = `
-- a --
interface eth0
 ip address 10.0.1.1/24
interface eth1
router bgp 65001
 bgp router-id 1.1.1.1
 no bgp ebgp-requires-policy
 neighbor eth1 interface remote-as 65003
-- b --
interface eth0
 ip address 10.0.1.2/24
-- c --
interface eth0
interface eth1
interface lo
 ip address 10.13.0.1/32
router bgp 65003
 bgp router-id 3.3.3.3
 no bgp ebgp-requires-policy
 neighbor eth0 interface remote-as 65001
 neighbor eth1 interface remote-as 65004
 address-family ipv4 unicast
  network 10.13.0.1/32
 exit-address-family
-- d --
interface eth2
interface eth10
 ip address 10.0.4.1/24
router bgp 65004
 bgp router-id 4.4.4.4
 no bgp ebgp-requires-policy
 neighbor eth2 interface remote-as 65003
-- links --
a:eth0 b:eth0
a:eth1 c:eth0
d:eth2 c:eth1
`
	told := solve(t, build(t, text), routing.Options{})
	n := build(t, text)
	for _, name := range []string{"a", "d"} {
		n.Router(name).Default().BGP.Habits.UnscopedInZebra = true
	}
	whole := solve(t, n, routing.Options{})
	cut := solve(t, n, routing.Options{Fail: routing.Failure{Links: []network.Link{{Ends: []network.End{{Router: "a", Interface: "eth0"}, {Router: "b", Interface: "eth0"}}}}}})
	for _, x := range []struct {
		what   string
		res    *routing.Result
		router string
		want   string
	}{
		{"told", told, "a", "delivered a c"},
		{"not told", whole, "a", "next hop not on the link a"},
		{"not told", whole, "d", "delivered d c"},
		{"cut", cut, "a", "no route a"},
	} {
		s := &sim{t: t, n: n, res: x.res}
		if got := s.ask([]string{"trace", x.router, "10.13.0.1"}); got != x.want {
			t.Errorf("%s: from %s %q, want %q", x.what, x.router, got, x.want)
		}
	}
	doubts := func(res *routing.Result) (n int) {
		for _, u := range res.Uncertain {
			if strings.Contains(u.Why, "does not tell zebra the interface") && u.Prefix == (netip.Prefix{}) {
				n++
			}
		}
		return n
	}
	if was, is := doubts(told), doubts(whole); was != 0 || is != 2 {
		t.Errorf("%d doubts where zebra is told, %d where it is not, want 0 and 2", was, is)
	}
}
