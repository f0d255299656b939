# METADATA
# title: An invalid route is accepted
# description: |
#   An import policy lets in a route whose origin the ROAs do not authorize: a hijack, or a leak of
#   more-specifics. What was accepted before is standing; more of it through the same session is not.
# custom:
#   level: soft
#   scope: state
#   needs: [rpki]
#   outages: [pakistan-2008, telstra-2020, verizon-2019]
package routegate.rpki.invalid_accepted

import data.routegate.lib

findings contains f if {
	some a in input.state.rpki.accepted
	f := {
		"key": sprintf("%s %s", [a.router, a.neighbor]),
		"measure": a.count,
		"message": sprintf("%s accepts %s from %s: %s", [
			a.router, lib.plural(a.count, "invalid prefix", "invalid prefixes"),
			lib.whom(a.relation, a.neighbor_as, a.neighbor), a.example,
		]),
		"routers": [a.router],
		"neighbors": [a.neighbor],
		"prefixes": a.prefixes,
		"count": a.count,
		"spans": [a.span],
		"hint": "refuse invalid routes in the import policy, before anything accepts them (RFC 6811; RFC 7115)",
	}
}
