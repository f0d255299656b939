package gate

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/policies"
	"github.com/routegate/routegate/routing"
)

// outOfBand writes a network whose gateway gw reaches edge1 and edge2 over links of management's own, with OSPF in band beside it. parts
// replace what a router is configured with.
func outOfBand(t *testing.T, parts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	routers := map[string]string{
		"gw": gateway("", "interface con\n ip address 192.0.2.65/28\n"),
		"edge1": "interface oob\n ip address 192.0.2.18/30\ninterface core\n ip address 10.0.1.2/30\ninterface x\n ip address 10.0.0.1/30\n" +
			"ip route 192.0.2.0/28 192.0.2.17\nrouter ospf\n network 10.0.0.0/8 area 0\n",
		"edge2": "interface oob\n ip address 192.0.2.22/30\ninterface x\n ip address 10.0.0.2/30\nip route 192.0.2.0/28 192.0.2.21\nrouter ospf\n network 10.0.0.0/8 area 0\n",
	}
	devices := "  edge1: {mgmt: 192.0.2.18}\n  edge2: {mgmt: 192.0.2.22}\n"
	for name, text := range parts {
		if name == "devices" {
			devices += text
			continue
		}
		routers[name] = text
	}
	for name, text := range routers {
		write(t, filepath.Join(dir, "devices", name, "frr.conf"), fmt.Sprintf("frr version 10.2\nhostname %s\n%s", name, text))
	}
	write(t, filepath.Join(dir, "routegate.yaml"), "devices:\n"+devices+"management: {prefixes: [192.0.2.0/24], stations: [192.0.2.2], consoles: [192.0.2.66]}\n")
	return dir
}

// gateway is the configuration of gw, with other statements of OSPF, and with interfaces beside those that it always has.
func gateway(ospf, more string) string {
	return "interface sta\n ip address 192.0.2.1/28\ninterface oob1\n ip address 192.0.2.17/30\ninterface oob2\n ip address 192.0.2.21/30\n" +
		"interface core\n ip address 10.0.1.1/30\n" + more + "router ospf\n network 10.0.0.0/8 area 0\n network 192.0.2.0/28 area 0\n" + ospf
}

// inBandEdge2 is edge2 with its management address on the loopback, behind OSPF alone.
const inBandEdge2 = "interface lo\n ip address 192.0.2.22/32\ninterface x\n ip address 10.0.0.2/30\nrouter ospf\n network 10.0.0.0/8 area 0\n network 192.0.2.22/32 area 0\n"

