# METADATA
# title: A live prefix in a service that is not live
# description: |
#   A list of a service that is not live has a prefix of a live service, or one that is protected. It does nothing today; when somebody
#   turns the service up, moves it or tries it at one site, the prefix goes along.
# custom:
#   level: hard
#   scope: state
#   needs: [services]
#   outages: [cloudflare-1111-2025-june]
package routegate.hygiene.service_not_live

import data.routegate.lib

findings contains f if {
	some o in input.state.services.overlaps
	o.first.live
	not o.second.live
	not told_of_the_service(o)
	f := {
		"key": sprintf("%s %s %s %s", [o.prefix, o.first.kind == "protected", o.first.service, o.second.service]),
		"measure": o.second.count,
		"message": sprintf("%s, which is not live, has %s %s: %s", [o.second.service, o.prefix, lib.service_place(o.second), whose(o)]),
		"routers": lib.service_routers(o),
		"prefixes": [o.prefix],
		"spans": [o.second.span, o.first.span],
		"hint": sprintf("take %s out of %s; to move it there, turn %s up with a prefix of its own first", [o.prefix, o.second.service, o.second.service]),
	}
}

# told_of_the_service: what is protected and a service's as well is told of the service.
told_of_the_service(o) if {
	o.first.kind == "protected"
	some other in input.state.services.overlaps
	other.first.kind != "protected"
	other.first.live
	other.second.service == o.second.service
	other.prefix == o.prefix
}

whose(o) := sprintf("it lies in %s of the live service %s", [o.first.prefix, o.first.service]) if o.inside

whose(o) := sprintf("%s is protected (%s)", [o.first.prefix, o.first.service]) if o.first.kind == "protected"

whose(o) := sprintf("it is of the live service %s%s", [o.first.service, and_protected(o)]) if {
	not o.inside
	o.first.kind != "protected"
}

and_protected(o) := ", and protected" if o.prefix in lib.guarded

and_protected(o) := "" if not o.prefix in lib.guarded
