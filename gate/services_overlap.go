package gate

import (
	"cmp"
	"slices"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/network"
)

// claimKind is where it stands that prefixes are somebody's.
type claimKind string

const (
	listClaim      claimKind = "list"
	statedClaim    claimKind = "stated"
	protectedClaim claimKind = "protected"
)

// claim are prefixes that a service has, or that are protected.
type claim struct {
	network.PrefixRange
	owner   string // the service's name, or that of what is protected
	live    bool
	kind    claimKind
	list    string
	routers []string
	denied  []network.PrefixRange // earlier entries of the list that refuse prefixes
	span    network.Span
}

// listClaims are the prefixes that a list accepts at each of its routers.
func listClaims(x service, list string, contents []listContent) (out []claim) {
	for _, c := range contents {
		var denied []network.PrefixRange
		for _, e := range c.set.Entries {
			if e.Deny {
				denied = append(slices.Clip(denied), e)
				continue
			}
			out = append(out, claim{PrefixRange: e, owner: x.Name, live: x.Live, kind: listClaim, list: list, routers: c.routers, denied: denied, span: e.Span})
		}
	}
	return out
}

// refuses reports whether one earlier entry refuses all of a range.
func (c *claim) refuses(r network.PrefixRange) bool {
	return slices.ContainsFunc(c.denied, func(d network.PrefixRange) bool {
		return d.Prefix.Bits() <= r.Prefix.Bits() && d.Prefix.Contains(r.Prefix.Addr()) && d.Min <= r.Min && d.Max >= r.Max
	})
}

// overlap are prefixes that two claims have.
type overlap struct {
	network.PrefixRange
	inside        bool
	first, second claim // the live one first
}

// prefixesOfTwo are the prefixes of each two services, told once for each two: of all lists that have them, the routers are joined.
// Claims whose prefixes nest are compared, all others have nothing in common.
func prefixesOfTwo(claims []claim) []overlap {
	claims = slices.Clone(claims)
	slices.SortStableFunc(claims, func(a, b claim) int {
		return cmp.Or(a.Prefix.Addr().Compare(b.Prefix.Addr()), cmp.Compare(a.Prefix.Bits(), b.Prefix.Bits()))
	})
	type pair struct{ first, second, prefix string }
	found := map[pair]*overlap{}
	var order []pair
	var around []*claim // whose prefixes cover that of the next
	for i := range claims {
		c := &claims[i]
		for len(around) > 0 && !around[len(around)-1].Prefix.Contains(c.Prefix.Addr()) {
			around = around[:len(around)-1]
		}
		for _, wide := range around {
			o, ok := wide.overlap(c)
			if !ok {
				continue
			}
			key := pair{o.first.owner, o.second.owner, config.RangeText(o.PrefixRange)}
			if known := found[key]; known != nil {
				known.join(&o)
				continue
			}
			found[key] = &o
			order = append(order, key)
		}
		around = append(around, c)
	}
	out := make([]overlap, 0, len(order))
	for _, key := range order {
		out = append(out, *found[key])
	}
	return out
}

// overlap of a claim with one whose prefix lies in its own: the same routes, or, where somebody who is not live has routes inside of
// those of a live one, these.
func (c *claim) overlap(in *claim) (overlap, bool) {
	if c.owner == in.owner && (c.kind == protectedClaim) == (in.kind == protectedClaim) || c.kind == protectedClaim && in.kind == protectedClaim {
		return overlap{}, false
	}
	first, second := c, in
	if !c.live && in.live || c.live == in.live && in.owner < c.owner {
		first, second = in, c
	}
	if first.kind == protectedClaim || second.kind == protectedClaim {
		return protectedOverlap(c, in)
	}
	same := network.PrefixRange{Prefix: in.Prefix, Min: max(c.Min, in.Min), Max: min(c.Max, in.Max)}
	switch {
	case same.Min <= same.Max:
		return overlap{same, false, *first, *second}, !c.refuses(same) && !in.refuses(same)
	case first.live && !second.live && second.Min > first.Max:
		own := network.PrefixRange{Prefix: in.Prefix, Min: second.Min, Max: second.Max}
		return overlap{own, true, *first, *second}, !second.refuses(own)
	}
	return overlap{}, false
}

// protectedOverlap: who is not live has what is protected, or a route that covers it and is not the default route.
func protectedOverlap(c, in *claim) (overlap, bool) {
	p, x := in, c
	if c.kind == protectedClaim {
		p, x = c, in
	}
	if x.live || x.Prefix.Bits() > p.Prefix.Bits() || x.Max == 0 || x.Min > p.Max {
		return overlap{}, false
	}
	what := p.PrefixRange
	if x.Max < p.Min {
		what = x.PrefixRange // it covers
	}
	return overlap{what, false, *p, *x}, !x.refuses(what)
}

// join adds what another claim of the same two has of the same prefixes. A list tells more than a statement.
func (o *overlap) join(x *overlap) {
	for _, both := range [][2]*claim{{&o.first, &x.first}, {&o.second, &x.second}} {
		to, from := both[0], both[1]
		routers := sortedUnion(to.routers, from.routers)
		if to.kind == statedClaim && from.kind == listClaim {
			*to = *from
		}
		to.routers = routers
	}
}
