package routegate.management.reachability_test

import data.routegate.fixtures
import data.routegate.management.reachability.findings

way(router, ok, known) := {
	"router": router, "address": "10.255.0.1", "station": "192.0.2.1", "known": known, "ok": ok,
	"outcome": "no route", "at": "noc1", "path": ["noc1 looks up 10.255.0.1"],
}

check(before, after) := result if {
	result := findings with input as fixtures.judged({"management": before}, {"management": after})
}

test_two_routers_lost if {
	some f in check([way("e1", true, true), way("e2", true, true)], [way("e1", false, true), way("e2", false, true)])
	f.message == "management station 192.0.2.1 cannot reach e1 and e2 (10.255.0.1): no route at noc1"
	f.measure == 2
	f.values[0] == {"name": "routers in reach", "before": "2 of 2", "after": "0 of 2"}
	f.proof == ["noc1 looks up 10.255.0.1"]
}

test_in_reach if count(check([], [way("e1", true, true)])) == 0

test_a_separate_network if count(check([], [way("e1", false, false)])) == 0
