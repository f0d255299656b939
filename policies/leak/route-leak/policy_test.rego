package routegate.leak.route_leak_test

import data.routegate.fixtures
import data.routegate.leak.route_leak.findings

check(exports) := result if {
	result := findings with input as fixtures.judged({}, {"exports": exports})
}

test_provider_to_peer if {
	some f in check([fixtures.export("peer", 64700, "provider", 64600)])
	f.message == "r1 announces 812 prefixes learned from provider AS64600 to peer AS64700 (10.0.0.1) (RFC 7908 type 3), for example 8.8.8.0/24"
	f.measure == 812
	f.values[0] == {"name": "prefixes announced", "before": "0", "after": "812"}
	f.proof == ["8.8.8.0/24 learned from provider AS64600", "carried by r2 -> r1", "sent by r1 to peer AS64700 (10.0.0.1)"]
}

test_every_type if {
	types := {t |
		some [to, from] in [["provider", "provider"], ["peer", "peer"], ["peer", "provider"], ["provider", "peer"]]
		some f in check([fixtures.export(to, 64701, from, 64600)])
		t := regex.find_n(`type \d`, f.message, 1)[0]
	}
	types == {"type 1", "type 2", "type 3", "type 4"}
}

test_without_examples if {
	some f in check([object.union(fixtures.export("peer", 64700, "peer", 64701), {"examples": []})])
	f.proof[0] == "a prefix learned from peer AS64701"
}

test_to_a_customer if count(check([fixtures.export("customer", 64800, "provider", 64600)])) == 0

test_a_customers_own if count(check([fixtures.export("provider", 64600, "customer", 64800)])) == 0

test_our_own if count(check([fixtures.export("provider", 64600, "own", 0)])) == 0

test_back_to_the_same_as if count(check([fixtures.export("provider", 64600, "provider", 64600)])) == 0

test_from_two_peers if {
	other := object.union(fixtures.export("provider", 64600, "peer", 64701), {"examples": ["9.9.9.0/24"], "count": 2})
	some f in check([fixtures.export("provider", 64600, "peer", 64700), other])
	f.message == "r1 announces 814 prefixes learned from peers AS64700 and AS64701 to provider AS64600 (10.0.0.1) (RFC 7908 type 4), for example 8.8.8.0/24"
}
