package gate_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/routegate/routegate/gate"
)

// TestExplain follows losses of the museum back to the lines that cause them, step by step.
func TestExplain(t *testing.T) {
	for _, tt := range []struct {
		exhibit, finding, loss string
		causes                 []string // router and a part of what is said of it, the first cause first
		line                   string   // file and line of the first cause
	}{
		{"facebook-2021", "blast/prefix-withheld", "ams-e1 does not tell provider AS64496 (172.16.41.0) about 192.0.2.0/24 any more",
			[]string{"bb4: interface eth3 is shut down", "bb4: the session with bb1 (10.255.0.1) is down: no route to the peer", "bb4: has no route to 10.10.0.0/16",
				"ams-e1: has no route to 10.10.0.0/16", "ams-e1: withholds 192.0.2.0/24 from provider AS64496 (172.16.41.0): no route matches the condition DC-ALIVE"},
			"devices/bb4/frr.conf:38"},
		{"cloudflare-2022", "blast/protected-reachability", "has no route to 198.51.100.",
			[]string{"ams07-spine1: does not send 198.51.100.", "ams07-edge1: has no route to 198.51.100."}, "devices/ams07-spine1/frr.conf:99"},
		{"telstra-2020", "leak/origination-outside-owned", "mel-pe1 has a route to 192.0.2.0/26 now",
			[]string{"mel-pe1: before the change: does not redistribute 192.0.2.0/26: ORIGINATE: no entry decided"}, "devices/mel-pe1/frr.conf:48"},
		{"optus-2023", "blast/protected-prefix", "br1 has no route to 192.0.2.0/28 any more",
			[]string{"br2: the change: prefix-list IX-ROUTES: entry 5 was permit 198.18.0.0/21 le 24 and becomes permit 198.18.0.0/15 le 24",
				"br2: after the change: accepts 198.19.0.0/24", "rr1: has 50 ipv4-unicast prefixes that it had not", "pe-syd1: would get 124 ipv4-unicast prefixes from rr1",
				"rr1: the session with pe-syd1 (10.0.0.11) is down: maximum-prefix exceeded", "br1: has no route to 192.0.2.0/28"}, "devices/br2/frr.conf:40"},
		{"optus-2023", "blast/protected-reachability", "has no route to ", []string{"is down: maximum-prefix exceeded", "has no route to "}, "devices/br2/frr.conf:40"},
		{"reddit-2023", "blast/session-loss", "the session of cp1 with node1 (10.10.0.11) goes down",
			[]string{"cp1: the change: BGP is removed", "cp1: BGP is not configured, so that there is no session with node1", "node1: had 5 ipv4-unicast routes over it, and 5 of them it has no more"}, "devices/cp1/bird.conf:49"},
		{"google-2016", "hygiene/missing-reference", "PEERS-OUT 10 refers to prefix-list CLOUD-BLOCKS, which is not defined",
			[]string{"bru-pr1: the change: prefix-list CLOUD-BLOCKS is removed", "bru-pr1: PEERS-OUT 10 refers to prefix-list CLOUD-BLOCKS, which is not defined: never matches",
				"bru-pr1: sends to provider AS64497 (172.16.3.2) ipv4-unicast, decided by PEERS-OUT: 6 no more"}, "devices/bru-pr1/frr.conf:42"},
		{"verizon-2019", "bgp/ebgp-without-maximum-prefix", "what goes over the session of pe-pit with customer AS64502 (172.16.14.6)",
			[]string{"pe-pit: the change: neighbor 172.16.14.6 is new", "pe-pit: takes from customer AS64502 (172.16.14.6) ipv4-unicast, decided by CUSTOMER-IN: 3 that it did not"}, "devices/pe-pit/gobgpd.toml:52"},
		{"kt-2021", "blast/igp-flooded", "ospf takes in 112 redistributed routes instead of 0",
			[]string{"bus-ent1: the change: redistribution of static is new", "bus-ent1: redistributes from static into ospf everything, and did nothing: 112 routes instead of 0",
				"bus-p1: uses 112 of them: its table has 127 OSPF routes instead of 15"}, "devices/bus-ent1/frr.conf:168"},
		{"pakistan-2008", "leak/origination-outside-owned", "isb-pol1 has a route to 203.0.113.64/26 now",
			[]string{"isb-pol1: before the change: the static route to 203.0.113.64/26 is not there", "isb-pol1: before the change: does not redistribute 203.0.113.64/26"}, "devices/isb-pol1/frr.conf:38"},
		{"tmobile-2020", "failure/single-failure", "if link atl1 eth0 – dal1 eth0 fails, packets from atl2 to 198.51.100.1 do not arrive: at bhm1: no route",
			[]string{"bhm1: the change: interface eth1: OSPF: cost was 65000 and becomes 10", "atl2: has an IGP metric of 25 instead of 305 to the next hop 10.0.0.1",
				"atl2: takes the path to 198.51.100.0/24 from dal1 (10.0.0.1) instead of that from dal2 (10.0.0.2): best by IGP metric",
				"bhm1: packets from atl2 to 198.51.100.1 end here: no route, and bhm1 had none before the change either"}, "devices/bhm1/frr.conf:26"},
		{"whatsapp-2014", "failure/single-failure", "if link core1 eth3 – row1 eth0 fails, edge1 does not tell provider AS64601",
			[]string{"row1: the change: interface eth1: shutdown is switched on", "edge1: the session with row1 (10.255.0.5) is down: no route to the peer"}, "devices/row1/frr.conf:23"},
		{"aws-2011", "capacity/link-load", "18 Gbit/s of replicas of az1-l1 load az1-l1 eth2 → sec1 eth0, where 0 bit/s did",
			[]string{"az1-l1: the change: interface eth2: OSPF: cost was 1000 and becomes 5",
				"az1-l1: sends packets on by ospf 10.20.3.0/24 via 10.0.3.2 eth2 (cost 25), and did by ospf 10.20.3.0/24 via 10.0.1.2 eth0 (cost 30)"}, "devices/az1-l1/frr.conf:30"},
		{"telegram-2014", "capacity/site-load", "15 Gbit/s of users of AS64602 load site ams, where 0 bit/s did",
			[]string{"fra2: the change: interface srv0: shutdown is switched on", "fra2: sends packets on by bgp 203.0.113.0/24 via 10.0.4.0 eth1, and did by local 203.0.113.1/32"}, "devices/fra2/frr.conf:39"},
		{"cloudflare-2020", "blast/best-path-moves", "ams01 has 192.0.2.0/24 by another path",
			[]string{"atl01: the change: policy BBONE-OUT entry 10", "atl01: sends 192.0.2.0/24 to ams01 (10.255.0.6) with local preference 200 instead of 100",
				"ams01: takes the path to 192.0.2.0/24 from atl01 (10.255.0.1) instead of that from ams-c1 (10.6.1.2): best by local preference"}, "devices/atl01/frr.conf:80"},
		{"centurylink-2020", "flowspec/matches-bgp", "fs1 takes packets by a rule",
			[]string{"the rule ipv4-flowspec at fs1 match destination 0.0.0.0/0 protocol tcp is new", "fs1: it takes packets of 18 of 18 BGP sessions"}, "routegate.yaml:33"},
		{"cloudflare-2022", "management/reachability", "for station 10.250.0.10, packets from noc1 to 10.7.0.1 do not arrive",
			[]string{"ams07-spine1: the change: policy AGGREGATES-OUT", "ams07-spine1: does not send 10.7.0.1/32 to ams07-edge1", "ams07-edge1: has no route to 10.7.0.1/32"}, "devices/ams07-spine1/frr.conf:99"},
		{"azure-2023", "leak/unknown-relation", "ams-wan1 now tells AS64500 (10.0.0.2) about 0.0.0.0/0",
			[]string{"lon-wan1: the change: interface lo: address 10.0.0.2/32 is removed", "ams-wan1: before the change: neighbor 10.0.0.2 is lon-wan1, and so not outside"}, "devices/lon-wan1/frr.conf:9"},
		{"telstra-2020", "blast/reachability-lost", "packets from mel-gw1 to 192.0.2.1 do not arrive: at mel-pe1: blackholed",
			[]string{"mel-pe1: after the change: redistributes 192.0.2.0/26", "mel-pe1: packets from mel-gw1 to 192.0.2.1 end here: blackholed"}, "devices/mel-pe1/frr.conf:48"},
	} {
		t.Run(tt.exhibit+" "+tt.finding, func(t *testing.T) {
			dir := "../testdata/outages/" + tt.exhibit
			v, all, err := gate.Explain(t.Context(), gate.Options{Before: dir + "/before", After: dir + "/after"}, tt.finding)
			if err != nil {
				t.Fatal(err)
			}
			if v.Verdict != gate.Deny || len(all) == 0 || len(all[0].Chains) == 0 {
				t.Fatalf("verdict %s, %d explanations", v.Verdict, len(all))
			}
			if f := v.Findings[all[0].Number-1]; f.Policy != tt.finding || f.Message != all[0].Finding.Message {
				t.Errorf("explanation %d is of %s", all[0].Number, all[0].Finding.Policy)
			}
			c := all[0].Chains[0]
			if !strings.Contains(c.Loss, tt.loss) {
				t.Errorf("the loss is %q", c.Loss)
			}
			var said []string
			for _, x := range c.Causes {
				said = append(said, x.Router+": "+x.Text)
			}
			at := 0
			for _, line := range said {
				if at < len(tt.causes) && strings.Contains(line, tt.causes[at]) {
					at++
				}
			}
			if at < len(tt.causes) {
				t.Errorf("%q is not said, or not in its place:\n%s", tt.causes[at], strings.Join(said, "\n"))
			}
			if tt.line != "" {
				if len(c.Causes[0].Sources) == 0 {
					t.Fatalf("the first cause has no sources: %+v", c.Causes[0])
				}
				if x := c.Causes[0].Sources[0]; fmt.Sprintf("%s:%d", x.File, x.First) != tt.line {
					t.Errorf("the first cause is at %s:%d", x.File, x.First)
				}
			}
		})
	}
}

// TestExplainHarmless: a change without findings has nothing to explain, and who asks for a finding by name is told so.
func TestExplainHarmless(t *testing.T) {
	const dir = "../testdata/outages/facebook-2021"
	o := gate.Options{Before: dir + "/before", After: dir + "/benign"}
	if v, _, err := gate.Explain(t.Context(), o, ""); err != nil || v.Verdict != gate.Allow {
		t.Errorf("%v, %v", v, err)
	}
	if _, _, err := gate.Explain(t.Context(), o, "blast/prefix-withheld"); err == nil || !strings.Contains(err.Error(), `no finding "blast/prefix-withheld"`) {
		t.Errorf("a finding that is not there: %v", err)
	}
}
