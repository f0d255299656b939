package policy

import (
	"net/netip"

	"github.com/routegate/routegate/network"
)

// Refuses reports that a chain rejects every route of a prefix, whatever its attributes and wherever it goes, and that
// nothing about that is uncertain. False says nothing. It costs no more than a look at the prefix sets.
func (e *Evaluator) Refuses(c network.PolicyChain, p netip.Prefix, missing network.Disposition) bool {
	ev := evaluations.Get().(*evaluation)
	defer ev.done()
	*ev = evaluation{Evaluator: e, route: Route{Prefix: p, Attributes: noAttributes}}
	for _, ref := range c.Policies {
		d := missing
		if policy := e.policies[ref.Name]; policy != nil {
			var known bool
			if d, known = ev.byPrefix(policy); !known {
				return false
			}
		}
		if d != network.Next {
			return d == network.Reject
		}
	}
	return c.Default == network.Reject
}

// byPrefix is what a policy does with the prefix; known is false where an entry looks at more, or does something and goes on.
func (ev *evaluation) byPrefix(p *compiledPolicy) (d network.Disposition, known bool) {
	if p.program != nil {
		return network.Next, false
	}
next:
	for i := range p.statements {
		s := &p.statements[i]
		all := true
		for k := range s.conditions {
			switch s.conditions[k].Condition.(type) {
			case network.MatchPrefix, network.MatchPrefixLength, network.MatchFamily:
				switch s.conditions[k].test(ev) {
				case no:
					continue next
				case unknown:
					all = false
				}
			default:
				all = false
			}
		}
		return network.Reject, all && s.Result == network.Reject
	}
	return p.Default, true
}
