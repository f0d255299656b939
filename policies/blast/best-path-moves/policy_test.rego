package routegate.blast.best_path_moves_test

import data.routegate.blast.best_path_moves.findings
import data.routegate.fixtures

moved(router, before, after) := fixtures.reach("192.0.2.0/24", "moved", [router], before, after)

test_one_site_attracts_all if {
	result := findings with input as fixtures.step(
		{"reachability": [
			moved("ewr", "delivered at ewr", "delivered at atl"),
			moved("lon", "delivered at lon", "delivered at atl"),
			moved("ord", "delivered at ord", "delivered at atl"),
		]},
		[],
	)
	some f in result
	f.key == "attractor delivered at atl"
	f.message == "3 of 4 routers that were served elsewhere would all send traffic for 192.0.2.0/24 to one place (delivered at atl) instead of 3 places"
	f.values[0].before == "delivered at ewr, delivered at lon and delivered at ord"
}

test_the_route_is_named if {
	host := [object.union(m, {"class": "192.0.2.1/32"}) | some m in [
		moved("ewr", "delivered at ewr", "delivered at atl"),
		moved("lon", "delivered at lon", "delivered at atl"),
		moved("ord", "delivered at ord", "delivered at atl"),
	]]
	prefixes := [{"prefix": p, "withdrawn": [], "new": [], "moved": ["ewr"], "attributes": []} | some p in ["0.0.0.0/0", "192.0.0.0/16", "192.0.2.0/24"]]
	result := findings with input as fixtures.step({"reachability": host, "prefixes": prefixes}, [])
	some f in result
	f.prefixes == ["192.0.2.0/24"]
}

exits(n) := [moved(sprintf("r%d", [i]), sprintf("leaves the network at r%d", [i]), "leaves the network at atl") | some i in numbers.range(1, n)]

test_a_new_prefix_inside if {
	found := [object.union(e, {"after": "delivered at atl"}) | some e in exits(4)]
	result := findings with input as fixtures.step({"reachability": found}, [])
	count(result) == 0
}

test_one_exit_of_four if {
	result := findings with input as fixtures.step({"reachability": exits(3)}, [])
	count(result) == 1
}

customer(asn, prefix) := object.union(
	fixtures.step({"reachability": exits(3), "sessions": [{"kind": "gained", "router": "atl", "remote": "", "remote_as": asn, "deliberate": false}]}, []),
	{"network": {"relations": [{"as": 64800, "is": "customer", "prefixes": [prefix]}], "owned": []}},
)

test_a_customer_is_turned_up if {
	result := findings with input as customer(64800, "192.0.2.0/23")
	count(result) == 0
}

test_a_customer_draws_what_is_not_its_own if {
	result := findings with input as customer(64800, "198.51.100.0/24")
	count(result) == 1
}

test_another_session_comes_up if {
	result := findings with input as customer(64801, "192.0.2.0/23")
	count(result) == 1
}

test_one_of_two_exits_is_preferred if {
	result := findings with input as fixtures.step({"reachability": array.concat(exits(2), [object.union(e, {"from": ["r7", "r8"]}) | some e in exits(1)])}, [])
	count(result) == 0
}

test_a_site_is_drained if {
	result := findings with input as fixtures.step(
		{"reachability": [
			moved("ewr", "delivered at ewr", "delivered at atl"),
			moved("ord", "delivered at ewr", "delivered at atl"),
			moved("lon", "delivered at ewr", "delivered at atl"),
		]},
		[],
	)
	count(result) == 0
}

test_two_routers_are_few if {
	result := findings with input as fixtures.step(
		{"reachability": [
			moved("ewr", "delivered at ewr", "delivered at atl"),
			moved("lon", "delivered at lon", "delivered at atl"),
		]},
		[],
	)
	count(result) == 0
}

among(n, entries) := [object.union(e, {"served_elsewhere": n}) | some e in entries]

three := [
	moved("ewr", "delivered at ewr", "delivered at atl"),
	moved("lon", "delivered at lon", "delivered at atl"),
	moved("ord", "delivered at ord", "delivered at atl"),
]

test_a_half_stays_where_it_was if {
	result := findings with input as fixtures.step({"reachability": among(6, three)}, [])
	count(result) == 0
}

# Routers that have the destination themselves, and those that were served there before, say nothing.
test_the_share_is_of_those_that_could_move if {
	result := findings with input as fixtures.step({"totals": {"routers": 40}, "reachability": among(5, three)}, [])
	count(result) == 1
}

test_one_of_a_pair_is_drained if {
	result := findings with input as fixtures.step(
		{"reachability": [
			moved("spine1", "delivered at leaf1, leaf2", "delivered at leaf2"),
			moved("spine2", "delivered at leaf1, leaf2", "delivered at leaf2"),
			moved("leaf3", "delivered at leaf1, leaf2", "delivered at leaf2"),
			moved("leaf1", "delivered at leaf1", "delivered at leaf2"),
		]},
		[],
	)
	count(result) == 0
}

test_the_service_is_named_before_the_links if {
	links := [object.union(m, {"class": "10.0.0.0/30"}) | some m in three]
	result := findings with input as fixtures.step({"reachability": array.concat(links, three)}, [])
	some f in result
	f.prefixes == ["192.0.2.0/24", "10.0.0.0/30"]
	f.message == "3 of 4 routers that were served elsewhere would all send traffic for 192.0.2.0/24 to one place (delivered at atl) instead of 3 places, and for 1 destination more"
}

test_most_routes_move if {
	prefixes := [{"prefix": "8.8.8.0/24", "withdrawn": [], "new": [], "moved": ["r1"], "attributes": []}]
	result := findings with input as fixtures.step({"totals": {"routes": 1000, "routes_moved": 700}, "prefixes": prefixes}, [])
	some f in result
	f.message == "700 of 1000 routes (70%) get other next hops, more than 50%, for example 8.8.8.0/24"
}

test_a_link_is_drained if {
	result := findings with input as fixtures.step({"totals": {"routes": 1000, "routes_moved": 300}}, [])
	count(result) == 0
}
