package pack_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/routegate/routegate/rescue/pack"
)

// environment is what a routegate.yaml states: of core1 no driver (that is concluded from its files), of spare no address.
func environment() *pack.Stated {
	at := netip.MustParseAddr
	return &pack.Stated{Snapshot: "net", File: "net/routegate.yaml", Network: "example", NetworkLine: 1, Port: 7443, ConsolesLine: 9, Consoles: []netip.Addr{at("192.0.2.5")},
		Routers: map[string]pack.StatedRouter{
			"edge1": {Mgmt: at("192.0.2.11"), MgmtLine: 3, Role: "edge", RoleLine: 4, Driver: "bird", DriverLine: 5, Site: "ams"},
			"core1": {Mgmt: at("2001:db8::12"), MgmtLine: 7, Driver: "frr"},
			"spare": {Role: "edge", RoleLine: 8},
		}}
}

func readStated(t *testing.T, plan string, s *pack.Stated) (*pack.Plan, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rescue.yaml")
	must(t, os.WriteFile(file, []byte(plan), 0o600))
	return pack.ReadPlan(file, func(string) (*pack.Stated, error) { return s, nil })
}

// TestStated: what routegate.yaml has need not be written again, and what it does not state the plan may say as it likes.
func TestStated(t *testing.T) {
	at, addr := netip.MustParseAddrPort, netip.MustParseAddr
	one := func(r pack.Router) map[string]pack.Router { return map[string]pack.Router{"edge1": r} }
	whole := pack.Router{Role: "edge", Driver: "bird", Agent: at("192.0.2.11:7443"), Place: "ams"}
	with := func(change func(r *pack.Router)) map[string]pack.Router {
		r := whole
		change(&r)
		return one(r)
	}
	keys := []string{"ssh-ed25519 AAAA"}
	for name, c := range map[string]struct {
		plan    string
		stated  func(*pack.Stated)
		routers map[string]pack.Router
		notes   int
	}{
		"no routers are named: all that are managed": {plan: "keep: 3", routers: map[string]pack.Router{"edge1": whole, "core1": {Driver: "frr", Agent: at("[2001:db8::12]:7443")}}},
		"those that are named":                       {plan: "routers: {edge1: }", routers: one(whole), notes: 1},
		"the same again":                             {plan: "network: example\nrouters: {edge1: {role: edge, driver: bird, agent: 192.0.2.11:7443}}", routers: one(whole), notes: 1},
		"what only the plan has": {plan: "routers: {edge1: {stage: 2, place: cage, probes: ['203.0.113.53:53']}}", notes: 1,
			routers: with(func(r *pack.Router) {
				r.Stage, r.Place, r.Probes = 2, "cage", []netip.AddrPort{at("203.0.113.53:53")}
			})},
		"ssh at the management address": {plan: "routers: {edge1: {ssh: {host-keys: [ssh-ed25519 AAAA]}}}", notes: 1,
			routers: with(func(r *pack.Router) { r.SSH = &pack.SSH{Address: at("192.0.2.11:22"), HostKeys: keys} })},
		"ssh elsewhere": {plan: "routers: {edge1: {ssh: {address: '198.51.100.1:2222', host-keys: [ssh-ed25519 AAAA]}}}", notes: 1,
			routers: with(func(r *pack.Router) { r.SSH = &pack.SSH{Address: at("198.51.100.1:2222"), HostKeys: keys} })},
		"the console server": {plan: "routers: {edge1: {console: {host-keys: [ssh-ed25519 AAAA], console: console edge1}}}", notes: 1,
			routers: with(func(r *pack.Router) {
				r.Console = &pack.SSH{Address: at("192.0.2.5:22"), HostKeys: keys, Console: "console edge1"}
			})},
		"another console server of two": {plan: "routers: {edge1: {console: {address: '192.0.2.6:22', host-keys: [ssh-ed25519 AAAA]}}}", notes: 1,
			stated:  func(s *pack.Stated) { s.Consoles = append(s.Consoles, addr("192.0.2.6")) },
			routers: with(func(r *pack.Router) { r.Console = &pack.SSH{Address: at("192.0.2.6:22"), HostKeys: keys} })},
		"a port that nothing states": {plan: "routers: {edge1: {agent: 192.0.2.11:9000}}", routers: with(func(r *pack.Router) { r.Agent = at("192.0.2.11:9000") }), notes: 1},
		"a driver that is concluded": {plan: "routers: {core1: {driver: gobgp}}", routers: map[string]pack.Router{"core1": {Driver: "gobgp", Agent: at("[2001:db8::12]:7443")}}, notes: 1},
		"a router without an address": {plan: "routers: {spare: {driver: frr, agent: 192.0.2.13:7443}}", notes: 2,
			routers: map[string]pack.Router{"spare": {Role: "edge", Driver: "frr", Agent: at("192.0.2.13:7443")}}},
		"a router that is unknown there": {plan: "routers: {else: {driver: frr, agent: 192.0.2.13:7443}}", notes: 2,
			routers: map[string]pack.Router{"else": {Driver: "frr", Agent: at("192.0.2.13:7443")}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := environment()
			if c.stated != nil {
				c.stated(s)
			}
			p, err := readStated(t, c.plan, s)
			must(t, err)
			if d := cmp.Diff(c.routers, p.Routers, cmpopts.EquateComparable(netip.AddrPort{})); d != "" {
				t.Error(d)
			}
			if p.Network != "example" || p.Snapshot != "net" || len(p.Notes) != c.notes {
				t.Errorf("network %q, of %q, notes %q", p.Network, p.Snapshot, p.Notes)
			}
		})
	}
}

