// Package signals leads real rollouts whose end is decided by one signal: BMP, a probe, a Prometheus, or the daemons' tables. The program, its
// agents and the daemons are processes in network namespaces; what goes wrong is what no simulation could know.
package signals

import (
	"maps"
	"strings"
	"testing"

	"github.com/routegate/routegate/lab/labtest"
)

func TestMain(m *testing.M) { labtest.Main(m) }

// service is what the router that changes announces to core; clients is the other way round.
const (
	service = "198.51.100.0/24"
	clients = "203.0.113.0/24"
)

// tell has a bgpd tell the operator's station by BMP what it has.
const tell = ` bmp targets routegate
  bmp connect 10.99.0.1 port 11019 min-retry 100 max-retry 500
  bmp monitor ipv4 unicast post-policy
 exit
`

// core is the neighbor of the router that changes, over two links.
const core = `frr defaults traditional
hostname core
interface first
 ip address 192.0.2.1/30
interface second
 ip address 192.0.2.5/30
ip route 203.0.113.0/24 blackhole
router bgp 65010
 bgp router-id 10.255.0.10
 no bgp ebgp-requires-policy
 no bgp suppress-duplicates
 coalesce-time 20
 neighbor 192.0.2.2 remote-as 65001
 neighbor 192.0.2.2 timers connect 1
 neighbor 192.0.2.2 advertisement-interval 0
 neighbor 192.0.2.6 remote-as 65001
 neighbor 192.0.2.6 timers connect 1
 neighbor 192.0.2.6 advertisement-interval 0
 address-family ipv4 unicast
  network 203.0.113.0/24
 exit-address-family
` + tell

const frr = `frr defaults traditional
hostname frr
interface first
 ip address 192.0.2.2/30
interface second
 ip address 192.0.2.6/30
interface lo
 ip address 198.51.100.1/32
ip route 198.51.100.0/24 blackhole
router bgp 65001
 bgp router-id 10.255.0.1
 no bgp ebgp-requires-policy
 no bgp suppress-duplicates
 bgp route-map delay-timer 1
 coalesce-time 20
 neighbor 192.0.2.1 remote-as 65010
 neighbor 192.0.2.1 timers connect 1
 neighbor 192.0.2.1 advertisement-interval 0
 neighbor 192.0.2.5 remote-as 65010
 neighbor 192.0.2.5 timers connect 1
 neighbor 192.0.2.5 advertisement-interval 0
 address-family ipv4 unicast
  network 198.51.100.0/24
  neighbor 192.0.2.1 route-map FIRST out
  neighbor 192.0.2.5 route-map SECOND out
 exit-address-family
` + tell + `exit
route-map FIRST permit 10
 set metric 10
exit
route-map SECOND permit 10
 set metric 20
exit
`

// settings of all; what a rollout looks at stands behind them.
const settings = `network: signals
management: {prefixes: [10.99.0.0/24], stations: [10.99.0.1]}
protect:
  - {name: service, prefixes: [198.51.100.0/24]}
devices:
  core: {role: z, mgmt: 10.99.0.10}
  frr: {role: a, mgmt: 10.99.0.11}
rollout:
  bake: BAKE
  margin: 20s
  pace: 0s
  accept-loss: [frr]
  agents: {ca: ca/ca.pem, certificate: ca/controller.pem, key: ca/controller.key}
`

// before is a network of core and a router that changes. look is what its rollouts look at, and for how long.
func before(bake, look string) map[string]string {
	return map[string]string{"devices/core/frr.conf": core, "devices/frr/frr.conf": frr, "routegate.yaml": strings.Replace(settings, "BAKE", bake, 1) + look}
}

// edited has the router's file changed.
func edited(t testing.TB, files map[string]string, old, new string) map[string]string {
	t.Helper()
	const f = "devices/frr/frr.conf"
	files = maps.Clone(files)
	if !strings.Contains(files[f], old) {
		t.Fatalf("%s does not say %q", f, old)
	}
	files[f] = strings.ReplaceAll(files[f], old, new)
	return files
}
