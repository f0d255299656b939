package routegate.intent.declared_effect_missing_test

import data.routegate.fixtures
import data.routegate.intent.declared_effect_missing.findings

network(declaration) := object.union(fixtures.empty, {"intent": {"declared": true, "declarations": [object.union(fixtures.declaration, declaration)]}})

test_nothing_of_it_happens if {
	result := findings with input as network({"missing": ["nothing of it"]})
	some f in result
	f.message == "declared, and does not happen: retire the block (nothing of it)"
	f.values[0].after == "nothing"
	f.routers == ["r1"]
	f.spans == [fixtures.span]
}

test_one_of_two_places if {
	result := findings with input as network({"count": 3, "at": ["r1", "role:edge"], "missing": ["203.0.113.0/26 at role:edge"], "examples": ["203.0.113.0/26 at r1"]})
	some f in result
	f.message == "declared, and does not happen: retire the block (203.0.113.0/26 at role:edge)"
	f.values[0].after == "3 times"
	f.routers == ["r1"]
}

test_all_of_it_happens if {
	result := findings with input as network({"count": 1, "examples": ["203.0.113.0/26 at r1"]})
	count(result) == 0
}
