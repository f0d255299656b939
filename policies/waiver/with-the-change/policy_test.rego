package routegate.waiver.with_the_change_test

import data.routegate.fixtures
import data.routegate.waiver.with_the_change.findings

network(facts) := object.union(fixtures.empty, {"waivers": [object.union(fixtures.waiver, facts)]})

test_it_comes_with_the_change if {
	result := findings with input as network({"new": true, "lifts": 2})
	some f in result
	f.message == "waiver works-4711 comes with the change and lifts 2 findings of blast/session-loss; anna answers for it, approved by ben"
}

test_nobody_else if {
	result := findings with input as network({"new": true, "lifts": 1, "approved_by": ""})
	some f in result
	f.message == "waiver works-4711 comes with the change and lifts 1 finding of blast/session-loss; anna answers for it, approved by nobody else"
}

test_it_stood_before if {
	result := findings with input as network({"lifts": 2})
	count(result) == 0
}

test_it_is_new_and_lifts_nothing if {
	result := findings with input as network({"new": true})
	count(result) == 0
}