// TestStatedContradictions: where both state something, they are the same, or it is an error that names both places. Nothing is guessed.
func TestStatedContradictions(t *testing.T) {
	for name, c := range map[string]struct {
		plan   string
		stated func(*pack.Stated)
		want   string
	}{
		"network": {plan: "keep: 3\nnetwork: other", want: "rescue.yaml:2: the network is other, but net/routegate.yaml:1 says example (leave it out here, or make them the same)"},
		"address": {plan: "routers:\n  edge1:\n    agent: 192.0.2.9:7443", want: "rescue.yaml:3: the agent of edge1 is at 192.0.2.9, but net/routegate.yaml:3 says 192.0.2.11 (leave"},
		"port": {plan: "routers:\n  edge1: {agent: 192.0.2.11:7443}", stated: func(s *pack.Stated) { s.Port, s.PortLine = 7444, 12 },
			want: "rescue.yaml:2: the agent of edge1 is at port 7443, but net/routegate.yaml:12 says 7444 (leave"},
		"role":   {plan: "routers:\n  edge1:\n    role: core", want: "rescue.yaml:3: the role of edge1 is core, but net/routegate.yaml:4 says edge (leave"},
		"driver": {plan: "routers: {edge1: {driver: frr}}", want: "rescue.yaml:1: the driver of edge1 is frr, but net/routegate.yaml:5 says bird (leave"},
		"which console server": {plan: "routers:\n  edge1:\n    console: {console: c}", stated: func(s *pack.Stated) { s.Consoles = append(s.Consoles, netip.MustParseAddr("2001:db8::6")) },
			want: `rescue.yaml:3: the console of edge1 has no address, and net/routegate.yaml:9 names 2 console servers (say which, as in address: "192.0.2.5:22")`},
		"a jump host is no console server":  {plan: "routers: {edge1: {console: {onward: '192.0.2.11:22'}}}", want: "rescue.yaml:1: the console of edge1 has no address"},
		"a router that nothing is known of": {plan: "routers:\n  edge1: {}\n  egde2: {}", want: "rescue.yaml:3: egde2 has no driver (frr, gobgp or bird, in it or in routegate.yaml)"},
		"nobody is managed":                 {stated: func(s *pack.Stated) { s.Routers = nil }, want: "want routers: {NAME:"},
	} {
		t.Run(name, func(t *testing.T) {
			s := environment()
			if c.stated != nil {
				c.stated(s)
			}
			if p, err := readStated(t, c.plan, s); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v (%+v)\nwant %s", err, p, c.want)
			}
		})
	}
}
