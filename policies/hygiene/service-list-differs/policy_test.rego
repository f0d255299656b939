package routegate.hygiene.service_list_differs_test

import data.routegate.fixtures
import data.routegate.hygiene.service_list_differs.findings

check(facts) := result if {
	result := findings with input as fixtures.services({"lists": [fixtures.service_list(facts)]})
}

difference := {"count": 1, "of": 7, "routers": ["edge1"], "lacks": ["203.0.113.64/26"], "adds": [], "span": fixtures.span}

test_one_router_lacks_an_entry if {
	some f in check({"differing": [difference]})
	f.message == "SERVICE-RESOLVER (resolver) of edge1 lacks 203.0.113.64/26, compared with 7 other routers"
}

test_another_entry if {
	some f in check({"differing": [object.union(difference, {"adds": ["203.0.113.128/26"]})]})
	contains(f.message, "lacks 203.0.113.64/26 and has 203.0.113.128/26 more")
}

test_another_order if {
	some f in check({"differing": [object.union(difference, {"lacks": []})]})
	contains(f.message, "has its entries in an order that accepts other prefixes")
}

test_not_there if {
	some f in check({"lacking": ["edge3", "edge4"], "lacking_count": 2})
	f.message == "SERVICE-RESOLVER (resolver) is not there at 2 routers (edge3 and edge4), and at 2 others it is"
}

test_nowhere_at_all if count(check({"count": 0, "lacking": ["edge1"], "lacking_count": 1})) == 0

test_the_same_everywhere if count(check({})) == 0
