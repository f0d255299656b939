package routegate.flowspec.matches_management_test

import data.routegate.fixtures
import data.routegate.flowspec.matches_management.findings

check(rules) := result if {
	result := findings with input as fixtures.flow_rules(rules)
}

station := {"count": 1, "of": 3, "examples": ["192.0.2.1 (a station)"], "routers": []}

test_a_station if {
	some f in check([fixtures.flow_rule({"management": station})])
	f.message == "rs1: \"match destination 203.0.113.7/32 protocol udp then discard\" takes packets to management: 192.0.2.1 (a station)"
}

test_none if count(check([fixtures.flow_rule({})])) == 0

test_sampled_only if count(check([fixtures.flow_rule({"management": station, "takes": false})])) == 0
