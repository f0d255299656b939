# METADATA
# title: A rule discards everything to an address
# description: |
#   A flowspec rule discards packets and nothing but the destination decides which: it finishes what the attack began. Hard
#   where the destination is protected, soft elsewhere.
# custom:
#   level: hard
#   scope: state
#   needs: [flowspec]
package routegate.flowspec.discards_everything

import data.routegate.lib

findings contains f if {
	some rule in lib.taking
	rule.discards
	rule.length > 0
	not rule.narrowed
	f := {
		"key": lib.flow_key(rule),
		"measure": rule.protected.count,
		"level": level(rule),
		"message": sprintf("%s: \"%s\" discards everything to %s", [rule.router, rule.rule, whose(rule)]),
		"routers": [rule.router],
		"prefixes": [rule.destination],
		"spans": [rule.span],
		"hint": "name what the attack looks like: protocol, port, source, packet-length; or limit instead of discarding",
	}
}

level(rule) := "hard" if rule.protected.count > 0

level(rule) := "soft" if rule.protected.count == 0

whose(rule) := rule.destination if rule.protected.count == 0

whose(rule) := sprintf("%s, and so to what is protected: %s", [rule.destination, lib.flow_examples(rule.protected)]) if rule.protected.count > 0
