# METADATA
# title: Export decided by route type alone
# description: |
#   An entry towards a provider or a peer whose only condition is a route type lets out whatever came
#   over iBGP (or eBGP): other neighbors' routes as well. It is what is left when the prefix-list beside it is removed.
# custom:
#   level: hard
#   scope: state
#   outages: [cloudflare-2026]
package routegate.bgp.export_by_type_only

import data.routegate.lib

findings contains f if {
	some router in input.state.routers
	some policy in router.policies
	some statement in policy.statements
	statement.result == "accept"
	kind := statement.matches_only_type
	kind in {"internal", "external"}
	neighbors := [n | some n in router.neighbors; reached(statement, n)]
	count(neighbors) > 0
	f := {
		"key": sprintf("%s %s %s", [router.name, policy.name, statement.name]),
		"measure": count(neighbors),
		"message": sprintf("%s: the only condition on routes in %s %s is route type %s, so that every such route may go to %s", [
			router.name, policy.name, statement.name, kind,
			lib.words({lib.whom(n.relation, n.remote_as, n.key) | some n in neighbors}),
		]),
		"routers": [router.name],
		"neighbors": [n.key | some n in neighbors],
		"spans": [statement.span],
		"values": [{
			"name": sprintf("conditions of %s %s", [policy.name, statement.name]),
			"before": lib.conditions(input.before, router.name, policy.name, statement.name),
			"after": lib.conditions(input.after, router.name, policy.name, statement.name),
		}],
		"hint": "a route type says how a route came to this router, not whose it is: match a prefix-list or a community beside it, or remove the entry",
	}
}

# reached: a neighbor outside, no customer, to which the entry lets routes out.
reached(statement, neighbor) if {
	neighbor.key in statement.exports
	lib.outside(neighbor)
	neighbor.relation != "customer"
}
