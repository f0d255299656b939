package diff

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/policy"
)

// use is one place where a policy or a filter stands, on both sides.
type use struct {
	path          string
	before, after policy.Side
	options       policy.Options
	// spans of the reference on each side.
	beforeSpan, afterSpan network.Span
	noun                  string // "neighbor 10.0.0.1 import"
}

// spaces compares the meaning of every policy and filter in use whose definition or
// reference changed, and of changed definitions that nobody uses.
func (c *comparison) spaces(b, a *network.Router, renamed map[string]string) {
	s := &spaceComparison{c: c, b: b, a: a, changed: changedDefinitions(b, a), renamed: renamed}
	for from, to := range renamed {
		delete(s.changed.policies, from)
		delete(s.changed.policies, to)
	}
	s.eb, s.ea = policy.Compile(b), policy.Compile(a)
	for _, v := range a.VRFs {
		if old := b.VRF(v.Name); old != nil {
			s.instance(v.Name, old, v)
		}
	}
	s.compare()
	s.prefixSets()
	s.unused()
	s.judge()
}

// spaceComparison compares the policies of one router.
type spaceComparison struct {
	c       *comparison
	b, a    *network.Router
	eb, ea  *policy.Evaluator
	changed definitions
	uses    []use
	used    map[string]bool // changed policies that some use runs
	found   map[string]policy.Comparison
	renamed map[string]string // old name to new
}

// instance collects the uses in one VRF.
func (s *spaceComparison) instance(vrf string, b, a *network.VRF) {
	prefix := ""
	if vrf != "" {
		prefix = "vrf " + vrf
	}
	if b.BGP != nil && a.BGP != nil {
		for _, n := range a.BGP.Neighbors {
			if old := b.BGP.Neighbor(n.Key()); old != nil {
				for _, f := range network.Families {
					s.neighbor(prefix, f, b.BGP, a.BGP, old, n)
				}
			}
		}
		s.local(prefix, b.BGP, a.BGP)
		for _, f := range network.Families {
			s.originations(prefix, f, b.BGP, a.BGP)
		}
	}
	for _, o := range a.OSPF {
		for _, p := range b.OSPF {
			if p.Instance == o.Instance {
				name := "ospf"
				if o.Instance != 0 {
					name = fmt.Sprintf("ospf %d", o.Instance)
				}
				s.redistributions(step(prefix, name), nil, p.Redistribute, o.Redistribute, network.Missing{Policy: network.Reject})
			}
		}
	}
}

// neighbor collects the two directions of one neighbor in one family.
func (s *spaceComparison) neighbor(prefix string, f network.Family, b, a *network.BGP, nb, na *network.Neighbor) {
	fb, fa := &nb.Families[f], &na.Families[f]
	if !fb.Active || !fa.Active {
		return
	}
	for _, d := range []policy.Direction{policy.Import, policy.Export} {
		word := d.String()
		u := use{
			path: step(prefix, "bgp", "neighbor "+na.Key(), f.String(), word), noun: "neighbor " + na.Key() + " " + word,
			before: neighborSide(s.eb, b, nb, f, d), after: neighborSide(s.ea, a, na, f, d),
		}
		u.options = policy.Options{Families: []network.Family{f}, FixedPeer: true, FixedType: d == policy.Import, Context: neighborContext(a, na, d)}
		u.beforeSpan, u.afterSpan = stands(&u.before), stands(&u.after)
		field := "Import"
		if d == policy.Export {
			field = "Export"
		}
		at := func(n *network.Neighbor, span network.Span) network.Span {
			if !span.IsZero() {
				return span
			}
			if m, ok := n.Families[f].Marks.Find(field); ok {
				return m
			}
			return n.Span
		}
		u.beforeSpan, u.afterSpan = at(nb, u.beforeSpan), at(na, u.afterSpan)
		s.uses = append(s.uses, u)
	}
}

// stands is the line that attaches the chain, or else the first filter.
func stands(s *policy.Side) network.Span {
	if s.Chain.Span.IsZero() && len(s.Chain.Policies) > 0 {
		return s.Chain.Policies[0].Span
	}
	if s.Chain.Span.IsZero() && len(s.Filters) > 0 {
		return s.Filters[0].Ref.Span
	}
	return s.Chain.Span
}

