package routegate.flowspec.destination_too_wide_test

import data.routegate.fixtures
import data.routegate.flowspec.destination_too_wide.findings

check(rules) := result if {
	result := findings with input as fixtures.flow_rules(rules)
}

wide := fixtures.flow_rule({"rule": "match destination 203.0.112.0/23 protocol udp then discard", "destination": "203.0.112.0/23", "length": 23})

test_two_networks_at_once if {
	some f in check([wide])
	f.message == "rs1: \"match destination 203.0.112.0/23 protocol udp then discard\" is for all of 203.0.112.0/23: a rule must be for a /24 or longer"
}

test_as_wide_as_may_be if count(check([fixtures.flow_rule({"destination": "203.0.113.0/24", "length": 24})])) == 0

test_ipv6_has_its_own if count(check([object.union(wide, {"family": "ipv6-flowspec", "destination": "2001:db8::/47", "length": 47})])) == 1

test_no_destination_is_another_policys if count(check([fixtures.every_tcp])) == 0
