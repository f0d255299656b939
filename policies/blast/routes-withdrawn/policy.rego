# METADATA
# title: Too many routes withdrawn
# description: |
#   The share of routes that vanish from the routers' tables, and of prefixes that nobody
#   outside receives any more. A list that a generator empties looks like this.
# custom:
#   level: hard
#   scope: change
#   outages: [google-2016, cloudflare-1111-2025, facebook-2021]
#   params:
#     - name: max-routes-withdrawn-percent
#       default: 20
#       unit: percent
#       range: [0, 100]
#       description: the share of routes in main tables that one change may withdraw
#     - name: min-routes-withdrawn
#       default: 30
#       unit: routes
#       range: [1, 1000000000]
#       description: fewer than this many may go whatever their share is
#     - name: max-outside-withdrawn-percent
#       default: 50
#       unit: percent
#       range: [0, 100]
#       description: the share of prefixes announced outside that one change may withdraw altogether
#     - name: min-outside-withdrawn
#       default: 3
#       unit: prefixes
#       range: [1, 1000000000]
#       description: fewer than this many may go whatever their share is
package routegate.blast.routes_withdrawn

import data.routegate.lib

totals := input.effects.totals

findings contains f if {
	lib.above(
		totals.routes_withdrawn, totals.routes,
		input.params["max-routes-withdrawn-percent"], input.params["min-routes-withdrawn"],
	)
	gone := {p.prefix | some p in input.effects.prefixes; count(p.withdrawn) > 0}
	routers := {r | some p in input.effects.prefixes; some r in p.withdrawn}
	f := {
		"level": "soft",
		"key": "inside",
		"measure": totals.routes_withdrawn,
		"message": sprintf("%d of %d routes (%d%%) vanish from %s, more than %v%%%s", [
			totals.routes_withdrawn, totals.routes,
			lib.percent(totals.routes_withdrawn, totals.routes),
			lib.plural(count(routers), "router", "routers"),
			input.params["max-routes-withdrawn-percent"], lib.example(lib.notable(gone)),
		]),
		"routers": routers,
		"prefixes": lib.notable(gone),
		"count": totals.routes_withdrawn,
		"spans": lib.cause(routers),
		"hint": "withdraw in parts, or look for what the routes depended on",
	}
}

findings contains f if {
	lib.above(
		totals.prefixes_withdrawn_outside, totals.prefixes_outside,
		input.params["max-outside-withdrawn-percent"], input.params["min-outside-withdrawn"],
	)
	gone := {a.prefix | some a in input.effects.announcements; a.kind == "withdrawn"}
	routers := {a.router | some a in input.effects.announcements; a.kind == "withdrawn"}
	f := {
		"key": "outside",
		"measure": totals.prefixes_withdrawn_outside,
		"message": sprintf("%d of %s that the outside receives from us (%d%%) would be announced to nobody, more than %v%%%s", [
			totals.prefixes_withdrawn_outside,
			lib.plural(totals.prefixes_outside, "prefix", "prefixes"),
			lib.percent(totals.prefixes_withdrawn_outside, totals.prefixes_outside),
			input.params["max-outside-withdrawn-percent"], lib.example(lib.notable(gone)),
		]),
		"routers": routers,
		"neighbors": {a.neighbor | some a in input.effects.announcements; a.kind == "withdrawn"},
		"prefixes": lib.notable(gone),
		"count": totals.prefixes_withdrawn_outside,
		"spans": lib.cause(routers),
		"hint": "compare the list of announced prefixes with what the change was meant to remove",
	}
}
