# METADATA
# title: A rule for every destination
# description: |
#   A flowspec rule that discards, limits or redirects packets does not say to whom they go, or says 0.0.0.0/0:
#   it is about everybody's traffic, also the routers' own.
# custom:
#   level: hard
#   scope: state
#   needs: [flowspec]
#   outages: [centurylink-2020]
package routegate.flowspec.destination_missing

import data.routegate.lib

findings contains f if {
	some rule in lib.taking
	rule.length == 0
	f := {
		"key": lib.flow_key(rule),
		"message": sprintf("%s: \"%s\" is for every destination, also for the routers", [rule.router, rule.rule]),
		"routers": [rule.router],
		"spans": [rule.span],
		"hint": "match destination PREFIX, as narrow as what is under attack",
	}
}
