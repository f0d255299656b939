package routegate.leak.unknown_relation_test

import data.routegate.fixtures
import data.routegate.leak.unknown_relation.findings

check(e) := result if {
	result := findings with input as fixtures.judged({}, {"exports": [e]})
}

test_both_unknown if {
	some f in check(fixtures.export("", 64901, "unknown", 64900))
	f.message == "r1 announces 812 prefixes learned from AS64900 to AS64901 (10.0.0.1), and what AS64900 and AS64901 are to us is not stated, for example 8.8.8.0/24"
}

test_neighbor_unknown if {
	some f in check(fixtures.export("", 64901, "provider", 64600))
	contains(f.message, "what AS64901 is to us")
}

test_source_not_known if {
	some f in check(fixtures.export("peer", 64700, "unknown", 0))
	contains(f.message, "learned from an AS that is not known to peer AS64700 (10.0.0.1), and what it is to us")
}

test_to_a_customer if count(check(fixtures.export("customer", 64800, "unknown", 64900))) == 0

test_our_own if count(check(fixtures.export("", 64901, "own", 0))) == 0

test_stated if count(check(fixtures.export("peer", 64700, "provider", 64600))) == 0
