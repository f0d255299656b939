package routegate.flowspec.discards_everything_test

import data.routegate.fixtures
import data.routegate.flowspec.discards_everything.findings

check(rules) := result if {
	result := findings with input as fixtures.flow_rules(rules)
}

sink := {"rule": "match destination 203.0.113.7/32 then discard", "match": "destination 203.0.113.7/32", "narrowed": false}

test_a_black_hole if {
	some f in check([fixtures.flow_rule(sink)])
	f.level == "soft"
	f.message == "rs1: \"match destination 203.0.113.7/32 then discard\" discards everything to 203.0.113.7/32"
}

test_of_what_is_protected if {
	dns := {"count": 1, "of": 1, "examples": ["203.0.113.7/32 (dns)"], "routers": []}
	some f in check([fixtures.flow_rule(object.union(sink, {"protected": dns}))])
	f.level == "hard"
	endswith(f.message, "discards everything to 203.0.113.7/32, and so to what is protected: 203.0.113.7/32 (dns)")
}

test_udp_alone if count(check([fixtures.flow_rule({})])) == 0

test_limited if count(check([fixtures.flow_rule(object.union(sink, {"discards": false}))])) == 0
