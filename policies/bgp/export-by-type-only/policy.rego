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
	statement.matches_only_type in {"internal", "external"}
	uses := [use | some use in policy.used_by; leaves(router, use)]
	count(uses) > 0
	f := {
		"key": sprintf("%s %s %s", [router.name, policy.name, statement.name]),
		"measure": count(uses),
		"message": sprintf("%s: the only condition of %s %s is route type %s, so that every such route leaves at %s", [
			router.name, policy.name,
			statement.name, statement.matches_only_type, lib.words(uses),
		]),
		"routers": [router.name],
		"neighbors": [n.key | some n in router.neighbors; some use in uses; n.key in split(use, " ")],
		"spans": [statement.span],
		"values": [{"name": "condition", "before": "", "after": sprintf("route type %s", [statement.matches_only_type])}],
		"hint": "a route type says how a route came to this router, not whose it is: match a prefix-list or a community beside it, or remove the entry",
	}
}

# leaves: an export to a neighbor outside that is no customer, or to all neighbors of a router that has such a one.
leaves(router, use) if {
	words := split(use, " ")
	words[0] == "neighbor"
	"export" in words
	some neighbor in router.neighbors
	neighbor.key in words
	lib.outside(neighbor)
	neighbor.relation != "customer"
}

leaves(router, use) if {
	words := split(use, " ")
	words[0] != "neighbor"
	"export" in words
	some neighbor in router.neighbors
	lib.outside(neighbor)
	neighbor.relation != "customer"
}
