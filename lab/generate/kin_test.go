package generate_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/routegate/routegate/lab/generate"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// TestKin holds full tables, of which classes that nothing in the network tells apart are solved as kin, against each prefix solved by itself
// with every path of every session: as they are, and with policies that name what nobody named before.
func TestKin(t *testing.T) {
	s, err := generate.WAN(generate.WANSize{Routers: 12, Feeds: 3, Prefixes: 500, Peers: 2, Customers: 3, Seed: 11}, generate.FRR)
	if err != nil {
		t.Fatal(err)
	}
	before := load(t, s, nil)
	base := solve(t, before.Network, routing.Options{})
	same(t, "as it is", solve(t, before.Network, routing.Options{EveryPath: true, EveryPrefix: true}), base)
	changes := []struct{ what, old, new string }{
		{"an AS is named", "route-map FROM-PROVIDER permit 20", "bgp as-path access-list SOME permit _1003_\nroute-map FROM-PROVIDER permit 15\n match as-path SOME\n set local-preference 90\nexit\nroute-map FROM-PROVIDER permit 20"},
		{"a community is named", "route-map FROM-PROVIDER permit 20", "bgp community-list standard SOME permit 64601:2003\nroute-map FROM-PROVIDER permit 15\n match community SOME\n set metric 7\nexit\nroute-map FROM-PROVIDER permit 20"},
		{"a short way is made long", "route-map FROM-PROVIDER permit 20", "route-map FROM-PROVIDER permit 20\n set as-path prepend 64999 64999"},
		{"no preference", " set local-preference 100\n", ""},
		{"communities are replaced", "set community 64500:100 additive", "set community 64500:100"},
		{"next hops are left as they came", "  neighbor REFLECTORS next-hop-self\n  neighbor PROVIDER activate", "  neighbor PROVIDER activate"},
		{"an expression", "route-map FROM-PROVIDER permit 20", "bgp as-path access-list SOME permit 3[0-9]+ 1310\nroute-map FROM-PROVIDER deny 15\n match as-path SOME\nexit\nroute-map FROM-PROVIDER permit 20"},
	}
	lost := 0
	for _, c := range changes {
		changed, n := slices.Clone(s), 0
		for i := range changed {
			if text := bytes.Replace(changed[i].Text, []byte(c.old), []byte(c.new), 1); n == 0 && !bytes.Equal(text, changed[i].Text) {
				changed[i].Text = text
				n++
			}
		}
		if n == 0 {
			t.Fatalf("%s: no router has %q", c.what, c.old)
		}
		after := load(t, changed, before)
		readWhole(t, after)
		slow := solve(t, after.Network, routing.Options{EveryPath: true, EveryPrefix: true})
		same(t, fmt.Sprint(c.what, ", alone"), slow, solve(t, after.Network, routing.Options{}))
		same(t, c.what, slow, solve(t, after.Network, routing.Options{Base: base}))
		if t.Failed() {
			return
		}
		for _, r := range after.Network.Routers {
			lost += len(unresolved(slow, r.Name, network.IPv4Unicast))
		}
	}
	if lost == 0 {
		t.Error("no next hop was out of reach anywhere")
	}
}