// neighborSide is all that stands between a neighbor and the table.
func neighborSide(e *policy.Evaluator, b *network.BGP, n *network.Neighbor, f network.Family, d policy.Direction) policy.Side {
	nf := &n.Families[f]
	side := policy.Side{Evaluator: e, Chain: nf.Import, Missing: b.Missing, Unconfigured: network.Accept}
	list, prefixes, paths := nf.DistributeIn, nf.PrefixListIn, nf.FilterListIn
	if d == policy.Export {
		side.Chain, list, prefixes, paths = nf.Export, nf.DistributeOut, nf.PrefixListOut, nf.FilterListOut
	}
	access, prefixList := network.AccessList, network.PrefixList
	if f == network.IPv6Unicast {
		access, prefixList = network.AccessList6, network.PrefixList6
	}
	if list.IsSet() {
		side.Filters = append(side.Filters, policy.Filter{Kind: access, Ref: list})
	}
	if prefixes.IsSet() {
		side.Filters = append(side.Filters, policy.Filter{Kind: prefixList, Ref: prefixes})
	}
	if paths.IsSet() {
		side.Filters = append(side.Filters, policy.Filter{ASPath: true, Ref: paths})
	}
	if b.RequirePolicy && external(b, n) && !side.Chain.Configured() && len(side.Filters) == 0 {
		side.Unconfigured = network.Reject
	}
	return side
}

// external reports whether the neighbor is in another AS (and another confederation).
func external(b *network.BGP, n *network.Neighbor) bool {
	switch n.RemoteAS.Kind {
	case network.RemoteASInternal:
		return false
	case network.RemoteASNumber:
		return n.RemoteAS.Number != b.AS && !slices.Contains(b.Confederation.Members, n.RemoteAS.Number)
	}
	return true
}

func neighborContext(b *network.BGP, n *network.Neighbor, d policy.Direction) policy.Route {
	rt := policy.Route{Direction: d, Peer: n.Address, PeerIface: n.Interface, PeerAS: n.RemoteAS.Number, LocalAS: b.AS, Type: network.RouteExternal, Protocol: network.BGPProtocol}
	if d == policy.Import && !external(b, n) {
		rt.Type = network.RouteInternal
	}
	return rt
}

// local collects the policies on the router's own routes (GoBGP's global import policy).
func (s *spaceComparison) local(prefix string, b, a *network.BGP) {
	side := func(e *policy.Evaluator, x *network.BGP) policy.Side {
		return policy.Side{Evaluator: e, Chain: x.LocalImport, Missing: x.Missing, Unconfigured: network.Accept}
	}
	if b.LocalImport.Configured() || a.LocalImport.Configured() {
		s.uses = append(s.uses, use{path: step(prefix, "bgp", "local-import"), noun: "import of the router's own routes", before: side(s.eb, b), after: side(s.ea, a),
			options:    policy.Options{FixedPeer: true, FixedType: true, Context: policy.Route{Direction: policy.Import, Type: network.RouteLocal, LocalAS: a.AS}},
			beforeSpan: b.LocalImport.Span, afterSpan: a.LocalImport.Span})
	}
}

