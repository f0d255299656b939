# METADATA
# title: A rule for too many addresses
# description: |
#   A flowspec rule that discards, limits or redirects packets is for a prefix shorter than anything that is
#   attacked at once.
# custom:
#   level: soft
#   scope: state
#   needs: [flowspec]
#   outages: [centurylink-2020]
#   params:
#     - name: min-flowspec-length-ipv4
#       default: 24
#       unit: bits
#       range: [1, 32]
#       description: how long the destination of a flowspec rule must be in IPv4
#     - name: min-flowspec-length-ipv6
#       default: 48
#       unit: bits
#       range: [1, 128]
#       description: how long it must be in IPv6
package routegate.flowspec.destination_too_wide

import data.routegate.lib

findings contains f if {
	some rule in lib.taking
	rule.length > 0
	rule.length < least[rule.family]
	f := {
		"key": lib.flow_key(rule),
		"message": sprintf("%s: \"%s\" is for all of %s: a rule must be for a /%d or longer", [rule.router, rule.rule, rule.destination, least[rule.family]]),
		"routers": [rule.router],
		"prefixes": [rule.destination],
		"spans": [rule.span],
		"hint": "one rule for each address that is under attack",
	}
}

least := {"ipv4-flowspec": input.params["min-flowspec-length-ipv4"], "ipv6-flowspec": input.params["min-flowspec-length-ipv6"]}
