# METADATA
# title: Routes whose next hop cannot be reached
# description: |
#   A neighbor inside sends routes that the router cannot use, since it has no route to their next hop: next-hop-self is
#   missing at the border, or the border's link is in no routing protocol. The session is up, the routes are in the
#   table, and none of them forwards.
# custom:
#   level: hard
#   scope: state
#   outages: []
package routegate.bgp.next_hop_unreachable

import data.routegate.lib

# One finding for each router that sends them, however many receive them.
broken[neighbor.key] contains [router.name, family] if {
	some router in input.state.routers
	some neighbor in router.neighbors
	not neighbor.external
	not neighbor.ebgp
	some family in neighbor.families
	family.unusable > 0
}

findings contains f if {
	some key, entries in broken
	routers := {e[0] | some e in entries}
	first := sort(entries)[0]
	f := {
		"key": key,
		"measure": max([e[1].unusable | some e in entries]),
		"message": sprintf("%s cannot use %s from neighbor %s: no route to the next hop, for example %s", [
			lib.words(routers), lib.plural(first[1].unusable, "route", "routes"), key, first[1].unusable_example,
		]),
		"routers": routers,
		"neighbors": [key],
		"prefixes": {split(e[1].unusable_example, " ")[0] | some e in entries},
		"count": sum([e[1].unusable | some e in entries]),
		"spans": lib.cause([]),
		"hint": "next-hop-self where the routes enter the network, or its outside links in the IGP",
	}
}
