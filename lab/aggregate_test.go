package lab_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/routegate/routegate/lab"
	"github.com/routegate/routegate/lab/labtest"
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
	before := load(t, ctx, aggregating(t, options, "  network 20.1.0.0/16 route-map P\n"))
	then := load(t, ctx, aggregating(t, options, ""))
	l, plan, want := established(t, ctx, before)
	time.Sleep(mapsApply)
	configure(t, ctx, l, "part", "router bgp 65002", "address-family ipv4 unicast", "no network 20.1.0.0/16 route-map P")
	want = foretold(t, ctx, then)
	settle(t, ctx, l, plan, 30*time.Second)
	for _, d := range judged(t, ctx, l, plan, want) {
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
	return labtest.Write(t, t.TempDir(), map[string]string{
		"devices/whole/frr.conf": fmt.Sprintf(`frr version 8.4.4
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
		"devices/part/frr.conf": fmt.Sprintf(`frr version 8.4.4
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
	})
}

// TestAggregateBeside has a neighbor announce the very prefix that a router aggregates, like the aggregate in all that bgpd compares, before
// and after a part of it: bgpd makes the aggregate in one order, and the prediction says that the order decides.
func TestAggregateBeside(t *testing.T) {
	if testing.Short() {
		t.Skip("requires daemon time: left out in short mode")
	}
	requireDaemons(t)
	const whole, part = "network 20.0.0.0/8", "network 20.1.0.0/16"
	for name, c := range map[string]struct {
		order   [2]string
		with    string // what is set for the whole
		missing bool
	}{
		"before the part":                 {[2]string{whole, part}, "", true},
		"after the part":                  {[2]string{part, whole}, "", false},
		"before the part, another origin": {[2]string{whole, part}, " route-map EGP", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			missing := 0
			for _, d := range announce(t, c.order, c.with) {
				if !d.Timing || d.Prefix.String() != "20.0.0.0/8" {
					t.Error(d)
				}
				missing++
			}
			if (missing > 0) != c.missing {
				t.Errorf("%d differences hang on the order, missing is %t", missing, c.missing)
			}
		})
	}
}

// announce boots an aggregating router with a neighbor of its AS that announces two networks one after the other, and judges what is there then.
func announce(t *testing.T, order [2]string, with string) []lab.Judged {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	snapshot := func(networks string) string {
		return labtest.Write(t, t.TempDir(), map[string]string{
			"devices/border/frr.conf": `frr version 8.4.4
hostname border
interface eth0
 ip address 10.0.0.1/30
router bgp 65001
 neighbor 10.0.0.2 remote-as 65001
 address-family ipv4 unicast
  aggregate-address 20.0.0.0/8
 exit-address-family
`,
			"devices/twin/frr.conf": fmt.Sprintf(`frr version 8.4.4
hostname twin
route-map EGP permit 10
 set origin egp
interface eth0
 ip address 10.0.0.2/30
router bgp 65001
 no bgp network import-check
 neighbor 10.0.0.1 remote-as 65001
 address-family ipv4 unicast
%s exit-address-family
`, networks),
		})
	}
	before := load(t, ctx, snapshot(""))
	networks := ""
	for i := range order {
		if order[i] == "network 20.0.0.0/8" {
			order[i] += with
		}
		networks += "  " + order[i] + "\n"
	}
	then := load(t, ctx, snapshot(networks))
	l, plan, _ := established(t, ctx, before)
	for _, network := range order {
		configure(t, ctx, l, "twin", "router bgp 65001", "address-family ipv4 unicast", network)
		settle(t, ctx, l, plan, 30*time.Second)
	}
	want := foretold(t, ctx, then)
	return judged(t, ctx, l, plan, want)
}
