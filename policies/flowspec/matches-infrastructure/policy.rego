# METADATA
# title: A rule for the network's own addresses
# description: |
#   A flowspec rule that discards, limits or redirects packets is for addresses of routers, or for the subnets of
#   links between them.
# custom:
#   level: soft
#   scope: state
#   needs: [flowspec]
#   outages: [centurylink-2020]
package routegate.flowspec.matches_infrastructure

import data.routegate.lib

findings contains f if {
	some rule in lib.taking
	rule.infrastructure.count > 0
	f := {
		"key": lib.flow_key(rule),
		"measure": rule.infrastructure.count,
		"message": sprintf("%s: \"%s\" takes packets to %s of the network itself: %s", [
			rule.router, rule.rule,
			lib.plural(rule.infrastructure.count, "address or subnet", "addresses and subnets"), lib.flow_examples(rule.infrastructure),
		]),
		"routers": rule.infrastructure.routers,
		"spans": [rule.span],
		"proof": rule.infrastructure.examples,
		"hint": "match destination PREFIX of what is attacked; a router is protected by a filter of its own, which no session brings",
	}
}
