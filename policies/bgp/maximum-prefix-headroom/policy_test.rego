package routegate.bgp.maximum_prefix_headroom_test

import data.routegate.bgp.maximum_prefix_headroom.findings
import data.routegate.fixtures

limit(facts) := object.union(
	{
		"router": "pe1", "neighbor": "10.255.0.1", "remote": "rr1", "family": "ipv4-unicast", "limit": 100,
		"received": 70, "warning_only": false, "tripped": false, "span": fixtures.span,
	},
	facts,
)

check(facts) := result if {
	result := findings with input as fixtures.judged({"limits": [limit({})]}, {"limits": [limit(facts)]})
}

test_trips if {
	some f in check({"received": 130, "tripped": true})
	f.level == "hard"
	f.message == "pe1 receives 130 ipv4-unicast prefixes from rr1 (10.255.0.1), more than its maximum-prefix of 100: the session goes down"
	f.values[0] == {"name": "prefixes received of the limit", "before": "70 of 100", "after": "130 of 100"}
}

test_trips_and_only_warns if {
	some f in check({"received": 130, "tripped": true, "warning_only": true})
	f.level == "advisory"
}

test_nearly_full if {
	some f in check({"received": 85, "remote": ""})
	f.level == "advisory"
	contains(f.message, "from 10.255.0.1: 85%")
}

test_exactly_eighty if count(check({"received": 80})) == 0

test_limit_raised_first if count(check({"received": 130, "limit": 200})) == 0

test_new_limit if {
	result := findings with input as fixtures.judged({}, {"limits": [limit({"received": 90})]})
	some f in result
	f.values[0].before == "no limit"
}
