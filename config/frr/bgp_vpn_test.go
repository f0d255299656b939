package frr

import (
	"testing"

	"github.com/routegate/routegate/network"
)

// TestVPNBesideLeaks: `import vrf` and VPN settings of the same routes share what bgpd has only once. Whichever stands second
// is left out, and the ledger says so.
func TestVPNBesideLeaks(t *testing.T) {
	const red = "router bgp 65000 vrf red\n address-family ipv4 unicast\n"
	for _, c := range []struct{ name, text string }{
		{"own import first", red + "  import vrf blue\n  rt vpn both 65000:1\n"},
		{"own VPN first", red + "  export vpn\n  import vrf blue\n"},
		{"imported from, then VPN", "router bgp 65000 vrf blue\n address-family ipv4 unicast\n  import vrf red\n" + red + "  rd vpn export 65000:1\n"},
		{"VPN, then imported from", red + "  rd vpn export 65000:1\nrouter bgp 65000 vrf blue\n address-family ipv4 unicast\n  import vrf red\n"},
		{"VPN, then the map of imports", red + "  import vpn\n  import vrf route-map M\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &parse(t, c.text).Files[0]
			last := len(f.Support)
			if len(f.Notes) != 1 || f.Support[last-1] != network.NotModelled || int(f.Notes[0].Span.First) != last || f.Notes[0].Affects != network.AffectsRoutes {
				t.Errorf("line %d is %s, notes %v: want it alone not modelled, and about routes", last, f.Support[last-1], f.Notes)
			}
		})
	}
}

// TestVPNTargetsReplace: a list of targets stands instead of the one before, and the other family has its own.
func TestVPNTargetsReplace(t *testing.T) {
	r := parse(t, "router bgp 65000 vrf red\n address-family ipv4 unicast\n  rt vpn both 65000:1 65000:2\n  rt vpn import 65000:3\n  rt vpn export bad\n")
	v := &r.VRF("red").BGP.Families[network.IPv4Unicast].VPN
	if len(v.ImportTargets) != 1 || v.ImportTargets[0].String() != "RT:65000:3" || len(v.ExportTargets) != 2 {
		t.Errorf("import %v, export %v, want RT:65000:3, and the two first", v.ImportTargets, v.ExportTargets)
	}
	if six := &r.VRF("red").BGP.Families[network.IPv6Unicast].VPN; len(six.ImportTargets) > 0 {
		t.Errorf("IPv6 has %v", six.ImportTargets)
	}
	if n := r.Files[0].Notes; len(n) != 1 || n[0].Span.First != 5 {
		t.Errorf("notes %v, want the target that is none, in line 5", n)
	}
}
