package lab_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/lab"
)

// TestAggregateGathered takes away a part of an aggregate with as-set after bgpd's timer for route maps has ended, with and without a
// map: what bgpd keeps of the part, and that nothing else is excused.
func TestAggregateGathered(t *testing.T) {
	if testing.Short() {
		t.Skip("requires daemon time: left out in short mode")
	}
	requireDaemons(t)
	for name, c := range map[string]struct {
		options string
		keeps   bool
	}{
		"route map":    {"as-set route-map M", true},
		"suppress map": {"as-set suppress-map M", true},
		"no map":       {"as-set", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gathered, others := withdraw(t, c.options)
			if (gathered > 0) != c.keeps {
				t.Errorf("%d differences are explained by aggregate-gathered, keeps is %t", gathered, c.keeps)
			}
			for _, d := range others {
				t.Error(d)
			}
		})
	}
}

// mapsApply is when bgpd has looked at its route maps for certain: its timer for them takes five seconds.
const mapsApply = 8 * time.Second

// withdraw boots an aggregating router with a neighbor that takes one of two networks back, and judges what is left.
func withdraw(t *testing.T, options string) (gathered int, others []lab.Judged) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	before, err := config.Load(ctx, aggregating(t, options, "  network 20.1.0.0/16 route-map P\n"), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	then, err := config.Load(ctx, aggregating(t, options, ""), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, plan, want := established(t, ctx, before.Network)
	time.Sleep(mapsApply)
	if _, err := l.Exec(ctx, "part", "", "vtysh", "-c", "configure terminal", "-c", "router bgp 65002", "-c", "address-family ipv4 unicast",
		"-c", "no network 20.1.0.0/16 route-map P"); err != nil {
		t.Fatal(err)
	}
	if want, err = predict(ctx, then.Network); err != nil {
		t.Fatal(err)
	}
	if err := l.Settle(ctx, plan.Quiet(), 30*time.Second); err != nil {
		t.Fatal(err)
	}
	judged, _, err := judge(ctx, l, plan, want, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range judged {
		if d.Known == "aggregate-gathered" {
			gathered++
			t.Log(d.Difference)
		} else {
			others = append(others, d)
		}
	}
	return gathered, others
}

// aggregating writes the snapshot of a router that aggregates what its neighbor tells it.
func aggregating(t *testing.T, options, network string) string {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"whole": fmt.Sprintf(`frr version 8.4.4
hostname whole
route-map M permit 10
interface eth0
 ip address 10.0.0.1/30
router bgp 65001
 no bgp ebgp-requires-policy
 neighbor 10.0.0.2 remote-as 65002
 address-family ipv4 unicast
  aggregate-address 20.0.0.0/8 %s
 exit-address-family
`, options),
		"part": fmt.Sprintf(`frr version 8.4.4
hostname part
route-map P permit 10
 set as-path prepend 15169
 set community 65002:1
interface eth0
 ip address 10.0.0.2/30
router bgp 65002
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 10.0.0.1 remote-as 65001
 address-family ipv4 unicast
%s  network 20.2.0.0/16
 exit-address-family
`, network),
	} {
		file := filepath.Join(dir, "devices", name, "frr.conf")
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
