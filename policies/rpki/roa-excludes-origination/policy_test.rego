package routegate.rpki.roa_excludes_origination_test

import data.routegate.fixtures
import data.routegate.rpki.roa_excludes_origination.findings

effect := object.union(object.remove(fixtures.originated, ["state"]), {"before": "not-found"})

test_a_more_specific_beyond_the_maximum_length if {
	some f in findings with input as fixtures.step({"revalidated": [effect]}, [])
	startswith(f.message, "203.0.113.0/25 of AS64500 was not-found and becomes invalid: AS64500 may originate 203.0.113.0/24 up to /24 only")
}

# A ROA that covers the more specific as well makes nothing invalid.
test_nothing_becomes_invalid if {
	result := findings with input as fixtures.step({"revalidated": []}, [])
	count(result) == 0
}
