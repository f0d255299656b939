package gate

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/diff"
)

// reachEffects groups destinations that fare alike from the same routers: alike in how they end, wherever
// that is. The words of a group are those of its first example. The addresses of links that went with
// them are one entry, whoever misses them.
func (p *pipeline) reachEffects(b *diff.Behaviour) []ReachEffect {
	after := p.after
	type seen struct {
		c    *diff.ReachabilityChange
		ends string
		from []string

		declared []string
	}
	type group struct{ classes []seen }
	var byClass groups[string, seen]
	for i := range b.Reachability {
		c := &b.Reachability[i]
		ends := fmt.Sprintf("%s|%s|%s", c.Kind, outcomeOf(c.Before), outcomeOf(c.After))
		switch c.Kind {
		case diff.ReachGone:
			ends = "gone"
		case diff.ReachLost: // how it ended before matters less than that nothing gets there
			ends = "lost|" + outcomeOf(c.After)
		}
		declared := explained(p, p.ofReach, c)
		s, old := byClass.get(fmt.Sprintf("%s|%s|%v", c.Class, ends, declared))
		if !old {
			s.c, s.ends, s.declared = c, ends, declared
		}
		s.from = append(s.from, c.From)
	}
	var byFrom groups[string, group]
	for _, s := range byClass.values() {
		key := fmt.Sprintf("%s|%v|%v", s.ends, s.from, s.declared)
		if s.c.Kind == diff.ReachGone {
			key = fmt.Sprintf("%s|%v", s.ends, s.declared)
		}
		g, _ := byFrom.get(key)
		g.classes = append(g.classes, s)
	}
	list := []ReachEffect{}
	telling := map[string]int{} // by the first example
	for _, g := range byFrom.values() {
		slices.SortStableFunc(g.classes, func(a, b seen) int {
			return cmp.Or(cmp.Compare(after.tells(a.c.Class), after.tells(b.c.Class)), cmp.Compare(a.c.Class.Bits(), b.c.Class.Bits()))
		})
		first := g.classes[0]
		e := ReachEffect{Kind: first.c.Kind.String(), From: first.from, Count: len(g.classes), Before: first.c.Before, After: first.c.After, Declared: first.declared}
		if first.c.Kind == diff.ReachGone {
			e.From, e.After, e.Path = nil, "no router has it", []string{}
			for _, s := range g.classes {
				e.From = append(e.From, s.from...)
			}
			slices.Sort(e.From)
			e.From = slices.Compact(e.From)
		} else {
			e.Path = after.pathWords(first.c.From, after.sample(first.c.Class))
		}
		telling[first.c.Class.String()] = after.tells(first.c.Class)
		for _, s := range g.classes {
			e.Classes = addExample(e.Classes, s.c.Class.String())
		}
		list = append(list, e)
	}
	rank := map[string]int{"lost": 0, "partly lost": 1, "moved": 2, "gained": 3, "gone": 4}
	slices.SortStableFunc(list, func(a, b ReachEffect) int {
		return cmp.Or(cmp.Compare(rank[a.Kind], rank[b.Kind]), cmp.Compare(telling[a.Classes[0]], telling[b.Classes[0]]),
			cmp.Compare(b.Count*len(b.From), a.Count*len(a.From)))
	})
	return list
}

// tells ranks examples by what they tell: 0 is what is protected or our own, 1 other destinations, the widest
// of which say most, and 2 the infrastructure, single addresses and the subnets of links.
func (s *side) tells(class netip.Prefix) int {
	for _, p := range s.net.Env.Protect {
		for _, x := range p.Prefixes {
			if x == class {
				return 0
			}
		}
	}
	switch {
	case class.Bits() >= class.Addr().BitLen()-2:
		return 2
	case s.owned(class):
		return 0
	}
	return 1
}

// outcomeOf is how packets end without where: "delivered at dc1" is "delivered".
func outcomeOf(words string) string {
	words, _, _ = strings.Cut(words, " at ")
	return words
}

func redundancyEffects(b *diff.Behaviour) []RedundancyEffect {
	type seen struct {
		c       diff.RedundancyChange
		routers []string
	}
	var byPrefix groups[string, seen]
	for _, c := range b.Redundancy {
		s, old := byPrefix.get(fmt.Sprint(c.Prefix, c.NextHopsBefore, c.NextHopsAfter, c.RoutersBefore, c.RoutersAfter))
		if !old {
			s.c = c
		}
		s.routers = append(s.routers, instanceName(c.Router, c.VRF))
	}
	var out groups[string, RedundancyEffect]
	for _, s := range byPrefix.values() {
		c := s.c
		e, _ := out.get(fmt.Sprint(s.routers, c.NextHopsBefore, c.NextHopsAfter, c.RoutersBefore, c.RoutersAfter))
		if e.Count == 0 {
			*e = RedundancyEffect{Routers: s.routers, NextHopsBefore: c.NextHopsBefore, NextHopsAfter: c.NextHopsAfter, RoutersBefore: c.RoutersBefore, RoutersAfter: c.RoutersAfter}
		}
		e.Count++
		e.Prefixes = addExample(e.Prefixes, c.Prefix.String())
	}
	list := out.values()
	slices.SortStableFunc(list, func(a, b RedundancyEffect) int {
		return cmp.Compare(a.RoutersAfter-a.RoutersBefore, b.RoutersAfter-b.RoutersBefore)
	})
	return list
}

func originEffects(b *diff.Behaviour) []OriginEffect {
	var out groups[string, OriginEffect]
	for _, c := range b.Origins {
		e, _ := out.get(fmt.Sprint(c.Before, "|", c.After))
		if e.Count == 0 {
			*e = OriginEffect{Before: names(c.Before), After: names(c.After)}
		}
		e.Count++
		e.Prefixes = addExample(e.Prefixes, c.Prefix.String())
	}
	list := out.values()
	slices.SortStableFunc(list, func(a, b OriginEffect) int {
		return cmp.Compare(len(a.After)-len(a.Before), len(b.After)-len(b.Before))
	})
	return list
}
