# METADATA
# title: Internal more-specifics announced outside
# description: |
#   Providers and peers receive parts of our own space that are too long for the world's tables (beyond
#   /24, /48): internal routes that a filter was to keep in (RFC 7908 type 6).
# custom:
#   level: advisory
#   scope: state
#   needs: [relations]
package routegate.leak.internal_more_specifics

import data.routegate.lib

long[[e.router, e.neighbor]] contains prefix if {
	some e in input.state.exports
	e.learned_from == "own"
	e.relation in {"provider", "peer"}
	some prefix in e.examples
	not lib.globally_short(prefix)
}

findings contains f if {
	some key, prefixes in long
	exports := [e | some e in input.state.exports; [e.router, e.neighbor] == key; e.learned_from == "own"]
	f := {
		"key": sprintf("%s %s", key),
		"measure": sum([e.count | some e in exports]),
		"message": sprintf("%s announces internal prefixes of our own to %s%s", [
			key[0], lib.whom(exports[0].relation, exports[0].neighbor_as, key[1]),
			lib.example(prefixes),
		]),
		"routers": [key[0]],
		"neighbors": [key[1]],
		"prefixes": prefixes,
		"spans": [e.span | some e in exports],
		"hint": "announce the aggregate, and refuse what is longer on export",
	}
}
