package policy

import (
	"net/netip"
	"reflect"

	"github.com/routegate/routegate/network"
)

// Side is one side of a comparison: everything that stands between a neighbor and the
// table, in one direction.
type Side struct {
	Evaluator *Evaluator
	// Filters are applied before the chain; each must accept.
	Filters []Filter
	Chain   network.PolicyChain
	Missing network.Missing // what references to policies and sets that do not exist do
	// Unconfigured is what happens to a route that nothing decides: Accept, or Reject for an
	// eBGP neighbor without a policy under RFC 8212.
	Unconfigured network.Disposition
	// Closed: nothing passes at all (the neighbor or the family is not there).
	Closed bool
}

// Filter is a prefix list, access list or AS path list on a neighbor.
type Filter struct {
	ASPath bool                  // Ref is an AS path list
	Kind   network.PrefixSetKind // else a prefix set of this kind
	Ref    network.Ref
}

// String is "prefix-list X" or "AS path list X".
func (f Filter) String() string {
	if f.ASPath {
		return "AS path list " + f.Ref.Name
	}
	return f.Kind.String() + " " + f.Ref.Name
}

// Apply runs the filters and the chain. A refusing filter is told in By.
func (s *Side) Apply(rt Route) Result {
	if s.Closed {
		return Result{Disposition: network.Reject, Route: rt, Default: true}
	}
	for _, f := range s.Filters {
		var accept, exists bool
		missing := s.Missing.PrefixSet
		if f.ASPath {
			var path network.ASPath
			if rt.Attributes != nil {
				path = rt.Attributes.ASPath
			}
			accept, exists = s.Evaluator.ASPathSet(f.Ref.Name, path)
			missing = s.Missing.ASPathSet
		} else {
			accept, exists = s.Evaluator.PrefixSet(f.Kind, f.Ref.Name, rt.Prefix)
		}
		if !exists {
			accept = missing != network.Reject
		}
		if !accept {
			return Result{Disposition: network.Reject, Route: rt, Default: true, By: f.Ref.Span, What: f.String()}
		}
	}
	r := s.Evaluator.Chain(s.Chain, rt, s.Missing.Policy)
	if r.Disposition == network.Next {
		r.Disposition, r.Default, r.What = s.Unconfigured, true, ""
		if r.Disposition == network.Reject {
			r.Route = rt
		}
	}
	return r
}

// Options bound a comparison. The zero value compares over both families with at most
// MaxProbes routes.
type Options struct {
	// Context fixes what is known of every route: direction, neighbor, ASes, route type. Its
	// prefix and attributes are not used.
	Context Route
	// Families that are looked at; empty: all.
	Families []network.Family
	// Prefixes are the only ones that are looked at; empty: one of every class that the lists tell apart.
	Prefixes []netip.Prefix
	// FixedType and FixedPeer: the context's route type and neighbor are the only ones.
	FixedType, FixedPeer bool
	// First ends the comparison at the first difference, where only equality is asked for.
	First bool
	// Max is the number of representative routes; 0: MaxProbes.
	Max int
}

// MaxProbes is the usual bound on representative routes.
const MaxProbes = 4096

// Comparison says whether two sides mean the same.
type Comparison struct {
	Grew, Shrank, Alters bool // see the witnesses
	// GrewBy is a route that only after accepts, ShrankBy one that only before accepts,
	// AltersBy one that both let pass and change differently (or, between policies that need not
	// decide, that one refuses and the other leaves to the next); nil where there is
	// none. Each is the plainest that was found.
	GrewBy, ShrankBy, AltersBy *Witness
	// Probes is the number of representative routes that were tried.
	Probes int
	// Complete: they stand for all routes, so that finding no difference proves that
	// there is none. False where the bound was hit, or where expressions or arithmetic
	// make classes that a finite list cannot be shown to cover.
	Complete bool
	// Why says in words why it is not complete; "" where it is.
	Why string
	// Uncertain are the clauses that are not simulated and that some probe met, on either side.
	Uncertain []Doubt
}

// Equal reports that no difference was found.
func (c *Comparison) Equal() bool { return !c.Grew && !c.Shrank && !c.Alters }

// Witness is a route that the two sides treat differently.
type Witness struct {
	Route         Route
	Before, After Result
}

// Compare evaluates two sides on a finite set of routes that represents the classes
// which their conditions can tell apart.
func Compare(before, after *Side, o Options) Comparison {
	s := newSpace(before, after, o)
	var c Comparison
	weight := [3]int{}
	keep := func(at **Witness, flag *bool, i, w int, rt Route, b, a Result) {
		if !*flag || w < weight[i] {
			*flag, *at, weight[i] = true, &Witness{rt, b, a}, w
		}
	}
	complete := s.each(func(rt Route, w int) bool {
		c.Probes++
		b, a := before.Apply(rt), after.Apply(rt)
		for _, d := range append(b.Uncertain, a.Uncertain...) {
			c.Uncertain = addDoubt(c.Uncertain, d)
		}
		was, is := b.Disposition == network.Accept, a.Disposition == network.Accept
		switch {
		case is && !was:
			keep(&c.GrewBy, &c.Grew, 0, w, rt, b, a)
		case was && !is:
			keep(&c.ShrankBy, &c.Shrank, 1, w, rt, b, a)
		case b.Disposition != a.Disposition, b.Disposition != network.Reject && !sameOutcome(&b.Route, &a.Route):
			keep(&c.AltersBy, &c.Alters, 2, w, rt, b, a)
		}
		return !o.First || c.Equal()
	})
	switch {
	case !complete:
		c.Why = "there are more combinations than were tried"
	case s.inexact != "":
		c.Why = s.inexact
	case len(c.Uncertain) > 0:
		c.Why = "some clauses are not simulated"
	default:
		c.Complete = true
	}
	return c
}

func addDoubt(list []Doubt, d Doubt) []Doubt {
	for _, x := range list {
		if x == d {
			return list
		}
	}
	return append(list, d)
}

// sameOutcome compares what policies can change.
func sameOutcome(a, b *Route) bool {
	return a.MetricType == b.MetricType && a.Distance == b.Distance && a.NextHopSet == b.NextHopSet && a.PreferGlobal == b.PreferGlobal &&
		(!a.NextHopSet || a.NextHopKind == b.NextHopKind && a.NextHopWays == b.NextHopWays) &&
		(a.Attributes == b.Attributes || reflect.DeepEqual(a.Attributes, b.Attributes))
}

// AcceptsEverything reports whether a side accepts every representative route of a
// family unseen: no prefix, path or community is refused. Proven tells a proof from a search.
func (s *Side) AcceptsEverything(o Options) (accepts, proven bool) {
	none := &Side{Evaluator: s.Evaluator, Closed: true}
	sp := newSpace(none, s, o)
	accepts = true
	complete := sp.each(func(rt Route, _ int) bool {
		accepts = s.Apply(rt).Disposition == network.Accept
		return accepts
	})
	return accepts, !accepts || complete && sp.inexact == ""
}
