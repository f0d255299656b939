package bgp_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// wheel makes Griffin, Shepherd and Wilfong's little networks: router d originates 10.9.9.0/24,
// routers r1..rN all have a session with d and with each other, and each prefers
// (local preference 200) what the router that prefers names says of its direct way.
func wheel(prefers map[int]int, size int) []section {
	var b [8]strings.Builder
	name := func(i int) string { return [...]string{"d", "r1", "r2", "r3"}[i] }
	ifs := make([]string, size+1)
	nbs := make([]string, size+1)
	out := make([]string, size+1)
	for i := range size + 1 {
		for j := range i {
			net := fmt.Sprintf("10.%d.%d.", j, i)
			ifs[j] += fmt.Sprintf("interface to-%s\n ip address %s1/30\n", name(i), net)
			ifs[i] += fmt.Sprintf("interface to-%s\n ip address %s2/30\n", name(j), net)
			nbs[j] += fmt.Sprintf(" neighbor %s2 remote-as %d\n", net, 65000+i)
			nbs[i] += fmt.Sprintf(" neighbor %s1 remote-as %d\n", net, 65000+j)
			if prefers[i] == j && j > 0 {
				out[i] += fmt.Sprintf("  neighbor %s1 route-map prefer in\n", net)
			}
			if prefers[j] == i && j > 0 {
				out[j] += fmt.Sprintf("  neighbor %s2 route-map prefer in\n", net)
			}
		}
	}
	var list []section
	for i := range size + 1 {
		fmt.Fprintf(&b[i], "%srouter bgp %d\n no bgp ebgp-requires-policy\n no bgp network import-check\n%s address-family ipv4 unicast\n%s", ifs[i], 65000+i, nbs[i], out[i])
		if i == 0 {
			b[i].WriteString("  network 10.9.9.0/24\n")
		}
		// Only the neighbor's direct way is preferred: a path of two ASes.
		b[i].WriteString(" exit-address-family\nbgp as-path access-list direct permit ^[0-9]+_65000$\nroute-map prefer permit 10\n match as-path direct\n set local-preference 200\nroute-map prefer permit 20\n set local-preference 50\n")
		list = append(list, section{name(i), b[i].String()})
	}
	return list
}

