package gate

import (
	"slices"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/policies"
	"github.com/routegate/routegate/routing/policy"
)

// policyFacts are the policies in use, with who uses them; a policy that only another one calls is in use.
func (s *side) policyFacts(r *network.Router, refs []reference) []policies.PolicyFacts {
	users := map[string][]string{}
	for i := range refs {
		if refs[i].kind == refPolicy && !slices.Contains(users[refs[i].name], refs[i].by) {
			users[refs[i].name] = append(users[refs[i].name], refs[i].by)
		}
	}
	exports := s.exportsOf(r)
	out := []policies.PolicyFacts{}
	for _, p := range r.Policies {
		if len(users[p.Name]) == 0 {
			continue
		}
		f := policies.PolicyFacts{Name: p.Name, UsedBy: users[p.Name], Statements: []policies.StatementFacts{}}
		for i := range p.Statements {
			x := s.statementFacts(r, &p.Statements[i])
			x.Exports = meant(r, &p.Statements[i], exports[p.Name])
			f.Statements = append(f.Statements, x)
		}
		out = append(out, f)
	}
	return out
}

func (s *side) statementFacts(r *network.Router, x *network.Statement) policies.StatementFacts {
	f := policies.StatementFacts{Name: x.Name, Result: x.Result.String(), Matches: []string{}, MatchesAll: true, Span: s.span(x.Span)}
	types, others := "", 0
	for _, c := range x.Match {
		f.Matches = append(f.Matches, policy.Describe(c))
		f.MatchesAll = f.MatchesAll && matchesAll(r, c)
		switch c := c.(type) {
		case network.MatchRouteType:
			types = c.Type.String()
		case network.MatchNeighbor, network.MatchFamily: // where an entry applies, and not to which routes
		default:
			others++
		}
	}
	if others == 0 {
		f.MatchesOnlyType = types
	}
	for _, a := range x.Set {
		if lp, ok := a.(network.SetLocalPref); ok && lp.Op == network.Assign {
			value := lp.Value
			f.LocalPref = &value
		}
	}
	return f
}

// exportsOf lists, by policy, the neighbors in whose export chain it stands, called policies included.
func (s *side) exportsOf(r *network.Router) map[string][]*network.Neighbor {
	out := map[string][]*network.Neighbor{}
	for _, v := range r.VRFs {
		if v.BGP == nil {
			continue
		}
		for _, n := range v.BGP.Neighbors {
			for _, f := range network.Families {
				if !n.Families[f].Active {
					continue
				}
				for _, name := range s.evaluator(r).Reads(n.Families[f].Export).Policies {
					if !slices.Contains(out[name], n) {
						out[name] = append(out[name], n)
					}
				}
			}
		}
	}
	return out
}

// meant are those of the neighbors, by key, that fulfil an entry's conditions on the neighbor. The
// entry is tried with these conditions alone, so that they mean what they do in the simulation.
func meant(r *network.Router, x *network.Statement, neighbors []*network.Neighbor) []string {
	only := network.Statement{Result: network.Accept}
	for _, c := range x.Match {
		if c, ok := c.(network.MatchNeighbor); ok {
			only.Match = append(only.Match, c)
		}
	}
	e := policy.Compile(&network.Router{VRFs: r.VRFs, NeighborSets: r.NeighborSets,
		Policies: []*network.Policy{{Name: "entry", Statements: []network.Statement{only}, Default: network.Reject}}})
	out := []string{}
	for _, n := range neighbors {
		res, _ := e.Policy("entry", policy.Route{Direction: policy.Export, Peer: n.Address, PeerIface: n.Interface})
		if res.Disposition == network.Accept && !slices.Contains(out, n.Key()) {
			out = append(out, n.Key())
		}
	}
	slices.Sort(out)
	return out
}

// matchesAll reports whether every route of some family fulfils a condition: a prefix set that
// begins by taking everything, a family.
func matchesAll(r *network.Router, c network.Condition) bool {
	switch c := c.(type) {
	case network.MatchFamily:
		return true
	case network.MatchPrefix:
		set := r.PrefixSet(c.Kind, c.Set)
		if set == nil || c.Option == network.MatchInvert {
			return false
		}
		if len(set.Entries) == 0 {
			return set.EmptyAccepts
		}
		e := set.Entries[0]
		return !e.Deny && e.Prefix.Bits() == 0 && e.Min == 0 && int(e.Max) == e.Prefix.Addr().BitLen()
	}
	return false
}
