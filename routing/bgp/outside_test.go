package bgp_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/bgp"
)

const edge = `interface lo
 ip address 1.1.1.1/32
interface eth0
 ip address 10.0.1.1/24
interface eth1
 ip address 10.0.2.1/24
router bgp 65001
 no bgp ebgp-requires-policy
 neighbor 10.0.1.2 remote-as 64600
 neighbor 10.0.1.3 remote-as 64601
 neighbor 10.9.9.9 remote-as 64602
 neighbor 10.0.2.2 remote-as 65001
 address-family ipv4 unicast
  neighbor 10.0.1.2 maximum-prefix 2
  neighbor 10.0.1.3 maximum-prefix 1
  neighbor 10.0.1.3 route-map in in
 exit-address-family
route-map in permit 10
 set local-preference 200
`

const core = `interface eth0
 ip address 10.0.2.2/24
ip route 10.0.1.0/24 10.0.2.1
router bgp 65001
 neighbor 10.0.2.1 remote-as 65001
`

func announced(t *testing.T, list ...network.Announcement) *routing.Result {
	t.Helper()
	n := build(t, []section{{"core", core}, {"edge", edge}})
	n.Env.Announcements = list
	res, err := routing.Solve(context.Background(), n, routing.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func announcement(from uint32, path string, prefixes ...string) network.Announcement {
	a := network.Announcement{From: from, To: "edge", Attributes: network.PathAttributes{ASPath: network.Sequence(from, 15169)}}
	if path == "loop" {
		a.Attributes.ASPath = network.Sequence(from, 65001)
	}
	for _, p := range prefixes {
		a.Prefixes = append(a.Prefixes, netip.MustParsePrefix(p))
	}
	return a
}

// TestOutsideAnnouncements: routes of the outside come in as from that neighbor, with its
// address for next hop, and go on from there.
func TestOutsideAnnouncements(t *testing.T) {
	res := announced(t, announcement(64600, "", "8.8.8.0/24"), announcement(64601, "", "8.8.8.0/24"), announcement(64602, "", "9.9.9.0/24"), announcement(64600, "loop", "7.7.7.0/24"))
	e := res.Entry("edge", "", netip.MustParsePrefix("8.8.8.0/24"))
	if e == nil || len(e.Paths) != 2 {
		t.Fatalf("edge has %+v", e)
	}
	if b := e.Best(); b.Neighbor != "10.0.1.3" || b.Attributes.NextHop.String() != "10.0.1.3" || b.Attributes.LocalPref != 200 || b.Attributes.ASPath.String() != "64601 15169" {
		t.Errorf("best of edge: %+v %+v", b, b.Attributes)
	}
	if e.Paths[1].Decided != network.StepLocalPref {
		t.Errorf("the other lost by %s, want local preference", e.Paths[1].Decided)
	}
	c := res.Entry("core", "", netip.MustParsePrefix("8.8.8.0/24"))
	if c == nil || c.Best() == nil || c.Best().Attributes.NextHop.String() != "10.0.1.3" || c.Best().Attributes.LocalPref != 200 {
		t.Errorf("core has %+v", c)
	}
	if e := res.Entry("edge", "", netip.MustParsePrefix("9.9.9.0/24")); e != nil {
		t.Errorf("a neighbor that is not reachable announces %+v", e)
	}
	if e := res.Entry("edge", "", netip.MustParsePrefix("7.7.7.0/24")); e != nil {
		t.Errorf("a path with our own AS is accepted: %+v", e)
	}
	s := res.Session("edge", "", "10.0.1.2")
	if s.State != bgp.Established || !s.External() || s.Received[0] != 2 || s.Accepted[0] != 1 || s.RemoteAS != 64600 {
		t.Errorf("session with the outside: %+v", s)
	}
	if s := res.Session("edge", "", "10.9.9.9"); s.State != bgp.Down || s.Reason != bgp.ReasonNoRoute {
		t.Errorf("session without a route: %s %s", s.State, s.Reason)
	}
	out := 0
	for a := range res.Advertised("edge", "", "10.0.1.2", network.IPv4Unicast) {
		out++
		if a.Attributes.ASPath.String() != "65001 64601 15169" || a.Attributes.NextHop.String() != "10.0.1.3" {
			t.Errorf("sent to the other neighbor: %s %s", a.Attributes.ASPath, a.Attributes.NextHop)
		}
	}
	if out != 1 || s.Sent[0] != 1 {
		t.Errorf("%d routes are sent, the session counts %d, want 1", out, s.Sent[0])
	}
}

// TestOutsideMaximumPrefix: one prefix too many takes the session down and all of its
// routes with it; the detail says the numbers.
func TestOutsideMaximumPrefix(t *testing.T) {
	res := announced(t, announcement(64600, "", "8.8.8.0/24", "8.8.4.0/24"), announcement(64601, "", "9.9.9.0/24", "9.9.8.0/24"))
	if s := res.Session("edge", "", "10.0.1.2"); s.State != bgp.Established {
		t.Errorf("at the limit: %s %s", s.State, s.Detail)
	}
	s := res.Session("edge", "", "10.0.1.3")
	if s.State != bgp.Down || s.Reason != bgp.ReasonMaximumPrefix || !strings.Contains(s.Detail, "2 prefixes") || !strings.Contains(s.Detail, "maximum-prefix is 1") {
		t.Errorf("beyond the limit: %s %s %q", s.State, s.Reason, s.Detail)
	}
	if e := res.Entry("core", "", netip.MustParsePrefix("9.9.9.0/24")); e != nil {
		t.Errorf("core still has %+v", e)
	}
}

// TestOutsideAddPath: whether a neighbor outside negotiates add-path is not known: it is sent the best path
// only, which no-export keeps from it here, and the result says what it does not know. (FRR 8.4.4 sends
// nothing to a GoBGP that did not ask for several paths.)
func TestOutsideAddPath(t *testing.T) {
	conf := strings.Replace(edge, "  neighbor 10.0.1.3 route-map in in\n", "  neighbor 10.0.1.3 route-map in in\n  neighbor 10.0.1.2 addpath-tx-all-paths\n", 1)
	n := build(t, []section{{"core", core}, {"edge", conf}})
	best := announcement(64601, "", "8.8.8.0/24")
	best.Attributes.Communities = []network.Community{network.NoExport}
	n.Env.Announcements = []network.Announcement{announcement(64600, "", "8.8.8.0/24"), best}
	res, err := routing.Solve(t.Context(), n, routing.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for a := range res.Advertised("edge", "", "10.0.1.2", network.IPv4Unicast) {
		t.Errorf("sent: %+v", a)
	}
	if len(res.Uncertain) != 1 || !strings.Contains(res.Uncertain[0].Why, "10.0.1.2") || res.Uncertain[0].Span.IsZero() {
		t.Errorf("uncertain: %+v", res.Uncertain)
	}
}

// TestSetDistance: the distance that an import policy sets stands in the main table, of routes of eBGP and of iBGP (FRR 8.4.4
// had these).
func TestSetDistance(t *testing.T) {
	res, err := routing.Solve(t.Context(), build(t, readArchive(t, "testdata/passed-over.txtar")), routing.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for prefix, want := range map[string]uint8{"10.9.9.1/32": 77, "192.0.2.0/24": 77, "192.0.9.0/24": 5} {
		if r, ok := res.Route("b", "", netip.MustParsePrefix(prefix)); !ok || r.Distance != want {
			t.Errorf("%s: %+v, want distance %d", prefix, r, want)
		}
	}
}

// TestUnnumbered: IPv4 routes go over link-local sessions with IPv6 next hops (RFC 8950), each scoped
// by the receiver's interface.
func TestUnnumbered(t *testing.T) {
	conf := func(as, lo, links string) string {
		return links + "interface lo\n ip address " + lo + "/32\nrouter bgp " + as + "\n no bgp ebgp-requires-policy\n neighbor eth0 interface remote-as external\n neighbor eth1 interface remote-as external\n address-family ipv4 unicast\n  network " + lo + "/32\n"
	}
	n := build(t, []section{{"leaf1", conf("65001", "1.1.1.1", "#link eth0 spine:eth0\n")}, {"leaf2", conf("65002", "2.2.2.2", "#link eth0 spine:eth1\n")}, {"spine", conf("65100", "9.9.9.9", "")}})
	for _, r := range n.Routers {
		for _, name := range []string{"eth0", "eth1"} {
			if r.Interface(name) == nil && (r.Name == "spine" || name == "eth0") {
				r.Interfaces = append([]network.Interface{{Name: name}}, r.Interfaces...)
			}
		}
		if r.Name == "spine" {
			r.Interfaces[0], r.Interfaces[1] = r.Interfaces[1], r.Interfaces[0]
		}
	}
	res, err := routing.Solve(context.Background(), n, routing.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e := res.Entry("leaf1", "", netip.MustParsePrefix("2.2.2.2/32"))
	if e == nil || e.Best() == nil {
		for _, s := range res.Sessions {
			t.Log(s.Router, s.Neighbor, s.State, s.Detail)
		}
		t.Fatalf("leaf1 has %+v", e)
	}
	a := e.Best().Attributes
	if a.ASPath.String() != "65100 65002" || !a.NextHop.IsLinkLocalUnicast() || a.NextHopScope != "eth0" {
		t.Errorf("path %s, next hop %s on %q", a.ASPath, a.NextHop, a.NextHopScope)
	}
}
