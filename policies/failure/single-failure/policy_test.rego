package routegate.failure.single_failure_test

import data.routegate.failure.single_failure.findings
import data.routegate.fixtures

cut(source, losing, n) := {
	"failure": "link core1 eth0 – core2 eth0", "kind": "link", "routers": ["core1", "core2"], "name": "dns", "prefix": "203.0.113.53/32",
	"source": source, "losing": losing, "count": n, "outcome": "no route", "at": "core1", "path": ["edge1: bgp", "delivered at dc1"],
	"drop": ["edge1: no route", "no route at edge1"], "span": fixtures.span,
}

the(list) := f if {
	result := findings with input as fixtures.judged({}, {"failures": list})
	count(result) == 1
	some f in result
}

test_a_role_loses_it if {
	f := the([cut("role:edge", ["edge1", "edge2"], 2)])
	f.message == "if link core1 eth0 – core2 eth0 fails, edge1 and edge2 (role:edge) lose dns 203.0.113.53/32: no route at core1"
	f.measure == 2
	f.routers == {"core1", "core2", "edge1", "edge2"}
	f.proof == ["edge1: no route", "no route at edge1"]
	f.values[0] == {"name": "role:edge that lose it in this failure", "before": "0", "after": "2"}
	f.values[1].after == "edge1: bgp; delivered at dc1"
}

test_one_router_by_name if {
	f := the([cut("noc1", ["noc1"], 1)])
	f.message == "if link core1 eth0 – core2 eth0 fails, noc1 loses dns 203.0.113.53/32: no route at core1"
}

test_more_than_can_be_named if {
	f := the([cut("role:edge", ["edge1", "edge2"], 40)])
	contains(f.message, "40 routers (role:edge) lose dns")
}

test_the_outside_loses_it if {
	f := the([cut("outside", ["outside"], 1)])
	contains(f.message, "fails, the outside loses dns 203.0.113.53/32")
	f.routers == {"core1", "core2"}
}

test_nobody_originates_it if {
	f := the([cut("origin", ["origin"], 1)])
	contains(f.message, "fails, nobody originates dns 203.0.113.53/32")
}

test_it_was_lost_for_fewer_before if {
	before := {"failures": [cut("role:edge", ["edge1"], 1)]}
	result := findings with input as fixtures.judged(before, {"failures": [cut("role:edge", ["edge1", "edge2"], 2)]})
	some f in result
	f.values[0].before == "1"
}

test_nothing_is_lost if {
	result := findings with input as fixtures.judged({}, {"failures": []})
	count(result) == 0
}
