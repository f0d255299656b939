package gate

import (
	"fmt"
	"slices"

	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/policies"
)

// flowChains follow the rules of flow specification that a finding points at: the rule, and whose packets it takes.
func (q *inquiry) flowChains(f *Finding) []Chain {
	var out []Chain
	for _, r := range q.after.flowRuleFacts() {
		if len(out) == maxChains || !slices.ContainsFunc(f.Sources, func(s Source) bool { return s.Side == "after" && s.File == r.Span.File && s.First == r.Span.First }) {
			continue
		}
		c := q.follow(false)
		c.altered("", func(x *diff.Change) bool {
			return x.AfterSpan.File == r.Span.File && int(x.AfterSpan.First) == r.Span.First
		})
		line := network.Span{File: r.Span.File, First: int32(r.Span.First), Last: int32(r.Span.Last)}
		c.add(r.Router, network.Span{}, line, "injects the rule %s: over which sessions it goes on is not simulated, and every router that it may reach is meant", r.Rule)
		for _, x := range []struct {
			what string
			hits policies.FlowHits
		}{{"BGP sessions", r.Sessions}, {"addresses of management", r.Management}, {"addresses and subnets of the network itself", r.Infrastructure}, {"protected prefixes", r.Protected}} {
			if x.hits.Count > 0 {
				c.add(r.Router, network.Span{}, network.Span{}, "it takes packets of %d of %d %s, for example %s", x.hits.Count, x.hits.Of, x.what, inWords(x.hits.Examples[:min(len(x.hits.Examples), maxChains)]))
			}
		}
		out = append(out, q.chain(f, fmt.Sprintf("%s takes packets by a rule", r.Router), c))
	}
	return out
}
