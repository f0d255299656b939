package gate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFlowSpec: what the policies hold against a rule that is injected into a network of eight routers.
func TestFlowSpec(t *testing.T) {
	const exhibit = "../testdata/outages/centurylink-2020/before"
	for _, c := range []struct {
		rule string
		want string // policies and levels
	}{
		{"match destination 203.0.113.7/32 protocol tcp then discard", ""},
		{"match destination 203.0.113.7/32 then rate-limit 125000", ""},
		{"match protocol tcp then mark 0", ""},
		{"match protocol tcp then accept", ""},
		{"match destination 203.0.113.7/32 then discard", "flowspec/discards-everything hard"},  // hosting-west is protected
		{"match destination 203.0.113.70/32 then discard", "flowspec/discards-everything soft"}, // between the two that are
		{"match destination 203.0.113.1/32 protocol udp then discard", ""},                      // a router's address, inside of what is protected
		{"match destination 198.51.100.0/21 protocol udp then discard", "config"},               // it has bits set behind its length
		{"match destination 198.51.0.0/16 protocol udp then discard", "flowspec/destination-too-wide soft"},
		{"match protocol udp then discard", "flowspec/destination-missing hard, flowspec/matches-management hard, flowspec/matches-infrastructure soft"},
		{"match source 203.0.113.7/32 then discard", "flowspec/destination-missing hard, flowspec/matches-management hard, flowspec/matches-infrastructure soft"},
		{"match destination 10.255.0.1/32 protocol udp then discard", "flowspec/matches-infrastructure soft"},
		{"match destination 10.0.0.0/31 protocol udp then discard", "flowspec/matches-infrastructure soft"},
		{"match destination 10.255.0.1/32 destination-port 22 then discard", "flowspec/matches-bgp hard, flowspec/matches-infrastructure soft"}, // a neighbor may have chosen port 22
		{"match destination 10.255.0.1/32 source 198.18.0.0/15 protocol tcp then discard", "flowspec/matches-infrastructure soft"},
		{"match destination 172.31.0.1/32 port 179 then discard", "flowspec/matches-bgp hard"}, // the neighbor's end
		{"match destination 172.31.0.1/32 port 179 then redirect 64500:666", "flowspec/matches-bgp hard"},
		{"match destination 10.99.0.250/32 protocol udp then discard", "flowspec/matches-management hard, flowspec/matches-infrastructure soft"}, // the station
		{"match destination 10.99.0.3/32 protocol tcp port 22 then discard", "flowspec/matches-management hard, flowspec/matches-infrastructure soft"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(exhibit)); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, "routegate.yaml")
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			with := strings.Replace(string(text), "    rules:\n", "    rules:\n      - "+c.rule+"\n", 1)
			if err := os.WriteFile(file, []byte(with), 0o644); err != nil {
				t.Fatal(err)
			}
			if c.want == "config" {
				if _, err := Check(t.Context(), Options{Before: exhibit, After: dir}); err == nil {
					t.Error("the rule is read")
				}
				return
			}
			v := checked(t, Options{Before: exhibit, After: dir})
			var got []string
			for _, f := range v.Findings {
				got = append(got, f.Policy+" "+f.Level)
			}
			if g := strings.Join(got, ", "); g != c.want {
				t.Errorf("%s: got %s, want %s", v.Verdict, g, c.want)
			}
		})
	}
}