// originations collects the policies on what the instance brings into BGP.
func (s *spaceComparison) originations(prefix string, f network.Family, b, a *network.BGP) {
	fb, fa := &b.Families[f], &a.Families[f]
	family := []network.Family{f}
	s.redistributions(step(prefix, "bgp", f.String()), family, fb.Redistribute, fa.Redistribute, a.Missing)
	for i := range fa.Networks {
		for j := range fb.Networks {
			if na, nb := &fa.Networks[i], &fb.Networks[j]; na.Prefix == nb.Prefix && (na.Policy.IsSet() || nb.Policy.IsSet()) {
				s.single(step(prefix, "bgp", f.String(), "network "+na.Prefix.String()), "network "+na.Prefix.String(), family, nb.Policy, na.Policy, b.Missing, a.Missing)
			}
		}
	}
	for i := range fa.Aggregates {
		for j := range fb.Aggregates {
			if ga, gb := &fa.Aggregates[i], &fb.Aggregates[j]; ga.Prefix == gb.Prefix {
				at := step(prefix, "bgp", f.String(), "aggregate "+ga.Prefix.String())
				s.single(step(at, "policy"), "aggregate "+ga.Prefix.String(), family, gb.Policy, ga.Policy, b.Missing, a.Missing)
				s.single(step(at, "suppress-map"), "suppress-map of aggregate "+ga.Prefix.String(), family, gb.SuppressMap, ga.SuppressMap, b.Missing, a.Missing)
			}
		}
	}
	for _, la := range fa.Leaks {
		for _, lb := range fb.Leaks {
			if la.Pipe != "" && la.Pipe == lb.Pipe && la.From == lb.From {
				s.single(step(prefix, "bgp", f.String(), "pipe "+la.Pipe), "pipe "+la.Pipe+" from table "+la.Table, family, lb.Policy, la.Policy, b.Missing, a.Missing)
			}
		}
	}
	s.single(step(prefix, "bgp", f.String(), "import vrf"), "import vrf", family, fb.LeakPolicy, fa.LeakPolicy, b.Missing, a.Missing)
	s.single(step(prefix, "bgp", f.String(), "import vpn"), "import vpn", family, fb.VPN.ImportPolicy, fa.VPN.ImportPolicy, b.Missing, a.Missing)
	s.single(step(prefix, "bgp", f.String(), "export vpn"), "export vpn", family, fb.VPN.ExportPolicy, fa.VPN.ExportPolicy, b.Missing, a.Missing)
	s.single(step(prefix, "bgp", f.String(), "table-map"), "table-map", family, fb.TableMap, fa.TableMap, b.Missing, a.Missing)
	for _, n := range a.Neighbors {
		old := b.Neighbor(n.Key())
		if old == nil {
			continue
		}
		nb, na := &old.Families[f], &n.Families[f]
		at := step(prefix, "bgp", "neighbor "+n.Key(), f.String())
		s.single(step(at, "unsuppress-map"), "neighbor "+n.Key()+" unsuppress-map", family, nb.UnsuppressMap, na.UnsuppressMap, b.Missing, a.Missing)
		if cb, ca := nb.Conditional, na.Conditional; cb != nil && ca != nil {
			s.single(step(at, "advertise-map"), "neighbor "+n.Key()+" advertise-map", family, cb.Advertise, ca.Advertise, b.Missing, a.Missing)
			s.single(step(at, "advertise-condition"), "neighbor "+n.Key()+" condition of the advertise-map", family, cb.Condition, ca.Condition, b.Missing, a.Missing)
		}
		if db, da := nb.DefaultOriginate, na.DefaultOriginate; db != nil && da != nil {
			s.single(step(at, "default-originate"), "neighbor "+n.Key()+" default-originate", family, db.Policy, da.Policy, b.Missing, a.Missing)
		}
	}
}

func (s *spaceComparison) redistributions(path string, family []network.Family, b, a []network.Redistribution, m network.Missing) {
	for i := range a {
		for j := range b {
			if ra, rb := &a[i], &b[j]; ra.From == rb.From && ra.Instance == rb.Instance && ra.Name == rb.Name {
				from := ra.From.String()
				if ra.From == network.OtherProtocol && ra.Name != "" {
					from = ra.Name
				}
				s.single(step(path, "redistribute "+from), "redistribution of "+from, family, rb.Policy, ra.Policy, m, m)
			}
		}
	}
}

// single collects a use of one policy by name, outside of neighbors.
func (s *spaceComparison) single(path, noun string, family []network.Family, b, a network.Ref, mb, ma network.Missing) {
	if !b.IsSet() && !a.IsSet() {
		return
	}
	u := use{path: path, noun: noun, beforeSpan: b.Span, afterSpan: a.Span,
		before:  policy.Side{Evaluator: s.eb, Chain: chainOf(b), Missing: mb, Unconfigured: network.Accept},
		after:   policy.Side{Evaluator: s.ea, Chain: chainOf(a), Missing: ma, Unconfigured: network.Accept},
		options: policy.Options{Families: family, FixedPeer: true, Context: policy.Route{Direction: policy.Redistribute, Type: network.RouteLocal}}}
	s.uses = append(s.uses, u)
}

