package config

import (
	"context"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/routegate/routegate/network"
)

const whole = small + `
-- devices/Core.1/gobgpd.toml --
[global.config]
as = 65002
router-id = "192.0.2.2"
[[neighbors]]
[neighbors.config]
neighbor-address = "10.0.0.1"
peer-as = 65001
-- routegate.yaml --
network: example
owned: [203.0.113.0/24, "2001:db8::/32"]
devices:
  r1: {role: edge, site: ams, group: edge-ams, mgmt: 192.0.2.11, driver: frr}
  Core.1:
    role: core
    interfaces:
      eth0.10: [10.0.0.2/30, 2001:db8::2/64]
relations:
  - {as: 64600, is: provider}
  - {as: AS64800, is: customer, prefixes: [198.51.100.0/24]}
announcements:
  - {from: 64600, to: r1, neighbor: 10.0.0.2, prefixes: [0.0.0.0/0, 8.8.8.0/24], as-path: [64600, 15169, [3, 2]], communities: [no-export, "64600:1"], large-communities: ["64600:1:2"], ext-communities: ["SoO:192.0.2.1:7", "RT:64600:1"], med: 0, origin: egp, next-hop: 10.0.0.9}
  - {from: 64600, to: r1, prefixes: [9.9.9.0/24]}
originations:
  - router: Core.1
    prefixes: [203.0.113.0/24]
    local-pref: 200
protect:
  - {name: dns, prefixes: [203.0.113.53/32], min-origins: 2, reachable-from: ["role:edge", outside, Core.1]}
management: {prefixes: [192.0.2.0/24], stations: [192.0.2.1], consoles: [192.0.2.250]}
policy:
  params: {max-routers-changed-percent: 25, Names: [a, b]}
  levels: {leak/RFC7908: soft}
  disabled: [hygiene/x]
  standing-denies: true
`

// Parameters are for routers that there are.
func TestParamsAt(t *testing.T) {
	read := func(policy string) (network.PolicySettings, error) {
		s, err := Load(t.Context(), folder(t, small+"-- routegate.yaml --\ndevices: {r1: {role: edge}}\npolicy:\n  params-at:\n    "+policy+"\n"), Options{})
		if err != nil {
			return network.PolicySettings{}, err
		}
		return s.Network.Env.Policy, nil
	}
	p, err := read("role:edge: {a: 1, b: [x]}\n    r1: {a: 2}")
	want := []network.ParamsAt{{Place: "role:edge", Params: map[string]any{"a": 1, "b": []any{"x"}}}, {Place: "r1", Params: map[string]any{"a": 2}}}
	if d := cmp.Diff(want, p.ParamsAt); err != nil || d != "" {
		t.Errorf("%v %s", err, d)
	}
	for policy, want := range map[string]string{
		"role:edg: {a: 1}":           "routegate.yaml:4:5: policy.params-at.role:edg: no device has the role edg (did you mean edge?)",
		"r2: {a: 1}":                 "policy.params-at.r2: r2 is neither a router",
		"outside: {a: 1}":            "outside has no parameters",
		"r1: [a]":                    "want keys and values",
		"r1: {a: 1}\n    r1: {a: 2}": "policy.params-at.r1 stands twice",
	} {
		if _, err := read(policy); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", policy, err, want)
		}
	}
}

