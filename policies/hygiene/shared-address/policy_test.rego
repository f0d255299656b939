package routegate.hygiene.shared_address_test

import data.routegate.fixtures
import data.routegate.hygiene.shared_address.findings

check(shared) := result if {
	result := findings with input as fixtures.judged({}, {"shared": shared})
}

test_two_routers if {
	some f in check([{"address": "10.1.0.1/24", "routers": ["leaf1", "leaf3"], "span": fixtures.span}])
	f.message == "leaf1 and leaf3 have the same address 10.1.0.1/24"
	f.key == "10.1.0.1/24"
}

test_none if count(check([])) == 0
