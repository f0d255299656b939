package generate_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/routegate/routegate/lab/generate"
	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/bgp"
)

// TestTornInSecondLook: a session that was taken over from the state before, and that what changes elsewhere makes too much for, is as much taken down as
// in a solution of its own: nothing goes over it any more. Its ends take paths by the length of their AS paths with the confederation's, which is not the plain way.
func TestTornInSecondLook(t *testing.T) {
	files := func(more string) generate.Snapshot {
		var s generate.Snapshot
		for _, r := range []struct{ name, text string }{
			{"a", "interface eth0\n ip address 10.0.1.1/30\ninterface eth1\n ip address 10.0.2.1/30\nrouter bgp 65000\n bgp router-id 1.1.1.1\n bgp bestpath as-path confed\n no bgp ebgp-requires-policy\n" +
				" neighbor 10.0.1.2 remote-as 65000\n neighbor 10.0.2.2 remote-as 65001\n address-family ipv4 unicast\n  neighbor 10.0.1.2 next-hop-self\n"},
			{"b", "interface eth0\n ip address 10.0.1.2/30\nrouter bgp 65000\n bgp router-id 2.2.2.2\n bgp bestpath as-path confed\n" +
				" neighbor 10.0.1.1 remote-as 65000\n address-family ipv4 unicast\n  neighbor 10.0.1.1 maximum-prefix 3\n"},
			{"c", "interface eth0\n ip address 10.0.2.2/30\ninterface eth1\n ip address 10.0.3.1/30\nrouter bgp 65001\n bgp router-id 3.3.3.3\n no bgp ebgp-requires-policy\n no bgp network import-check\n" +
				" neighbor 10.0.2.1 remote-as 65000\n neighbor 10.0.3.2 remote-as 65002\n address-family ipv4 unicast\n  network 10.10.1.0/24\n  network 10.10.2.0/24\n" + more},
			{"d", "interface eth0\n ip address 10.0.3.2/30\nrouter bgp 65002\n bgp router-id 4.4.4.4\n no bgp ebgp-requires-policy\n neighbor 10.0.3.1 remote-as 65001\n"},
			{"e", "interface eth0\n ip address 10.0.4.1/30\nrouter bgp 65003\n bgp router-id 5.5.5.5\n"},
		} {
			s = append(s, generate.File{Path: "devices/" + r.name + "/frr.conf", Text: []byte(r.text)})
		}
		return append(s, generate.File{Path: "routegate.yaml", Text: []byte("network: torn\n")})
	}
	before := load(t, files(""), nil)
	var more strings.Builder
	for i := range 4 {
		fmt.Fprintf(&more, "  network 10.20.%d.0/24\n", i)
	}
	after := load(t, files(more.String()), before)
	base := solve(t, before.Network, routing.Options{})
	alone := solve(t, after.Network, routing.Options{EveryPath: true, EveryPrefix: true})
	if was, is := base.Session("b", "", "10.0.1.1"), alone.Session("b", "", "10.0.1.1"); was.State != bgp.Established || is.Reason != bgp.ReasonMaximumPrefix {
		t.Fatalf("the limit is to be met by the change: before %v, after %v %v", was.State, is.State, is.Reason)
	}
	same(t, "alone", alone, solve(t, after.Network, routing.Options{}))
	same(t, "from the state before", alone, solve(t, after.Network, routing.Options{Base: base}))
}
