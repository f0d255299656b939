package routegate.hygiene.service_list_missing_test

import data.routegate.fixtures
import data.routegate.hygiene.service_list_missing.findings

check(facts) := result if {
	result := findings with input as fixtures.services({"lists": [fixtures.service_list(facts)]})
}

nowhere := {"count": 0, "routers": []}

test_nowhere if {
	some f in check(nowhere)
	f.message == "no router has the list SERVICE-RESOLVER of the live service resolver"
}

test_not_where_it_is_said_to_be if {
	some f in check(object.union(nowhere, {"lacking": ["edge1", "edge2"], "lacking_count": 2}))
	startswith(f.message, "no router of the 2 where it is said to be has")
}

test_not_live_yet if count(check(object.union(nowhere, {"live": false}))) == 0

test_retired if count(check(object.union(nowhere, {"stated": false}))) == 0

test_at_one_of_two if count(check({"count": 1, "lacking": ["edge2"], "lacking_count": 1})) == 0
