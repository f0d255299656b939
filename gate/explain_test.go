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
				"ams-e1: has no route to 10.10.0.0/16", "ams-e1: withholds 192.0.2.0/24 from 172.16.41.0: no route matches the condition DC-ALIVE"},
			"devices/bb4/frr.conf:38"},
		{"cloudflare-2022", "blast/protected-reachability", "has no route to 198.51.100.",
			[]string{"ams07-spine1: does not send 198.51.100.", "ams07-edge1: has no route to 198.51.100."}, "devices/ams07-spine1/frr.conf:99"},
		{"telstra-2020", "leak/origination-outside-owned", "mel-pe1 has a route to 192.0.2.0/26 now",
			[]string{"mel-pe1: before the change: does not redistribute 192.0.2.0/26: ORIGINATE: no entry decided"}, "devices/mel-pe1/frr.conf:48"},
		{"optus-2023", "blast/protected-reachability", "has no route to ", []string{"is down: maximum-prefix exceeded", "has no route to "}, ""},
	} {
		t.Run(tt.exhibit, func(t *testing.T) {
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
				if len(c.Causes[0].Sources) != 1 {
					t.Fatalf("the first cause has the sources %+v", c.Causes[0].Sources)
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
