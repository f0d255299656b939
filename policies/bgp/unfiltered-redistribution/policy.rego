# METADATA
# title: Redistribution into BGP without a filter
# description: |
#   A router with neighbors outside that redistributes all of its static, connected or IGP routes into
#   BGP announces whatever is configured next: a null route for one site became an announcement to the world in 2008.
# custom:
#   level: advisory
#   scope: state
#   outages: [pakistan-2008]
package routegate.bgp.unfiltered_redistribution

import data.routegate.lib

findings contains f if {
	some router in input.state.routers
	outside := [n | some n in router.neighbors; lib.outside(n)]
	count(outside) > 0
	some r in router.redistributions
	r.into == "bgp"
	r.from != "bgp"
	not r.filtered
	f := {
		"key": sprintf("%s %s", [router.name, r.from]),
		"measure": max([1, r.routes]),
		"message": sprintf("%s redistributes %s into BGP without a filter (%s) and has %s outside", [
			router.name, r.from,
			lib.plural(r.routes, "route now", "routes now"),
			lib.plural(count(outside), "neighbor", "neighbors"),
		]),
		"routers": [router.name],
		"neighbors": {n.key | some n in outside},
		"count": r.routes,
		"spans": [r.span],
		"hint": sprintf("redistribute %s with a route-map that names what is meant to be announced", [r.from]),
	}
}
