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

everything := {"reachability": [fixtures.reach("0.0.0.0/0", "lost", ["leaf1"], "leaves the network at edge1", "no route at leaf1")]}

test_one_router_has_no_way_to_everything_else if hard(everything, [fixtures.item("leaf1", "policy IN/entry 5")])

test_it_is_taken_out_of_service if {
	advice(object.union(everything, {"sessions": [fixtures.session("lost", "leaf1", "spine1", {"deliberate": true})]}), [])
	advice(everything, [object.union(fixtures.item("leaf1", "interface eth0/shutdown"), {"object": "interface"})])
	result := findings with input as object.union(fixtures.step(everything, []), {"change": {"routers_removed": ["leaf1"]}})
	{f.level | some f in result} == {"advisory"}
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

removed(router, path, what, before) := object.union(fixtures.item(router, path), {"kind": "removed", "object": what, "before": before})

test_withdrawn_where_it_originates if advice(withdrawn, [removed("dc1", "bgp/ipv4-unicast/network 10.10.0.0/16", "network", "")])

test_its_entry_is_taken_off_a_list if advice(withdrawn, [removed("dc1", "prefix-set LAN/entry 5", "prefix-set", "permit 10.10.0.0/16")])

test_its_address_is_removed if advice(withdrawn, [removed("dc1", "interface vlan10/address 10.10.0.1/16", "interface", "")])

test_another_address_is_removed if hard(withdrawn, [removed("dc1", "interface vlan10/address 10.11.0.1/16", "interface", "")])

test_its_interface_is_removed if advice(withdrawn, [removed("dc1", "interface vlan10", "interface", "10.10.0.1/16, 2001:db8::1/64")])

test_its_interface_is_shut if advice(withdrawn, [object.union(fixtures.item("dc1", "interface vlan10/shutdown"), {"object": "interface"})])

test_a_list_has_another_mask if hard(withdrawn, [object.union(
	fixtures.item("dc1", "prefix-set LAN/entry 5"),
	{"object": "prefix-set", "before": "permit 10.0.0.0/8 ge 16", "after": "permit 10.0.0.0/8 ge 24"},
)])

test_the_interface_changes_its_instance if {
	item := object.union(fixtures.item("dc1", "interface vlan10/vrf"), {"object": "interface"})
	hard({"reachability": [lost(["dc1", "edge1", "edge2"], "delivered at dc1", "no route at edge1")]}, [item])
}

protected(effects) := result if {
	result := findings with input as object.union(fixtures.step(effects, []), {"after": {"protected": [{"prefix": "10.10.0.0/16"}]}})
}

test_what_is_protected_is_not_given_up if {
	some f in protected({"reachability": [lost(["dc1", "edge1"], "delivered at dc1", "no route at edge1")]})
	f.level == "hard"
}

drained := {
	"sessions": [fixtures.session("lost", "spine1", "leaf1", {"deliberate": true})],
	"reachability": [fixtures.reach("10.0.0.1/32", "moved", ["edge1", "edge2"], "delivered at spine1", "leaves the network at edge1")],
}

after_drain(state) := result if {
	neighbors := [object.union(fixtures.internal("swp1"), {"state": state})]
	result := findings with input as object.union(fixtures.step(drained, []), {"after": {"routers": [fixtures.router({"name": "spine1", "neighbors": neighbors})]}})
}

test_address_of_a_router_that_is_drained if {
	some f in after_drain("Down")
	f.level == "advisory"
}

test_its_address_of_six if {
	six := object.union(drained, {"reachability": [object.union(r, {"class": "2001:db8::1/128"}) | some r in drained.reachability]})
	neighbors := [object.union(fixtures.internal("swp1"), {"state": "Down"})]
	result := findings with input as object.union(fixtures.step(six, []), {"after": {"routers": [fixtures.router({"name": "spine1", "neighbors": neighbors})]}})
	{f.level | some f in result} == {"advisory"}
}

test_only_one_of_its_sessions_is_closed if {
	some f in after_drain("Established")
	f.level == "hard"
}

test_equal_paths_of_many_routers_die if {
	dead := fixtures.reach("0.0.0.0/0", "partly lost", ["bb1", "edge1", "edge2"], "leaves the network at edge1", "leaves the network at edge1; blackholed at bb2")
	some f in check({"reachability": [dead]}, [])
	f.level == "hard"
}

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
	advice(object.union(withdrawn, {"reachability": part}), [removed("dc1", "bgp/ipv4-unicast/network 10.10.0.0/16", "network", "")])
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
