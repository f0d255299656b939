package config

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/routegate/routegate/network"
)

// cabled is a network of two routers with two links, and a port outside.
const cabled = `-- devices/r1/frr.conf --
interface eth0
 bandwidth 10000
 ip address 10.0.0.1/30
interface eth1
 ip address 10.0.1.1/30
interface eth2
 ip address 10.0.2.1/30
-- devices/r2/frr.conf --
interface eth0
 bandwidth 1000
 ip address 10.0.0.2/30
interface eth1
 ip address 10.0.1.2/30
-- routegate.yaml --
devices: {r1: {site: ams}, r2: {site: fra}}
protect: [{name: dns, prefixes: [203.0.113.53/32, 203.0.113.54/32], capacity: {ams: 40G, fra: 1.5T}}]
`

// TestCapacity: demands, bandwidths and what sites can serve.
func TestCapacity(t *testing.T) {
	s := load(t, folder(t, cabled+`links:
  - {between: [r2, r1 eth1], bandwidth: 2G}
  - {between: [r1 eth2, outside], bandwidth: 10 Gbit/s}
defaults: {bandwidth: 100M}
demands:
  - {name: web, from: "site:ams", to: 198.51.100.0/24, volume: 2.5G}
  - {name: users, via: [64600, AS64601], to: dns, volume: 250k}
`), Options{})
	n := s.Network
	px := netip.MustParsePrefix
	want := []network.Demand{
		{Name: "web", From: "site:ams", To: []netip.Prefix{px("198.51.100.0/24")}, Volume: 2_500_000_000, Span: network.At("routegate.yaml", 8)},
		{Name: "users", Via: []uint32{64600, 64601}, To: []netip.Prefix{px("203.0.113.53/32"), px("203.0.113.54/32")}, Volume: 250_000, Span: network.At("routegate.yaml", 9)},
	}
	if d := cmp.Diff(want, n.Env.Demands, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); d != "" {
		t.Error(d)
	}
	if c, ok := n.Env.Protect[0].Capacity("fra"); !ok || c.Rate != 1_500_000_000_000 || c.Span.First != 2 {
		t.Errorf("fra can serve %+v", c)
	}
	rates := network.NewBandwidths(n)
	for _, c := range []struct {
		from, to network.End
		want     network.BitRate
	}{
		{network.End{Router: "r1", Interface: "eth0"}, network.End{Router: "r2", Interface: "eth0"}, 1_000_000_000}, // the smaller of both ends
		{network.End{Router: "r2", Interface: "eth1"}, network.End{Router: "r1", Interface: "eth1"}, 2_000_000_000},
		{network.End{Router: "r1", Interface: "eth1"}, network.End{Router: "r2", Interface: "eth1"}, 2_000_000_000},
		{network.End{Router: "r1", Interface: "eth2"}, network.End{}, 10_000_000_000},
		{network.End{}, network.End{Router: "r1", Interface: "eth2"}, 10_000_000_000},
		{network.End{Router: "r1", Interface: "eth3"}, network.End{Router: "r2", Interface: "eth3"}, 100_000_000}, // the default
		{network.End{Router: "r1", Interface: "eth3"}, network.End{}, 0},
	} {
		if got, _ := rates.Of(c.from, c.to); got != c.want {
			t.Errorf("%v to %v: %d, want %d", c.from, c.to, got, c.want)
		}
	}
}

// TestCapacityErrors: what would limit nothing, or say something else than is meant, is one clear error with its line.
func TestCapacityErrors(t *testing.T) {
	for text, want := range map[string]string{
		"links: [{between: [r1, r3], bandwidth: 1G}]":                                                   "there is no router r3",
		"links: [{between: [r1, r2]}]":                                                                  "the bandwidth is missing",
		"links: [{between: [r1], bandwidth: 1G}]":                                                       "a link is between two",
		"links: [{between: [r1, outside], bandwidth: 1G}]":                                              "which port of r1 leads outside is missing",
		"links: [{between: [r1 eth0, outside], bandwidth: 1G}]":                                         "r1 eth0 leads to another router, and not outside",
		"links: [{between: [r1 eth9, r2], bandwidth: 1G}]":                                              "r1 has no interface eth9",
		"links: [{between: [r1 eth2, r2], bandwidth: 1G}]":                                              "there is no link between r1 eth2 and r2",
		"links: [{between: [r1, r2], bandwith: 1G}]":                                                    "did you mean bandwidth?",
		"links: [{between: [r1, r2], bandwidth: 1000000}]":                                              "1000000 is not a bit rate (a number and k, M, G or T",
		"links: [{between: [r1, r2], bandwidth: 1g}]":                                                   "1g is not a bit rate",
		"links: [{between: [r1, r2], bandwidth: 0G}]":                                                   "0G is not a bit rate that a link could have",
		"defaults: {bandwidth: fast}":                                                                   "fast is not a bit rate",
		"demands: [{from: r1, to: dns, volume: 1G}]":                                                    "a demand needs a name",
		"demands: [{name: a, to: dns, volume: 1G}]":                                                     "a: want from, or via",
		"demands: [{name: a, from: r1, via: [64600], to: dns, volume: 1G}]":                             "a: want from, or via",
		"demands: [{name: a, via: [], to: dns, volume: 1G}]":                                            "no AS is named",
		"demands: [{name: a, from: r1, volume: 1G}]":                                                    "where it goes is missing",
		"demands: [{name: a, from: r1, to: dns}]":                                                       "the volume is missing",
		"demands: [{name: a, from: r7, to: dns, volume: 1G}]":                                           "r7 is neither a router, nor role:",
		"demands: [{name: a, from: 'site:lon', to: dns, volume: 1G}]":                                   "no device has the site lon",
		"demands: [{name: a, from: outside, to: dns, volume: 1G}]":                                      "outside is many places",
		"demands: [{name: a, from: r1, to: dsn, volume: 1G}]":                                           "dsn is neither a prefix nor the name of what is protected (known: dns)",
		"demands: [{name: a, from: r1, to: 203.0.113.7, volume: 1G}]":                                   "a single address is 203.0.113.7/32",
		"demands: [{name: a, from: r1, to: dns, volume: -1G}]":                                          "-1G is not a bit rate",
		"demands: [{name: a, from: r1, to: dns, volum: 1G}]":                                            "did you mean volume?",
		"demands: [{name: a, via: [64600, 64600], to: dns, volume: 1G}]":                                "AS 64600 stands twice",
		"demands: [{name: a, from: r1, to: dns, volume: 1G}, {name: a, from: r2, to: dns, volume: 1G}]": "there are two demands a",
	} {
		_, err := Load(context.Background(), folder(t, cabled+text+"\n"), Options{})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "routegate.yaml:3") {
			t.Errorf("%s\n got %v\nwant %s", text, err, want)
		}
	}
	if _, err := Load(context.Background(), folder(t, strings.Replace(cabled, "ams: 40G", "asm: 40G", 1)), Options{}); err == nil || !strings.Contains(err.Error(), "no device has the site asm (known: ams, fra)") {
		t.Errorf("an unknown site: %v", err)
	}
}
