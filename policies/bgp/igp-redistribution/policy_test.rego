package routegate.bgp.igp_redistribution_test

import data.routegate.bgp.igp_redistribution.findings
import data.routegate.fixtures

side(facts) := {"routers": [fixtures.router({"redistributions": [object.union(
	{"into": "ospf", "from": "bgp", "policy": "FLT", "filtered": true, "routes": 12, "span": fixtures.span},
	facts,
)]})]}

check(facts) := result if {
	result := findings with input as fixtures.judged(side({}), side(facts))
}

test_filter_removed if {
	some f in check({"policy": "", "filtered": false, "routes": 980})
	f.message == "r1 redistributes BGP into ospf without a filter: 980 routes now"
	f.values[0] == {"name": "routes brought in", "before": "12", "after": "980"}
}

test_filter_that_is_none if {
	some f in check({"filtered": false})
	contains(f.message, "with FLT, which refuses nothing or does not exist")
}

test_filter_that_lets_too_much_through if {
	some f in check({"routes": 5000})
	contains(f.message, "more than 1000 routes")
}

test_filtered if count(check({})) == 0

test_static_into_the_igp if count(check({"from": "static", "filtered": false})) == 0
