# METADATA
# title: A prefix that is not the service's
# description: |
#   A list of a service has a prefix that does not lie in those that routegate.yaml says are the service's own.
# custom:
#   level: hard
#   scope: state
#   needs: [services]
package routegate.hygiene.service_outside_prefixes

import data.routegate.lib

# What is of another service as well is told by the policies about that.
findings contains f if {
	some x in input.state.services.outside
	not told(x)
	f := {
		"key": sprintf("%s %s %s", [x.service, x.list, x.prefix]),
		"measure": x.count,
		"message": sprintf("%s has %s %s, which routegate.yaml does not say is its own", [x.service, x.prefix, lib.service_place(x)]),
		"routers": x.routers,
		"prefixes": [split(x.prefix, " ")[0]],
		"spans": [x.span],
		"hint": sprintf("take it out of %s, or add it to prefixes of the service %s", [x.list, x.service]),
	}
}

told(x) if {
	some o in input.state.services.overlaps
	some other in [o.first, o.second]
	other.service == x.service
	other.kind == "list"
	o.prefix == x.prefix
}
