# METADATA
# title: A single failure overfills a link
# description: |
#   With one link or one router out of order, the demands that routegate.yaml states fill another link beyond the share of
#   its bandwidth that is allowed then.
# custom:
#   level: soft
#   scope: state
#   needs: [demands, failures]
#   outages: [aws-2011]
#   params:
#     - name: max-link-load-in-failure-percent
#       default: 100
#       unit: "%"
#       range: [50, 1000]
#       description: how full a link may be with one link or router out of order
package routegate.capacity.failure_load

import data.routegate.lib

findings contains f if {
	some x in input.state.loads
	x.failure != ""
	x.percent > input.params["max-link-load-in-failure-percent"]
	f := {
		"key": x.link,
		"measure": x.percent,
		"message": sprintf("if %s fails, %s has to carry %s, which is %v %% of its %s (at most %v %%)", [
			x.failure, x.link, lib.rate(x.load), x.percent, lib.rate(x.bandwidth), input.params["max-link-load-in-failure-percent"],
		]),
		"routers": x.routers,
		"count": x.count,
		"spans": array.concat([x.span], lib.cause(x.routers)),
		"values": [
			{"name": "load in the failure that fills it most", "before": lib.failing_on(input.before.loads, x), "after": lib.failing_on(input.after.loads, x)},
			{"name": "load while everything works", "before": lib.load_on(input.before.loads, x), "after": lib.load_on(input.after.loads, x)},
		],
		"proof": lib.filling(x),
		"hint": "nothing is overfilled yet: what is left after this failure has no room for the traffic that comes to it",
	}
}
