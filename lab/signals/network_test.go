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

// core is the neighbor of the router that changes, over two links where it has two, and tells the operator's station by BMP what it has.
func core(as string, two bool) string {
	second := func(text string) string {
		if two {
			return text
		}
		return ""
	}
	return `frr defaults traditional
hostname core
interface first
 ip address 192.0.2.1/30
` + second("interface second\n ip address 192.0.2.5/30\n") + `ip route 203.0.113.0/24 blackhole
router bgp 65010
 bgp router-id 10.255.0.10
 no bgp ebgp-requires-policy
 no bgp suppress-duplicates
 coalesce-time 20
 neighbor 192.0.2.2 remote-as ` + as + `
 neighbor 192.0.2.2 timers connect 1
 neighbor 192.0.2.2 advertisement-interval 0
` + second(" neighbor 192.0.2.6 remote-as "+as+"\n neighbor 192.0.2.6 timers connect 1\n neighbor 192.0.2.6 advertisement-interval 0\n") + ` address-family ipv4 unicast
  network 203.0.113.0/24
 exit-address-family
 bmp targets routegate
  bmp connect 10.99.0.1 port 11019 min-retry 100 max-retry 500
  bmp monitor ipv4 unicast post-policy
 exit
`
}

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
route-map FIRST permit 10
 set metric 10
exit
route-map SECOND permit 10
 set metric 20
exit
`

const gobgp = `[global.config]
as = 65002
router-id = "10.255.0.2"
[global.apply-policy.config]
export-policy-list = ["OUT"]
default-import-policy = "accept-route"
default-export-policy = "accept-route"

[[neighbors]]
[neighbors.config]
neighbor-address = "192.0.2.1"
peer-as = 65010
[neighbors.timers.config]
connect-retry = 1
[neighbors.transport.config]
passive-mode = true
[[neighbors.afi-safis]]
[neighbors.afi-safis.config]
afi-safi-name = "ipv4-unicast"

[[policy-definitions]]
name = "OUT"
[[policy-definitions.statements]]
name = "out-10"
[policy-definitions.statements.actions]
route-disposition = "accept-route"
[policy-definitions.statements.actions.bgp-actions]
set-med = "10"
`

const bird = `log stderr all;
router id 10.255.0.3;
protocol device {}
protocol kernel { ipv4 { export all; }; }
protocol static OWN { ipv4; route 198.51.100.0/24 blackhole; }
filter OUT { bgp_med = 10; accept; }
protocol bgp up1 { local 192.0.2.2 as 65003; neighbor 192.0.2.1 as 65010; connect retry time 1; connect delay time 1; error wait time 1, 1; ipv4 { import all; export filter OUT; }; }
`

// settings of all; what a test looks at stands behind rollout.
const settings = `network: signals
management: {prefixes: [10.99.0.0/24], stations: [10.99.0.1]}
protect:
  - {name: service, prefixes: [198.51.100.0/24]}
devices:
  core: {role: z, mgmt: 10.99.0.10}
  ROUTER:
    role: a
    mgmt: 10.99.0.11
INTERFACES
rollout:
  bake: 20s
  margin: 20s
  pace: 0s
  accept-loss: [ROUTER]
  agents: {ca: ca/ca.pem, certificate: ca/controller.pem, key: ca/controller.key}
`

// routers are those that can change: their file, and what in it tags all that they announce.
var routers = map[string]struct{ as, file, text, old, tagged, more string }{
	"frr":   {"65001", "devices/frr/frr.conf", frr, " set metric", " set community 65010:666\n set metric", ""},
	"gobgp": {"65002", "devices/gobgp/gobgpd.toml", gobgp, "set-med = \"10\"\n", "set-med = \"10\"\n[policy-definitions.statements.actions.bgp-actions.set-community]\noptions = \"add\"\n[policy-definitions.statements.actions.bgp-actions.set-community.set-community-method]\ncommunities-list = [\"65010:666\"]\n", "originations: [{router: gobgp, prefixes: [198.51.100.0/24]}]\n"},
	"bird":  {"65003", "devices/bird/bird.conf", bird, "bgp_med = 10;", "bgp_med = 10; bgp_community.add((65010, 666));", ""},
}

// before is a network of core and a router. look is what its rollouts look at, below rollout.
func before(router, look string) map[string]string {
	r := routers[router]
	interfaces := "    interfaces: {first: [192.0.2.2/30]}"
	if router == "frr" {
		interfaces = ""
	}
	yaml := strings.NewReplacer("ROUTER", router, "INTERFACES", interfaces).Replace(settings)
	return map[string]string{"devices/core/frr.conf": core(r.as, router == "frr"), r.file: r.text, "routegate.yaml": yaml + look + r.more}
}

// edited has the router's file changed.
func edited(t testing.TB, files map[string]string, router, old, new string) map[string]string {
	t.Helper()
	files = maps.Clone(files)
	f := routers[router].file
	if !strings.Contains(files[f], old) {
		t.Fatalf("%s does not say %q", f, old)
	}
	files[f] = strings.ReplaceAll(files[f], old, new)
	return files
}
