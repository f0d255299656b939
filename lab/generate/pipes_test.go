package generate_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/routegate/routegate/lab/generate"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// piped is a network of BIRDs with tables and pipes, of the cases that are held against the daemons.
func piped(t *testing.T, name string) generate.Snapshot {
	t.Helper()
	text, err := os.ReadFile("../../routing/bgp/testdata/" + name + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	var s generate.Snapshot
	yaml := "devices:\n"
	for _, part := range strings.Split(string(text), "\n-- ")[1:] {
		router, body, _ := strings.Cut(part, " --\n")
		if router == "want" {
			continue
		}
		s = append(s, generate.File{Path: "devices/" + router + "/bird.conf", Text: []byte(body + "\n")})
		yaml += "  " + router + ": {interfaces: {"
		last := ""
		for line := range strings.Lines(body) {
			if w := strings.Fields(line); len(w) == 3 && w[0] == "#iface" && w[1] == last {
				yaml = strings.TrimSuffix(yaml, "], ") + fmt.Sprintf(", %q], ", w[2])
			} else if len(w) == 3 && w[0] == "#iface" {
				last = w[1]
				yaml += fmt.Sprintf("%s: [%q], ", w[1], w[2])
			}
		}
		yaml = strings.TrimSuffix(yaml, ", ") + "}}\n"
	}
	return append(s, generate.File{Path: "routegate.yaml", Text: []byte(yaml)})
}

// TestPipesFromBefore: what goes over pipes after a change is the same whether it is solved alone or from the state before, and
// so it is with a link cut.
func TestPipesFromBefore(t *testing.T) {
	for _, c := range []struct{ name, was, is string }{
		{"bird-pipes", "if net = 10.20.0.0/16 then reject;", "if net = 10.30.0.0/16 then reject;"},
		{"bird-pipes", "bgp_local_pref = 200;", "bgp_local_pref = 50;"},
		{"bird-pipes", "peer table master4; import none; export all;", "peer table master4; import all; export all;"},
		{"bird-pipes", "route 10.50.0.0/16 via 10.0.3.2;", "route 10.50.0.0/16 blackhole;"},
		{"bird-pipes", "route 10.11.0.0/16 blackhole; route 10.12.0.0/16 blackhole; }", "route 10.12.0.0/16 blackhole; }"},
		{"bird-pipes", "protocol bgp a {", "protocol bgp a { disabled;"},
		{"bird-pipes-chain", "import where source != RTS_OSPF;", "import all;"},
		{"bird-pipes-chain", "bgp_med = 44;", "bgp_med = 45;"},
		{"bird-pipes-chain", "stub; cost 7;", "stub; cost 70;"},
	} {
		before := load(t, piped(t, c.name), nil)
		base := solve(t, before.Network, routing.Options{})
		changed, found := piped(t, c.name), false
		for i, f := range changed {
			if found = found || bytes.Contains(f.Text, []byte(c.was)); bytes.Contains(f.Text, []byte(c.was)) {
				changed[i].Text = bytes.Replace(f.Text, []byte(c.was), []byte(c.is), 1)
				break
			}
		}
		if !found {
			t.Fatalf("%s does not say %q", c.name, c.was)
		}
		after := load(t, changed, before)
		slow := solve(t, after.Network, routing.Options{EveryPath: true, EveryPrefix: true})
		same(t, c.is+" (alone)", slow, solve(t, after.Network, routing.Options{}))
		same(t, c.is+" (from the state before)", slow, solve(t, after.Network, routing.Options{Base: base}))
		for _, l := range before.Network.Links {
			fail := routing.Failure{Links: []network.Link{l}}
			cut := solve(t, before.Network, routing.Options{Fail: fail, EveryPath: true, EveryPrefix: true})
			same(t, fmt.Sprintf("%s without %v", c.name, l.Ends), cut, solve(t, before.Network, routing.Options{Fail: fail, Base: base}))
		}
	}
}
