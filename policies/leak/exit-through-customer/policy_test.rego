package routegate.leak.exit_through_customer_test

import data.routegate.fixtures
import data.routegate.leak.exit_through_customer.findings

moved(class, place) := fixtures.reach(class, "moved", ["r2", "r3"], "leaves the network at br1", sprintf("leaves the network at %s", [place]))

check(class, relations) := result if {
	neighbors := [fixtures.neighbor(relation, 64800, {}) | some relation in relations]
	result := findings with input as object.union(
		fixtures.step({"reachability": [moved(class, "pe1")]}, []),
		{"after": {"routers": [fixtures.router({"name": "pe1", "neighbors": neighbors})]}},
	)
}

test_a_router_with_customers if {
	some f in check("0.0.0.0/0", ["customer"])
	f.message == "r2 and r3 would send packets for 0.0.0.0/0 out at pe1, where there are only customers: leaves the network at br1 before, leaves the network at pe1 after"
}

test_a_router_with_a_provider if count(check("0.0.0.0/0", ["customer", "provider"])) == 0

test_a_customers_own_prefix if count(check("198.51.100.0/24", ["customer"])) == 0
