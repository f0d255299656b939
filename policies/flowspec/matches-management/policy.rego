# METADATA
# title: A rule for management
# description: |
#   A flowspec rule that discards, limits or redirects packets is for management addresses or stations: it would take away
#   the way to take it back.
# custom:
#   level: hard
#   scope: state
#   needs: [flowspec, management]
package routegate.flowspec.matches_management

import data.routegate.lib

findings contains f if {
	some rule in lib.taking
	rule.management.count > 0
	f := {
		"key": lib.flow_key(rule),
		"measure": rule.management.count,
		"message": sprintf("%s: \"%s\" takes packets to management: %s", [rule.router, rule.rule, lib.flow_examples(rule.management)]),
		"routers": rule.management.routers,
		"spans": [rule.span],
		"proof": rule.management.examples,
		"hint": "match destination PREFIX of what is attacked",
	}
}
