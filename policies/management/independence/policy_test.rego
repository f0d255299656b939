package routegate.management.independence_test

import data.routegate.fixtures
import data.routegate.management.independence.findings

# way is one from the station; ok: it stands with everything in band gone.
way(router, reached, ok) := {
	"kind": "router", "router": router, "address": concat("", ["10.255.0.", substring(router, 1, -1)]), "station": "192.0.2.1", "ok": ok,
	"outcome": {true: "delivered", false: "no route"}[ok], "at": "noc1", "reached": reached, "protocols": ["ospf"], "in_band": ["a eth0 – b eth0"],
	"path": [concat(" ", ["to", router])], "drop": [concat(" ", ["no way to", router])], "span": fixtures.span,
}

check(before, after) := result if {
	result := findings with input as fixtures.judged({"independence": before}, {"independence": after})
}

test_the_independent_way_is_lost if {
	some f in check([way("r1", true, true), way("r2", true, true)], [way("r1", true, false), way("r2", true, true)])
	f.key == "192.0.2.1 lost"
	f.message == "management station 192.0.2.1 loses its independent way to r1: with every BGP session down and every in-band link cut, no route at noc1"
	f.routers == {"r1"}
	f.prefixes == ["10.255.0.1"]
	f.values[0] == {"name": "reached with everything in band gone", "before": "2 of 2", "after": "1 of 2"}
	f.proof == ["no way to r1"]
}

test_independent_ways if count(check([way("r1", true, true)], [way("r1", true, true)])) == 0

test_another_in_band_way_is_left if {
	result := check([way("r1", true, false), way("r2", true, true)], [way("r1", true, false), way("r2", true, true)])
	{f.key | some f in result} == {"192.0.2.1 in band"}
}

test_the_side_before_finds_the_same if {
	doc := fixtures.judged({"independence": [way("r1", true, false)]}, {"independence": [way("r1", true, false)]})
	result := findings with input as object.union(doc, {"state": doc.before})
	{f.key | some f in result} == {"192.0.2.1 in band"}
}

test_the_only_way_goes if {
	result := check([way("r1", true, false)], [way("r1", false, false)])
	some f in result
	f.key == "192.0.2.1 gone"
	f.message == "management station 192.0.2.1 had no way to r1 but in band (over ospf and 1 in-band link), and the change takes it: no other is left to undo the change"
	f.proof == ["to r1"]
}

test_it_was_gone_before if {
	result := check([way("r1", false, false)], [way("r1", false, false)])
	{f.key | some f in result} == {"192.0.2.1 in band"}
}

test_a_router_more_where_all_are_in_band if {
	result := check([way("r1", true, false)], [way("r1", true, false), way("r2", true, false)])
	{[f.key, object.get(f, "level", "hard")] | some f in result} == {["192.0.2.1 in band", "hard"], ["192.0.2.1 new", "advisory"]}
}

test_a_router_more_where_others_are_independent if {
	result := check([way("r1", true, true)], [way("r1", true, true), way("r2", true, false)])
	{[f.key, f.level] | some f in result} == {["192.0.2.1 new", "hard"]}
}

test_a_console_server if {
	console := object.union(way("r1", true, false), {"kind": "console", "router": "", "address": "192.0.2.250"})
	some f in check([object.union(console, {"ok": true})], [console])
	startswith(f.message, "management station 192.0.2.1 loses its independent way to console server 192.0.2.250:")
	f.routers == set()
}

redistributing(n, ok) := {
	"independence": [way("r1", true, ok)],
	"routers": [fixtures.router({"redistributions": [{"into": "ospf", "from": "bgp", "policy": "", "filtered": false, "routes": n, "span": fixtures.span}]})],
}

flood(before, after, ok) := {f.key: f |
	some f in findings with input as fixtures.judged(redistributing(before, ok), redistributing(after, ok))
}

test_its_protocol_is_flooded if {
	f := flood(2, 402, false)["192.0.2.1 over ospf"]
	f.message == "management station 192.0.2.1 has no way to r1 but over ospf, which takes in 402 redistributed routes instead of 2: what floods it takes management with it"
	f.measure == 402
}

test_its_protocol_takes_in_a_few_more if not "192.0.2.1 over ospf" in object.keys(flood(100, 140, false))

test_a_flood_beside_an_independent_way if count(flood(2, 402, true)) == 0
