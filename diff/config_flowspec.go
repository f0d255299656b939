package diff

import "github.com/routegate/routegate/network"

// flowRules compares the rules of flow specification; one that matches the same is the same rule with another action.
func (c *comparison) flowRules() {
	key := func(r network.FlowRule) string { return r.Family() + " at " + r.Router + " match " + r.MatchText() }
	items(c, c.before.Env.FlowRules, c.after.Env.FlowRules, key, func(r network.FlowRule) place {
		return place{object: ObjectEnvironment, path: "environment/flowspec " + key(r), name: r.MatchText(), noun: "the rule " + key(r), after: r.Span}
	}, func(r network.FlowRule) string { return "then " + r.Then.String() })
}
