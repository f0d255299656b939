package failures_test

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
	"github.com/routegate/routegate/routing/bgp"
	"github.com/routegate/routegate/routing/failures"
)

// small is three routers on a segment (a, b, c), a numbered cable (a, b), an unnumbered one (b, c), and a neighbor outside at a.
var small = map[string]string{
	"a": `interface lan
 ip address 10.0.0.1/24
exit
interface cable
 ip address 10.1.0.0/31
exit
interface uplink
 ip address 192.0.2.1/30
exit
interface off
 ip address 10.2.0.0/31
 shutdown
exit
router bgp 65001
 bgp router-id 1.1.1.1
 no bgp ebgp-requires-policy
 neighbor 10.1.0.1 remote-as 65002
 neighbor 192.0.2.2 remote-as 64500
`,
	"b": `interface lan
 ip address 10.0.0.2/24
exit
interface cable
 ip address 10.1.0.1/31
exit
interface off
 ip address 10.2.0.1/31
exit
interface bare
exit
router bgp 65002
 bgp router-id 2.2.2.2
 no bgp ebgp-requires-policy
 neighbor 10.1.0.0 remote-as 65001
 neighbor bare interface remote-as external
`,
	"c": `interface lan
 ip address 10.0.0.3/24
exit
interface bare
exit
router bgp 65003
 bgp router-id 3.3.3.3
 no bgp ebgp-requires-policy
 neighbor bare interface remote-as external
`,
}

func load(t *testing.T) (*network.Network, *routing.Result) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range small {
		path := filepath.Join(dir, "devices", name)
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(path, "frr.conf"), []byte("frr version 8.4.4\nfrr defaults traditional\n"+text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, err := config.Load(context.Background(), dir, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := routing.Solve(context.Background(), s.Network, routing.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s.Network, res
}

// TestOf: cables fail as a whole, segments a port at a time; what is shut down cannot fail.
func TestOf(t *testing.T) {
	_, res := load(t)
	var got []string
	for _, f := range failures.Of(res, failures.Kinds{Links: true, Routers: true}) {
		got = append(got, f.String())
	}
	want := []string{"link a cable – b cable", "port a lan", "port a uplink", "link b bare – c bare", "port b lan", "port c lan", "router a", "router b", "router c"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("what may fail:\n%s", strings.Join(got, "\n"))
	}
}

// TestWhatFailsWithIt: a cable takes the subnet away at both its ends, a port on a segment only at its own; sessions go with
// what they lie on, numbered or not.
func TestWhatFailsWithIt(t *testing.T) {
	n, res := load(t)
	list := failures.Of(res, failures.Kinds{Links: true, Routers: true})
	for _, c := range []struct {
		failure     string
		routes      string // that are gone
		established int    // ends of sessions
	}{
		{"link a cable – b cable", "a 10.1.0.0/31, b 10.1.0.0/31", 3},
		{"port a lan", "a 10.0.0.0/24", 5},
		{"port c lan", "c 10.0.0.0/24", 5},
		{"port a uplink", "a 192.0.2.0/30", 4},
		{"link b bare – c bare", "", 3},
		{"router a", "a 10.0.0.0/24, a 10.1.0.0/31, a 192.0.2.0/30, b 10.1.0.0/31", 2},
		{"router b", "a 10.1.0.0/31, b 10.0.0.0/24, b 10.1.0.0/31", 1},
	} {
		t.Run(c.failure, func(t *testing.T) {
			i := 0
			for i < len(list) && list[i].String() != c.failure {
				i++
			}
			then, err := routing.Solve(t.Context(), n, routing.Options{Fail: list[i].Take})
			if err != nil {
				t.Fatal(err)
			}
			var gone []string
			for _, r := range []string{"a", "b", "c"} {
				for _, p := range []string{"10.0.0.0/24", "10.1.0.0/31", "10.2.0.0/31", "192.0.2.0/30"} {
					_, was := res.Route(r, "", netip.MustParsePrefix(p))
					if _, is := then.Route(r, "", netip.MustParsePrefix(p)); was && !is {
						gone = append(gone, r+" "+p)
					}
				}
			}
			if got := strings.Join(gone, ", "); got != c.routes {
				t.Errorf("gone: %s, want %s", got, c.routes)
			}
			up := 0
			for i := range then.Sessions {
				if then.Sessions[i].State == bgp.Established {
					up++
				}
			}
			if up != c.established {
				t.Errorf("%d ends of sessions are up, want %d", up, c.established)
			}
		})
	}
}

// TestTryStops: nothing is tried after the end of the context.
func TestTryStops(t *testing.T) {
	_, res := load(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := failures.Try(ctx, res, failures.Of(res, failures.Kinds{Routers: true}), failures.Options{}, func(int, []int, *routing.Result) {
		t.Error("a failure was tried")
	})
	if err == nil {
		t.Error("no error")
	}
}