func TestEnvironment(t *testing.T) {
	s := load(t, folder(t, whole), Options{})
	e := s.Network.Env
	px := netip.MustParsePrefix
	ad := netip.MustParseAddr
	want := network.Environment{
		Present: true,
		Owned:   []netip.Prefix{px("203.0.113.0/24"), px("2001:db8::/32")},
		Devices: []network.Device{
			{Name: "Core.1", Role: "core", Span: network.Span{File: "routegate.yaml", First: 5, Last: 8}},
			{Name: "r1", Role: "edge", Site: "ams", Group: "edge-ams", Mgmt: ad("192.0.2.11"), Driver: "frr", Span: network.At("routegate.yaml", 4)},
		},
		Relations: []network.Relation{
			{AS: 64600, Is: network.Provider, Span: network.At("routegate.yaml", 10)},
			{AS: 64800, Is: network.Customer, Prefixes: []netip.Prefix{px("198.51.100.0/24")}, Span: network.At("routegate.yaml", 11)},
		},
		Announcements: []network.Announcement{
			{From: 64600, To: "r1", Neighbor: ad("10.0.0.2"), Prefixes: []netip.Prefix{px("0.0.0.0/0"), px("8.8.8.0/24")}, Span: network.At("routegate.yaml", 13),
				Attributes: network.PathAttributes{Origin: network.OriginEGP, NextHop: ad("10.0.0.9"), HasMED: true,
					ASPath:      network.ASPath{{AS: []uint32{64600, 15169}}, {Kind: network.ASSet, AS: []uint32{2, 3}}},
					Communities: []network.Community{64600<<16 | 1, network.NoExport}, Large: []network.LargeCommunity{{Global: 64600, Data1: 1, Data2: 2}},
					Ext: []network.ExtCommunity{0x0002_fc58_0000_0001, 0x0103_c000_0201_0007}}},
			{From: 64600, To: "r1", Prefixes: []netip.Prefix{px("9.9.9.0/24")}, Span: network.At("routegate.yaml", 14), Attributes: network.PathAttributes{ASPath: network.Sequence(64600)}},
		},
		Originations: []network.Origination{{Router: "Core.1", Prefixes: []netip.Prefix{px("203.0.113.0/24")}, Span: network.Span{File: "routegate.yaml", First: 16, Last: 18},
			Attributes: network.PathAttributes{LocalPref: 200, HasLocalPref: true}}},
		Protect:    []network.Protected{{Name: "dns", Prefixes: []netip.Prefix{px("203.0.113.53/32")}, MinOrigins: 2, ReachableFrom: []string{"role:edge", "outside", "Core.1"}, Span: network.At("routegate.yaml", 20)}},
		Management: network.Management{Prefixes: []netip.Prefix{px("192.0.2.0/24")}, Stations: []netip.Addr{ad("192.0.2.1")}, Consoles: []netip.Addr{ad("192.0.2.250")}, Span: network.At("routegate.yaml", 21)},
		Policy: network.PolicySettings{Params: map[string]any{"max-routers-changed-percent": 25, "Names": []any{"a", "b"}}, Levels: map[string]string{"leak/RFC7908": "soft"},
			Disabled: []string{"hygiene/x"}, StandingDenies: true, Span: network.Span{File: "routegate.yaml", First: 23, Last: 26}},
	}
	opt := cmp.Options{cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }), cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }),
		cmpopts.EquateEmpty(), cmpopts.IgnoreFields(network.Environment{}, "Spans")}
	if d := cmp.Diff(want, e, opt); d != "" {
		t.Error(d)
	}
	if at, ok := e.Spans.Find("owned"); !ok || at.First != 2 {
		t.Errorf("owned stands at %v", at)
	}
	if s.Network.Name != "example" {
		t.Error(s.Network.Name)
	}
	r := s.Network.Router("Core.1")
	i := r.Interface("eth0.10")
	if i == nil || !i.Implied || len(i.Addresses) != 2 || i.Addresses[0].Span.First != 8 {
		t.Errorf("%+v", i)
	}
	nets := r.Default().BGP.Families[network.IPv4Unicast].Networks
	if len(nets) != 1 || !nets[0].Injected || nets[0].Attributes.LocalPref != 200 {
		t.Errorf("%+v", nets)
	}
	if len(s.parsed["Core.1"].router.Default().BGP.Families[0].Networks) != 0 {
		t.Error("the parsed router was written to")
	}
	if l := s.Network.Links; len(l) != 1 || l[0].Prefix != px("10.0.0.0/30") {
		t.Errorf("%v", l)
	}
}

