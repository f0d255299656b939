package diff_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
)

// TestEnvironment: changes of routegate.yaml and of stated links are typed and keyed.
func TestEnvironment(t *testing.T) {
	p := netip.MustParsePrefix
	at := func(n int) network.Span { return network.At("routegate.yaml", n) }
	link := func(a, b string) network.Link {
		return network.Link{Origin: network.LinkTopology, Ends: []network.End{{Router: a, Interface: "eth1"}, {Router: b, Interface: "eth1"}}}
	}
	before := &network.Network{Name: "example", Links: []network.Link{link("a", "b")}, Env: network.Environment{
		Owned:         []netip.Prefix{p("203.0.113.0/24"), p("198.51.100.0/24")},
		Devices:       []network.Device{{Name: "edge1", Role: "edge", Span: at(3)}},
		Relations:     []network.Relation{{AS: 64600, Is: network.Provider, Span: at(5)}},
		Announcements: []network.Announcement{{From: 64600, To: "edge1", Prefixes: []netip.Prefix{p("0.0.0.0/0")}, Attributes: network.PathAttributes{ASPath: network.Sequence(64600)}, Span: at(7)}},
		Protect:       []network.Protected{{Name: "dns", Prefixes: []netip.Prefix{p("203.0.113.53/32")}, MinOrigins: 2, Span: at(9)}},
		Policy:        network.PolicySettings{Params: map[string]any{"max-routers": 25}, Span: at(11)},
	}}
	after := &network.Network{Name: "example", Links: []network.Link{link("a", "c")}, Env: network.Environment{
		Owned:         []netip.Prefix{p("203.0.113.0/24")},
		Devices:       []network.Device{{Name: "edge1", Role: "core", Span: at(3)}},
		Relations:     []network.Relation{{AS: 64600, Is: network.Customer, Span: at(5)}},
		Announcements: []network.Announcement{{From: 64600, To: "edge1", Prefixes: []netip.Prefix{p("0.0.0.0/0"), p("8.8.8.0/24")}, Attributes: network.PathAttributes{ASPath: network.Sequence(64600)}, Span: at(7)}},
		Protect:       []network.Protected{{Name: "dns", Prefixes: []netip.Prefix{p("203.0.113.53/32")}, MinOrigins: 1, Span: at(9)}},
		Policy:        network.PolicySettings{Params: map[string]any{"max-routers": 50}, Span: at(11)},
	}}
	want := []string{
		"removed environment/owned: owned prefix 198.51.100.0/24 is removed",
		"modified environment/device edge1/role: device edge1: role was edge and becomes core",
		"modified environment/relation 64600: relation to AS 64600 was provider and becomes customer",
		"modified environment/announcement from AS 64600 to edge1 AS path 64600: announcement from AS 64600 to edge1 AS path 64600 was 0.0.0.0/0 and becomes 0.0.0.0/0 8.8.8.0/24",
		"modified environment/protect dns/min-origins: protected dns: min-origins was 2 and becomes 1",
		"modified environment/policy/parameter max-routers/value: policy parameter max-routers: value was 25 and becomes 50",
		"removed link a:eth1 - b:eth1: the link a:eth1 - b:eth1 is removed",
		"added link a:eth1 - c:eth1: the link a:eth1 - c:eth1 is new",
	}
	var got []string
	for _, c := range diff.Configuration(before, after).Changes {
		got = append(got, fmt.Sprintf("%s %s: %s", c.Kind, c.Path, c.Summary))
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
	if d := diff.Configuration(before, before); !d.Empty() {
		t.Errorf("a snapshot differs from itself: %v", d.Changes)
	}
}

// TestSharedRouter: a router that both sides share is not looked into, its ledger still counts;
// one that comes and one that goes are one change each, with all lines that are not understood.
func TestSharedRouter(t *testing.T) {
	shared, old, fresh := parse(t, "shared", []byte("frobnicate\n")), parse(t, "old", []byte("frobnicate\n")), parse(t, "young", []byte("frobnicate\n"))
	d := diff.Configuration(&network.Network{Routers: []*network.Router{old, shared}}, &network.Network{Routers: []*network.Router{shared, fresh}})
	if len(d.RoutersAdded) != 1 || len(d.RoutersRemoved) != 1 || len(d.RoutersChanged) != 0 || len(d.Changes) != 2 {
		t.Errorf("%+v", d)
	}
	if len(d.Ledger) != 2 || d.Ledger[0].Kind != diff.Removed || d.Ledger[1].Kind != diff.Added {
		t.Errorf("ledger: %+v", d.Ledger)
	}
	if len(d.NotModelled) != 1 || d.NotModelled[0].Router != "shared" || d.NotModelled[0].Lines != 1 {
		t.Errorf("not modelled: %+v", d.NotModelled)
	}
}

// TestSecrets: no password is ever in a ConfigDiff.
func TestSecrets(t *testing.T) {
	conf := func(pw string) *network.Network {
		return &network.Network{Routers: []*network.Router{parse(t, "r1", []byte("router bgp 65000\n neighbor 10.0.0.1 remote-as 65001\n neighbor 10.0.0.1 password "+pw+"\n neighbor G peer-group\n neighbor G password "+pw+"\n"))}}
	}
	for _, pair := range [][2]string{{"hunter2", "hunter3"}, {"hunter2", "hunter22"}} {
		if text := renderDiff(diff.Configuration(conf(pair[0]), conf(pair[1]))); strings.Contains(text, "hunter") || !strings.Contains(text, "(secret)") {
			t.Errorf("the difference says:\n%s", text)
		}
	}
}

// TestRFC8212: the last policy of an eBGP neighbor goes, and with ebgp-requires-policy nothing
// passes any more; without it, everything does.
func TestRFC8212(t *testing.T) {
	conf := func(requires, policy string) *network.Network {
		return &network.Network{Routers: []*network.Router{parse(t, "r1", []byte("router bgp 65000\n "+requires+" bgp ebgp-requires-policy\n neighbor 10.0.0.1 remote-as 65001\n address-family ipv4 unicast\n"+
			policy+" exit-address-family\nip prefix-list P permit 10.0.0.0/8\nroute-map IN permit 10\n match ip address prefix-list P\n"))}}
	}
	const in = "  neighbor 10.0.0.1 route-map IN in\n"
	for _, tt := range []struct {
		requires     string
		grew, shrank bool
	}{{"", false, true}, {"no", true, false}} {
		d := diff.Configuration(conf(tt.requires, in), conf(tt.requires, ""))
		if len(d.Spaces) != 1 || d.Spaces[0].Grew != tt.grew || d.Spaces[0].Shrank != tt.shrank {
			t.Errorf("%q: %+v", tt.requires, d.Spaces)
		}
	}
}

// TestAnotherPeerGroup: a neighbor carries what it inherits, so that another group means nothing where all of that and
// what the daemon starts a session anew for stay.
func TestAnotherPeerGroup(t *testing.T) {
	conf := func(group, reset string, port uint16) *network.Network {
		n := &network.Neighbor{Address: netip.MustParseAddr("10.0.0.1"), PeerGroup: group, ResetKey: reset, RemoteAS: network.RemoteAS{Kind: network.RemoteASNumber, Number: 65001}}
		n.Port = port
		return &network.Network{Routers: []*network.Router{{Name: "r1", VRFs: []*network.VRF{{BGP: &network.BGP{AS: 65000, Neighbors: []*network.Neighbor{n}}}}}}}
	}
	for _, tt := range []struct {
		name, reset string
		port        uint16
		want        diff.Effect
	}{
		{"everything stays", "", 0, diff.NoEffect},
		{"the daemon starts the session anew", "peer-group=NEW", 0, diff.MayMatter},
		{"another setting comes along", "", 7, diff.MayMatter},
	} {
		d := diff.Configuration(conf("OLD", "", 0), conf("NEW", tt.reset, tt.port))
		if len(d.Changes) == 0 || d.Changes[0].Path != "bgp/neighbor 10.0.0.1/peer-group" || d.Changes[0].Effect != tt.want {
			t.Errorf("%s: %+v, want %v", tt.name, d.Changes, tt.want)
		}
	}
	if d := diff.Configuration(&network.Network{Name: "old"}, &network.Network{Name: "new"}); len(d.Changes) != 1 || d.Changes[0].Effect != diff.MayMatter {
		t.Errorf("a policy may read the network's name: %+v", d.Changes)
	}
}

// TestPrograms: policies that are programs are compared as a whole, and by what they do to routes.
func TestPrograms(t *testing.T) {
	conf := func(do network.Do, line int) *network.Network {
		p := &network.Program{Body: []network.Instruction{{Pos: network.Pos{Span: network.At("bird.conf", line)}, Do: do}}}
		return &network.Network{Routers: []*network.Router{{Name: "r1", Policies: []*network.Policy{{Name: "F", Program: p, Default: network.Reject}}}}}
	}
	if d := diff.Configuration(conf(network.DoAccept, 3), conf(network.DoAccept, 4)); len(d.Changes) != 0 {
		t.Errorf("the same program on another line: %+v", d.Changes)
	}
	d := diff.Configuration(conf(network.DoAccept, 3), conf(network.DoReject, 3))
	if len(d.Changes) != 1 || d.Changes[0].Effect != diff.MayMatter || d.Changes[0].Summary != "policy F: its program is another one" {
		t.Errorf("changes: %+v", d.Changes)
	}
	if len(d.Spaces) != 1 || !d.Spaces[0].Shrank {
		t.Errorf("spaces: %+v", d.Spaces)
	}
}
