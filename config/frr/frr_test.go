package frr

import (
	"regexp"
	"strings"
	"testing"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/network/dump"
)

// parse reads one frr.conf.
func parse(t testing.TB, text string) *network.Router {
	t.Helper()
	r, err := Parse("r1", []Source{{Path: "devices/r1/frr.conf", Text: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ledgerOf renders the lines that are not modelled.
func ledgerOf(r *network.Router) string {
	var b strings.Builder
	for _, f := range r.Files {
		for _, n := range f.Notes {
			b.WriteString(n.Span.String() + " [" + n.Context + "] " + n.Text + " -- " + n.Reason + " (" + n.Affects.String() + ")\n")
		}
	}
	return b.String()
}

// lineState is the ledger's word for one line, or its reason where it is not modelled.
func lineState(r *network.Router, line int) string {
	f := &r.Files[0]
	for _, n := range f.Notes {
		if int(n.Span.First) == line {
			return n.Reason
		}
	}
	return f.Support[line-1].String()
}

func bgpOf(r *network.Router) *network.BGP { return r.Default().BGP }

// What a configuration means, by rules that the running daemons were seen to follow.
func TestMeaning(t *testing.T) {
	for name, c := range map[string]struct {
		text  string // lines are separated by bars
		holds func(r *network.Router) bool
	}{
		"a line that the family does not know ends it": {
			"router bgp 1|neighbor 192.0.2.1 remote-as 2|address-family ipv6 unicast|neighbor 192.0.2.1 description x|neighbor 192.0.2.1 weight 5",
			func(r *network.Router) bool {
				n := bgpOf(r).Neighbors[0]
				return n.Families[network.IPv4Unicast].Weight == 5 && !n.Families[network.IPv6Unicast].HasWeight
			}},
		"a line that no node knows ends nothing": {
			"router bgp 1|neighbor 192.0.2.1 remote-as 2|address-family ipv6 unicast|frobnicate|exit-vrf|neighbor 192.0.2.1 weight 5",
			func(r *network.Router) bool { return bgpOf(r).Neighbors[0].Families[network.IPv6Unicast].Weight == 5 }},
		"an IPv4 network in an IPv6 family is the instance's": {
			"router bgp 1|address-family ipv6 unicast|network 10.0.0.0/8|maximum-paths 3",
			func(r *network.Router) bool {
				f := bgpOf(r).Families
				return len(f[network.IPv4Unicast].Networks) == 1 && f[network.IPv4Unicast].MaxPaths == 3 && f[network.IPv6Unicast].MaxPaths == 256
			}},
		"the lines of one protocol stay out of the other's block": {
			"router ospf|redistribute connected|router bgp 1|redistribute static|area 1 stub",
			func(r *network.Router) bool {
				return len(bgpOf(r).Families[0].Redistribute) == 1 && len(r.Default().OSPF[0].Redistribute) == 1 &&
					strings.HasPrefix(lineState(r, 5), "unknown command")
			}},
		"a line that both know goes to the block that was left open": {
			"router bgp 1|neighbor 192.0.2.1 remote-as 2|router ospf|network 10.0.0.0/8 area 0|redistribute bgp",
			func(r *network.Router) bool { return r.Default().OSPF[0].Redistribute[0].From == network.BGPProtocol }},
		"static routes behind an unclosed vrf belong to it": {
			"vrf RED|router bgp 1|interface eth0|ip route 10.0.0.0/8 192.0.2.1|vrf BLUE|exit-vrf|ip route 11.0.0.0/8 192.0.2.1",
			func(r *network.Router) bool { return len(r.VRF("RED").Static) == 1 && len(r.Default().Static) == 1 }},
		"a line that EVPN may not have can be one of IPv4 unicast": {
			"router bgp 1|neighbor 192.0.2.1 remote-as 2|address-family l2vpn evpn|neighbor 192.0.2.1 maximum-prefix 9|neighbor 192.0.2.1 route-map M in",
			func(r *network.Router) bool {
				n := r.Files[0].Notes
				return n[1].Affects == network.AffectsRoutes && n[2].Affects == network.AffectsOther
			}},
		"exit at the top leaves the shell": {
			"hostname a|exit|ip route 10.0.0.0/8 Null0|exit|ip route 11.0.0.0/8 Null0",
			func(r *network.Router) bool {
				return len(r.Default().Static) == 0 && strings.Contains(lineState(r, 3), "left configuration itself") && strings.Contains(lineState(r, 5), "left above")
			}},
		"blocks in blocks have an exit each": {
			"segment-routing|srv6|locators|locator MAIN|prefix fc00::/64|exit|exit|exit|exit|router bgp 1",
			func(r *network.Router) bool { return bgpOf(r) != nil }},
		"a command that nobody knows may have opened a block": {
			"frobnicate foo|bar|exit|router bgp 1",
			func(r *network.Router) bool { return bgpOf(r) != nil }},
		"a session option in another family's block is the instance's": {
			"router bgp 1|neighbor 192.0.2.1 remote-as 2|address-family l2vpn evpn|advertise-all-vni|neighbor 192.0.2.1 passive|neighbor 192.0.2.1 weight 3",
			func(r *network.Router) bool {
				return bgpOf(r).Neighbors[0].Passive && bgpOf(r).Neighbors[0].Families[0].Weight == 3
			}},
		"end is nothing": {
			"router bgp 1|end|neighbor 192.0.2.1 remote-as 2",
			func(r *network.Router) bool { return len(bgpOf(r).Neighbors) == 1 }},
		"the version chooses the defaults": {
			"frr version 7.3|frr defaults traditional|router bgp 1",
			func(r *network.Router) bool {
				return !bgpOf(r).RequirePolicy && !bgpOf(r).ImportCheck && r.Version == "7.3"
			}},
		"the traditional profile of today requires policies": {
			"router bgp 1|neighbor 192.0.2.1 remote-as 2",
			func(r *network.Router) bool {
				b := bgpOf(r)
				return b.RequirePolicy && b.ImportCheck && b.Neighbors[0].Hold == 180 && !b.Decision.DeterministicMED
			}},
		"the datacenter profile does not": {
			"frr defaults datacenter|router bgp 1|neighbor 192.0.2.1 remote-as 2",
			func(r *network.Router) bool {
				b := bgpOf(r)
				return !b.RequirePolicy && b.ImportCheck && b.Neighbors[0].Hold == 9 && b.Decision.DeterministicMED
			}},
		"a member's own setting wins whatever the order": {
			"router bgp 1|neighbor G peer-group|neighbor G remote-as 2|neighbor 192.0.2.1 peer-group G|neighbor 192.0.2.1 timers 4 12|neighbor G timers 5 15|neighbor G weight 7",
			func(r *network.Router) bool {
				n := bgpOf(r).Neighbors[0]
				s, ok := n.Marks.Find("Families.IPv4Unicast.Weight")
				return n.Hold == 12 && n.Families[0].Weight == 7 && ok && s.First == 7 && n.RemoteAS.Number == 2
			}},
		"a negative line gives a member its group's setting back": {
			"router bgp 1|neighbor G peer-group|neighbor 192.0.2.1 remote-as 2|neighbor 192.0.2.1 peer-group G|neighbor G weight 7|neighbor 192.0.2.1 weight 9|no neighbor 192.0.2.1 weight",
			func(r *network.Router) bool { return bgpOf(r).Neighbors[0].Families[0].Weight == 7 }},
		"a member has the families that its group has when it joins": {
			"router bgp 1|neighbor G peer-group|neighbor 192.0.2.1 remote-as 2|address-family ipv6|neighbor 192.0.2.1 activate|exit|neighbor 192.0.2.1 peer-group G",
			func(r *network.Router) bool {
				n := bgpOf(r).Neighbors[0]
				return n.Families[0].Active && !n.Families[1].Active
			}},
		"access lists look at the network address, at the length only where they say so": {
			"access-list 1 permit 10.0.0.0 0.255.255.255|access-list Z permit 10.0.0.0/8|access-list E permit 10.0.0.0/8 exact-match|access-list 101 permit ip any 255.255.0.0 0.0.255.0",
			func(r *network.Router) bool {
				at := func(name string) network.PrefixRange { return r.PrefixSet(network.AccessList, name).Entries[0] }
				return at("1").Min == 0 && at("1").Max == 32 && at("Z").Min == 8 && at("E").Max == 8 && at("101").Min == 16 && at("101").Max == 24
			}},
		"one wrong line undoes its transaction": {
			"ip prefix-list A permit 10.0.0.0/8|ip prefix-list B permit 10.0.0.0/8 le 7|router bgp 1|ip prefix-list C permit 10.0.0.0/8",
			func(r *network.Router) bool {
				return len(r.PrefixSets) == 1 && r.PrefixSets[0].Name == "C" && strings.Contains(lineState(r, 1), "line 2") &&
					strings.Contains(lineState(r, 2), "ge <= le")
			}},
		"an exit ends the transaction": {
			"route-map A permit 10|exit|route-map B permit 10|on-match goto 5",
			func(r *network.Router) bool { return len(r.Policies) == 1 && r.Policies[0].Name == "A" }},
		"a password resets the session, a timer does not": {
			"router bgp 1|neighbor 192.0.2.1 remote-as 2|neighbor 192.0.2.2 remote-as 2|neighbor 192.0.2.2 timers 1 3|neighbor 192.0.2.3 remote-as 2|neighbor 192.0.2.3 password x",
			func(r *network.Router) bool {
				n := bgpOf(r).Neighbors
				return n[0].ResetKey == n[1].ResetKey && n[0].ResetKey != n[2].ResetKey && !strings.Contains(n[2].ResetKey, "password=x;")
			}},
		"an empty prefix list passes routes of a neighbor and matches none in a route-map": {
			"ip prefix-list E description none|route-map M permit 10|match ip address prefix-list E",
			func(r *network.Router) bool {
				_, never := r.Policies[0].Statements[0].Match[0].(network.MatchNever)
				return never && r.PrefixSets[0].EmptyAccepts
			}},
		"abbreviations, whole ones and ambiguous ones": {
			"router bgp 1|neigh 192.0.2.1 remote-as 2|address-f ipv4 uni|nei 192.0.2.1 next-hop force|nei 192.0.2.1 max 50|exit|exit|ip prefix-list V6 permit 2001:db8::/32 le 48",
			func(r *network.Router) bool {
				return bgpOf(r).Neighbors[0].Families[0].NextHopSelfForce && strings.Contains(lineState(r, 5), "ambiguous") && r.PrefixSets[0].Kind == network.PrefixList6
			}},
	} {
		t.Run(name, func(t *testing.T) {
			if r := parse(t, strings.ReplaceAll(c.text, "|", "\n")); !c.holds(r) {
				t.Errorf("it does not:\n%s\n%s\n%s", c.text, ledgerOf(r), dump.Text(r, true))
			}
		})
	}
}

// Files side by side are read each from the top, as each daemon does.
func TestSplitFiles(t *testing.T) {
	r, err := Parse("r1", []Source{
		{Path: "devices/r1/zebra.conf", Text: []byte("hostname r1\ninterface eth0\n ip address 192.0.2.1/24\n")},
		{Path: "devices/r1/bgpd.conf", Text: []byte("frr defaults datacenter\nrouter bgp 1\n neighbor 192.0.2.2 remote-as 2\n")},
		{Path: "devices/r1/ospfd.conf", Text: []byte("router ospf\n network 192.0.2.0/24 area 0\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	n := bgpOf(r).Neighbors[0]
	if len(r.Files) != 3 || r.Interface("eth0").Addresses[0].Span.File != "devices/r1/zebra.conf" || n.Span.String() != "devices/r1/bgpd.conf:3" ||
		len(r.Default().OSPF) != 1 || bgpOf(r).RequirePolicy {
		t.Errorf("%s", dump.Text(r, true))
	}
}

// FRR's expressions match the same texts after their translation.
func TestTranslate(t *testing.T) {
	for _, c := range []struct {
		expression, text string
		want             bool
	}{
		{"_65000_", "65000", true}, {"_65000_", "1 65000 2", true}, {"_65000_", "165000", false}, {"_65000_", "{65000,1}", true},
		{"^$", "", true}, {"^$", "1", false}, {"^65000$", "65000", true}, {"^[0-9]+$", "1 2", false},
		{"_(174|701)_", "3 701 9", true}, {"^65000(_65000)*$", "65000 65000 65000", true}, {"^65000(_65000)*$", "65000 1", false},
		{"6500.*?", "65001", true}, {"^1+?$", "", true}, {"^(65001|65002)_[0-9]+$", "65002 7", true}, {`^\(65010\)`, "(65010) 1", true},
		{"65000:1..", "65000:123", true}, {"[^ ]+:666", "1:666", true}, {"(^|_)7(_|$)", "6 7", true},
	} {
		re, ok := translate(c.expression)
		if !ok {
			t.Errorf("%q cannot be translated", c.expression)
			continue
		}
		if got := regexp.MustCompile(re).MatchString(c.text); got != c.want {
			t.Errorf("%q (%s) on %q: %v", c.expression, re, c.text, got)
		}
	}
	for _, bad := range []string{"^65[", "(1", "*1"} {
		if re, ok := translate(bad); ok {
			t.Errorf("%q gives %q", bad, re)
		}
	}
}
