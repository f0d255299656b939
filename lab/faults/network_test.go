// Package faults breaks real rollouts: the program, its agents and real daemons, each a process in a network namespace, with a
// management network beside the in-band one.
package faults

import (
	"maps"
	"strings"
	"testing"

	"github.com/routegate/routegate/lab/labtest"
)

func TestMain(m *testing.M) { labtest.Main(m) }

// The routers that change, by their daemon. Each hears core.
var daemons = []string{"frr", "gobgp", "bird"}

const core = `frr defaults traditional
hostname core
interface to-frr
 ip address 192.0.2.1/30
interface to-gobgp
 ip address 192.0.2.5/30
interface to-bird
 ip address 192.0.2.9/30
ip route 203.0.113.0/24 blackhole
ip route 198.51.100.0/24 blackhole
router bgp 65010
 bgp router-id 10.255.0.10
 no bgp ebgp-requires-policy
 no bgp suppress-duplicates
 coalesce-time 20
 neighbor 192.0.2.2 remote-as 65001
 neighbor 192.0.2.2 timers connect 1
 neighbor 192.0.2.2 advertisement-interval 0
 neighbor 192.0.2.6 remote-as 65002
 neighbor 192.0.2.6 timers connect 1
 neighbor 192.0.2.6 advertisement-interval 0
 neighbor 192.0.2.10 remote-as 65003
 neighbor 192.0.2.10 timers connect 1
 neighbor 192.0.2.10 advertisement-interval 0
 address-family ipv4 unicast
  network 203.0.113.0/24
  network 198.51.100.0/24
 exit-address-family
`

const frr = `frr defaults traditional
hostname frr
interface core0
 ip address 192.0.2.2/30
router bgp 65001
 bgp router-id 10.255.0.1
 no bgp ebgp-requires-policy
 no bgp suppress-duplicates
 bgp route-map delay-timer 1
 coalesce-time 20
 neighbor 192.0.2.1 remote-as 65010
 neighbor 192.0.2.1 timers connect 1
 neighbor 192.0.2.1 advertisement-interval 0
 address-family ipv4 unicast
  neighbor 192.0.2.1 route-map IN in
 exit-address-family
ip prefix-list TAKEN seq 5 permit 203.0.113.0/24
route-map IN permit 10
 match ip address prefix-list TAKEN
`

const gobgp = `[global.config]
as = 65002
router-id = "10.255.0.2"
[global.apply-policy.config]
import-policy-list = ["IN"]
default-import-policy = "reject-route"
default-export-policy = "accept-route"

[[neighbors]]
[neighbors.config]
neighbor-address = "192.0.2.5"
peer-as = 65010
[neighbors.timers.config]
connect-retry = 1
[neighbors.transport.config]
passive-mode = true
[[neighbors.afi-safis]]
[neighbors.afi-safis.config]
afi-safi-name = "ipv4-unicast"

[[defined-sets.prefix-sets]]
prefix-set-name = "TAKEN"
[[defined-sets.prefix-sets.prefix-list]]
ip-prefix = "203.0.113.0/24"
masklength-range = "24..24"

[[policy-definitions]]
name = "IN"
[[policy-definitions.statements]]
name = "in-10"
[policy-definitions.statements.conditions.match-prefix-set]
prefix-set = "TAKEN"
[policy-definitions.statements.actions]
route-disposition = "accept-route"
`

const bird = `log stderr all;
router id 10.255.0.3;
protocol device {}
protocol kernel { ipv4 { export all; }; }
define TAKEN = [203.0.113.0/24];
filter IN { if net ~ TAKEN then accept; reject; }
protocol bgp up1 { local 192.0.2.10 as 65003; neighbor 192.0.2.9 as 65010; connect retry time 1; connect delay time 1; error wait time 1, 1; ipv4 { import filter IN; export all; }; }
`

const settings = `network: faults
management: {prefixes: [10.99.0.0/24], stations: [10.99.0.1]}
protect:
  - {name: service, prefixes: [203.0.113.0/24]}
devices:
  core:  {role: core, mgmt: 10.99.0.10}
  frr:   {role: f, mgmt: 10.99.0.11}
  gobgp:
    role: g
    mgmt: 10.99.0.12
    interfaces: {core0: [192.0.2.6/30]}
  bird:
    role: b
    mgmt: 10.99.0.13
    interfaces: {core0: [192.0.2.10/30]}
rollout:
  bake: 1s
  margin: 6s
  pace: 0s
  patience: 20s
  guard: 8s
  signals:
    protected: {interval: 500ms, delay: 0s, failure-limit: 4}
    sessions: {interval: 1s, delay: 1s}
    routes: {interval: 1s, delay: 1s}
    announcements: {interval: 1s, delay: 1s}
  agents: {ca: ca/ca.pem, certificate: ca/controller.pem, key: ca/controller.key}
`

func before() map[string]string {
	return map[string]string{"devices/core/frr.conf": core, "devices/frr/frr.conf": frr, "devices/gobgp/gobgpd.toml": gobgp,
		"devices/bird/bird.conf": bird, "routegate.yaml": settings}
}

// after has the routers named take one more prefix from core.
func after(t *testing.T, routers ...string) map[string]string {
	t.Helper()
	edit := map[string][3]string{
		"frr": {"devices/frr/frr.conf", "TAKEN seq 5 permit 203.0.113.0/24\n", "TAKEN seq 5 permit 203.0.113.0/24\nip prefix-list TAKEN seq 10 permit 198.51.100.0/24\n"},
		"gobgp": {"devices/gobgp/gobgpd.toml", "masklength-range = \"24..24\"\n",
			"masklength-range = \"24..24\"\n[[defined-sets.prefix-sets.prefix-list]]\nip-prefix = \"198.51.100.0/24\"\nmasklength-range = \"24..24\"\n"},
		"bird": {"devices/bird/bird.conf", "TAKEN = [203.0.113.0/24]", "TAKEN = [203.0.113.0/24, 198.51.100.0/24]"},
	}
	files := maps.Clone(before())
	for _, r := range routers {
		e := edit[r]
		if !strings.Contains(files[e[0]], e[1]) {
			t.Fatalf("%s does not say %q", e[0], e[1])
		}
		files[e[0]] = strings.Replace(files[e[0]], e[1], e[2], 1)
	}
	return files
}
