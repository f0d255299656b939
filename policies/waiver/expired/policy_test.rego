package routegate.waiver.expired_test

import data.routegate.fixtures
import data.routegate.waiver.expired.findings

network(facts) := object.union(fixtures.empty, {"waivers": [object.union(fixtures.waiver, facts)]})

test_its_last_day_is_over if {
	result := findings with input as network({"expired": true})
	some f in result
	f.message == "waiver works-4711 of anna, for blast/session-loss, held until 2026-12-31 and lifts nothing"
	f.spans == [fixtures.span]
}

test_it_holds if {
	result := findings with input as network({"lifts": 1})
	count(result) == 0
}