// What a change does to the ways that are left when BGP and everything in band are gone.
func TestIndependence(t *testing.T) {
	const vrf = "vrf mgmt\n ip route 0.0.0.0/0 192.0.2.21\nexit-vrf\ninterface oob vrf mgmt\n ip address 192.0.2.22/30\ninterface x\n ip address 10.0.0.2/30\nrouter ospf\n network 10.0.0.0/8 area 0\n"
	const edge3 = "interface lo\n ip address 192.0.2.33/32\ninterface y\n ip address 10.0.2.2/30\nrouter ospf\n network 10.0.0.0/8 area 0\n network 192.0.2.33/32 area 0\n"
	// edge1 with a link to edge3.
	const edge1 = "interface oob\n ip address 192.0.2.18/30\ninterface core\n ip address 10.0.1.2/30\ninterface x\n ip address 10.0.0.1/30\ninterface y\n ip address 10.0.2.1/30\n" +
		"ip route 192.0.2.0/28 192.0.2.17\nrouter ospf\n network 10.0.0.0/8 area 0\n"
	consoleBehindEdge2 := map[string]string{
		"gw": gateway("", ""),
		"edge2": "interface oob\n ip address 192.0.2.22/30\ninterface x\n ip address 10.0.0.2/30\ninterface con\n ip address 192.0.2.65/28\nip route 192.0.2.0/28 192.0.2.21\n" +
			"router ospf\n network 10.0.0.0/8 area 0\n network 192.0.2.64/28 area 0\n",
	}
	for _, c := range []struct {
		name          string
		before, after map[string]string
		want          string // "": nothing is held against it
		level         string
		standing      string
	}{
		{name: "nothing changes"},
		{name: "the independent way goes, and one in band takes its place", after: map[string]string{"edge2": inBandEdge2},
			want: "management station 192.0.2.2 loses its independent way to edge2: with every BGP session down and every in-band link cut, ", level: "hard"},
		{name: "it was in band before", before: map[string]string{"edge2": inBandEdge2}, after: map[string]string{"edge2": inBandEdge2},
			standing: "management station 192.0.2.2 reaches edge2 in band alone"},
		{name: "it becomes independent", before: map[string]string{"edge2": inBandEdge2}},
		{name: "a new router that is managed in band", after: map[string]string{"edge1": edge1, "edge3": edge3, "devices": "  edge3: {mgmt: 192.0.2.33}\n"},
			want: "management station 192.0.2.2 reaches edge3, which the change adds, in band alone", level: "hard"},
		{name: "one more where all are", before: map[string]string{"gw": gateway("", ""), "edge1": "interface lo\n ip address 192.0.2.18/32\ninterface core\n ip address 10.0.1.2/30\ninterface x\n ip address 10.0.0.1/30\ninterface y\n ip address 10.0.2.1/30\nrouter ospf\n network 10.0.0.0/8 area 0\n network 192.0.2.18/32 area 0\n", "edge2": inBandEdge2},
			after: map[string]string{"gw": gateway("", ""), "edge1": "interface lo\n ip address 192.0.2.18/32\ninterface core\n ip address 10.0.1.2/30\ninterface x\n ip address 10.0.0.1/30\ninterface y\n ip address 10.0.2.1/30\nrouter ospf\n network 10.0.0.0/8 area 0\n network 192.0.2.18/32 area 0\n", "edge2": inBandEdge2, "edge3": edge3, "devices": "  edge3: {mgmt: 192.0.2.33}\n"},
			want:  "reaches edge3, which the change adds, in band alone", level: "advisory", standing: "reaches edge1 and edge2 in band alone"},
		{name: "a management VRF", after: map[string]string{"edge2": vrf}},
		{name: "a management VRF loses its route back", before: map[string]string{"edge2": vrf}, after: map[string]string{"edge2": strings.Replace(vrf, " ip route 0.0.0.0/0 192.0.2.21\n", "", 1)},
			want: "management station 192.0.2.2 loses its independent way to edge2", level: "hard"},
		{name: "a console server moves behind a router", after: consoleBehindEdge2,
			want: "management station 192.0.2.2 loses its independent way to console server 192.0.2.66", level: "hard"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, err := Check(t.Context(), Options{Before: outOfBand(t, c.before), After: outOfBand(t, c.after)})
			if err != nil {
				t.Fatal(err)
			}
			of := func(list []Finding) (out []Finding) {
				for _, f := range list {
					if f.Policy == "management/independence" {
						out = append(out, f)
					}
				}
				return out
			}
			found, standing := of(v.Findings), of(v.Standing)
			switch {
			case c.want == "" && len(found) > 0:
				t.Errorf("%s", found[0].Message)
			case c.want != "" && (len(found) != 1 || !strings.Contains(found[0].Message, c.want) || found[0].Level != c.level):
				t.Errorf("findings %+v, want %s %s", found, c.level, c.want)
			}
			switch {
			case c.standing == "" && len(standing) > 0:
				t.Errorf("standing: %s", standing[0].Message)
			case c.standing != "" && (len(standing) != 1 || !strings.Contains(standing[0].Message, c.standing)):
				t.Errorf("standing %+v, want %s", standing, c.standing)
			}
		})
	}
}

// TestStationOnTheSubnet: a station on the subnet of what it manages needs no other router there, whatever those are configured with.
func TestStationOnTheSubnet(t *testing.T) {
	const mine = "interface lan\n ip address 192.0.2.22/24\n"
	facts := func(r2, management string) policies.IndependenceFacts {
		t.Helper()
		dir := t.TempDir()
		write(t, filepath.Join(dir, "devices", "r1", "frr.conf"), "frr version 10.2\nhostname r1\ninterface sta\n ip address 198.51.100.1/24\ninterface lan\n ip address 192.0.2.1/24\nip route 192.0.2.22/32 Null0\n")
		write(t, filepath.Join(dir, "devices", "r2", "frr.conf"), "frr version 10.2\nhostname r2\n"+r2)
		write(t, filepath.Join(dir, "routegate.yaml"), "devices: {r2: {mgmt: 192.0.2.22}}\n"+management)
		snap, err := config.Load(t.Context(), dir, config.Options{})
		if err != nil {
			t.Fatal(err)
		}
		res, err := routing.Solve(t.Context(), snap.Network, routing.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := newSide("after", snap, res)
		out := s.independenceFacts(s, s.managed(s))
		if len(out) != 1 {
			t.Fatalf("%+v", out)
		}
		return out[0]
	}
	f := facts(mine, "management: {prefixes: [192.0.2.0/24], stations: [192.0.2.2]}\n")
	if !f.Reached || len(f.Protocols) > 0 {
		t.Errorf("on the subnet: %+v", f)
	}
	f = facts(mine+"ip route 198.51.100.0/24 192.0.2.1\n", "management: {prefixes: [192.0.2.0/24], stations: [198.51.100.2]}\n")
	if f.Reached || len(f.Protocols) == 0 {
		t.Errorf("behind r1, which drops it: %+v", f)
	}
}
