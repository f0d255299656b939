package gate

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing/bgp"
	"github.com/routegate/routegate/routing/policy"
)

// permits reports that a router's policy accepts a path of its table.
func permits(s *side, r *network.Router, ref network.Ref, p netip.Prefix, b *bgp.Path) bool {
	if r == nil || !ref.IsSet() {
		return false
	}
	rt := policy.Route{Prefix: p, Attributes: b.Attributes, Direction: policy.Condition, Type: routeType(b), Protocol: network.BGPProtocol, IGPMetric: b.IGPMetric}
	return s.evaluator(r).Chain(network.PolicyChain{Policies: []network.Ref{ref}}, rt, network.Reject).Disposition == network.Accept
}

// refusedOnExport reports that the export policy or a filter keeps the prefix back, and at which line.
func (c *causes) refusedOnExport(x *bgp.Session, p netip.Prefix, b *bgp.Path) bool {
	rt := exportOf(x, p, b)
	return c.refused(x, &rt, "does not send "+p.String()+" to "+c.named(x), "sends "+p.String()+" to "+c.named(x))
}

// refusedByEntry reports that the import policy or a filter refuses what a neighbor sends, and at which line. a is what is sent; nil: what the neighbor outside
// is known to announce.
func (c *causes) refusedByEntry(x *bgp.Session, p netip.Prefix, a *network.PathAttributes) bool {
	if a == nil {
		a = stated(c.without.net, x, p)
	}
	if a == nil {
		return false
	}
	rt := importOf(x, p, a)
	return c.refused(x, &rt, "does not accept "+p.String()+" from "+c.named(x), "accepts "+p.String()+" from "+c.named(x))
}

// stated is what a neighbor outside announces of a prefix, as routegate.yaml says; nil where it says nothing.
func stated(n *network.Network, x *bgp.Session, p netip.Prefix) *network.PathAttributes {
	for i := range n.Env.Announcements {
		a := &n.Env.Announcements[i]
		if a.From == x.RemoteAS && a.To == x.Router && (!a.Neighbor.IsValid() || a.Neighbor == x.PeerAddr) && slices.Contains(a.Prefixes, p) {
			return &a.Attributes
		}
	}
	return nil
}

// importOf is what an import policy is asked of a route that comes over a session.
func importOf(x *bgp.Session, p netip.Prefix, a *network.PathAttributes) policy.Route {
	rt := policy.Route{Prefix: p, Attributes: a, Direction: policy.Import, Peer: x.PeerAddr, PeerIface: x.Interface, PeerAS: x.RemoteAS, LocalAddr: x.LocalAddr,
		Type: network.RouteExternal, Protocol: network.BGPProtocol}
	if x.Type == bgp.IBGP {
		rt.Type = network.RouteInternal
	}
	return rt
}

// judgement is what the filters and the policy of a session do with a route on one side.
type judgement struct {
	refuses bool
	words   string        // what decides
	line    network.Span  // and where that stands
	tried   []policy.Step // the entries that were looked at
	read    []reference   // what a session, and those entries, read
	known   bool          // something is configured, or must be
}

// judge asks the filters and the policy of a session for a direction, in the order of the daemons.
func (s *side) judge(x *bgp.Session, rt *policy.Route) judgement {
	r := s.net.Router(x.Router)
	if r == nil || r.VRF(x.VRF) == nil || r.VRF(x.VRF).BGP == nil {
		return judgement{}
	}
	b := r.VRF(x.VRF).BGP
	rt.LocalAS = b.AS
	nf := &x.Config.Families[network.FamilyOf(rt.Prefix)]
	chain, filters := nf.Import, []network.Ref{nf.DistributeIn, nf.PrefixListIn}
	if rt.Direction == policy.Export {
		chain, filters = nf.Export, []network.Ref{nf.DistributeOut, nf.PrefixListOut}
	}
	e, refs := s.evaluator(r), references(r)
	j := judgement{line: chain.Span}
	for i, ref := range filters {
		if !ref.IsSet() {
			continue
		}
		kind := []network.PrefixSetKind{network.AccessList, network.PrefixList}[i]
		j.known, j.read = true, append(j.read, reference{kind: refPrefixSet, name: ref.Name, span: ref.Span})
		if ok, exists := e.PrefixSet(kind, ref.Name, rt.Prefix); exists && !ok {
			j.refuses, j.words, j.line = true, ref.Name+" refuses it", ref.Span
			return j
		}
	}
	if !chain.Configured() {
		if b.RequirePolicy && x.Type == bgp.EBGP {
			j.known, j.refuses, j.words, j.line = true, true, "no policy is configured, and the daemon requires one (RFC 8212)", x.Config.Span
		}
		return j
	}
	j.ask(e, refs, chain, rt, b.Missing.Policy)
	return j
}

