package diff

import (
	"cmp"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/routegate/routegate/routing"
)

// reachabilityChanges compares, for every class of destinations that either side tells
// apart and to which routes changed, what becomes of packets from every router that both sides hold. A
// class that only one side knows is asked of the other as well: there it stands for
// the same addresses under a shorter prefix, or under none.
func reachabilityChanges(before, after *routing.Result, changed []routing.InstanceChange) []ReachabilityChange {
	classes := routing.ClassesWithin(before, after, changed)
	lists := make([][]ReachabilityChange, len(classes))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(classes)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(classes); i = int(next.Add(1)) - 1 {
				lists[i] = classChanges(before, after, classes[i])
			}
		})
	}
	wg.Wait()
	out := slices.Concat(lists...)
	slices.SortStableFunc(out, func(x, y ReachabilityChange) int {
		return cmp.Or(comparePrefix(x.Class, y.Class), cmp.Compare(x.From, y.From))
	})
	return out
}

func classChanges(before, after *routing.Result, class netip.Prefix) (out []ReachabilityChange) {
	old := before.Outcomes(class)
	i := 0
	for _, is := range after.Outcomes(class) {
		for i < len(old) && old[i].Router < is.Router {
			i++
		}
		if i == len(old) || old[i].Router != is.Router {
			continue
		}
		if kind, changed := compareFates(old[i], is); changed {
			out = append(out, ReachabilityChange{Class: class, From: is.Router, Kind: kind,
				Before: fateText(old[i]), After: fateText(is), At: is.At})
		}
	}
	return out
}

func compareFates(was, is routing.Fate) (ReachKind, bool) {
	switch {
	case was.Set.SomeGood() && !is.Set.SomeGood():
		return ReachLost, true
	case !was.Set.SomeGood() && is.Set.SomeGood():
		return ReachGained, true
	case was.Set.AllGood() && !is.Set.AllGood():
		return ReachPartial, true
	case is.Set.SomeGood() && !slices.Equal(was.Owners, is.Owners):
		return ReachMoved, true
	}
	return 0, false
}

// fateText is a fate in words: "delivered at dc1", "no route at edge1",
// "leaves the network at pe1, pe2; blackholed at core1".
func fateText(f routing.Fate) string {
	var ends, losses []string
	for o := routing.Delivered; o <= routing.Loop; o++ {
		if !f.Set.Has(o) {
			continue
		}
		if o.Good() {
			ends = append(ends, o.String())
		} else {
			losses = append(losses, o.String())
		}
	}
	var said []string
	if len(ends) > 0 {
		said = append(said, strings.Join(ends, " or ")+" at "+listed(f.Owners))
	}
	if len(losses) > 0 {
		said = append(said, strings.Join(losses, " or ")+" at "+listed(f.At))
	}
	return strings.Join(said, "; ")
}

// listed names at most three routers.
func listed(routers []string) string {
	switch n := len(routers); {
	case n == 0:
		return "nobody"
	case n <= 3:
		return strings.Join(routers, ", ")
	}
	return strings.Join(routers[:2], ", ") + " and others"
}
