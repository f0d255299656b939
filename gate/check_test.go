package gate

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/routegate/routegate/testdata/outages"
)

func checked(t *testing.T, o Options) *Verdict {
	t.Helper()
	v, err := Check(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestVerdicts: what a change does decides, not how much text it is.
func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		name   string
		edits  []edit
		want   Decision
		policy string // that refuses, or the kind of the reason
	}{
		{"nothing changes", nil, Allow, ""},
		{"a description", []edit{{edge1, "description provider AS64496", "description transit"}}, Allow, ""},
		{"the export policy loses its condition", []edit{{edge1, " match ip address prefix-list OWN\n", ""}}, Deny, "leak/route-leak"},
		{"the export policy does not exist any more", []edit{{edge1, "route-map PROVIDER-OUT out", "route-map PROVDER-OUT out"}}, Deny, "hygiene/missing-reference"},
		{"a protected prefix loses one of two origins", []edit{{edge1, "  network 203.0.113.0/24\n", ""}}, Deny, "blast/protected-prefix"},
		{"the neighbor's AS is wrong at one end", []edit{{edge1, "neighbor 10.255.0.2 remote-as 65001", "neighbor 10.255.0.2 remote-as 65009"}}, Deny, "blast/session-loss"},
		{"a foreign prefix is originated", []edit{{edge1, "  network 203.0.113.0/24\n", "  network 203.0.113.0/24\n  network 198.51.99.0/24\n"},
			{edge1, "ip prefix-list OWN seq 5", "ip route 198.51.99.0/24 Null0\nip prefix-list OWN seq 7 permit 198.51.99.0/24\nip prefix-list OWN seq 5"}}, Deny, "leak/origination-outside-owned"},
		{"a limit below what the provider sends", []edit{{edge2, "maximum-prefix 10", "maximum-prefix 1"}}, Deny, "bgp/maximum-prefix-headroom"},
		{"the provider's AS is mistyped: the provider does not change with it", []edit{{edge1, "192.0.2.0 remote-as 64496", "192.0.2.0 remote-as 64469"}}, Deny, "bgp/neighbor-as"},
		{"it is mistyped, and routegate.yaml does not know what it announces", []edit{{edge1, "192.0.2.0 remote-as 64496", "192.0.2.0 remote-as 64469"},
			{known, "  - {from: 64496, to: edge1, prefixes: [0.0.0.0/0], as-path: [64496]}\n", ""}}, Unknown, ReasonUncertain},
		{"the border does not announce itself as the next hop any more", []edit{{edge2, "  neighbor 10.255.0.1 next-hop-self\n", ""}}, Deny, "bgp/next-hop-unreachable"},
		{"an address that the other edge has", []edit{{edge1, "interface eth1\n", "interface eth7\n ip address 10.0.0.1/31\n!\ninterface eth1\n"}}, Deny, "hygiene/shared-address"},
		{"a service address at both edges", []edit{{edge1, "interface eth1\n", "interface eth7\n ip address 203.0.113.53/32\n!\ninterface eth1\n"},
			{edge2, "interface eth1\n", "interface eth7\n ip address 203.0.113.53/32\n!\ninterface eth1\n"}}, Allow, ""},
		{"the provider's AS is prepended", []edit{{edge1, " match ip address prefix-list OWN\n", " match ip address prefix-list OWN\n set as-path prepend 64496\n"}}, Deny, "bgp/foreign-as-in-path"},
		{"our own AS is prepended", []edit{{edge1, " match ip address prefix-list OWN\n", " match ip address prefix-list OWN\n set as-path prepend 65001 65001\n"}}, Allow, ""},
		{"the provider changes its AS, as agreed", []edit{{edge1, "192.0.2.0 remote-as 64496", "192.0.2.0 remote-as 64469"},
			{known, "{from: 64496, to: edge1, prefixes: [0.0.0.0/0], as-path: [64496]}", "{from: 64469, to: edge1, prefixes: [0.0.0.0/0], as-path: [64469]}"},
			{known, "{as: 64496, is: provider}", "{as: 64469, is: provider}"}}, Allow, ""},
		{"a line that is not simulated", []edit{{edge1, "router bgp 65001", "router isis CORE\n!\nrouter bgp 65001"}}, Unknown, ReasonNotModelled},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := checked(t, Options{Before: twoEdges(t), After: twoEdges(t, c.edits...)})
			if v.Verdict != c.want {
				t.Fatalf("verdict %s (%s), want %s", v.Verdict, v.Summary, c.want)
			}
			var got []string
			for _, f := range v.Findings {
				if f.Denies {
					got = append(got, f.Policy)
				}
			}
			for _, u := range v.Unknowns {
				got = append(got, u.Kind)
			}
			if c.policy != "" && !strings.Contains(strings.Join(got, " "), c.policy) {
				t.Errorf("because of %v, want %s", got, c.policy)
			}
		})
	}
}

