# METADATA
# title: A link carries more than it should
# description: |
#   The demands that routegate.yaml states fill a link beyond the share of its bandwidth that is allowed.
# custom:
#   level: soft
#   scope: state
#   needs: [demands]
#   outages: [aws-2011]
#   params:
#     - name: max-link-load-percent
#       default: 80
#       unit: "%"
#       range: [50, 1000]
#       description: how full a link may be while everything works
package routegate.capacity.link_load

import data.routegate.lib

findings contains f if {
	some x in input.state.loads
	x.failure == ""
	x.percent > input.params["max-link-load-percent"]
	f := {
		"key": x.link,
		"measure": x.percent,
		"message": sprintf("%s has to carry %s, which is %v %% of its %s (at most %v %%)", [
			x.link, lib.rate(x.load), x.percent, lib.rate(x.bandwidth), input.params["max-link-load-percent"],
		]),
		"routers": x.routers,
		"count": x.count,
		"spans": array.concat([x.span], lib.cause(x.routers)),
		"values": [{"name": sprintf("load of %s", [x.link]), "before": lib.load_on(input.before.loads, x), "after": lib.load_on(input.after.loads, x)}],
		"proof": lib.filling(x),
		"hint": "traffic that moves needs room where it goes: move less of it, add links first, or leave the old way in place",
	}
}
