package routegate.waiver.unused_test

import data.routegate.fixtures
import data.routegate.waiver.unused.findings

network(facts) := object.union(fixtures.empty, {"waivers": [object.union(fixtures.waiver, facts)]})

test_no_finding_to_lift if {
	result := findings with input as network({"why": "blast/session-loss has no finding that it is for"})
	some f in result
	f.message == "waiver works-4711 of anna lifts nothing: blast/session-loss has no finding that it is for"
}

test_it_lifts_one if {
	result := findings with input as network({"lifts": 1})
	count(result) == 0
}

test_it_has_expired if {
	result := findings with input as network({"expired": true, "why": "it has expired"})
	count(result) == 0
}
