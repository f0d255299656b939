# METADATA
# title: BGP poured into the IGP
# description: |
#   A redistribution of BGP into OSPF or IS-IS without a filter carries every route of BGP into
#   every router's link-state database. Three national networks went down that way.
# custom:
#   level: hard
#   scope: state
#   outages: [rogers-2022, kt-2021, ovh-2021]
#   params:
#     - name: max-igp-external-routes
#       default: 1000
#       unit: routes
#       range: [0, 100000000]
#       per_router: true
#       description: how many routes a redistribution of BGP may bring into an IGP though it is filtered
package routegate.bgp.igp_redistribution

import data.routegate.lib

igps := {"ospf", "ospf6", "ospfv3", "isis", "rip", "ripng", "eigrp", "babel"}

findings contains f if {
	some router in input.state.routers
	some r in router.redistributions
	r.from == "bgp"
	r.into in igps
	some problem in [problem_of(router.name, r)]
	f := {
		"key": sprintf("%s %s %s", [router.name, r.into, r.policy]),
		"measure": max([1, r.routes]),
		"message": sprintf("%s redistributes BGP into %s %s: %s", [
			router.name, r.into, problem,
			lib.plural(r.routes, "route now", "routes now"),
		]),
		"routers": [router.name],
		"count": r.routes,
		"spans": [r.span],
		"values": [{"name": "routes brought in", "before": routes(input.before, router.name, r), "after": routes(input.after, router.name, r)}],
		"hint": sprintf("redistribute bgp with a route-map that permits what %s needs (often only a default), and keep the rest in BGP", [r.into]),
	}
}

problem_of(router, r) := "without a filter" if {
	not r.filtered
	r.policy == ""
} else := sprintf("with %s, which refuses nothing or does not exist", [r.policy]) if {
	not r.filtered
} else := sprintf("with %s, which lets more than %v routes through", [r.policy, lib.params_of(router)["max-igp-external-routes"]]) if {
	r.routes > lib.params_of(router)["max-igp-external-routes"]
}

routes(side, name, r) := format_int(
	sum([x.routes |
		some router in side.routers
		router.name == name
		some x in router.redistributions
		x.from == r.from
		x.into == r.into
	]),
	10,
)
