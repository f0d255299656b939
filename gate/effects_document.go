package gate

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
)

// exampleLimit is how many examples a group of the document keeps.
const exampleLimit = 20

// effects groups the difference of the behaviours for the document.
func (p *pipeline) effects(b *diff.Behaviour) Effects {
	return Effects{
		Known:        true,
		Sessions:     p.sessionEffects(b),
		Outside:      p.outsideEffects(b),
		Routes:       p.routeEffects(b),
		Reachability: p.reachEffects(b),
		Redundancy:   redundancyEffects(b),
		Origins:      originEffects(b),
		Totals:       totals(b, p.after),
	}
}

func totals(b *diff.Behaviour, after *side) Totals {
	t := b.Touched
	out := Totals{
		Routers: len(after.net.Routers), RoutersChanged: len(t.RoutersConfigured), RoutersTouched: len(t.RoutersBehaving),
		Sessions: t.SessionsTotal, Routes: t.RoutesTotal,
		RoutesWithdrawn: t.RoutesWithdrawn, RoutesNew: t.RoutesNew, RoutesMoved: t.RoutesMoved, RoutesAttributes: t.RoutesAttributes,
		PrefixesOutside: t.PrefixesOutside, PrefixesWithdrawnOutside: t.PrefixesWithdrawnOutside, PrefixesNewOutside: t.PrefixesNewOutside,
	}
	for i := range b.Sessions {
		switch b.Sessions[i].Kind {
		case diff.SessionLost, diff.SessionRemoved:
			out.SessionsLost++
		case diff.SessionGained:
			out.SessionsGained++
		case diff.SessionReset:
			out.SessionsReset++
		}
	}
	return out
}

// sessionEffects makes one entry of both ends of a session: what happens to one happens to the other.
func (p *pipeline) sessionEffects(b *diff.Behaviour) []SessionEffect {
	out := []SessionEffect{}
	seen := map[[4]string]bool{}
	for i := range b.Sessions {
		c := &b.Sessions[i]
		kind := c.Kind.String()
		here := [4]string{c.Router, c.VRF, c.Neighbor, kind}
		if seen[here] {
			continue
		}
		if c.Remote != "" {
			s := c.After
			if s == nil || s.RemoteKey == "" {
				s = c.Before
			}
			if s != nil {
				seen[[4]string{c.Remote, c.VRF, s.RemoteKey, kind}] = true
			}
		}
		e := SessionEffect{
			Kind: kind, Router: c.Router, Neighbor: c.Neighbor, Remote: c.Remote, RemoteAS: c.RemoteAS, Type: c.Type.String(),
			Reason: sessionReason(c), Deliberate: deliberate(c, p.before, p.after),
			Declared: explained(p, p.ofSession, c),
		}
		from := p.quoters.after
		if c.After == nil {
			from = p.quoters.before
		}
		if src, ok := from.source(c.Span); ok {
			e.Source = &src
		}
		out = append(out, e)
	}
	slices.SortStableFunc(out, func(a, b SessionEffect) int { return cmp.Compare(sessionRank[a.Kind], sessionRank[b.Kind]) })
	return out
}

var sessionRank = map[string]int{"lost": 0, "removed": 1, "reset": 2, "gained": 3}

func sessionReason(c *diff.SessionChange) string {
	if c.Detail != "" {
		return c.Detail
	}
	return c.Reason.String()
}

// groups collects things with equal keys, in the order of their first.
type groups[K comparable, V any] struct {
	order []K
	by    map[K]*V
}

func (g *groups[K, V]) get(k K) (*V, bool) {
	if g.by == nil {
		g.by = map[K]*V{}
	}
	if v, ok := g.by[k]; ok {
		return v, true
	}
	v := new(V)
	g.by[k] = v
	g.order = append(g.order, k)
	return v, false
}

func (g *groups[K, V]) values() []V {
	out := make([]V, 0, len(g.order))
	for _, k := range g.order {
		out = append(out, *g.by[k])
	}
	return out
}

func addExample(list []string, s string) []string {
	if len(list) < exampleLimit {
		list = append(list, s)
	}
	return list
}

// prefixFate is what happens to a prefix, and which declarations explain it.
type prefixFate struct {
	prefix   netip.Prefix
	kind     diff.RouteKind
	declared string
}

