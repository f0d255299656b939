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
	kind := only_type(statement)
	kind in {"internal", "external"}
	uses := [use | some use in policy.used_by; leaves(router, use)]
	count(uses) > 0
	f := {
		"level": level(router, statement),
		"key": sprintf("%s %s %s", [router.name, policy.name, statement.name]),
		"measure": count(uses),
		"message": sprintf("%s: the only condition on routes in %s %s is route type %s, so that every such route may leave at %s", [
			router.name, policy.name,
			statement.name, kind, lib.words(uses),
		]),
		"routers": [router.name],
		"neighbors": [n.key | some n in router.neighbors; some use in uses; n.key in split(use, " ")],
		"spans": [statement.span],
		"values": [{
			"name": sprintf("conditions of %s %s", [policy.name, statement.name]),
			"before": lib.conditions(input.before, router.name, policy.name, statement.name),
			"after": lib.conditions(input.after, router.name, policy.name, statement.name),
		}],
		"hint": "a route type says how a route came to this router, not whose it is: match a prefix-list or a community beside it, or remove the entry",
	}
}

only_type(statement) := statement.matches_only_type if statement.matches_only_type != ""

# A condition on the neighbor (a GoBGP neighbor set) says where an entry applies, not to which routes.
only_type(statement) := kind if {
	statement.matches_only_type == ""
	on_routes := [m | some m in statement.matches; not startswith(m, "the neighbor is ")]
	some kind in ["internal", "external"]
	on_routes == [sprintf("the route is %s", [kind])]
}

# Which neighbors are in a set is not known here: there it takes a leak to be sure.
level(router, statement) := "advisory" if {
	statement.matches_only_type == ""
	not leaks(router)
} else := "hard"

leaks(router) if {
	some e in input.state.exports
	e.router == router.name
	e.learned_from in {"provider", "peer", "unknown"}
	e.relation in {"provider", "peer", ""}
	e.learned_as != e.neighbor_as
}

# leaves: an export to neighbors outside, one of which is no customer.
leaves(router, use) if {
	words := split(use, " ")
	"export" in words
	some neighbor in router.neighbors
	lib.outside(neighbor)
	neighbor.relation != "customer"
	meant(words, neighbor)
}

meant(words, neighbor) if neighbor.key in words

meant(words, _) if not "neighbor" in words
