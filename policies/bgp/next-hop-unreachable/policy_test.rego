package routegate.bgp.next_hop_unreachable_test

import data.routegate.bgp.next_hop_unreachable.findings
import data.routegate.fixtures

unusable(n) := {"families": [object.union(fixtures.family, {"unusable": n, "unusable_example": "8.8.8.0/24 via 192.0.2.1"})]}

check(neighbor) := result if {
	result := findings with input as fixtures.judged({}, {"routers": [fixtures.router({"neighbors": [neighbor]})]})
}

test_from_inside if {
	some f in check(object.union(fixtures.internal("10.0.0.9"), unusable(2)))
	f.message == "r1 cannot use 2 routes from neighbor 10.0.0.9: no route to the next hop, for example 8.8.8.0/24 via 192.0.2.1"
	f.prefixes == {"8.8.8.0/24"}
}

test_all_can_be_used if count(check(object.union(fixtures.internal("10.0.0.9"), unusable(0)))) == 0

test_from_outside if count(check(fixtures.neighbor("provider", 64600, unusable(2)))) == 0
