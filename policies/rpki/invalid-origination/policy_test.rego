package routegate.rpki.invalid_origination_test

import data.routegate.fixtures
import data.routegate.rpki.invalid_origination.findings

check(facts) := result if {
	result := findings with input as fixtures.judged({}, {"rpki": {"accepted": [], "originated": [object.union(fixtures.originated, facts)]}})
}

test_longer_than_the_roa_allows if {
	some f in check({})
	f.message == "edge1: 203.0.113.0/25 announced with origin AS64500 to provider AS64600 (10.0.0.1) is invalid: AS64500 may originate 203.0.113.0/24 up to /24 only"
}

test_another_as if {
	some f in check({"reason": "origin", "vrps": [object.union(fixtures.vrp, {"as": 64999})]})
	endswith(f.message, "is invalid: only AS64999 may originate 203.0.113.0/24 up to /24")
}

test_nobody_may if {
	some f in check({"reason": "origin", "vrps": [object.union(fixtures.vrp, {"as": 0})]})
	endswith(f.message, "is invalid: the holder of 203.0.113.0/24 lets nobody originate it (AS 0)")
}

# The same prefix just within the ROA's length.
test_as_long_as_the_roa_allows if {
	count(check({"state": "valid", "reason": "", "vrps": [object.union(fixtures.vrp, {"max_length": 25})]})) == 0
}

test_no_roa if count(check({"state": "not-found", "reason": "", "vrps": []})) == 0
