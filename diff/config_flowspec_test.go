package diff_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
)

// TestFlowRules: a rule is known by what it matches; another action changes it, another match is another rule.
func TestFlowRules(t *testing.T) {
	rule := func(line int, rate float64, match ...network.FlowComponent) network.FlowRule {
		return network.FlowRule{Router: "rs1", Match: match, Then: network.FlowAction{HasRate: true, Rate: rate}, Span: network.At("routegate.yaml", line)}
	}
	to := func(prefix string) network.FlowComponent {
		return network.FlowComponent{Type: network.FlowDestination, Prefix: netip.MustParsePrefix(prefix)}
	}
	udp := network.FlowComponent{Type: network.FlowProtocol, Terms: []network.FlowTerm{{Value: 17}}}
	with := func(rules ...network.FlowRule) *network.Network {
		return &network.Network{Env: network.Environment{FlowRules: rules}}
	}
	d := diff.Configuration(with(rule(3, 0, to("203.0.113.7/32"), udp), rule(4, 1000, to("203.0.113.8/32")), rule(5, 0, to("203.0.113.9/32"))),
		with(rule(3, 0, udp), rule(4, 0, to("203.0.113.8/32")), rule(9, 0, to("203.0.113.9/32"))))
	var got []string
	for _, c := range d.Changes {
		span, _ := c.Span()
		got = append(got, fmt.Sprintf("%s %s %s", span, c.Kind, c.Summary))
	}
	want := []string{
		"routegate.yaml:3 removed the rule ipv4-flowspec at rs1 match destination 203.0.113.7/32 protocol udp is removed: then discard",
		"routegate.yaml:4 modified the rule ipv4-flowspec at rs1 match destination 203.0.113.8/32 was then rate-limit 1000 and becomes then discard",
		"routegate.yaml:3 added the rule ipv4-flowspec at rs1 match protocol udp is new: then discard",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}
