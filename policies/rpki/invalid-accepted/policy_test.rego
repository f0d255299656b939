package routegate.rpki.invalid_accepted_test

import data.routegate.fixtures
import data.routegate.rpki.invalid_accepted.findings

accepted := {
	"router": "r1", "neighbor": "10.0.0.1", "neighbor_as": 64800, "relation": "customer", "count": 2,
	"prefixes": ["192.0.2.0/25", "192.0.2.128/25"], "origins": [64802, 64802],
	"example": "192.0.2.0/25 of AS64802, where a ROA authorizes AS64803 for 192.0.2.0/24 up to /24", "span": fixtures.span,
}

check(list) := result if {
	result := findings with input as fixtures.judged({}, {"rpki": {"originated": [], "accepted": list}})
}

test_more_specifics_of_somebody_else if {
	some f in check([accepted])
	f.measure == 2
	f.message == "r1 accepts 2 invalid prefixes from customer AS64800 (10.0.0.1): 192.0.2.0/25 of AS64802, where a ROA authorizes AS64803 for 192.0.2.0/24 up to /24"
}

# The session brings in the same routes, and the import policy refuses those that are invalid.
test_the_import_policy_refuses_them if count(check([])) == 0

# As many as before are standing: the engine compares measures by key.
test_the_same_through_the_same_session if {
	some before in check([accepted])
	some after in check([object.union(accepted, {"prefixes": ["192.0.2.0/25"]})])
	before.key == after.key
	before.measure == after.measure
}