func chainOf(r network.Ref) network.PolicyChain {
	if !r.IsSet() {
		return network.PolicyChain{}
	}
	return network.PolicyChain{Policies: []network.Ref{r}, Span: r.Span}
}

// compare runs the comparison once for all uses that are alike and adds what differs.
func (s *spaceComparison) compare() {
	s.used = map[string]bool{}
	s.found = map[string]policy.Comparison{}
	at := map[string]int{} // key of a use to its index in out.Spaces, -1 where nothing was added
	for i := range s.uses {
		u := &s.uses[i]
		rb, ra := s.eb.Reads(u.before.Chain), s.ea.Reads(u.after.Chain)
		for _, p := range append(rb.Policies, ra.Policies...) {
			s.used[p] = true
		}
		if !s.touched(u, &rb, &ra) {
			continue
		}
		key := useKey(u, &rb, &ra)
		j, known := at[key]
		if !known {
			cmp := policy.Compare(&u.before, &u.after, u.options)
			s.found[u.path] = cmp
			j = -1
			if !cmp.Equal() || !cmp.Complete {
				s.c.out.Spaces = append(s.c.out.Spaces, spaceChange(s.c.router, u, &cmp))
				j = len(s.c.out.Spaces) - 1
			}
			at[key] = j
		} else if j < 0 {
			s.found[u.path] = policy.Comparison{Complete: true}
		}
		if j >= 0 {
			sp := &s.c.out.Spaces[j]
			sp.Users = append(sp.Users, u.path)
			slices.SortFunc(sp.Users, cmp.Compare[string])
		}
	}
}

// touched reports whether the two sides of a use can differ at all.
func (s *spaceComparison) touched(u *use, rb, ra *policy.Reads) bool {
	if !same(s.followed(u.before.Chain), u.after.Chain) || u.before.Unconfigured != u.after.Unconfigured || len(u.before.Filters) != len(u.after.Filters) || u.before.Missing != u.after.Missing {
		return true
	}
	for i, f := range u.after.Filters {
		if g := u.before.Filters[i]; f.ASPath != g.ASPath || f.Kind != g.Kind || f.Ref.Name != g.Ref.Name {
			return true
		}
		if f.ASPath && s.changed.asPaths[f.Ref.Name] || !f.ASPath && s.changed.prefixes[prefixKey{f.Kind, f.Ref.Name}] {
			return true
		}
	}
	return s.changed.any(s.b, rb.Policies) || s.changed.any(s.a, ra.Policies)
}

// followed is a chain of before under the names of after.
func (s *spaceComparison) followed(c network.PolicyChain) network.PolicyChain {
	c.Policies = slices.Clone(c.Policies)
	for i := range c.Policies {
		if to := s.renamed[c.Policies[i].Name]; to != "" {
			c.Policies[i].Name = to
		}
	}
	return c
}

// useKey is equal for uses that the comparison cannot tell apart.
func useKey(u *use, rb, ra *policy.Reads) string {
	var b strings.Builder
	side := func(s *policy.Side) {
		fmt.Fprintf(&b, "%s|%d|%d|%v|", chainText(s.Chain), s.Chain.Default, s.Unconfigured, s.Missing)
		for _, f := range s.Filters {
			fmt.Fprintf(&b, "%v %d %s|", f.ASPath, f.Kind, f.Ref.Name)
		}
	}
	side(&u.before)
	side(&u.after)
	x := u.options.Context
	fmt.Fprintf(&b, "%v|%v|%d|%d", u.options.Families, u.options.FixedType, x.Direction, x.Type)
	if (rb.Inputs | ra.Inputs).Has(policy.ReadsPeer | policy.ReadsLocal) {
		fmt.Fprintf(&b, "|%s|%s|%d|%d", x.Peer, x.PeerIface, x.PeerAS, x.LocalAS)
	}
	return b.String()
}
