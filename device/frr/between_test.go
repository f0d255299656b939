package frr_test

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestInBetween looks at the routers again and again while changes are applied and taken back: a neighbor's routes are not lost for a
// moment by a policy that replaces another, and no state in between lets out what neither side lets out.
func TestInBetween(t *testing.T) {
	t.Parallel()
	r := up(t)
	base := r.runs(t)
	seen := func(ctx context.Context, router, prefix string) (bool, error) {
		out, err := r.Lab.Exec(ctx, router, "", "vtysh", "-d", "bgpd", "-c", "show bgp ipv4 unicast "+prefix+" json")
		return strings.Contains(out, `"paths"`), err
	}
	if has, err := seen(within(t, 20*time.Second), "edge", "10.1.0.0/16"); !has {
		t.Fatalf("edge has no 10.1.0.0/16: %v", err)
	}
	for _, c := range []struct {
		name string
		soak bool     // only where there is time
		from []string // what is done to the running configuration before, while nobody looks
		edit []string
	}{
		{"a first policy attached where there was none", false, []string{"  neighbor 192.0.2.2 route-map P1-IN in\n", ""}, []string{"  neighbor 192.0.2.2 prefix-list P1 in\n", "  neighbor 192.0.2.2 prefix-list P1 in\n  neighbor 192.0.2.2 route-map NEW in\n", "route-map OUT permit 10\n", "route-map NEW permit 10\n set local-preference 150\nexit\n!\nroute-map OUT permit 10\n"}},
		{"a new policy attached in the place of another", false, nil, []string{"neighbor 192.0.2.2 route-map P1-IN in", "neighbor 192.0.2.2 route-map NEW in", "route-map OUT permit 10\n", "route-map NEW permit 10\n set local-preference 150\nexit\n!\nroute-map OUT permit 10\n"}},
		{"an export policy edited in every line", false, nil, []string{"route-map OUT permit 10\n match ip address prefix-list OURS\n", "route-map OUT deny 5\n match ip address prefix-list SPARE\nexit\n!\nroute-map OUT permit 20\n match ip address prefix-list OURS\n set metric 7\n"}},
		{"another export policy, and the old one removed", true, nil, []string{"route-map OUT out", "route-map AWAY out", "route-map OUT permit 10\n", "route-map AWAY permit 10\n"}},
		{"a prefix list renumbered", true, nil, []string{"OURS seq 5 permit 203.0.113.0/24", "OURS seq 1 deny 10.0.0.0/8 le 32\nip prefix-list OURS seq 20 permit 203.0.113.0/24"}},
	} {
		if c.soak && os.Getenv("ROUTEGATE_SOAK") != "1" {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			base := edited(t, base, c.from...)
			if err := r.Apply(within(t, time.Minute), conf(base)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(7 * time.Second) // bgpd looks at changed policies again when the delay timer ends
			ctx, stop := context.WithCancel(within(t, 2*time.Minute))
			var watchers sync.WaitGroup
			watch := func(router, prefix string, want bool) {
				watchers.Go(func() {
					looks := 0
					for ctx.Err() == nil {
						if has, err := seen(ctx, router, prefix); err == nil && has != want {
							t.Errorf("%s has %s: %v, for a moment", router, prefix, has)
							return
						}
						looks++
					}
					t.Logf("%s %s: looked %d times", router, prefix, looks)
				})
			}
			watch("edge", "10.1.0.0/16", true)  // what p1 sends stays
			watch("p1", "10.2.0.0/16", false)   // what p2 sends does not go to p1
			watch("p1", "203.0.113.0/24", true) // the router's own does
			for _, to := range []string{edited(t, base, c.edit...), base} {
				if err := r.Apply(within(t, time.Minute), conf(to)); err != nil {
					t.Error(err)
				}
				time.Sleep(7 * time.Second)
			}
			stop()
			watchers.Wait()
		})
	}
}
