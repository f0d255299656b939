package routegate.blast.reachability_lost_test

import data.routegate.blast.reachability_lost.findings
import data.routegate.fixtures

lost(from, before, after) := fixtures.reach("10.10.0.0/16", "lost", from, before, after)

check(effects, items) := result if {
	result := findings with input as fixtures.step(effects, items)
}

hard(effects, items) if {
	some f in check(effects, items)
	f.level == "hard"
}

advice(effects, items) if {
	some f in check(effects, items)
	f.level == "advisory"
}

test_still_there_and_out_of_reach if {
	some f in check({"reachability": [lost(["edge1", "edge2"], "delivered at dc1", "no route at edge1")]}, [])
	f.level == "hard"
	f.message == "edge1 and edge2 lose 1 destination, for example 10.10.0.0/16: delivered at dc1 before, no route at edge1 after"
	f.proof == ["edge1 no route"]
}

moved_out := {"reachability": [fixtures.reach("10.10.0.0/16", "moved", ["edge1", "edge2"], "delivered at dc1", "leaves the network at edge1")]}

test_sent_to_the_outside_instead if hard(moved_out, [])

test_the_outside_sends_it_back if {
	announced := {"originated": [{"prefix": "10.0.0.0/8", "routers": ["dc1"], "announced": true}]}
	result := findings with input as object.union(fixtures.step(moved_out, []), {"after": announced})
	count(result) == 0
}

test_the_outside_sends_it_elsewhere if {
	announced := {"originated": [{"prefix": "10.0.0.0/8", "routers": ["edge1"], "announced": true}]}
	result := findings with input as object.union(fixtures.step(moved_out, []), {"after": announced})
	count(result) == 1
}

test_one_of_two_places_is_gone if {
	hard({"reachability": [lost(["dc1", "edge1", "edge2"], "delivered at dc1 and dc2", "no route at edge1")]}, [])
}

test_both_places_are_gone if {
	advice({"reachability": [lost(["dc1", "dc2", "edge1"], "delivered at dc1, dc2", "no route at edge1")]}, [])
}

test_place_not_known if hard({"reachability": [lost(["edge1", "edge2"], "delivered", "loop")]}, [])

test_one_router_of_four if {
	some f in check({"reachability": [lost(["edge1"], "delivered at dc1", "no route at edge1")]}, [])
	f.level == "advisory"
	contains(f.message, "edge1 loses 1 destination")
}

test_two_routers_of_forty if {
	effects := {"totals": {"routers": 40}, "reachability": [lost(["edge1", "edge2"], "delivered at dc1", "no route at edge1")]}
	advice(effects, [])
}

test_its_place_is_gone_too if {
	advice({"reachability": [lost(["dc1", "edge1", "edge2"], "delivered at dc1", "no route at edge1")]}, [])
}

withdrawn := {
	"origins": [{"prefix": "10.10.0.0/16", "before": ["dc1"], "after": []}],
	"reachability": [lost(["edge1", "edge2"], "delivered at dc1", "no route at edge1")],
}

test_withdrawn_where_it_originates if advice(withdrawn, [fixtures.item("dc1", "bgp/network 10.10.0.0/16")])

test_withdrawn_in_routegate_yaml if advice(withdrawn, [fixtures.item("", "environment/origination dc1")])

test_another_change_of_routegate_yaml if hard(withdrawn, [fixtures.item("", "environment/relation 64600")])

test_origin_lost_by_a_change_elsewhere if hard(withdrawn, [fixtures.item("bb1", "interface eth0/shutdown")])

test_null_route_that_the_change_names if {
	effects := {"reachability": [lost(["edge1", "edge2"], "leaves the network at edge1", "blackholed at edge1")]}
	advice(effects, [fixtures.item("edge1", "static 10.10.0.0/16")])
	hard(effects, [fixtures.item("edge1", "bgp/aggregate 10.0.0.0/8")])
}

outside := [lost(["edge1", "edge2"], "leaves the network at edge1", "no route at edge1")]

closed(router) := fixtures.session("lost", router, "", {"deliberate": true})

test_customer_removed if advice({"reachability": outside, "sessions": [closed("edge1")]}, [])

test_outside_lost_and_no_session_closed if hard({"reachability": outside}, [])

test_default_lost if {
	default_route := [object.union(r, {"class": "0.0.0.0/0"}) | some r in outside]
	hard({"reachability": default_route, "sessions": [closed("edge1")]}, [])
}

test_partly if {
	partly := fixtures.reach("10.10.0.0/16", "partly lost", ["edge1"], "delivered at dc1", "delivered at dc1, no route at bb2")
	some f in check({"reachability": [partly]}, [])
	f.level == "advisory"
	startswith(f.message, "edge1 loses 1 destination on some of their equal paths")
}

test_moved_and_gained if {
	effects := {"reachability": [
		fixtures.reach("10.10.0.0/16", "moved", ["edge1"], "delivered at dc1", "delivered at dc2"),
		fixtures.reach("10.20.0.0/16", "gained", ["edge1"], "no route at edge1", "delivered at dc2"),
	]}
	count(check(effects, [])) == 0
}

test_default_of_most_routers if {
	host := fixtures.reach("0.0.0.0/0", "lost", ["edge1", "edge2", "dc1"], "leaves the network at edge1", "no route at dc1")
	hard({"reachability": [host], "sessions": [closed("edge1")]}, [])
}

test_part_of_a_withdrawn_prefix if {
	part := [object.union(r, {"class": "10.10.7.0/24"}) | some r in withdrawn.reachability]
	advice(object.union(withdrawn, {"reachability": part}), [fixtures.item("dc1", "bgp/network 10.10.0.0/16")])
}

test_router_taken_out if {
	effects := {"reachability": [lost(["edge1", "edge2"], "delivered at dc1", "no route at edge1")]}
	result := findings with input as object.union(fixtures.step(effects, []), {"change": {"routers_removed": ["dc1"]}})
	{f.level | some f in result} == {"advisory"}
}

by_default := {"reachability": [object.union(lost(["edge1", "edge2"], "delivered at dc1", "leaves the network at edge1"), {"only_by_default": true})]}

test_reached_by_accident_is_advice if {
	advice(by_default, [])
	not hard(by_default, [])
}
