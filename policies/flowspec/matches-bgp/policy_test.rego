package routegate.flowspec.matches_bgp_test

import data.routegate.fixtures
import data.routegate.flowspec.matches_bgp.findings

check(rules) := result if {
	result := findings with input as fixtures.flow_rules(rules)
}

both := {"count": 2, "of": 9, "examples": ["rr1 – pe1 (10.255.0.1 – 10.255.0.2)", "rr1 – pe2 (10.255.0.1 – 10.255.0.3)"], "routers": ["pe1", "pe2", "rr1"]}

test_every_tcp_packet if {
	some f in check([object.union(fixtures.every_tcp, {"sessions": both})])
	f.measure == 2
	f.message == "rs1: \"match protocol tcp then discard\" takes packets of 2 of 9 BGP sessions (TCP 179): rr1 – pe1 (10.255.0.1 – 10.255.0.2), rr1 – pe2 (10.255.0.1 – 10.255.0.3)"
}

test_many_sessions if {
	many := {"count": 5, "of": 9, "examples": ["a", "b", "c", "d", "e"], "routers": []}
	some f in check([object.union(fixtures.every_tcp, {"sessions": many})])
	endswith(f.message, "(TCP 179): a, b, c and 2 more")
}

test_udp_to_one_address if count(check([fixtures.flow_rule({})])) == 0

test_accepted if count(check([object.union(fixtures.every_tcp, {"sessions": both, "takes": false})])) == 0
