package routegate.flowspec.matches_infrastructure_test

import data.routegate.fixtures
import data.routegate.flowspec.matches_infrastructure.findings

check(rules) := result if {
	result := findings with input as fixtures.flow_rules(rules)
}

loopback := {"count": 1, "of": 9, "examples": ["10.255.0.1 (rr1 lo)"], "routers": ["rr1"]}

test_a_loopback if {
	some f in check([fixtures.flow_rule({"infrastructure": loopback})])
	f.message == "rs1: \"match destination 203.0.113.7/32 protocol udp then discard\" takes packets to 1 address or subnet of the network itself: 10.255.0.1 (rr1 lo)"
	f.routers == ["rr1"]
}

test_none if count(check([fixtures.flow_rule({})])) == 0

test_marked_only if count(check([fixtures.flow_rule({"infrastructure": loopback, "takes": false})])) == 0
