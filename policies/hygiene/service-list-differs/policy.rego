# METADATA
# title: A service's list that differs between routers
# description: |
#   Routers that render the same service have different prefixes in its list, or some of them have no such list.
# custom:
#   level: advisory
#   scope: state
#   needs: [services]
package routegate.hygiene.service_list_differs

import data.routegate.lib

findings contains f if {
	some list in input.state.services.lists
	some d in list.differing
	f := {
		"key": sprintf("%s %s %s | %s", [list.service, list.name, concat(", ", d.lacks), concat(", ", d.adds)]),
		"measure": d.count,
		"message": sprintf("%s (%s) of %s %s, compared with %s", [
			list.name, list.service, lib.router_words(d.count, d.routers),
			concat(" and ", what(d)), lib.plural(d.of, "other router", "other routers"),
		]),
		"routers": d.routers,
		"count": d.count,
		"spans": [d.span],
		"hint": "if this is one step of several, go on; if sites differ on purpose, name a list for each",
	}
}

findings contains f if {
	some list in input.state.services.lists
	list.count > 0
	list.lacking_count > 0
	f := {
		"key": sprintf("%s %s lacking", [list.service, list.name]),
		"measure": list.lacking_count,
		"message": sprintf("%s (%s) is not there at %s, and at %s it is", [
			list.name, list.service,
			lib.router_words(list.lacking_count, list.lacking), lib.plural(list.count, "other", "others"),
		]),
		"routers": list.lacking,
		"count": list.lacking_count,
		"spans": [list.span],
		"hint": "add the list there, or correct at of the service in routegate.yaml",
	}
}

what(d) := array.concat(
	[sprintf("lacks %s", [lib.words(d.lacks)]) | count(d.lacks) > 0],
	array.concat(
		[sprintf("has %s more", [lib.words(d.adds)]) | count(d.adds) > 0],
		["has its entries in an order that accepts other prefixes" | count(d.lacks) + count(d.adds) == 0],
	),
)
