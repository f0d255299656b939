package gate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const neighborSets = `
[global.config]
as = 64500
router-id = "10.255.0.1"
[global.apply-policy.config]
export-policy-list = ["OUT"]

[[neighbors]]
[neighbors.config]
neighbor-address = "10.255.0.2"
peer-as = 64500
[[neighbors]]
[neighbors.config]
neighbor-address = "192.0.2.1"
peer-as = 64496

[[defined-sets.neighbor-sets]]
neighbor-set-name = "INSIDE"
neighbor-info-list = ["10.255.0.0/24"]

[[policy-definitions]]
name = "OUT"
`

func gobgpStatement(name, conditions string) string {
	return "[[policy-definitions.statements]]\nname = \"" + name + "\"\n" + conditions +
		"[policy-definitions.statements.actions]\nroute-disposition = \"accept-route\"\n"
}

// TestWhomAnEntryIsFor: a neighbor set says to which neighbors an entry lets routes out, and is no condition on routes.
func TestWhomAnEntryIsFor(t *testing.T) {
	set := func(option string) string {
		return "[policy-definitions.statements.conditions.match-neighbor-set]\nneighbor-set = \"INSIDE\"\nmatch-set-options = \"" + option + "\"\n"
	}
	internal := "[policy-definitions.statements.conditions.bgp-conditions]\nroute-type = \"internal\"\n"
	for _, c := range []struct{ name, conditions, exports, only string }{
		{"a set of iBGP neighbors", set("any") + internal, "10.255.0.2", "internal"},
		{"everybody but them", set("invert") + internal, "192.0.2.1", "internal"},
		{"everybody", internal, "10.255.0.2 192.0.2.1", "internal"},
		{"no condition on routes at all", set("any"), "10.255.0.2", ""},
		{"a route type beside another condition", internal + "community-count = {operator = \"ge\", value = 1}\n", "10.255.0.2 192.0.2.1", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "devices", "r1", "gobgpd.toml")
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(neighborSets+gobgpStatement("first", c.conditions)), 0o644); err != nil {
				t.Fatal(err)
			}
			s := solvedAt(t, dir)
			facts := s.routerFacts(map[string]bool{"r1": true}, nil)
			if len(facts[0].Policies) != 1 {
				t.Fatalf("policies in use: %+v, want one", facts[0].Policies)
			}
			x := facts[0].Policies[0].Statements[0]
			if got := strings.Join(x.Exports, " "); got != c.exports || x.MatchesOnlyType != c.only {
				t.Errorf("exports to %q with only type %q; want %q, %q", got, x.MatchesOnlyType, c.exports, c.only)
			}
		})
	}
}
