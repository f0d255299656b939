# METADATA
# title: Local preference raised for every route
# description: |
#   An entry without any condition permits every route and sets a local preference above the default:
#   inside the network each of these routes beats what the other routers have of their own. In 2020 the prefix-list of
#   such an entry was taken out, and nineteen sites sent their traffic to one. On import from an eBGP neighbor
#   the same entry is the usual way to prefer a neighbor, and is left alone.
# custom:
#   level: hard
#   scope: state
#   outages: [cloudflare-2020]
#   params:
#     - name: default-local-preference
#       default: 100
#       unit: ""
#       range: [0, 4294967295]
#       per_router: true
#       description: the local preference of routes that no policy touches
package routegate.bgp.unconditional_local_pref

import data.routegate.lib

findings contains f if {
	some router in input.state.routers
	some policy in router.policies
	some statement in policy.statements
	statement.result != "reject"
	statement.matches_all
	pref := statement.local_pref
	usual := lib.params_of(router.name)["default-local-preference"]
	pref > usual
	uses := [use | some use in policy.used_by; spreads(router, use)]
	count(uses) > 0
	f := {
		"key": sprintf("%s %s %s", [router.name, policy.name, statement.name]),
		"measure": pref,
		"message": sprintf("%s: %s %s has no condition, so every route gets local preference %d (the default is %v) at %s", [
			router.name, policy.name, statement.name,
			pref, usual, lib.words(uses),
		]),
		"routers": [router.name],
		"spans": [statement.span],
		"values": [{
			"name": sprintf("conditions of %s %s", [policy.name, statement.name]),
			"before": lib.conditions(input.before, router.name, policy.name, statement.name),
			"after": lib.conditions(input.after, router.name, policy.name, statement.name),
		}],
		"hint": sprintf("restore the condition of %s %s, or take the whole entry out: without it the routes are not sent at all", [policy.name, statement.name]),
	}
}

# spreads: the use is not an import from, nor an export to, an eBGP neighbor. Local
# preference is not sent over eBGP (RFC 4271 section 5.1.5), and preferring one eBGP
# neighbor's routes as they come in is what it is for.
spreads(router, use) if not ebgp_use(router, use)

ebgp_use(router, use) if {
	some neighbor in router.neighbors
	neighbor.ebgp
	neighbor.key in split(use, " ")
}