// TestBadGadget: three routers that each prefer the way round never settle (BAD GADGET); the
// result says so and names them.
func TestBadGadget(t *testing.T) {
	res, err := routing.Solve(context.Background(), build(t, wheel(map[int]int{1: 2, 2: 3, 3: 1}, 3)), routing.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if res.Converged {
		t.Error("converges")
	}
	if want := []string{"r1", "r2", "r3"}; !slices.Equal(res.Oscillating, want) {
		t.Errorf("oscillating: %v, want %v", res.Oscillating, want)
	}
	if want := netip.MustParsePrefix("10.9.9.0/24"); !slices.Equal(res.OscillatingPrefixes, []netip.Prefix{want}) {
		t.Errorf("prefixes: %v, want %v", res.OscillatingPrefixes, want)
	}
}

// TestDisagree: two routers that each prefer the other have two stable outcomes; one is
// chosen, always the same, and marked.
func TestDisagree(t *testing.T) {
	var before []string
	for range 5 {
		n := build(t, wheel(map[int]int{1: 2, 2: 1}, 2))
		res, err := routing.Solve(context.Background(), n, routing.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !res.Converged {
			t.Fatal("does not converge")
		}
		for _, r := range []string{"r1", "r2"} {
			e := res.Entry(r, "", netip.MustParsePrefix("10.9.9.0/24"))
			if e == nil || !e.Best().Timing {
				t.Errorf("%s: the best path is not marked as a matter of timing", r)
			}
		}
		if len(res.Uncertain) == 0 {
			t.Error("no uncertainty is reported")
		}
		now := render(n, res)
		if before != nil && !slices.Equal(before, now) {
			t.Errorf("two runs differ:\n%s\n\n%s", strings.Join(before, "\n"), strings.Join(now, "\n"))
		}
		before = now
	}
}

// TestDisagreeInConfederation: two members that prefer each other's path, one by its origin and one by its MED, while the
// local preference is the same everywhere. Both hear the route from one router, and whichever it tells first, both are marked.
func TestDisagreeInConfederation(t *testing.T) {
	member := func(name string, net int, as, other int, last, theirs string, from, inside string) section {
		return section{name, fmt.Sprintf("interface eth0\n ip address 10.0.%d.2/24\ninterface eth1\n ip address 10.0.9.%s/24\nrouter bgp %d\n no bgp ebgp-requires-policy\n"+
			" bgp confederation identifier 500\n bgp confederation peers %d\n neighbor 10.0.%d.1 remote-as 65000\n neighbor 10.0.9.%s remote-as %d\n"+
			" address-family ipv4 unicast\n  neighbor 10.0.%d.1 route-map from in\n  neighbor 10.0.9.%s route-map inside in\n  neighbor 10.0.9.%s next-hop-self\n exit-address-family\n"+
			"route-map from permit 10\n set origin incomplete\n%sroute-map inside permit 10\n%s", net, last, as, other, net, theirs, other, net, theirs, theirs, from, inside)}
	}
	for _, nets := range [][2]int{{1, 2}, {2, 1}} {
		d := section{"d", "interface eth0\n ip address 10.0.1.1/24\ninterface eth1\n ip address 10.0.2.1/24\nrouter bgp 65000\n no bgp ebgp-requires-policy\n no bgp network import-check\n" +
			" neighbor 10.0.1.2 remote-as 500\n neighbor 10.0.2.2 remote-as 500\n address-family ipv4 unicast\n  network 10.9.9.0/24\n exit-address-family\n"}
		n := build(t, []section{d, member("m1", nets[0], 65110, 65111, "1", "2", " set metric 77\n", ""), member("m2", nets[1], 65111, 65110, "2", "1", "", " set origin igp\n")})
		res, err := routing.Solve(context.Background(), n, routing.Options{})
		if err != nil || !res.Converged {
			t.Fatalf("%v: converged %v, %v", nets, res != nil && res.Converged, err)
		}
		for _, r := range []string{"m1", "m2"} {
			if e := res.Entry(r, "", netip.MustParsePrefix("10.9.9.0/24")); e == nil || !e.Best().Timing {
				t.Errorf("%v: %s: the best path is not marked as a matter of timing", nets, r)
			}
		}
	}
}

// TestDisagreeUnseen: a prefers what b says by weight, and b what a says by length. Where a is ahead, b takes its path, and a never
// hears the other one: that there are two outcomes is not to be seen in any table.
func TestDisagreeUnseen(t *testing.T) {
	router := func(name string, as int, more string, neighbors ...string) section {
		text := ""
		for i, n := range neighbors {
			f := strings.Fields(n)
			text += fmt.Sprintf("interface eth%d\n ip address %s/30\n", i, f[0])
		}
		text += fmt.Sprintf("router bgp %d\n no bgp ebgp-requires-policy\n no bgp network import-check\n", as)
		for _, n := range neighbors {
			f := strings.Fields(n)
			text += fmt.Sprintf(" neighbor %s remote-as %s\n", f[1], f[2])
		}
		return section{name, text + " address-family ipv4 unicast\n" + more + " exit-address-family\n"}
	}
	network := func(more string) []section {
		return []section{
			router("a", 65001, more, "10.0.1.1 10.0.1.2 65002", "10.0.2.1 10.0.2.2 65009"),
			router("b", 65002, "", "10.0.1.2 10.0.1.1 65001", "10.0.3.1 10.0.3.2 65003"),
			router("o", 65009, "  network 10.9.9.0/24\n", "10.0.2.2 10.0.2.1 65001", "10.0.5.1 10.0.5.2 65004"),
			router("x", 65004, "", "10.0.5.2 10.0.5.1 65009", "10.0.4.1 10.0.4.2 65003"),
			router("y", 65003, "", "10.0.4.2 10.0.4.1 65004", "10.0.3.2 10.0.3.1 65002"),
		}
	}
	for _, more := range []string{"  neighbor 10.0.1.2 weight 5\n", ""} {
		res, err := routing.Solve(context.Background(), build(t, network(more)), routing.Options{})
		if err != nil || !res.Converged {
			t.Fatalf("converged %v, %v", res != nil && res.Converged, err)
		}
		for _, r := range []string{"a", "b"} {
			e := res.Entry(r, "", netip.MustParsePrefix("10.9.9.0/24"))
			if e == nil || e.Best() == nil {
				t.Fatalf("%s: no path", r)
			}
			if marked := slices.ContainsFunc(res.Uncertain, func(u routing.Uncertainty) bool { return u.Router == r && u.Arrival }); marked != (more != "") {
				t.Errorf("%q: %s: marked as a matter of timing: %v", more, r, marked)
			}
		}
	}
}

// TestGoodGadget: with the third router's preference away the wheel has one outcome, which is not marked.
func TestGoodGadget(t *testing.T) {
	res, err := routing.Solve(context.Background(), build(t, wheel(map[int]int{1: 2, 2: 3}, 3)), routing.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e := res.Entry("r1", "", netip.MustParsePrefix("10.9.9.0/24"))
	if !res.Converged || e == nil || e.Best().Timing && e.Best().Decided < network.StepOldest {
		t.Errorf("converged %v, entry %+v", res.Converged, e)
	}
	for _, u := range res.Uncertain {
		if strings.Contains(u.Why, "several outcomes") {
			t.Errorf("%s: %s", u.Router, u.Why)
		}
	}
}

// conditions makes two routers that each announce a prefix of their own to the other while
// the condition on the other's prefix holds.
func conditions(a, b string) []section {
	conf := func(i, j int, kind string) string {
		return fmt.Sprintf(`interface lo
 ip address %[1]d.%[1]d.%[1]d.%[1]d/32
interface eth0
 ip address 10.0.1.%[1]d/24
router bgp 6500%[1]d
 no bgp ebgp-requires-policy
 neighbor 10.0.1.%[2]d remote-as 6500%[2]d
 address-family ipv4 unicast
  network %[1]d.%[1]d.%[1]d.%[1]d/32
  neighbor 10.0.1.%[2]d advertise-map own %[3]s other
 exit-address-family
ip prefix-list own permit %[1]d.%[1]d.%[1]d.%[1]d/32
ip prefix-list other permit %[2]d.%[2]d.%[2]d.%[2]d/32
route-map own permit 10
 match ip address prefix-list own
route-map other permit 10
 match ip address prefix-list other
`, i, j, kind)
	}
	return []section{{"r1", conf(1, 2, a)}, {"r2", conf(2, 1, b)}}
}

// TestConditionsThatExclude: each announces while the other does not. One of them wins, the one whose
// timer goes off first; the result says that it hangs on that.
func TestConditionsThatExclude(t *testing.T) {
	res, err := routing.Solve(context.Background(), build(t, conditions("non-exist-map", "non-exist-map")), routing.Options{})
	if err != nil {
		t.Fatal(err)
	}
	one := res.Entry("r2", "", netip.MustParsePrefix("1.1.1.1/32")) != nil
	two := res.Entry("r1", "", netip.MustParsePrefix("2.2.2.2/32")) != nil
	if !res.Converged || one == two || len(res.Uncertain) == 0 {
		t.Errorf("converged %v, r2 hears r1 %v, r1 hears r2 %v, uncertain %v", res.Converged, one, two, res.Uncertain)
	}
}

// TestConditionsThatChase: r1 announces while r2 does not, r2 while r1 does: that never settles.
func TestConditionsThatChase(t *testing.T) {
	res, err := routing.Solve(context.Background(), build(t, conditions("non-exist-map", "exist-map")), routing.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if res.Converged {
		t.Error("converges")
	}
	if want := []string{"r1", "r2"}; !slices.Equal(res.Oscillating, want) {
		t.Errorf("oscillating: %v, want %v", res.Oscillating, want)
	}
}
