package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func toml(name, as, id string, neighbors ...string) string {
	return "\n-- devices/" + name + "/gobgpd.toml --\n" + speaker(as, id, neighbors...)
}

// Addresses that no configuration states are concluded where only one router can have them.
func TestImplied(t *testing.T) {
	const frrEnd = "\n-- devices/r1/frr.conf --\ninterface eth0\n ip address 10.0.0.1/29\n!\nrouter bgp 65001\n neighbor 10.0.0.2 remote-as 65002\n"
	for _, c := range []struct{ name, files, assumed, warned string }{
		{"the other end states the subnet", frrEnd + toml("r2", "65002", "192.0.2.2", "10.0.0.1 65001"),
			"r2: address 10.0.0.2/29 on implied interface, from r1's neighbor statement devices/r1/frr.conf:5", ""},
		{"neither end states anything", toml("r1", "65001", "192.0.2.1", "10.0.0.2 65002") + toml("r2", "65002", "192.0.2.2", "10.0.0.1 65001"),
			"r1: address 10.0.0.1/30 on implied interface, from r2's neighbor statement devices/r2/gobgpd.toml:4-7\n" +
				"r2: address 10.0.0.2/30 on implied interface, from r1's neighbor statement devices/r1/gobgpd.toml:4-7", ""},
		{"a LAN in one AS", toml("r1", "65001", "192.0.2.1", "10.0.0.2 65001", "10.0.0.3 65001") + toml("r2", "65001", "192.0.2.2", "10.0.0.1 65001", "10.0.0.3 65001") + toml("r3", "65001", "192.0.2.3", "10.0.0.1 65001", "10.0.0.2 65001"),
			"r1: address 10.0.0.1/24 on implied interface, from r2's neighbor statement devices/r2/gobgpd.toml:4-7\n" +
				"r2: address 10.0.0.2/24 on implied interface, from r3's neighbor statement devices/r3/gobgpd.toml:8-11\n" +
				"r3: address 10.0.0.3/24 on implied interface, from r2's neighbor statement devices/r2/gobgpd.toml:8-11", ""},
		{"two cables side by side", toml("r1", "65001", "192.0.2.1", "10.0.0.1 65002", "10.0.0.3 65002") + toml("r2", "65002", "192.0.2.2", "10.0.0.0 65001") + toml("r3", "65002", "192.0.2.3", "10.0.0.2 65001"),
			"r1: address 10.0.0.0/31 on implied interface, from r2's neighbor statement devices/r2/gobgpd.toml:4-7\n" +
				"r1: address 10.0.0.2/31 on implied interface, from r3's neighbor statement devices/r3/gobgpd.toml:4-7\n" +
				"r2: address 10.0.0.1/31 on implied interface, from r1's neighbor statement devices/r1/gobgpd.toml:4-7\n" +
				"r3: address 10.0.0.3/31 on implied interface, from r1's neighbor statement devices/r1/gobgpd.toml:8-11", ""},
		{"loopbacks as router ids", toml("r1", "65001", "192.0.2.1", "192.0.2.2 65001") + toml("r2", "65001", "192.0.2.2", "192.0.2.1 65001"),
			"r1: address 192.0.2.1/30 on implied interface, its router id, and from r2's neighbor statement devices/r2/gobgpd.toml:4-7\n" +
				"r2: address 192.0.2.2/30 on implied interface, its router id, and from r1's neighbor statement devices/r1/gobgpd.toml:4-7", ""},
		{"its own local address", toml("r1", "65001", "192.0.2.1", "198.51.100.9 65002") + toml("r2", "65002", "192.0.2.2", "10.0.0.1 65001") + "[neighbors.transport.config]\nlocal-address = \"198.51.100.9\"\n",
			"r2: address 198.51.100.9/32 on implied interface, its own local address, and from r1's neighbor statement devices/r1/gobgpd.toml:4-7", ""},
		{"the outside", toml("r1", "65001", "192.0.2.1", "10.0.0.2 64999", "10.0.0.3 64998") + toml("r2", "65002", "192.0.2.2"),
			"r1: address 10.0.0.1/30 on implied interface, a wire to its neighbor 10.0.0.2 outside devices/r1/gobgpd.toml:4-7", ""},
		{"the outside of a router that states its wires", "\n-- devices/r1/frr.conf --\ninterface eth0\n ip address 10.0.0.1/29\n!\nrouter bgp 65001\n neighbor 10.0.1.2 remote-as 64999\n", "", ""},
		{"the outside of a router that states its loopback", "\n-- devices/r1/frr.conf --\ninterface lo\n ip address 192.0.2.1/32\n!\nrouter bgp 65001\n neighbor 10.0.1.2 remote-as 64999\n",
			"r1: address 10.0.1.3/31 on implied interface, a wire to its neighbor 10.0.1.2 outside devices/r1/frr.conf:5", ""},
		{"the AS does not fit back", toml("r1", "65001", "192.0.2.1", "10.0.0.2 65002") + toml("r2", "65002", "192.0.2.2", "10.0.0.1 65009"), "", ""},
		// A wrong address on a wire where the router has another one is wrong, not new.
		{"a typing error", "\n-- devices/r2/frr.conf --\ninterface eth0\n ip address 10.0.0.2/24\n!\nrouter bgp 65002\n neighbor 10.0.0.1 remote-as 65001\n" +
			"\n-- devices/r1/frr.conf --\ninterface eth0\n ip address 10.0.0.1/24\n!\nrouter bgp 65001\n neighbor 10.0.0.22 remote-as 65002\n", "", ""},
		{"two could be it", frrEnd + toml("r2", "65002", "192.0.2.2", "10.0.0.1 65001") + toml("r3", "65002", "192.0.2.3", "10.0.0.1 65001"), "",
			"devices/r1/frr.conf:5: r1's neighbor 10.0.0.2 could be r2 or r3: no address is assumed (say it in routegate.yaml, devices.NAME.interfaces)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := load(t, folder(t, c.files), Options{})
			if d := cmp.Diff(c.assumed, strings.Join(s.Assumptions, "\n")); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(c.warned, strings.Join(s.Warnings, "\n")); d != "" {
				t.Error(d)
			}
		})
	}
}

