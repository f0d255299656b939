package routegate.leak.origination_outside_owned_test

import data.routegate.fixtures
import data.routegate.leak.origination_outside_owned.findings

origin(prefix, cover) := {
	"prefix": prefix, "routers": ["pk"], "source": "redistribute", "inside_owned": false, "announced": true,
	"foreign_cover": cover, "foreign_origin": 64999, "span": fixtures.span,
}

check(o) := result if {
	result := findings with input as fixtures.judged({}, {"originated": [o]})
}

test_more_specific_of_somebody if {
	some f in check(origin("192.0.2.128/25", "192.0.2.0/24"))
	f.message == "pk (by redistribute) announces 192.0.2.128/25, which is outside of what this network owns: it hijacks a more specific of 192.0.2.0/24 of AS64999"
}

test_the_same_prefix if {
	some f in check(origin("192.0.2.0/24", "192.0.2.0/24"))
	contains(f.message, "RFC 7908 type 5")
}

test_covered_by_the_default_only if {
	some f in check(origin("192.0.2.0/24", "0.0.0.0/0"))
	endswith(f.message, "outside of what this network owns")
	f.values[0].after == "no route from outside"
}

test_kept_inside if count(check(object.union(origin("192.0.2.128/25", "192.0.2.0/24"), {"announced": false}))) == 0

test_owned if count(check(origin("203.0.113.128/25", ""))) == 0

test_a_customers if count(check(origin("198.51.100.0/25", ""))) == 0

test_default_for_a_customer if count(check(origin("0.0.0.0/0", "0.0.0.0/0"))) == 0
