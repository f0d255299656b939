package routegate.bgp.session_not_up_test

import data.routegate.bgp.session_not_up.findings
import data.routegate.fixtures

check(neighbor) := result if {
	result := findings with input as fixtures.judged({}, {"routers": [fixtures.router({"neighbors": [object.union(fixtures.internal("10.0.0.9"), neighbor)]})]})
}

mistyped := {"key": "10.0.0.9", "state": "Down", "reason": "the peer does not configure us", "shutdown": false}

test_nobody_expects_it if {
	some f in check(mistyped)
	f.message == "r1: the session with 10.0.0.9 does not come up: the peer does not configure us"
}

test_established if count(check(object.union(mistyped, {"state": "Established", "reason": ""}))) == 0

test_shut_down_on_purpose if {
	count(check(object.union(mistyped, {"reason": "shut down", "shutdown": true}))) == 0
	count(check(object.union(mistyped, {"reason": "shut down by the peer"}))) == 0
}

test_a_limit_has_a_policy_of_its_own if count(check(object.union(mistyped, {"reason": "maximum-prefix exceeded"}))) == 0
