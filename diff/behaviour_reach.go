package diff

import (
	"cmp"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/sourcegraph/conc"
	"github.com/sourcegraph/conc/iter"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// reachabilityChanges compares, for every class of destinations that either side tells
// apart and to which routes changed, what becomes of packets from every router that both sides hold. A
// class that only one side knows is asked of the other as well: there it stands for
// the same addresses under a shorter prefix, or under none.
func reachabilityChanges(before, after *routing.Result, changed []routing.InstanceChange) []ReachabilityChange {
	classes := routing.ClassesWithin(before, after, changed)
	lists := make([][]ReachabilityChange, len(classes))
	links := linksAmong(classes, before.Network)
	iter.ForEachIdx(classes, func(i int, class *netip.Prefix) {
		x := classChange{class: *class, before: before, after: after, link: links[*class]}
		if len(classes) < runtime.GOMAXPROCS(0) {
			var other conc.WaitGroup
			other.Go(func() { x.old = before.Outcomes(*class) })
			x.now = after.Outcomes(*class)
			other.Wait()
		} else {
			x.old, x.now = before.Outcomes(*class), after.Outcomes(*class)
		}
		lists[i] = x.changes()
	})
	out := slices.Concat(lists...)
	slices.SortStableFunc(out, func(x, y ReachabilityChange) int {
		return cmp.Or(comparePrefix(x.Class, y.Class), cmp.Compare(x.From, y.From))
	})
	return out
}

// classChange compares the fates of one class.
type classChange struct {
	class         netip.Prefix
	before, after *routing.Result
	old, now      []routing.Fate
	link          bool // an address of a link, or its subnet
}

func (x *classChange) changes() (out []ReachabilityChange) {
	old := map[string]routing.Fate{}
	for _, f := range x.old {
		old[f.Router] = f
	}
	gone := x.link && !delivers(x.now)
	var lucky func() bool
	elsewhere := map[string]int{}
	for _, is := range x.now {
		was, known := old[is.Router]
		if !known {
			continue
		}
		kind, changed := compareFates(was, is)
		if !changed {
			continue
		}
		c := ReachabilityChange{Class: x.class, From: is.Router, Before: fateText(was), After: fateText(is), At: is.At, EndsBefore: was.Owners, EndsAfter: is.Owners}
		switch {
		case gone && (kind == ReachLost || kind == ReachMoved):
			kind = ReachGone
		case kind == ReachMoved && x.strays(was, is):
			kind = ReachLost
		case kind == ReachMoved:
			key := strings.Join(is.Owners, " ")
			if _, counted := elsewhere[key]; !counted {
				elsewhere[key] = x.servedElsewhere(is.Owners)
			}
			c.ServedElsewhere = elsewhere[key]
		}
		if kind == ReachLost {
			if lucky == nil {
				lucky = sync.OnceValue(x.onlyByDefault)
			}
			c.OnlyByDefault = lucky()
		}
		c.Kind = kind
		out = append(out, c)
	}
	return out
}

// onlyByDefault reports whether nobody knew the class before the change, apart from where packets to it ended.
func (x *classChange) onlyByDefault() bool {
	if x.class.Bits() == 0 {
		return false
	}
	owners := map[string]bool{}
	for _, f := range x.old {
		for _, o := range f.Owners {
			owners[o] = true
		}
	}
	for _, r := range x.before.Network.Routers {
		if owners[r.Name] {
			continue
		}
		for bits := x.class.Bits(); bits > 0; bits-- {
			if _, ok := x.before.Route(r.Name, "", netip.PrefixFrom(x.class.Addr(), bits).Masked()); ok {
				return false
			}
		}
	}
	return true
}

func delivers(fates []routing.Fate) bool {
	return slices.ContainsFunc(fates, func(f routing.Fate) bool { return f.Set.Has(routing.Delivered) })
}

// strays: what was delivered follows a shorter route out of the network now, most often the default
// route. Out there nobody has it but us. Where a route as long as before leads out, the
// destination itself has moved.
func (x *classChange) strays(was, is routing.Fate) bool {
	if !was.Set.Has(routing.Delivered) || is.Set.Has(routing.Delivered) {
		return false
	}
	return longest(x.after, is.Owners, x.class) < longest(x.before, was.Owners, x.class)
}

// longest is the length of the longest route among the routers' that holds a class.
func longest(r *routing.Result, routers []string, class netip.Prefix) int {
	for bits := class.Bits(); bits >= 0; bits-- {
		p := netip.PrefixFrom(class.Addr(), bits).Masked()
		for _, router := range routers {
			if _, ok := r.Route(router, "", p); ok {
				return bits
			}
		}
	}
	return -1
}

// servedElsewhere counts the routers whose packets could move to the places.
func (x *classChange) servedElsewhere(places []string) int {
	now := map[string]routing.Fate{}
	for _, f := range x.now {
		now[f.Router] = f
	}
	n := 0
	for _, f := range x.old {
		own := f.Set.Has(routing.Delivered) && len(f.Owners) == 1 && f.Owners[0] == f.Router
		if f.Set.SomeGood() && !slices.Equal(f.Owners, places) && !(own && slices.Equal(now[f.Router].Owners, f.Owners)) {
			n++
		}
	}
	return n
}

// linksAmong are those of the classes that are addresses of routers on links, or subnets of links between two: infrastructure
// that nobody needs once the link is gone. Addresses with a full-length mask are loopbacks.
func linksAmong(classes []netip.Prefix, n *network.Network) map[netip.Prefix]bool {
	out := make(map[netip.Prefix]bool, len(classes)) // true for a link's
	for _, c := range classes {
		out[c] = false
	}
	note := func(p netip.Prefix) {
		if _, asked := out[p]; asked {
			out[p] = true
		}
	}
	for _, r := range n.Routers {
		for i := range r.Interfaces {
			for _, a := range r.Interfaces[i].Addresses {
				host := a.Prefix.Addr()
				if full := host.BitLen(); a.Prefix.Bits() < full {
					note(netip.PrefixFrom(host, full))
					if a.Prefix.Bits() >= full-2 {
						note(a.Prefix.Masked())
					}
				}
			}
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
	case is.Set.SomeGood() && (!slices.Equal(was.Owners, is.Owners) || ends(was) != ends(is)):
		return ReachMoved, true
	}
	return 0, false
}

// ends are the ways to end well: a router that delivered may hand out of the network now.
func ends(f routing.Fate) [2]bool {
	return [2]bool{f.Set.Has(routing.Delivered), f.Set.Has(routing.LeavesNetwork)}
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
