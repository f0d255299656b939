# METADATA
# title: Best paths move in masses, or to one place
# description: |
#   A large share of routes with other next hops is traffic that moves at once. Destinations that
#   were served at several places and all end at one of them afterwards are worse: that place attracts
#   everybody's traffic.
# custom:
#   level: soft
#   scope: change
#   outages: [cloudflare-2020, t-mobile-2020, aws-2011]
#   params:
#     - name: max-routes-moved-percent
#       default: 50
#       unit: percent
#       range: [0, 100]
#       description: the share of routes that one change may move to other next hops
#     - name: min-routes-moved
#       default: 100
#       unit: routes
#       range: [1, 1000000000]
#       description: fewer than this many may move whatever their share is
#     - name: max-attracted-routers-percent
#       default: 50
#       unit: percent
#       range: [0, 100]
#       description: of the routers that were served elsewhere, the share whose traffic to a destination inside may move from several places to one
#     - name: max-attracted-outside-percent
#       default: 50
#       unit: percent
#       range: [0, 100]
#       description: of the routers that were served elsewhere, the share whose traffic to the outside may move from three exits or more to one
#     - name: min-attracted-routers
#       default: 3
#       unit: routers
#       range: [1, 1000000]
#       description: fewer than this many may move whatever their share is
package routegate.blast.best_path_moves

import data.routegate.lib

totals := input.effects.totals

findings contains f if {
	lib.above(
		totals.routes_moved, totals.routes,
		input.params["max-routes-moved-percent"], input.params["min-routes-moved"],
	)
	moved := {p.prefix | some p in input.effects.prefixes; count(p.moved) > 0}
	f := {
		"key": "moved",
		"measure": totals.routes_moved,
		"message": sprintf("%d of %d routes (%d%%) get other next hops, more than %v%%%s", [
			totals.routes_moved, totals.routes,
			lib.percent(totals.routes_moved, totals.routes),
			input.params["max-routes-moved-percent"], lib.example(lib.notable(moved)),
		]),
		"routers": {r | some p in input.effects.prefixes; some r in p.moved},
		"prefixes": lib.notable(moved),
		"count": totals.routes_moved,
		"spans": lib.cause([]),
		"hint": "move traffic in steps, and check that what it moves to can carry it",
	}
}

# One finding for each place that attracts, over all destinations; the numbers are those of the one that it names.
findings contains f if {
	some place in {a.place | some a in attracted}
	here := {a.class: a | some a in attracted; a.place == place}
	shown := lib.notable({class | some class, _ in here})
	first := here[shown[0]]
	routers := {router | some _, a in here; some router in a.routers}
	f := {
		"key": sprintf("attractor %s", [place]),
		"measure": count(routers),
		"message": sprintf("%d of %s that were served elsewhere would all send traffic for %s to one place (%s) instead of %s%s", [
			count(first.routers), lib.plural(first.served, "router", "routers"), route_of(first.class),
			place, lib.plural(count(first.places), "place", "places"), others(count(here) - 1),
		]),
		"routers": routers,
		"prefixes": routes_of(shown),
		"count": count(here),
		"spans": lib.cause([]),
		"values": [{"name": sprintf("where traffic for %s ends", [route_of(first.class)]), "before": lib.words(first.before), "after": place}],
		"proof": [first.example],
		"hint": "look for a local preference, weight or metric that beats what the other places have of their own",
	}
}

others(0) := ""

others(n) := sprintf(", and for %s more", [lib.plural(n, "destination", "destinations")]) if n > 0

# moves are the movements of one destination to one place.
moves[[r.after, r.class]] contains r if {
	some r in input.effects.reachability
	r.kind == "moved"
	not turned_up(r)
}

# turned_up: the session with the customer whose destination it is comes up with this change, and that is where it leaves now.
turned_up(r) if {
	some e in input.effects.sessions
	e.kind == "gained"
	r.ends_after == [e.router]
	some relation in input.network.relations
	relation.as == e.remote_as
	relation.is == "customer"
	lib.inside(r.class, relation.prefixes)
}

# attracted: inside, two places or more become one; which of two exits is taken is anybody's choice,
# that of three or more is not. A destination that is found inside for the first time attracts nobody.
attracted := [a |
	some key, movements in moves
	some word in ["delivered", "leaves"]
	a := drawn(key[0], key[1], [m | some m in movements; startswith(m.after, word); startswith(m.before, word)])
	count(a.places) >= {"delivered": 2, "leaves": 3}[word]
	lib.above(count(a.routers), a.served, limit[word], input.params["min-attracted-routers"])
]

limit := {"delivered": input.params["max-attracted-routers-percent"], "leaves": input.params["max-attracted-outside-percent"]}

# drawn sums the movements up. Places are those that serve no more: of two equal places one may be taken out.
drawn(place, class, movements) := {
	"place": place,
	"class": class,
	"routers": {router | some m in movements; some router in m.from},
	"before": {m.before | some m in movements},
	"places": {end | some m in movements; some end in m.ends_before} - {end | some m in movements; some end in m.ends_after},
	"served": max([m.served_elsewhere | some m in movements]),
	"example": [m.example | some m in movements][0],
}

# route_of is the route that took a destination along: the longest that moves.
route_of(class) := route if {
	routes := sort([[lib.bits(p.prefix), p.prefix] |
		some p in input.effects.prefixes
		count(p.moved) > 0
		not lib.default_route(p.prefix)
		lib.inside(class, [p.prefix])
	])
	route := routes[count(routes) - 1][1]
} else := class

routes_of(classes) := [route_of(class) | some class in classes]
