package config

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/routegate/routegate/network"
)

// broken has routers that no dialect could read, and one whose driver only its text would tell.
const broken = `-- devices/r1/frr.conf --
this is no configuration
-- devices/r2/gobgpd.toml --
nor [is this
-- devices/r3/bird.conf --
{{{
-- devices/r4/frr.conf --
-- devices/r4/gobgpd.toml --
-- routegate.yaml --
`

// TestAddresses: where routers are managed is read though their configurations cannot be, with the line of each value.
func TestAddresses(t *testing.T) {
	a, err := ReadAddresses(t.Context(), folder(t, broken+`network: example
devices:
  r1: {role: edge, site: ams, mgmt: 192.0.2.11}
  r2:
    mgmt: 2001:db8::12
  r3: {}
  r4: {driver: gobgp}
  r5: {mgmt: 192.0.2.15}
management: {stations: [192.0.2.1],
  consoles: [192.0.2.5, 192.0.2.6]}
rollout: {agents: {port: 7444}}
`))
	if err != nil {
		t.Fatal(err)
	}
	at := func(line int) network.Span { return network.At(environmentFile, line) }
	unsaid, addr := network.Span{File: environmentFile}, netip.MustParseAddr
	want := &Addresses{Network: "example", NetworkSpan: at(1), Consoles: []netip.Addr{addr("192.0.2.5"), addr("192.0.2.6")}, ConsoleSpan: at(10), AgentPort: 7444, PortSpan: at(11),
		Devices: []Managed{
			{Name: "r1", Role: "edge", Site: "ams", Driver: "frr", Mgmt: addr("192.0.2.11"), MgmtSpan: at(3), RoleSpan: at(3), DriverSpan: unsaid},
			{Name: "r2", Driver: "gobgp", Mgmt: addr("2001:db8::12"), MgmtSpan: at(5), RoleSpan: unsaid, DriverSpan: unsaid},
			{Name: "r3", Driver: "bird", MgmtSpan: unsaid, RoleSpan: unsaid, DriverSpan: unsaid},
			{Name: "r4", Driver: "gobgp", MgmtSpan: unsaid, RoleSpan: unsaid, DriverSpan: at(7)},
			{Name: "r5", Mgmt: addr("192.0.2.15"), MgmtSpan: at(8), RoleSpan: unsaid, DriverSpan: unsaid},
		}}
	if d := cmp.Diff(want, a, cmpopts.EquateComparable(netip.Addr{})); d != "" {
		t.Error(d)
	}
	if a, err = ReadAddresses(t.Context(), folder(t, broken+"devices: {r4: {mgmt: 192.0.2.14}}\n")); err != nil || a.Devices[0].Driver != "" || a.PortSpan != unsaid || a.NetworkSpan != unsaid {
		t.Errorf("%v: %+v", err, a)
	}
}

// TestAddressErrors: names are refused where addresses belong, and so is what the file could not mean.
func TestAddressErrors(t *testing.T) {
	for text, want := range map[string]string{
		broken + "devices: {r1: {mgmt: r1.example.org}}":       "routegate.yaml:1:22: devices.r1.mgmt: r1.example.org is not an IP address (as in 192.0.2.1 or 2001:db8::1; names are not resolved)",
		broken + "\nmanagement: {consoles: [console.example]}": "routegate.yaml:2:25: management.consoles[0]: console.example is not an IP address (as in 192.0.2.1 or 2001:db8::1; names are not resolved)",
		broken + "rollout: {agents: {port: 65536}}":            "routegate.yaml:1:26: rollout.agents.port: 65536 is not a port",
		broken + "devices: {r1: {mgnt: 192.0.2.1}}":            "routegate.yaml:1:16: unknown key mgnt in devices.r1 (did you mean mgmt?)",
		broken + "devices: [":                                  "routegate.yaml:1: did not find expected node content (the file is not YAML)",
		small:                                                  "routegate.yaml: no such file in the snapshot (it says where routers are managed, as in devices: {edge1: {mgmt: 192.0.2.11}})",
	} {
		if _, err := ReadAddresses(t.Context(), folder(t, text+"\n")); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}