// A changed neighbor statement does not move the other router's address: the session is seen to be lost.
func TestImpliedAddressesStay(t *testing.T) {
	dir := folder(t, toml("r1", "65001", "192.0.2.1", "10.0.0.2 65002")+toml("r2", "65002", "192.0.2.2", "10.0.0.1 65001"))
	before := load(t, dir, Options{})
	write(t, dir, toml("r1", "65001", "192.0.2.1", "10.0.0.3 65002"))
	after := load(t, dir, Options{Base: before})
	want := "r1: address 10.0.0.1/30 on implied interface, as before the change\nr2: address 10.0.0.2/30 on implied interface, as before the change"
	if d := cmp.Diff(want, strings.Join(after.Assumptions, "\n")); d != "" {
		t.Error(d)
	}
	if len(after.Network.Links) != 1 {
		t.Errorf("%v", wires(after))
	}
	// Both ends renumbered is another wire.
	write(t, dir, toml("r1", "65001", "192.0.2.1", "10.0.1.2 65002")+toml("r2", "65002", "192.0.2.2", "10.0.1.1 65001"))
	moved := load(t, dir, Options{Base: before})
	if len(moved.Network.Links) != 2 {
		t.Errorf("%v %v", wires(moved), moved.Assumptions)
	}
}

// An address that a change takes off an interface is gone, though the neighbors still name it: it is not concluded anew.
func TestRemovedAddressIsNotImplied(t *testing.T) {
	const r1 = "\n-- devices/r1/frr.conf --\ninterface lo\n ip address 192.0.2.1/32\n!\nrouter bgp 65001\n bgp router-id 192.0.2.1\n neighbor 192.0.2.2 remote-as 65001\n neighbor 192.0.2.2 update-source lo\n"
	r2 := func(address string) string {
		return "\n-- devices/r2/frr.conf --\ninterface lo\n ip address " + address + "/32\n!\nrouter bgp 65001\n bgp router-id 192.0.2.2\n neighbor 192.0.2.1 remote-as 65001\n neighbor 192.0.2.1 update-source lo\n"
	}
	dir := folder(t, r1+r2("192.0.2.2"))
	before := load(t, dir, Options{})
	write(t, dir, r2("192.0.2.22"))
	after := load(t, dir, Options{Base: before})
	if len(after.Assumptions) != 0 || len(after.Warnings) != 0 {
		t.Errorf("%v %v", after.Assumptions, after.Warnings)
	}
}

