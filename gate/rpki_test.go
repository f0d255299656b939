package gate

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// withVRPs gives the network a file of VRPs, by lines "AS prefix maximum".
func withVRPs(t *testing.T, dir string, generated string, vrps ...string) string {
	t.Helper()
	var list []string
	for _, v := range vrps {
		f := strings.Fields(v)
		list = append(list, `    {"asn": "AS`+f[0]+`", "prefix": "`+f[1]+`", "maxLength": `+f[2]+`, "ta": "ripe"}`)
	}
	text := "{\"metadata\": {\"generatedTime\": \"" + generated + "\"},\n  \"roas\": [\n" + strings.Join(list, ",\n") + "\n]}\n"
	yaml, err := os.ReadFile(filepath.Join(dir, "routegate.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"vrps.json": text, "routegate.yaml": string(yaml) + "rpki: {vrps: vrps.json}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestRouteOriginValidation: what changes of configurations and of ROAs do to the validity of routes, on two edges in AS 65001.
func TestRouteOriginValidation(t *testing.T) {
	const today, old = "2026-01-31T11:00:00Z", "2025-12-01T00:00:00Z"
	own := []string{"65001 203.0.113.0/24 24", "64511 198.18.0.0/15 15"}
	half := []edit{
		{edge1, "ip route 203.0.113.0/24 Null0\n", "ip route 203.0.113.0/24 Null0\nip route 203.0.113.128/25 Null0\n"},
		{edge1, "ip prefix-list OWN seq 5", "ip prefix-list OWN seq 4 permit 203.0.113.128/25\nip prefix-list OWN seq 5"},
		{edge1, "  network 203.0.113.0/24\n", "  network 203.0.113.0/24\n  network 203.0.113.128/25\n"},
	}
	hijack := edit{known, "prefixes: [0.0.0.0/0], as-path: [64496]}", "prefixes: [0.0.0.0/0], as-path: [64496]}\n  - {from: 64496, to: edge1, prefixes: [198.18.0.0/16], as-path: [64496, 64666]}"}
	refused := edit{edge1, "ip prefix-list TRANSIT seq 5", "ip prefix-list TRANSIT seq 4 deny 198.18.0.0/16\nip prefix-list TRANSIT seq 5"}
	type network struct {
		edits     []edit
		generated string
		vrps      []string
	}
	base := network{nil, today, own}
	for _, c := range []struct {
		name          string
		before, after network
		want          map[string]string // policy: part of its message
	}{
		{"nothing changes", base, base, nil},
		{"a more specific than the ROA allows", base, network{half, today, own}, map[string]string{
			"rpki/invalid-origination": "edge1: 203.0.113.128/25 announced with origin AS65001 to provider AS64496 (192.0.2.0) is invalid: AS65001 may originate 203.0.113.0/24 up to /24 only"}},
		{"a more specific that the ROA allows", base, network{half, today, append([]string{"65001 203.0.113.0/24 25"}, own[1:]...)}, nil},
		{"a more specific that is announced already", network{half, today, own}, network{half, today, own}, nil},
		{"a ROA for the aggregate alone makes it invalid", network{half, today, nil}, network{half, today, own}, map[string]string{
			"rpki/roa-excludes-origination": "203.0.113.128/25 of AS65001 was not-found and becomes invalid"}},
		{"a ROA for somebody else", base, network{nil, today, []string{"64999 203.0.113.0/24 24"}}, map[string]string{
			"rpki/roa-excludes-origination": "203.0.113.0/24 of AS65001 was valid and becomes invalid: only AS64999 may originate 203.0.113.0/24 up to /24"}},
		{"a ROA goes", base, network{nil, today, own[1:]}, nil},
		{"a hijack is let in", network{[]edit{hijack, refused}, today, own}, network{[]edit{hijack}, today, own}, map[string]string{
			"rpki/invalid-accepted": "edge1 accepts 1 invalid prefix from provider AS64496 (192.0.2.0): 198.18.0.0/16 of AS64666, where a ROA authorizes AS64511 for 198.18.0.0/15 up to /15"}},
		{"the hijack was let in before", network{[]edit{hijack}, today, own}, network{[]edit{hijack}, today, own}, nil},
		{"the hijack is refused", network{[]edit{hijack}, today, own}, network{[]edit{hijack, refused}, today, own}, nil},
		{"last month's VRPs", base, network{nil, old, own}, map[string]string{
			"rpki/vrps-too-old": "vrps.json was written 1476 hours ago (2025-12-01T00:00:00Z), more than 24"}},
		{"last month's VRPs are replaced", network{nil, old, own}, base, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := checked(t, Options{Before: withVRPs(t, twoEdges(t, c.before.edits...), c.before.generated, c.before.vrps...),
				After: withVRPs(t, twoEdges(t, c.after.edits...), c.after.generated, c.after.vrps...), Now: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)})
			said := map[string]string{}
			for _, f := range v.Findings {
				said[f.Policy] += f.Message
			}
			for _, u := range v.Unknowns {
				said[u.Policy] += u.Message
			}
			for policy, message := range said {
				if strings.HasPrefix(policy, "rpki/") && !strings.Contains(message, c.want[policy]) || strings.HasPrefix(policy, "rpki/") && c.want[policy] == "" {
					t.Errorf("%s says %q, want %q", policy, message, c.want[policy])
				}
			}
			for policy := range c.want {
				if said[policy] == "" {
					t.Errorf("%s says nothing: %v", policy, said)
				}
			}
			if len(c.want) > 0 && v.Verdict == Allow {
				t.Errorf("allowed: %s", v.Summary)
			}
		})
	}
	t.Run("the file is not named any more", func(t *testing.T) {
		v := checked(t, Options{Before: withVRPs(t, twoEdges(t), today, own...), After: twoEdges(t)})
		if !slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Policy == "gate/protection-removed" }) || v.Verdict != Deny {
			t.Errorf("%s: %+v", v.Verdict, v.Findings)
		}
	})
}
