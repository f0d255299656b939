package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/routegate/routegate/config/gobgp"
	"github.com/routegate/routegate/network"
)

// docFlowSpec are rules that are injected at one router.
type docFlowSpec struct {
	Router string   `mapstructure:"router"`
	Family string   `mapstructure:"family"`
	Rules  []string `mapstructure:"rules"`
}

// flowspec reads the rules of flow specification that routers inject over an API.
func (r *reader) flowspec(env *network.Environment) {
	const example = "as in {router: rs1, family: ipv4-flowspec, rules: [match destination 203.0.113.7/32 protocol udp then discard]}"
	seen := map[string]string{}
	for i, x := range r.doc.FlowSpec {
		path := fmt.Sprintf("flowspec[%d]", i)
		if !r.router(path+".router", x.Router) {
			continue
		}
		device := r.work.routers[x.Router]
		switch {
		case device.Dialect != "gobgp":
			r.fail(path+".router", "a router that runs GoBGP", "%s runs %s: rules are injected into GoBGP only", x.Router, device.Dialect)
			continue
		case device.Default().BGP == nil:
			r.fail(path+".router", "", "%s does not run BGP", x.Router)
			continue
		case x.Family != "ipv4-flowspec" && x.Family != "ipv6-flowspec":
			r.fail(path, "family: ipv4-flowspec, or ipv6-flowspec; those of VPNs and of bridges are not understood", "%q is not a family of rules", x.Family)
			continue
		case len(x.Rules) == 0:
			r.fail(path, example, "no rule is named")
		}
		for j, text := range x.Rules {
			at := fmt.Sprintf("%s.rules[%d]", path, j)
			rule, err := gobgp.ParseFlowRule(x.Family == "ipv6-flowspec", text)
			if err != nil {
				var e *gobgp.FlowError
				hint := example
				if errors.As(err, &e) {
					hint = e.Hint
				}
				r.fail(at, hint, "%v", err)
				continue
			}
			rule.Router, rule.Span = x.Router, r.span(at)
			key := strings.Join([]string{rule.Router, rule.Family(), rule.MatchText()}, " ")
			if line, twice := seen[key]; twice {
				r.fail(at, "GoBGP keeps the last only", "%s has two rules that match %s; the other is %s", x.Router, rule.MatchText(), line)
				continue
			}
			seen[key] = rule.Span.String()
			env.FlowRules = append(env.FlowRules, rule)
		}
	}
}