func TestNoEnvironment(t *testing.T) {
	dir := folder(t, small)
	s := load(t, dir, Options{})
	if s.Network.Env.Present || s.Network.Name != dir {
		t.Errorf("%+v", s.Network.Env)
	}
	if s := load(t, folder(t, small+"\n-- routegate.yaml --\n# nothing yet\n"), Options{}); !s.Network.Env.Present {
		t.Error("an empty file is a file")
	}
}

// What routegate.yaml says wrong is refused at its line and column.
func TestEnvironmentErrors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown key", "ownd: [10.0.0.0/8]", "1:1: unknown key ownd (did you mean owned?)"},
		{"unknown key below", "devices:\n  r1: {roles: edge}", "2:8: unknown key roles in devices.r1 (did you mean role?)"},
		{"unknown key far from all", "protect:\n  - {xyzzy: 1}", "2:6: unknown key xyzzy in protect[0] (known: capacity, min-origins, name, prefixes, reachable-from)"},
		{"key twice", "network: a\nnetwork: b", "2:1: network stands twice (it stands in line 1 already)"},
		{"not YAML", "a: b\n c: d", "2: mapping values are not allowed in this context (the file is not YAML)"},
		{"a list", "- a", "1:1: want keys and values (as in `network: example`)"},
		{"list wanted", "owned: 10.0.0.0/8", "1:8: owned: want a list (write [A, B], also around a single one)"},
		{"keys wanted", "devices: [r1]", "1:10: devices: want keys and values"},
		{"bad prefix", "owned: [10.0.0.0/8, ten]", "1:21: owned[1]: ten is not a prefix (as in 203.0.113.0/24 or 2001:db8::/32)"},
		{"address for prefix", "owned: [192.0.2.1]", "1:9: owned[0]: 192.0.2.1 is not a prefix (a single address is 192.0.2.1/32)"},
		{"host bits", "owned: [10.0.0.1/8]", "1:9: owned[0]: 10.0.0.1/8 has bits set beyond its length (the prefix is 10.0.0.0/8, the address 10.0.0.1/32)"},
		{"unknown router", "devices: {r2: {role: x}}", "1:11: devices.r2: there is no router r2 in devices/ (did you mean r1?)"},
		{"bad address", "devices: {r1: {mgmt: r1.example}}", "1:22: devices.r1.mgmt: r1.example is not an IP address (as in 192.0.2.1 or 2001:db8::1; names are not resolved)"},
		{"driver", "devices: {r1: {driver: ios}}", "1:24: devices.r1.driver: there is no driver ios (frr, gobgp or bird)"},
		{"interface address", "devices: {r1: {interfaces: {eth0: [10.0.0.1]}}}", "1:36: devices.r1.interfaces.eth0[0]: 10.0.0.1 is not an address with a prefix length (as in 10.0.0.1/30)"},
		{"text for a number", "relations: [{as: many, is: peer}]", "1:18: relations[0].as: many is not an AS number (a number from 1 to 4294967295)"},
		{"relation", "relations: [{as: 1, is: transit}]", "1:25: relations[0].is: transit is not a relation: want provider, peer or customer (known: customer, peer, provider)"},
		{"relation twice", "relations:\n- {as: 1, is: peer}\n- {as: 1, is: customer}", "3:8: relations[1].as: AS 1 has two relations (it stands in line 2 already)"},
		{"relation without an AS", "relations: [{is: peer}]", "1:13: relations[0]: no AS is named (as in {as: 64600, is: provider})"},
		{"provider's prefixes", "relations: [{as: 1, is: peer, prefixes: [10.0.0.0/8]}]", "1:41: relations[0].prefixes: AS 1 is a peer (only a customer's announcements can be listed)"},
		{"announcement to nobody", "announcements: [{from: 1, to: rr, prefixes: [10.0.0.0/8]}]", "1:31: announcements[0].to: there is no router rr in devices/ (did you mean r1?)"},
		{"announcement of nothing", "announcements: [{from: 1, to: r1}]", "1:17: announcements[0]: nothing is announced (prefixes: [...], or mrt: FILE)"},
		{"unknown neighbor", "announcements: [{from: 1, to: r1, neighbor: 10.1.1.1, prefixes: [10.0.0.0/8]}]", "1:45: announcements[0].neighbor: r1 has no BGP neighbor 10.1.1.1"},
		{"community", "announcements: [{from: 1, to: r1, communities: [x], prefixes: [10.0.0.0/8]}]", "1:49: announcements[0].communities[0]: community \"x\": want AS:NUMBER or a well-known name such as no-export"},
		{"origin", "originations: [{router: r1, origin: bgp, prefixes: [10.0.0.0/8]}]", "1:37: originations[0].origin: bgp is not an origin: want igp, egp or incomplete"},
		{"negative MED", "originations: [{router: r1, med: -1, prefixes: [10.0.0.0/8]}]", "1:34: originations[0].med: want a number, not -1"},
		{"selector", "protect: [{name: a, prefixes: [10.0.0.0/8], reachable-from: [role:edge]}]", "1:62: protect[0].reachable-from[0]: no device has the role edge"},
		{"unknown selector", "devices: {r1: {role: x}}\nprotect: [{name: a, prefixes: [10.0.0.0/8], reachable-from: [rol:x]}]", "2:62: protect[0].reachable-from[0]: unknown selector rol (role:NAME, site:NAME, group:NAME, a router's name, or outside)"},
		{"protected nothing", "protect: [{name: a}]", "1:11: protect[0]: a: no prefix is named (as in prefixes: [203.0.113.53/32])"},
		{"level", "policy: {levels: {a/b: hrad}}", "1:19: policy.levels.a/b: \"hrad\" is not a level (did you mean hard?)"},
		{"boolean", "policy: {standing-denies: maybe}", "1:27: policy.standing-denies: want true or false, not maybe"},
		{"nested parameter", "policy: {params: {a: {b: c}}}", "1:22: policy.params.a: want one value, not keys and values"},
		{"feed outside", "announcements: [{from: 1, to: r1, mrt: ../x}]", "1:40: announcements[0].mrt: ../x leaves the snapshot (the path is relative to the snapshot)"},
		{"no feed", "announcements: [{from: 1, to: r1, mrt: x.gz}]", "1:40: announcements[0].mrt: x.gz: no such file"},
		{"feed and prefixes", "announcements: [{from: 1, to: r1, mrt: x, prefixes: [10.0.0.0/8]}]", "1:40: announcements[0].mrt: an announcement has either mrt or prefixes (leave one of the two out)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(context.Background(), folder(t, small+"\n-- routegate.yaml --\n"+c.text+"\n"), Options{})
			if err == nil {
				t.Fatal("loaded")
			}
			if got := strings.TrimPrefix(err.Error(), "routegate.yaml:"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// Whatever the bytes: an environment or an error at the file.
func FuzzEnvironment(f *testing.F) {
	_, text, _ := strings.Cut(whole, "-- routegate.yaml --\n")
	f.Add([]byte(text))
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("<<: {network: x}\ndevices: {r1: }\n"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		src, err := newDirSource(dir)
		if err != nil {
			t.Fatal(err)
		}
		r := &reader{work: newWorkbench(map[string]*parsedDevice{"r1": {router: &network.Router{Name: "r1", VRFs: []*network.VRF{{BGP: &network.BGP{}}}}}})}
		if err := r.decode(text); err != nil {
			if e, ok := err.(*Error); !ok || filepath.Base(e.Path) != environmentFile {
				t.Errorf("%T %v", err, err)
			}
			return
		}
		r.environment(context.Background(), src)
	})
}
