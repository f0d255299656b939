// Package faults breaks real rollouts: the program, its agents and real daemons, each a process in a network namespace, with a
// management network beside the in-band one.
package faults

import (
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/routegate/routegate/lab/labtest"
)

func TestMain(m *testing.M) { labtest.Main(m) }

// long skips what TestFaults goes through as well, and what takes long, but under ROUTEGATE_SOAK.
func long(t testing.TB) {
	t.Helper()
	if os.Getenv("ROUTEGATE_SOAK") != "1" {
		t.Skip("takes long: ROUTEGATE_SOAK=1 runs it")
	}
}

// The routers that change, by their daemon. Each hears core.
var daemons = []string{"frr", "gobgp", "bird"}

// cable is between core and one of them: core's end, and theirs.
type cable struct {
	core, far string
	as        int
}

var cables = map[string]cable{"frr": {"192.0.2.1", "192.0.2.2", 65001}, "gobgp": {"192.0.2.5", "192.0.2.6", 65002}, "bird": {"192.0.2.9", "192.0.2.10", 65003}}

// core is their neighbor, and originates what they hear.
func core(routers ...string) string { return coreOf(cables, routers...) }

func coreOf(cables map[string]cable, routers ...string) string {
	var interfaces, neighbors strings.Builder
	for _, r := range routers {
		c := cables[r]
		fmt.Fprintf(&interfaces, "interface to-%s\n ip address %s/30\n", r, c.core)
		fmt.Fprintf(&neighbors, " neighbor %s remote-as %d\n neighbor %s description %s\n neighbor %s timers 2 6\n neighbor %s timers connect 1\n neighbor %s advertisement-interval 0\n", c.far, c.as, c.far, r, c.far, c.far, c.far)
	}
	return `frr defaults traditional
hostname core
` + interfaces.String() + `ip route 203.0.113.0/24 blackhole
ip route 198.51.100.0/24 blackhole
router bgp 65010
 bgp router-id 10.255.0.10
 no bgp ebgp-requires-policy
 no bgp suppress-duplicates
 coalesce-time 20
` + neighbors.String() + ` address-family ipv4 unicast
  network 203.0.113.0/24
  network 198.51.100.0/24
 exit-address-family
`
}

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
devices:
  core: {role: z, mgmt: 10.99.0.10}
`

// devices are what settings say of each.
var devices = map[string]string{
	"frr":   "  frr: {role: f, mgmt: 10.99.0.11}\n",
	"gobgp": "  gobgp:\n    role: g\n    mgmt: 10.99.0.12\n    interfaces: {core0: [192.0.2.6/30]}\n",
	"bird":  "  bird:\n    role: b\n    mgmt: 10.99.0.13\n    interfaces: {core0: [192.0.2.10/30]}\n",
}

// files are each router's, and its own lines in them that a change edits.
var file = map[string]struct{ name, text, old, new string }{
	"frr": {"devices/frr/frr.conf", frr, "TAKEN seq 5 permit 203.0.113.0/24\n", "TAKEN seq 5 permit 203.0.113.0/24\nip prefix-list TAKEN seq 10 permit 198.51.100.0/24\n"},
	"gobgp": {"devices/gobgp/gobgpd.toml", gobgp, "masklength-range = \"24..24\"\n",
		"masklength-range = \"24..24\"\n[[defined-sets.prefix-sets.prefix-list]]\nip-prefix = \"198.51.100.0/24\"\nmasklength-range = \"24..24\"\n"},
	"bird": {"devices/bird/bird.conf", bird, "TAKEN = [203.0.113.0/24]", "TAKEN = [203.0.113.0/24, 198.51.100.0/24]"},
}

// before is a network of core and these routers.
func before(routers ...string) map[string]string {
	out := map[string]string{"devices/core/frr.conf": core(routers...), "routegate.yaml": settings}
	for _, r := range routers {
		out[file[r].name] = file[r].text
		out["routegate.yaml"] += devices[r]
	}
	return out
}

// edited has the routers named take one more prefix from core; of core only a description changes.
func edited(t testing.TB, files map[string]string, routers ...string) map[string]string {
	t.Helper()
	files = maps.Clone(files)
	for _, r := range routers {
		e := file[r]
		if r == "core" {
			e.name, e.old, e.new = "devices/core/frr.conf", " description ", " description the-router-"
		}
		if !strings.Contains(files[e.name], e.old) {
			t.Fatalf("%s does not say %q", e.name, e.old)
		}
		files[e.name] = strings.ReplaceAll(files[e.name], e.old, e.new)
	}
	return files
}
