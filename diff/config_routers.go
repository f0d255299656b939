package diff

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/routegate/routegate/network"
)

// comparison is the state of one Configuration call.
type comparison struct {
	before, after *network.Network
	out           *ConfigDiff
	router        string // the one at hand; "" for the environment
	vrf           string // path prefix of the VRF at hand: "" or "vrf NAME"
	first         int    // index in out.Changes of the router's first change
}

// add appends a change of the router at hand.
func (c *comparison) add(ch Change) *Change {
	ch.Router = c.router
	c.out.Changes = append(c.out.Changes, ch)
	return &c.out.Changes[len(c.out.Changes)-1]
}

// routers pairs the routers of both sides by name.
func (c *comparison) routers() {
	pair(c.before.Routers, c.after.Routers, func(r *network.Router) string { return r.Name }, func(name string, b, a *network.Router) {
		c.router, c.vrf = name, ""
		switch {
		case b == nil:
			c.out.RoutersAdded = append(c.out.RoutersAdded, name)
			c.add(Change{Path: "router", Kind: Added, Object: ObjectRouter, Name: name, After: routerText(a), AfterSpan: a.Span,
				Summary: "the router is new: " + routerText(a)})
			c.ledger(name, nil, a)
		case a == nil:
			c.out.RoutersRemoved = append(c.out.RoutersRemoved, name)
			c.add(Change{Path: "router", Kind: Removed, Object: ObjectRouter, Name: name, Before: routerText(b), BeforeSpan: b.Span,
				Summary: "the router is removed: " + routerText(b)})
			c.ledger(name, b, nil)
		case a == b:
			c.ledger(name, b, a)
		default:
			c.first = len(c.out.Changes)
			changes, spaces, ledger := len(c.out.Changes), len(c.out.Spaces), len(c.out.Ledger)
			c.oneRouter(b, a)
			c.ledger(name, b, a)
			if len(c.out.Changes) > changes || len(c.out.Spaces) > spaces || len(c.out.Ledger) > ledger {
				c.out.RoutersChanged = append(c.out.RoutersChanged, name)
			}
		}
	})
	c.router = ""
}

// routerText is a router in a few words.
func routerText(r *network.Router) string {
	t := r.Dialect
	for _, v := range r.VRFs {
		if v.BGP != nil {
			t += fmt.Sprintf(", AS %d, %s", v.BGP.AS, plural(len(v.BGP.Neighbors), "BGP neighbor"))
			break
		}
	}
	return t + ", " + plural(len(r.Interfaces), "interface")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// finish sorts what is not in order by construction.
func (c *comparison) finish() {
	sortLedger(c.out.Ledger)
	slices.SortStableFunc(c.out.Changes, func(a, b Change) int { return cmp.Compare(a.Router, b.Router) })
	slices.SortStableFunc(c.out.Spaces, func(a, b SpaceChange) int {
		return cmp.Or(cmp.Compare(a.Router, b.Router), cmp.Compare(a.Path, b.Path))
	})
}

// pair walks two lists of objects by key, in the order of the sorted keys; the side that
// has no such object gets the zero value.
func pair[T any, K cmp.Ordered](before, after []T, key func(T) K, f func(k K, b, a T)) {
	index := func(list []T) map[K]T {
		m := make(map[K]T, len(list))
		for _, x := range list {
			if _, dup := m[key(x)]; !dup {
				m[key(x)] = x
			}
		}
		return m
	}
	bm, am := index(before), index(after)
	keys := make([]K, 0, len(bm)+len(am))
	for k := range bm {
		keys = append(keys, k)
	}
	for k := range am {
		if _, both := bm[k]; !both {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		f(k, bm[k], am[k])
	}
}
