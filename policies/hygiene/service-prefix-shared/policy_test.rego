package routegate.hygiene.service_prefix_shared_test

import data.routegate.fixtures
import data.routegate.hygiene.service_prefix_shared.findings

check(facts) := result if {
	result := findings with input as fixtures.services({"overlaps": [fixtures.overlap(facts)]})
}

www := fixtures.owned_prefix({"service": "www", "kind": "stated", "list": "", "count": 0, "routers": []})

test_two_live_services if {
	some f in check({"second": www})
	f.message == "203.0.113.0/26 is of two services: resolver has it in SERVICE-RESOLVER of 2 routers (edge1 and edge2), and www among its prefixes in routegate.yaml"
	f.routers == ["edge1", "edge2"]
}

test_neither_is_live if {
	some f in check({"first": object.union(fixtures.latent, {"service": "beta", "count": 1, "routers": ["edge1"]})})
	startswith(f.message, "203.0.113.0/26 is of two services: beta has it in SERVICE-DLS of edge1, and dls ")
}

test_one_is_not_live if count(check({})) == 0

test_prefixes_of_their_own if {
	result := findings with input as fixtures.services({"lists": [fixtures.service_list({})]})
	count(result) == 0
}
