package gate

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// badGadget writes the network of Griffin, Shepherd and Wilfong that never settles: an origin and three
// routers around it, each of which prefers the way over the next one to its own. With calm it
// does not prefer it.
func badGadget(t *testing.T, calm bool) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		file := filepath.Join(dir, "devices", name, "frr.conf")
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	origin := "frr defaults traditional\ninterface lo\n ip address 203.0.113.1/24\n!\n"
	for i := range 3 {
		origin += fmt.Sprintf("interface eth%d\n ip address 10.0.%d.0/31\n!\n", i, i)
	}
	origin += "router bgp 65000\n no bgp ebgp-requires-policy\n"
	for i := range 3 {
		origin += fmt.Sprintf(" neighbor 10.0.%d.1 remote-as %d\n", i, 65001+i)
	}
	write("origin", origin+" address-family ipv4 unicast\n  network 203.0.113.0/24\n exit-address-family\n!\n")
	for i := range 3 {
		next, prev := (i+1)%3, (i+2)%3
		preference := 200
		if calm {
			preference = 50
		}
		// The wire between i and next is 10.1.i.0/31: i has .0, next has .1.
		write(fmt.Sprintf("r%d", i+1), fmt.Sprintf(`frr defaults traditional
interface eth0
 ip address 10.0.%[1]d.1/31
!
interface eth1
 ip address 10.1.%[1]d.0/31
!
interface eth2
 ip address 10.1.%[3]d.1/31
!
bgp as-path access-list DIRECT seq 5 permit ^%[4]d_65000$
!
route-map OVER-NEXT permit 10
 match as-path DIRECT
 set local-preference %[7]d
!
route-map NOTHING deny 10
!
router bgp %[6]d
 no bgp ebgp-requires-policy
 neighbor 10.0.%[1]d.0 remote-as 65000
 neighbor 10.1.%[1]d.1 remote-as %[4]d
 neighbor 10.1.%[3]d.0 remote-as %[5]d
 address-family ipv4 unicast
  neighbor 10.1.%[1]d.1 route-map OVER-NEXT in
  neighbor 10.1.%[3]d.0 route-map NOTHING in
 exit-address-family
!
`, i, next, prev, 65001+next, 65001+prev, 65001+i, preference))
	}
	return dir
}

// TestANetworkThatDoesNotSettle is no network to judge, whichever side it is on.
func TestANetworkThatDoesNotSettle(t *testing.T) {
	calm, wild := badGadget(t, true), badGadget(t, false)
	if v := checked(t, Options{Before: calm, After: calm}); v.Verdict != Allow {
		t.Fatalf("the calm network: %s (%s)", v.Verdict, v.Summary)
	}
	for _, c := range []struct{ name, before, after, side string }{
		{"after the change", calm, wild, "after"},
		{"before the change", wild, calm, "before"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := checked(t, Options{Before: c.before, After: c.after})
			if v.Verdict != Unknown || len(v.Unknowns) != 1 || v.Unknowns[0].Kind != ReasonDiverges {
				t.Fatalf("verdict %s, reasons %+v", v.Verdict, v.Unknowns)
			}
			u := v.Unknowns[0]
			for _, r := range []string{"r1", "r2", "r3"} {
				if !slices.Contains(u.Routers, r) {
					t.Errorf("%s is not among the routers that oscillate: %v", r, u.Routers)
				}
			}
			if !strings.HasPrefix(u.Message, c.side+" the change") || !strings.Contains(u.Message, "203.0.113.0/24") {
				t.Errorf("the reason is %q", u.Message)
			}
			if !v.Changes.Known || len(v.Changes.Items) == 0 || v.Effects.Known {
				t.Error("what changes must be told, and what it does must not")
			}
		})
	}
}
