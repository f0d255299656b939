package gate

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestExplainLines: findings about lines, also of other files than configurations, say what the change does to them and what reads them.
func TestExplainLines(t *testing.T) {
	vrps := func(list ...string) string { return withVRPs(t, twoEdges(t), "2026-01-31T11:00:00Z", list...) }
	waived := waivedChange(t, "  - {name: works, policy: gate/protection-removed, prefixes: [198.51.100.0/24], reason: x, owner: anna, approved-by: ben, expires: 2026-12-31}\n", false)
	for _, c := range []struct {
		name, before, after, finding string
		causes                       []string // router, and a part of what is said of it
		line                         string   // file of the first cause
	}{
		{"a waiver that lifts nothing", waived.Before, waived.After,
			"waiver/unused", []string{": " + lineWritten}, "waivers.yaml"},
		{"a declaration that does not come true", twoEdges(t), declaring(t, twoEdges(t, withdrawal...), "effects:\n  - {name: origin, effect: move, prefixes: [198.18.0.0/15], at: [edge2]}\n"),
			"intent/declared-effect-missing", []string{": " + lineWritten}, "change.yaml"},
		{"an origin that another router takes over", twoEdges(t), declaring(t, twoEdges(t, withdrawal...), "effects: []\n"), "intent/undeclared-effect",
			[]string{"edge1: does not originate 203.0.113.0/24: the line is not there", "edge1: takes the path to 203.0.113.0/24 from edge2 (10.255.0.2) instead of that from itself"}, edge1},
		{"a ROA for somebody else", vrps("65001 203.0.113.0/24 24"), vrps("64999 203.0.113.0/24 24"), "rpki/roa-excludes-origination",
			[]string{": the change: VRPs: 1 new (203.0.113.0/24 up to /24 by AS64999), 1 gone", ": " + lineUnread, "edge1: " + lineUnchanged}, known},
		{"a set that is gone", twoEdges(t), twoEdges(t, edit{edge1, "ip prefix-list OWN seq 5 permit 203.0.113.0/24\n", ""}), "hygiene/missing-reference",
			[]string{"edge1: the change: prefix-list OWN is removed", "edge1: PROVIDER-OUT 10 refers to prefix-list OWN, which is not defined", "edge1: sends to provider AS64496 (192.0.2.0) ipv4-unicast, decided by PROVIDER-OUT: 1 no more: 203.0.113.0/24"}, edge1},
		{"an address that the other edge has", twoEdges(t), twoEdges(t, edit{edge1, "interface eth1\n", "interface eth7\n ip address 10.0.0.1/31\n!\ninterface eth1\n"}), "hygiene/shared-address",
			[]string{"edge1: the change: interface eth7 is new: 10.0.0.1/31"}, edge1},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, all, err := Explain(t.Context(), Options{Before: c.before, After: c.after, Now: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)}, c.finding)
			if err != nil {
				t.Fatal(err)
			}
			chain := all[0].Chains
			if len(chain) == 0 || len(chain[0].Causes) == 0 || len(chain[0].Causes[0].Sources) == 0 {
				t.Fatalf("%+v", chain)
			}
			if s := chain[0].Causes[0].Sources[0]; s.File != c.line || s.First == 0 {
				t.Errorf("it begins at %s:%d, want %s", s.File, s.First, c.line)
			}
			said := chain[0].Causes
			for _, want := range c.causes {
				i := slices.IndexFunc(said, func(x Cause) bool { return strings.Contains(x.Router+": "+x.Text, want) })
				if i < 0 {
					t.Fatalf("%q is not said, or not in its place: %+v", want, chain[0].Causes)
				}
				said = said[i+1:]
			}
		})
	}
}

// TestExplainUnreadSet: of a set that nothing reads yet, that is said, and who reads the one that it shares a prefix with.
func TestExplainUnreadSet(t *testing.T) {
	const dir = "../testdata/outages/cloudflare-1111-2025-june"
	_, all, err := Explain(t.Context(), Options{Before: dir + "/before", After: dir + "/after"}, "hygiene/service-not-live")
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, x := range all[0].Chains[0].Causes {
		said = append(said, x.Text)
	}
	for _, want := range []string{"the change: prefix-list SERVICE-DLS is new", "nothing reads prefix-list SERVICE-DLS as things are", "prefix-list SERVICE-RESOLVER is read by SERVICES 10"} {
		if !slices.ContainsFunc(said, func(s string) bool { return strings.HasPrefix(s, want) }) {
			t.Errorf("%q is not said: %q", want, said)
		}
	}
}
