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
#       default: 25
#       unit: percent
#       range: [0, 100]
#       description: the share of routers whose traffic to a destination inside may move from several places to one
#     - name: max-attracted-outside-percent
#       default: 50
#       unit: percent
#       range: [0, 100]
#       description: the share of routers whose traffic to the outside may move from three exits or more to one
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

# One finding for each place that attracts, over all destinations.
findings contains f if {
	some place in {a.place | some a in attracted}
	here := [a | some a in attracted; a.place == place]
	classes := {a.class | some a in here}
	routers := {router | some a in here; some m in a.movements; some router in m.from}
	places := {m.before | some a in here; some m in a.movements}
	f := {
		"key": sprintf("attractor %s", [place]),
		"measure": count(routers),
		"message": sprintf("%s of %d would all send traffic for %s to one place (%s) instead of %s%s", [
			lib.plural(count(routers), "router", "routers"), totals.routers,
			lib.plural(count(classes), "destination", "destinations"),
			place, lib.plural(count(places), "place", "places"), lib.example(routes_of(lib.notable(classes))),
		]),
		"routers": routers,
		"prefixes": routes_of(lib.notable(classes)),
		"count": count(classes),
		"spans": lib.cause([]),
		"values": [{"name": "where traffic ends", "before": lib.words(places), "after": place}],
		"proof": array.slice([m.example | some a in here; some m in a.movements], 0, 1),
		"hint": "look for a local preference, weight or metric that beats what the other places have of their own",
	}
}

# moves are the movements of one destination to one place.
moves[[r.after, r.class]] contains r if {
	some r in input.effects.reachability
	r.kind == "moved"
}

attracted := [{"place": key[0], "class": key[1], "movements": movements} |
	some key, movements in moves
	attracts(movements)
]

# attracts: inside, two places or more become one; which of two exits is taken is anybody's choice,
# that of three or more is not. A destination that is found inside for the first time attracts nobody.
attracts(movements) if {
	inside := {m | some m in movements; startswith(m.after, "delivered"); startswith(m.before, "delivered")}
	draws(inside, 2, input.params["max-attracted-routers-percent"])
}

attracts(movements) if {
	exits := {m | some m in movements; startswith(m.after, "leaves"); startswith(m.before, "leaves")}
	draws(exits, 3, input.params["max-attracted-outside-percent"])
}

draws(movements, places, limit) if {
	count({m.before | some m in movements}) >= places
	routers := {router | some m in movements; some router in m.from}
	lib.above(count(routers), totals.routers, limit, input.params["min-attracted-routers"])
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
