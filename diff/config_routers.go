package diff

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"

	"github.com/sourcegraph/conc"

	"github.com/routegate/routegate/network"
)

// comparison is the state of one Configuration call.
type comparison struct {
	before, after *network.Network
	out           *ConfigDiff
	router        string // the one at hand; "" for the environment
	vrf           string // path prefix of the VRF at hand: "" or "vrf NAME"
}

// add appends a change of the router at hand.
func (c *comparison) add(ch Change) *Change {
	ch.Router = c.router
	c.out.Changes = append(c.out.Changes, ch)
	return &c.out.Changes[len(c.out.Changes)-1]
}

// routers pairs the routers of both sides by name. Each is compared by itself, as many
// at once as there are processors, and the results are put together in order.
func (c *comparison) routers() {
	var parts []*comparison
	var wait conc.WaitGroup // a panic in a goroutine comes out at Wait, where the caller can catch it
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	pair(c.before.Routers, c.after.Routers, func(r *network.Router) string { return r.Name }, func(name string, b, a *network.Router) {
		part := &comparison{before: c.before, after: c.after, router: name, out: &ConfigDiff{}}
		parts = append(parts, part)
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			part.pairOfRouters(b, a)
		})
	})
	wait.Wait()
	for _, p := range parts {
		o := c.out
		o.RoutersAdded = append(o.RoutersAdded, p.out.RoutersAdded...)
		o.RoutersRemoved = append(o.RoutersRemoved, p.out.RoutersRemoved...)
		o.RoutersChanged = append(o.RoutersChanged, p.out.RoutersChanged...)
		o.Changes = append(o.Changes, p.out.Changes...)
		o.Spaces = append(o.Spaces, p.out.Spaces...)
		o.Ledger = append(o.Ledger, p.out.Ledger...)
		o.NotModelled = append(o.NotModelled, p.out.NotModelled...)
	}
}

// pairOfRouters compares one router; a side that does not have it is nil.
func (c *comparison) pairOfRouters(b, a *network.Router) {
	switch {
	case b == nil:
		c.out.RoutersAdded = []string{c.router}
		c.add(Change{Path: "router", Kind: Added, Object: ObjectRouter, Name: c.router, After: routerText(a), AfterSpan: a.Span,
			Summary: "the router is new: " + routerText(a)})
	case a == nil:
		c.out.RoutersRemoved = []string{c.router}
		c.add(Change{Path: "router", Kind: Removed, Object: ObjectRouter, Name: c.router, Before: routerText(b), BeforeSpan: b.Span,
			Summary: "the router is removed: " + routerText(b)})
	case a != b:
		c.oneRouter(b, a)
	}
	c.ledger(b, a)
	if a != nil && b != nil && !c.out.Empty() {
		c.out.RoutersChanged = []string{c.router}
	}
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