// outsideEffects groups prefixes for which the same neighbors see the same.
func (p *pipeline) outsideEffects(b *diff.Behaviour) []OutsideEffect {
	before, after := p.before, p.after
	type seen struct {
		prefix    netip.Prefix
		kind      diff.RouteKind
		neighbors []OutsideNeighbor
		first     *diff.AnnouncementChange
		declared  []string
	}
	var byPrefix groups[prefixFate, seen]
	for i := range b.Announcements {
		a := &b.Announcements[i]
		declared := explained(p, p.ofAnnouncement, a)
		s, _ := byPrefix.get(prefixFate{a.Prefix, a.Kind, strings.Join(declared, "\n")})
		if s.first == nil {
			s.prefix, s.kind, s.first, s.declared = a.Prefix, a.Kind, a, declared
		}
		s.neighbors = append(s.neighbors, OutsideNeighbor{a.Router, a.Neighbor, a.NeighborAS, before.relation(after, a.NeighborAS)})
	}
	var out groups[string, OutsideEffect]
	for _, s := range byPrefix.values() {
		everywhere := s.kind == diff.RouteWithdrawn && !after.announcedOutside(s.prefix)
		was, is := attributesText(s.first.Before), attributesText(s.first.After)
		key := fmt.Sprintf("%s %v %v %v", s.kind, everywhere, s.neighbors, s.declared)
		e, _ := out.get(key)
		if e.Count == 0 {
			*e = OutsideEffect{Kind: s.kind.String(), Neighbors: s.neighbors, Everywhere: everywhere, Before: was, After: is, Declared: s.declared}
		}
		e.Count++
		e.Prefixes = addExample(e.Prefixes, s.prefix.String())
	}
	list := out.values()
	rank := func(e OutsideEffect) int {
		switch {
		case e.Everywhere:
			return 0
		case e.Kind == diff.RouteNew.String():
			return 1
		case e.Kind == diff.RouteWithdrawn.String():
			return 2
		}
		return 3
	}
	slices.SortStableFunc(list, func(a, b OutsideEffect) int { return cmp.Compare(rank(a), rank(b)) })
	return list
}

// attributesText is what a person looks at first: the AS path, and what else is set.
func attributesText(a *network.PathAttributes) string {
	if a == nil {
		return ""
	}
	path := a.ASPath.String()
	if path == "" {
		path = "empty"
	}
	f := []string{"AS path " + path}
	if a.HasMED {
		f = append(f, fmt.Sprintf("metric %d", a.MED))
	}
	if a.HasLocalPref && a.LocalPref != 100 {
		f = append(f, fmt.Sprintf("local preference %d", a.LocalPref))
	}
	if len(a.Communities) > 0 {
		var c []string
		for _, x := range a.Communities {
			c = append(c, x.String())
		}
		f = append(f, "communities "+strings.Join(c, " "))
	}
	return strings.Join(f, ", ")
}

// routeEffects groups prefixes to which the same happens on the same routers.
func (p *pipeline) routeEffects(b *diff.Behaviour) []RouteEffect {
	type seen struct {
		prefix   netip.Prefix
		kind     diff.RouteKind
		routers  []string
		first    *diff.RouteChange
		declared []string
	}
	var byPrefix groups[prefixFate, seen]
	for i := range b.Routes {
		c := &b.Routes[i]
		declared := explained(p, p.ofRoute, c)
		s, _ := byPrefix.get(prefixFate{c.Prefix, c.Kind, strings.Join(declared, "\n")})
		if s.first == nil {
			s.prefix, s.kind, s.first, s.declared = c.Prefix, c.Kind, c, declared
		}
		if name := instanceName(c.Router, c.VRF); !slices.Contains(s.routers, name) {
			s.routers = append(s.routers, name)
		}
	}
	var out groups[string, RouteEffect]
	for _, s := range byPrefix.values() {
		e, _ := out.get(s.kind.String() + " " + strings.Join(s.routers, " ") + "\n" + strings.Join(s.declared, "\n"))
		if e.Count == 0 {
			*e = RouteEffect{Kind: s.kind.String(), Routers: s.routers, Before: routeText(&s.first.Before), After: routeText(&s.first.After), Declared: s.declared}
		}
		e.Count++
		e.Prefixes = addExample(e.Prefixes, s.prefix.String())
	}
	list := out.values()
	rank := map[string]int{"withdrawn": 0, "announced": 1, "moved": 2}
	slices.SortStableFunc(list, func(a, b RouteEffect) int {
		ra, ok := rank[a.Kind]
		if !ok {
			ra = 3
		}
		rb, ok := rank[b.Kind]
		if !ok {
			rb = 3
		}
		return cmp.Or(cmp.Compare(ra, rb), cmp.Compare(b.Count*len(b.Routers), a.Count*len(a.Routers)))
	})
	return list
}

func instanceName(router, vrf string) string {
	if vrf == "" {
		return router
	}
	return router + " vrf " + vrf
}

// routeText is one route of a main table: "bgp via 10.0.0.1 eth0, AS path 64600".
func routeText(v *diff.RouteView) string {
	if len(v.NextHops) == 0 {
		return ""
	}
	t := v.Protocol.String() + " " + strings.Join(v.NextHops, " and ")
	if v.Attributes != nil {
		t += ", " + attributesText(v.Attributes)
	}
	return t
}
