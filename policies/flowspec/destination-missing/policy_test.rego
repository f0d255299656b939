package routegate.flowspec.destination_missing_test

import data.routegate.fixtures
import data.routegate.flowspec.destination_missing.findings

check(rules) := result if {
	result := findings with input as fixtures.flow_rules(rules)
}

test_every_tcp_packet if {
	some f in check([fixtures.every_tcp])
	f.key == "rs1 ipv4-flowspec protocol tcp"
	f.message == "rs1: \"match protocol tcp then discard\" is for every destination, also for the routers"
}

test_a_wildcard if count(check([object.union(fixtures.every_tcp, {"destination": "0.0.0.0/0"})])) == 1

test_to_one_address if count(check([fixtures.flow_rule({})])) == 0

test_marked_only if count(check([object.union(fixtures.every_tcp, {"takes": false})])) == 0
