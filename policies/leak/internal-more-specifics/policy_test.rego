package routegate.leak.internal_more_specifics_test

import data.routegate.fixtures
import data.routegate.leak.internal_more_specifics.findings

own(relation, examples) := object.union(fixtures.export(relation, 64600, "own", 0), {"examples": examples})

check(e) := result if {
	result := findings with input as fixtures.judged({}, {"exports": [e]})
}

test_links_and_loopbacks if {
	some f in check(own("provider", ["203.0.113.0/24", "203.0.113.7/32"]))
	f.message == "r1 announces internal prefixes of our own to provider AS64600 (10.0.0.1), for example 203.0.113.7/32"
}

test_ipv6_links if count(check(own("peer", ["2001:db8::/64"]))) == 1

test_aggregates if count(check(own("provider", ["203.0.113.0/24", "2001:db8::/48"]))) == 0

test_to_a_customer if count(check(own("customer", ["203.0.113.7/32"]))) == 0
