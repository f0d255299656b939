package routegate.blast.igp_flooded_test

import data.routegate.blast.igp_flooded.findings
import data.routegate.fixtures

side(counts) := {"routers": [fixtures.router({"name": name, "redistributions": [
	{"into": "ospf", "from": "static", "policy": "", "filtered": false, "routes": n, "span": fixtures.span},
	{"into": "bgp", "from": "static", "policy": "", "filtered": false, "routes": 5000, "span": fixtures.span},
]}) |
	some name, n in counts
]}

check(was, now) := result if {
	result := findings with input as object.union(fixtures.empty, {"before": side(was), "after": side(now)})
}

test_a_filter_goes if {
	some f in check({"r1": 1, "r2": 1}, {"r1": 180, "r2": 1})
	f.message == "ospf takes in 181 redistributed routes instead of 2, at r1: every router of the domain gets them"
	f.routers == {"r1"}
	f.count == 179
	f.spans == {fixtures.span}
	f.values == [{"name": "routes brought in", "before": "2", "after": "181"}]
}

test_from_nothing if {
	some f in check({"r1": 0}, {"r1": 60})
	f.measure == 60
}

test_a_new_router_brings_a_default if count(check({"r1": 1}, {"r1": 1, "r2": 1})) == 0

test_grows_by_half if count(check({"r1": 200}, {"r1": 300})) == 0

test_few if count(check({"r1": 2}, {"r1": 40})) == 0

test_less_than_before if count(check({"r1": 400}, {"r1": 100})) == 0

test_one_gives_up_what_another_takes if count(check({"r1": 200, "r2": 0}, {"r1": 0, "r2": 200})) == 0
