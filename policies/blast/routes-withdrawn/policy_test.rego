package routegate.blast.routes_withdrawn_test

import data.routegate.blast.routes_withdrawn.findings
import data.routegate.fixtures

gone(prefix) := {"prefix": prefix, "withdrawn": ["r1", "r2"], "new": [], "moved": [], "attributes": []}

unannounced(prefix) := {
	"prefix": prefix, "router": "r1", "neighbor": "10.0.0.1", "neighbor_as": 64600, "relation": "provider", "kind": "withdrawn",
}

test_every_block_goes if {
	totals := {"prefixes_outside": 6, "prefixes_withdrawn_outside": 6}
	result := findings with input as fixtures.step({"totals": totals, "announcements": [unannounced("203.0.113.0/24")]}, [])
	some f in result
	f.key == "outside"
	f.message == "6 of 6 prefixes that the outside receives from us (100%) would be announced to nobody, more than 50%, for example 203.0.113.0/24"
}

test_one_unused_block_goes if {
	totals := {"prefixes_outside": 6, "prefixes_withdrawn_outside": 1, "routes_withdrawn": 3, "routes": 40}
	result := findings with input as fixtures.step({"totals": totals, "announcements": [unannounced("203.0.113.0/24")]}, [])
	count(result) == 0
}

test_a_third_of_the_routes_goes if {
	totals := {"routes_withdrawn": 40, "routes": 120}
	result := findings with input as fixtures.step({"totals": totals, "prefixes": [gone("203.0.113.0/26")]}, [fixtures.item("r1", "bgp")])
	some f in result
	f.level == "soft"
	f.message == "40 of 120 routes (33%) vanish from 2 routers, more than 20%, for example 203.0.113.0/26"
	f.spans == [fixtures.span]
}

test_a_third_of_a_small_table_goes if {
	totals := {"routes_withdrawn": 10, "routes": 30}
	result := findings with input as fixtures.step({"totals": totals, "prefixes": [gone("203.0.113.0/26")]}, [])
	count(result) == 0
}
