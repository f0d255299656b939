package config

import (
	"context"
	"strings"
	"testing"

	"github.com/routegate/routegate/network"
)

// injector is a GoBGP router beside one that runs FRR.
const injector = `-- devices/rs1/gobgpd.toml --
[global.config]
  as = 64500
  router-id = "10.255.0.1"
-- devices/r2/frr.conf --
router bgp 64500
-- routegate.yaml --
`

func TestFlowSpec(t *testing.T) {
	s := load(t, folder(t, injector+`flowspec:
  - router: rs1
    family: ipv4-flowspec
    rules:
      - match destination 203.0.113.7/32 protocol udp then discard
      - match destination 203.0.113.0/24 source-port '==123' then rate-limit 125000
  - {router: rs1, family: ipv6-flowspec, rules: ["match destination 2001:db8::7/128 then discard"]}
`), Options{})
	var got []string
	for _, r := range s.Network.Env.FlowRules {
		got = append(got, r.Span.String()+" "+r.Router+" "+r.Family()+" "+r.String())
	}
	want := []string{
		"routegate.yaml:5 rs1 ipv4-flowspec match destination 203.0.113.7/32 protocol udp then discard",
		"routegate.yaml:6 rs1 ipv4-flowspec match destination 203.0.113.0/24 source-port 123 then rate-limit 125000",
		"routegate.yaml:7 rs1 ipv6-flowspec match destination 2001:db8::7/128 then discard",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
	if _, ok := s.Network.Env.Spans.Find("flowspec"); !ok {
		t.Error("the key has no position")
	}
	if s.Network.Env.FlowRules[1].Then != (network.FlowAction{HasRate: true, Rate: 125000}) {
		t.Errorf("the second rule does %+v", s.Network.Env.FlowRules[1].Then)
	}
}

// TestFlowSpecRefused: what is not understood of a rule is refused with its line.
func TestFlowSpecRefused(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"flowspec: [{router: rs2, family: ipv4-flowspec, rules: [match protocol tcp then discard]}]", "routegate.yaml:1:21: flowspec[0].router: there is no router rs2 in devices/"},
		{"flowspec: [{router: r2, family: ipv4-flowspec, rules: [match protocol tcp then discard]}]", "r2 runs frr: rules are injected into GoBGP only"},
		{"flowspec: [{router: rs1, rules: [match protocol tcp then discard]}]", `"" is not a family of rules (family: ipv4-flowspec, or ipv6-flowspec`},
		{"flowspec: [{router: rs1, family: l2vpn-flowspec, rules: [match protocol tcp then discard]}]", `"l2vpn-flowspec" is not a family`},
		{"flowspec: [{router: rs1, family: ipv4-flowspec}]", "no rule is named"},
		{"flowspec:\n  - router: rs1\n    family: ipv4-flowspec\n    rules:\n      - match protocol tcp then discard\n      - match protocol tcp then drop", "routegate.yaml:6:9: flowspec[0].rules[1]: drop is not an action of a rule (accept, discard"},
		{"flowspec: [{router: rs1, family: ipv4-flowspec, rules: [match protocol tcp then discard, match protocol ==tcp then accept]}]", "rs1 has two rules that match protocol tcp; the other is routegate.yaml:1"},
		{"flowspec: [{router: rs1, family: ipv4-flowspec, rule: []}]", "unknown key rule in flowspec[0] (did you mean rules?)"},
	} {
		_, err := Load(context.Background(), folder(t, injector+c.text+"\n"), Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}
