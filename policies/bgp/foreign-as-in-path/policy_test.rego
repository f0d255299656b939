package routegate.bgp.foreign_as_in_path_test

import data.routegate.bgp.foreign_as_in_path.findings
import data.routegate.fixtures

check(inserted) := result if {
	result := findings with input as fixtures.step(
		{"announcements": [{
			"prefix": "203.0.113.0/24", "router": "r1", "neighbor": "10.0.0.1", "neighbor_as": 64600, "relation": "provider",
			"kind": "attributes changed", "inserted": inserted,
		}]},
		[],
	)
}

test_the_neighbors_own if {
	some f in check([64600])
	f.message == "r1 puts AS64600 into the AS path of 1 prefix announced to provider AS64600 (10.0.0.1), for example 203.0.113.0/24: the neighbor finds its own AS there and drops the route"
}

test_a_mistyped_one if {
	some f in check([64050])
	endswith(f.message, "it is not ours, and whoever has it drops the route")
}

test_our_own if count(check([])) == 0
