# METADATA
# title: A prefix of two services
# description: |
#   The lists of two services, or what routegate.yaml says is theirs, have a prefix in common. Whatever renders configurations from
#   services takes it away from the one when it is given to the other.
# custom:
#   level: hard
#   scope: state
#   needs: [services]
package routegate.hygiene.service_prefix_shared

import data.routegate.lib

# Where one of the two is not live and the other is, hygiene/service-not-live says so.
findings contains f if {
	some o in input.state.services.overlaps
	o.first.live == o.second.live
	f := {
		"key": sprintf("%s %s %s", [o.prefix, o.first.service, o.second.service]),
		"measure": o.first.count + o.second.count,
		"message": sprintf("%s is of two services: %s has it %s, and %s %s", [
			o.prefix, o.first.service, lib.service_place(o.first), o.second.service,
			lib.service_place(o.second),
		]),
		"routers": lib.service_routers(o),
		"prefixes": [o.prefix],
		"spans": [o.second.span, o.first.span],
		"hint": "take it out of one of them; if one service has taken it over from the other, do both in the same change",
	}
}