// ask has a chain of policies decide.
func (j *judgement) ask(e *policy.Evaluator, refs []reference, chain network.PolicyChain, rt *policy.Route, missing network.Disposition) {
	steps, res := e.Explain(chain, *rt, missing)
	j.known, j.refuses, j.words, j.tried = true, res.Disposition == network.Reject, "its policy refuses it", steps
	for _, ref := range chain.Policies {
		j.read = append(j.read, reference{kind: refPolicy, name: ref.Name, span: ref.Span})
	}
	if n := len(steps); n > 0 {
		j.words = steps[n-1].String()
		if !steps[n-1].Span.IsZero() {
			j.line = steps[n-1].Span
		}
	}
	for _, x := range refs {
		if slices.ContainsFunc(steps, func(s policy.Step) bool { return x.policy != "" && s.Policy == x.policy && s.Statement == x.entry }) {
			j.read = append(j.read, x)
		}
	}
}

// refused reports that the filters or the policy of a session refuse a route, and at which line: first what the change alters of what was asked. not and does say what
// comes of it.
func (c *causes) refused(x *bgp.Session, rt *policy.Route, not, does string) bool {
	now := c.without.judge(x, rt)
	if !now.refuses {
		return false
	}
	var was judgement
	if y := c.with.session(x.Router, x.VRF, x.Neighbor); y != nil {
		was = c.with.judge(y, rt)
	}
	c.otherwise(x.Router, &was, &now)
	lines := []network.Span{now.line}
	if c.before {
		c.add(x.Router, network.Span{}, now.line, "%s: %s", not, now.words)
		if was.known && !was.refuses {
			c.out = append(c.out, Cause{Router: x.Router, Text: "after the change: " + does + ": " + was.words, Sources: c.quoters.after.sources(was.line)})
		}
		return true
	}
	if was.known && !was.refuses {
		c.addLines(x.Router, []network.Span{was.line}, lines, "%s: %s (before the change: %s)", not, now.words, was.words)
		return true
	}
	c.addLines(x.Router, nil, lines, "%s: %s", not, now.words)
	return true
}

// passes says what lets a route over a session that is new with the change.
func (c *causes) passes(x *bgp.Session, rt *policy.Route, does string) {
	if !c.before {
		return
	}
	now := c.with.judge(x, rt)
	if now.refuses {
		return
	}
	words, line := now.words, now.line
	if !now.known {
		words, line = "no policy decides", x.Config.Span
	}
	c.out = append(c.out, Cause{Router: x.Router, Text: "after the change: " + does + ": " + words, Sources: c.quoters.after.sources(line)})
}

// otherwise puts what the change alters of that which two judgements looked at: the entries, and what they read.
func (c *causes) otherwise(router string, was, now *judgement) {
	entries := func(x *diff.Change, side string, j *judgement) bool {
		return slices.ContainsFunc(j.tried, func(s policy.Step) bool { return overlaps(x, side, s.Span) })
	}
	reads := func(x *diff.Change, j *judgement, kinds ...refKind) bool {
		return slices.ContainsFunc(j.read, func(r reference) bool { return slices.Contains(kinds, r.kind) && r.of(x) })
	}
	sets := []refKind{refPrefixSet, refASPathSet, refCommunitySet, refNeighborSet}
	looked := func(x *diff.Change) bool {
		return entries(x, c.with.name, was) || entries(x, c.without.name, now) || reads(x, was, sets...) || reads(x, now, sets...)
	}
	if !c.altered(router, looked) && !c.altered(router, func(x *diff.Change) bool { return reads(x, was, refPolicy) || reads(x, now, refPolicy) }) {
		c.altered(router, func(x *diff.Change) bool {
			return x.Object == diff.ObjectNeighbor && (overlaps(x, c.with.name, was.line) || overlaps(x, c.without.name, now.line))
		})
	}
}

// alteredPolicies puts what the change alters of the policies and filters of a session, and of what these read.
func (c *causes) alteredPolicies(router string, refs []reference, chain network.PolicyChain, filters []network.Ref) bool {
	var from []reference
	for _, ref := range chain.Policies {
		from = append(from, reference{kind: refPolicy, name: ref.Name})
	}
	for _, ref := range filters {
		if ref.IsSet() {
			from = append(from, reference{kind: refPrefixSet, name: ref.Name}, reference{kind: refASPathSet, name: ref.Name})
		}
	}
	read := readFrom(refs, from)
	return c.altered(router, func(x *diff.Change) bool {
		return slices.ContainsFunc(read, func(r reference) bool { return r.of(x) })
	})
}

// readFrom is what some references read, and what that reads in turn.
func readFrom(refs, from []reference) []reference {
	out, met := slices.Clone(from), map[string]bool{}
	for i := 0; i < len(out); i++ {
		if out[i].kind != refPolicy || met[out[i].name] {
			continue
		}
		met[out[i].name] = true
		for _, x := range refs {
			if x.policy == out[i].name {
				out = append(out, x)
			}
		}
	}
	return out
}
