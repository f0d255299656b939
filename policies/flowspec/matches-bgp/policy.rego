# METADATA
# title: A rule takes BGP's own packets
# description: |
#   A flowspec rule that discards, limits or redirects packets matches TCP port 179 between the ends of BGP sessions. Whoever
#   installs it loses the session that brought it, forgets the rule, comes up again, and so on.
# custom:
#   level: hard
#   scope: state
#   needs: [flowspec]
#   outages: [centurylink-2020]
package routegate.flowspec.matches_bgp

import data.routegate.lib

findings contains f if {
	some rule in lib.taking
	rule.sessions.count > 0
	f := {
		"key": lib.flow_key(rule),
		"measure": rule.sessions.count,
		"message": sprintf("%s: \"%s\" takes packets of %d of %s (TCP 179): %s", [
			rule.router, rule.rule, rule.sessions.count,
			lib.plural(rule.sessions.of, "BGP session", "BGP sessions"), lib.flow_examples(rule.sessions),
		]),
		"routers": rule.sessions.routers,
		"spans": [rule.span],
		"proof": rule.sessions.examples,
		"hint": "match destination PREFIX of what is attacked; no rule for the routers' own addresses",
	}
}
