package routegate.bgp.unfiltered_redistribution_test

import data.routegate.bgp.unfiltered_redistribution.findings
import data.routegate.fixtures

check(neighbor, filtered) := result if {
	result := findings with input as fixtures.judged({}, {"routers": [fixtures.router({
		"neighbors": [neighbor],
		"redistributions": [{"into": "bgp", "from": "static", "policy": "", "filtered": filtered, "routes": 3, "span": fixtures.span}],
	})]})
}

test_static_without_a_filter if {
	some f in check(fixtures.neighbor("provider", 64600, {}), false)
	f.message == "r1 redistributes static into BGP without a filter (3 routes now) and has 1 neighbor outside"
}

test_filtered if count(check(fixtures.neighbor("provider", 64600, {}), true)) == 0

test_no_neighbor_outside if count(check(fixtures.internal("10.255.0.2"), false)) == 0
