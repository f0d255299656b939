package gate

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/policies"
)

// effectLimit bounds each list of effects that policies see. Totals stay exact, and Truncated
// tells policies that the lists are not.
const effectLimit = 5000

// effectFacts is the difference of the behaviours as policies see it.
func effectFacts(b *diff.Behaviour, before, after *side) policies.Effects {
	e := policies.Effects{
		Sessions: []policies.SessionEffect{}, Announcements: []policies.AnnouncementEffect{}, Reachability: []policies.ReachEffect{},
		Origins: []policies.OriginEffect{}, Totals: totalFacts(b, after),
	}
	for i := range b.Sessions {
		c := &b.Sessions[i]
		span := before.span(c.Span)
		if c.After != nil {
			span = after.span(c.Span)
		}
		e.Sessions = append(e.Sessions, policies.SessionEffect{
			Router: c.Router, Neighbor: c.Neighbor, Remote: c.Remote, RemoteAS: c.RemoteAS, Type: c.Type.String(), Kind: c.Kind.String(),
			Reason: c.Reason.String(), Detail: c.Detail, Deliberate: deliberate(c, before, after), Span: span,
		})
	}
	for i := range b.Announcements {
		a := &b.Announcements[i]
		e.Announcements = append(e.Announcements, policies.AnnouncementEffect{
			Prefix: a.Prefix.String(), Router: a.Router, Neighbor: a.Neighbor, NeighborAS: a.NeighborAS, Relation: before.relation(after, a.NeighborAS),
			Kind: a.Kind.String(), Before: announced(a.Before), After: announced(a.After), Inserted: after.inserted(a),
		})
	}
	for _, o := range b.Origins {
		e.Origins = append(e.Origins, policies.OriginEffect{Prefix: o.Prefix.String(), Before: names(o.Before), After: names(o.After)})
	}
	e.Prefixes = prefixFacts(b)
	e.Reachability = reachFacts(b, after)
	e.Withheld = withheldFacts(before, after)
	e.Emptied = emptiedFacts(before, after)
	e.Contradicted = contradictedFacts(before, after)
	for _, cut := range []bool{
		trim(&e.Sessions), trim(&e.Announcements), trim(&e.Origins), trim(&e.Prefixes), trim(&e.Reachability),
		trim(&e.Withheld), trim(&e.Emptied),
	} {
		e.Truncated = e.Truncated || cut
	}
	return e
}

func trim[T any](list *[]T) bool {
	if len(*list) <= effectLimit {
		return false
	}
	*list = (*list)[:effectLimit]
	return true
}

func totalFacts(b *diff.Behaviour, after *side) policies.Totals {
	t := totals(b, after)
	return policies.Totals{
		Routers: t.Routers, RoutersChanged: t.RoutersChanged, RoutersTouched: t.RoutersTouched,
		Sessions: t.Sessions, SessionsLost: t.SessionsLost, SessionsReset: t.SessionsReset,
		Routes: t.Routes, RoutesWithdrawn: t.RoutesWithdrawn, RoutesNew: t.RoutesNew, RoutesMoved: t.RoutesMoved,
		PrefixesOutside: t.PrefixesOutside, PrefixesWithdrawnOutside: t.PrefixesWithdrawnOutside, PrefixesNewOutside: t.PrefixesNewOutside,
	}
}

func announced(a *network.PathAttributes) *policies.Announced {
	if a == nil {
		return nil
	}
	out := &policies.Announced{ASPath: []uint32{}, Origin: a.Origin.String(), Communities: []string{}}
	for _, s := range a.ASPath {
		out.ASPath = append(out.ASPath, s.AS...)
	}
	if a.HasMED {
		med := a.MED
		out.MED = &med
	}
	for _, c := range a.Communities {
		out.Communities = append(out.Communities, c.String())
	}
	for _, c := range a.Large {
		out.Communities = append(out.Communities, c.String())
	}
	return out
}

// prefixFacts sums the changes of routes by prefix.
func prefixFacts(b *diff.Behaviour) []policies.PrefixEffect {
	var by groups[netip.Prefix, policies.PrefixEffect]
	for i := range b.Routes {
		c := &b.Routes[i]
		e, old := by.get(c.Prefix)
		if !old {
			*e = policies.PrefixEffect{Prefix: c.Prefix.String(), Withdrawn: []string{}, New: []string{}, Moved: []string{}, Attributes: []string{}}
		}
		list := map[diff.RouteKind]*[]string{diff.RouteWithdrawn: &e.Withdrawn, diff.RouteNew: &e.New, diff.RouteMoved: &e.Moved, diff.RouteAttributes: &e.Attributes}[c.Kind]
		if list != nil && !slices.Contains(*list, c.Router) {
			*list = append(*list, c.Router)
		}
	}
	return by.values()
}

// reachFacts groups the routers from which a class of destinations fares alike.
func reachFacts(b *diff.Behaviour, after *side) []policies.ReachEffect {
	type key struct {
		class         netip.Prefix
		kind          diff.ReachKind
		before, after string
	}
	var by groups[key, policies.ReachEffect]
	examples := [3]int{} // by what they tell
	for i := range b.Reachability {
		c := &b.Reachability[i]
		e, old := by.get(key{c.Class, c.Kind, c.Before, c.After})
		if !old {
			example := ""
			if n := &examples[after.tells(c.Class)]; *n < 100 { // an example for each of thousands would cost more than the rest
				*n++
				example = joinPath(after.pathWords(c.From, after.sample(c.Class)))
			}
			*e = policies.ReachEffect{Class: c.Class.String(), Kind: c.Kind.String(), From: []string{}, Before: c.Before, After: c.After,
				EndsBefore: names(c.EndsBefore), EndsAfter: names(c.EndsAfter), ServedElsewhere: c.ServedElsewhere, OnlyByDefault: c.OnlyByDefault, Example: example}
		}
		e.From = append(e.From, c.From)
	}
	return by.values()
}