// Loopbacks that the operating system configures are where the routers announce them; taking the statement
// away does not take the address away.
func TestImpliedLoopbacks(t *testing.T) {
	leaf := func(name, id, statements string) string {
		return "\n-- devices/" + name + "/frr.conf --\ninterface swp1\n ipv6 nd ra-interval 10\n!\nrouter bgp 65001\n bgp router-id " + id + "\n " + statements + "\n"
	}
	dir := folder(t, leaf("r1", "10.0.0.1", "network 10.0.0.1/32\n network 10.9.9.9/32\n network 10.1.0.0/24")+leaf("r2", "10.0.0.2", "network 10.9.9.9/32"))
	before := load(t, dir, Options{})
	want := "r1: address 10.0.0.1/32 on implied interface, from its network statement devices/r1/frr.conf:6\n" +
		"r1: address 10.1.0.1/24 on implied interface, from its network statement devices/r1/frr.conf:8\n" +
		"r1: address 10.9.9.9/32 on implied interface, from its network statement devices/r1/frr.conf:7\n" +
		"r2: address 10.9.9.9/32 on implied interface, from its network statement devices/r2/frr.conf:6"
	if d := cmp.Diff(want, strings.Join(before.Assumptions, "\n")); d != "" {
		t.Error(d)
	}
	write(t, dir, leaf("r1", "10.0.0.1", "network 10.9.9.9/32"))
	after := load(t, dir, Options{Base: before})
	for _, name := range []string{"implied-10.0.0.1", "implied-10.1.0.1"} {
		if i := after.Network.Router("r1").Interface(name); i == nil || !i.Loopback {
			t.Errorf("%s went with its network statement: %v", name, after.Assumptions)
		}
	}
	write(t, dir, leaf("r2", "10.0.0.2", "timers bgp 3 9"))
	both := load(t, dir, Options{Base: after})
	if both.Network.Router("r1").Interface("implied-10.9.9.9") == nil || both.Network.Router("r2").Interface("implied-10.9.9.9") == nil {
		t.Errorf("an anycast address stays where it is: %v", both.Assumptions)
	}
	if len(before.Network.Links) != 0 {
		t.Errorf("what is announced is no wire: %v", wires(before))
	}

	for name, files := range map[string]string{
		"a router that states its loopback states all of it": "\n-- devices/r1/frr.conf --\ninterface lo\n ip address 10.0.0.1/32\n!\nrouter bgp 65001\n network 10.0.0.9/32\n",
		"an address of another router":                       leaf("r1", "10.0.0.1", "network 10.0.0.2/32") + "\n-- devices/r2/frr.conf --\ninterface lo\n ip address 10.0.0.2/32\n",
		"a static route":                                     leaf("r1", "10.0.0.1", "network 10.0.0.1/32") + "!\nip route 10.0.0.1/32 Null0\n",
		"a network behind OSPF":                              leaf("r1", "10.0.0.1", "network 10.1.0.0/24") + "router ospf\n network 10.0.0.0/8 area 0\n",
		"a network beside a stated wire":                     "\n-- devices/r1/frr.conf --\ninterface eth0\n ip address 10.0.0.1/24\n!\nrouter bgp 65001\n network 10.1.0.0/24\n",
		"nothing is checked":                                 leaf("r1", "10.0.0.1", "no bgp network import-check\n network 10.0.0.1/32"),
	} {
		if s := load(t, folder(t, files), Options{}); len(s.Assumptions) != 0 {
			t.Errorf("%s: %v", name, s.Assumptions)
		}
	}
}

// A router that states its wires and loses them in a change is not given others.
func TestLostWiresAreNotImplied(t *testing.T) {
	text := "\n-- devices/r1/frr.conf --\ninterface eth0\n ip address 10.0.0.1/31\n!\nrouter bgp 65001\n neighbor 10.0.0.0 remote-as 64999\n"
	dir := folder(t, text)
	before := load(t, dir, Options{})
	write(t, dir, strings.Replace(text, " ip address 10.0.0.1/31\n", "", 1))
	if after := load(t, dir, Options{Base: before}); len(after.Assumptions) != 0 {
		t.Error(after.Assumptions)
	}
}
