package routegate.blast.protected_reachability_test

import data.routegate.blast.protected_reachability.findings
import data.routegate.fixtures

from(router, source, ok) := {
	"source": source, "router": router, "ok": ok, "outcome": {true: "delivered", false: "no route"}[ok],
	"at": router, "path": [concat(" ", [router, "looks up 203.0.113.53"])],
}

dns(list) := {"protected": [{
	"name": "dns", "prefix": "203.0.113.53/32", "origins": ["dc1"], "min_origins": 1,
	"outside_neighbors": 1, "from": list, "span": fixtures.span,
}]}

test_a_role_loses_it if {
	before := dns([from("edge1", "role:edge", true), from("edge2", "role:edge", true)])
	after := dns([from("edge1", "role:edge", false), from("edge2", "role:edge", false)])
	result := findings with input as fixtures.judged(before, after)
	some f in result
	f.message == "edge1 and edge2 (role:edge) cannot reach dns 203.0.113.53/32: no route at edge1"
	f.measure == 2
	f.proof == ["edge1 looks up 203.0.113.53"]
	f.values[0].before == "delivered at edge1"
}

test_the_outside_loses_it if {
	result := findings with input as fixtures.judged({}, dns([from("outside", "outside", false)]))
	some f in result
	startswith(f.message, "the outside cannot reach")
	f.values[0].before == ""
}

test_one_router_by_name if {
	result := findings with input as fixtures.judged({}, dns([from("noc1", "noc1", false)]))
	some f in result
	startswith(f.message, "noc1 cannot reach")
}

test_another_way_is_left if {
	after := dns([from("edge1", "role:edge", true)])
	result := findings with input as fixtures.judged(after, after)
	count(result) == 0
}

test_no_router_of_that_role if {
	result := findings with input as fixtures.judged({}, dns([object.union(from("", "role:spare", false), {"outcome": "no router is role:spare", "path": []})]))
	some f in result
	f.message == "role:spare cannot reach dns 203.0.113.53/32: no router is role:spare"
	f.routers == set()
}