// TestStandingSins: what the base has too is no reason to refuse, unless routegate.yaml says so.
func TestStandingSins(t *testing.T) {
	sin := edit{edge1, " match ip address prefix-list OWN\n", ""}
	harmless := edit{edge1, "description provider AS64496", "description transit"}
	strict := edit{known, "network: example", "network: example\npolicy: {standing-denies: true}"}
	v := checked(t, Options{Before: twoEdges(t, sin), After: twoEdges(t, sin, harmless)})
	if v.Verdict != Allow || v.Counts.Standing == 0 || len(v.Standing) != v.Counts.Standing {
		t.Errorf("verdict %s with %d standing findings, want allow and at least one", v.Verdict, v.Counts.Standing)
	}
	v = checked(t, Options{Before: twoEdges(t, sin, strict), After: twoEdges(t, sin, harmless, strict)})
	if v.Verdict != Deny {
		t.Errorf("verdict %s where standing findings refuse, want deny", v.Verdict)
	}
}

// TestACrashIsNoVerdict: a gate that falls over does not leave the door open.
func TestACrashIsNoVerdict(t *testing.T) {
	dir := twoEdges(t)
	for _, stage := range []string{"load", "compare configurations", "route", "facts", "judge"} {
		t.Run(stage, func(t *testing.T) {
			v := checked(t, Options{Before: dir, After: dir, Progress: func(s string, _, _ int) {
				if s == stage {
					panic("the audit tool has a bug")
				}
			}})
			if v.Verdict != Unknown || v.ExitCode() != 2 || len(v.Unknowns) != 1 || v.Unknowns[0].Kind != ReasonInternal {
				t.Fatalf("verdict %s, exit code %d, reasons %v", v.Verdict, v.ExitCode(), v.Unknowns)
			}
			if !strings.Contains(v.Unknowns[0].Message, "the audit tool has a bug") || !strings.Contains(v.Run.Crash, "check_test.go") {
				t.Errorf("the crash is not told: %q, stack %q", v.Unknowns[0].Message, v.Run.Crash)
			}
		})
	}
}

// TestInterrupted: Ctrl-C ends a run in any stage, without a verdict.
func TestInterrupted(t *testing.T) {
	dir, changed := twoEdges(t), twoEdges(t, edit{edge1, "maximum-prefix 10", "maximum-prefix 11"})
	for _, stage := range []string{"load", "compare configurations", "route", "compare behaviours", "facts", "judge"} {
		t.Run(stage, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			v, err := Check(ctx, Options{Before: dir, After: changed, Progress: func(s string, _, _ int) {
				if s == stage {
					cancel()
				}
			}})
			if !errors.Is(err, context.Canceled) || v != nil {
				t.Errorf("verdict %v, error %v; want none and context canceled", v, err)
			}
		})
	}
}

// TestTheDocumentIsSteady: the same change gives the same bytes, and no list is null.
func TestTheDocumentIsSteady(t *testing.T) {
	dir, remove, err := outages.Extract("facebook-2021")
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	var first []byte
	for range 3 {
		v := checked(t, Options{Before: dir + "/before", After: dir + "/after"})
		v.Run = nil
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = text
		}
		if string(text) != string(first) {
			t.Fatal("two runs over the same change give different documents")
		}
	}
	if i := strings.Index(string(first), "null"); i >= 0 {
		t.Errorf("the document has a null: ...%s", first[max(0, i-80):i+4])
	}
}
