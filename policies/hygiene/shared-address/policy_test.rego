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

added(router) := object.union(fixtures.item(router, "interface vlan10/address 10.1.0.1/24"), {"kind": "added", "object": "interface"})

changed(items) := {f.level | some f in result} if {
	shared := [{"address": "10.1.0.1/24", "routers": ["leaf1", "leaf3"], "span": fixtures.span}]
	result := findings with input as object.union(fixtures.judged({}, {"shared": shared}), {"change": {"items": items}})
}

test_one_of_them_had_it if changed([added("leaf3")]) == {"hard"}

test_all_get_it_at_once if changed([added("leaf1"), added("leaf3")]) == {"advisory"}

test_none if count(check([])) == 0
