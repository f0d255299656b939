# METADATA
# title: Link-state database flooded
# description: |
#   Redistribution brings far more routes into the IGP than before. Every router of the domain keeps
#   them all and computes over them: what one router lets in, all of them have to carry.
# custom:
#   level: soft
#   scope: change
#   outages: [rogers-2022, kt-2021, ovh-2021]
#   params:
#     - name: max-igp-externals-growth-percent
#       default: 100
#       unit: percent
#       range: [0, 1000000]
#       description: by how much one change may let what is redistributed into IGPs grow
#     - name: min-igp-externals-growth
#       default: 50
#       unit: routes
#       range: [1, 1000000000]
#       description: fewer routes than this may come in whatever their share is
package routegate.blast.igp_flooded

import data.routegate.lib

igps := {"ospf", "ospf6", "ospfv3", "isis", "rip", "ripng", "eigrp", "babel"}

findings contains f if {
	some igp in igps
	was := brought(input.before, igp)
	now := brought(input.after, igp)
	before := sum([n | some n in was])
	grown := sum([n | some n in now]) - before
	lib.above(grown, before, input.params["max-igp-externals-growth-percent"], input.params["min-igp-externals-growth"])
	routers := {r | some r, n in now; n > object.get(was, r, 0)}
	f := {
		"key": igp,
		"measure": before + grown,
		"message": sprintf("%s takes in %s instead of %d, at %s: every router of the domain gets them", [
			igp, lib.plural(before + grown, "redistributed route", "redistributed routes"), before, lib.words(routers),
		]),
		"routers": routers,
		"count": grown,
		"spans": {x.span |
			some r in input.after.routers
			r.name in routers
			some x in r.redistributions
			x.into == igp
			x.routes > 0
		},
		"values": [{"name": "routes brought in", "before": format_int(before, 10), "after": format_int(before + grown, 10)}],
		"hint": "redistribute with a route-map that permits what the IGP needs, and carry the rest in BGP; or raise max-igp-externals-growth-percent in a change of its own",
	}
}

# brought counts by router what is redistributed into one IGP, from wherever.
brought(side, igp) := {name: n |
	some r in side.routers
	name := r.name
	n := sum([x.routes | some x in r.redistributions; x.into == igp])
}
