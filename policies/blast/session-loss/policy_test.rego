package routegate.blast.session_loss_test

import data.routegate.blast.session_loss.findings
import data.routegate.fixtures

lost(facts) := fixtures.session("lost", "edge1", "dc1", facts)

check(effects, items) := result if {
	result := findings with input as fixtures.step(effects, items)
}

test_second_order if {
	far := object.union(lost({}), {"router": "dc1", "remote": "edge1"})
	some f in check({"sessions": [lost({"detail": "10.0.0.2 is not reachable from edge1"}), far]}, [])
	not f.level
	f.message == "1 session goes down that the change does not shut down (no route to the peer): dc1 and edge1"
	f.routers == {"dc1", "edge1"}
	f.proof == ["10.0.0.2 is not reachable from edge1"]
}

test_limit_trips_to_the_outside if {
	outside := object.union(lost({"reason": "maximum-prefix exceeded", "remote_as": 64800}), {"remote": ""})
	some f in check({"sessions": [outside, object.union(outside, {"router": "edge2"})]}, [])
	f.message == "2 sessions go down that the change does not shut down (maximum-prefix exceeded): edge1 and AS64800 (10.0.0.2) and edge2 and AS64800 (10.0.0.2)"
}

test_shut_down_on_purpose if {
	some f in check({"sessions": [lost({"deliberate": true})]}, [])
	f.level == "advisory"
	f.message == "the change closes 1 session: dc1 and edge1"
}

test_removed_on_purpose if {
	some f in check({"sessions": [lost({"deliberate": true, "kind": "removed"})]}, [])
	f.values[0].after == "removed"
}

test_link_drained if {
	some f in check({"sessions": [lost({"reason": "link down"})]}, [fixtures.item("dc1", "interface eth0/shutdown")])
	f.level == "advisory"
}

test_link_down_elsewhere if {
	some f in check({"sessions": [lost({"reason": "link down"})]}, [fixtures.item("r9", "interface eth0/shutdown")])
	not f.level
}

test_reason_not_known if {
	some f in check({"sessions": [lost({"reason": ""})]}, [])
	contains(f.message, "(reason not known)")
}

test_most_sessions_closed if {
	sessions := [lost({"deliberate": true, "router": sprintf("r%d", [i])}) | some i in numbers.range(1, 12)]
	some f in check({"sessions": sessions}, [])
	f.level == "soft"
	f.message == "the change closes 12 of 20 session ends (60%), more than 50%"
}

test_gained_and_reset if {
	count(check({"sessions": [lost({"kind": "gained"}), lost({"kind": "reset"})]}, [])) == 0
}
