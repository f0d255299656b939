package routegate.blast.protected_prefix_test

import data.routegate.blast.protected_prefix.findings
import data.routegate.fixtures

dns(origins, outside) := {
	"name": "dns", "prefix": "203.0.113.53/32", "origins": origins, "min_origins": 2,
	"outside_neighbors": outside, "from": [], "span": fixtures.span,
}

check(before, after) := result if {
	result := findings with input as fixtures.judged({"protected": [before]}, {"protected": [after]})
}

test_nobody_originates_it if {
	some f in check(dns(["dc1", "dc2"], 4), dns([], 0))
	f.key == "origins dns 203.0.113.53/32"
	f.message == "dns 203.0.113.53/32 is originated by no router, and must be by 2 or more"
	f.measure == 2
}

test_one_origin_too_few if {
	some f in check(dns(["dc1", "dc2"], 4), dns(["dc1"], 4))
	f.measure == 1
	f.values[0] == {"name": "origins", "before": "dc1 and dc2", "after": "dc1"}
}

test_announced_to_nobody_outside if {
	some f in check(dns(["dc1", "dc2"], 4), dns(["dc1", "dc2"], 0))
	f.message == "dns 203.0.113.53/32 is announced to nobody outside any more: 4 neighbors had it"
}

test_announced_to_few_is_advice if {
	some f in check(dns(["dc1", "dc2"], 4), dns(["dc1", "dc2"], 1))
	f.level == "advisory"
}

test_one_of_three_origins_may_go if {
	count(check(dns(["dc1", "dc2", "dc3"], 4), dns(["dc1", "dc2"], 3))) == 0
}

test_never_meant_for_the_outside if {
	count(check(dns(["dc1", "dc2"], 0), dns(["dc1", "dc2"], 0))) == 0
}

test_newly_protected if {
	result := findings with input as fixtures.judged({}, {"protected": [dns(["dc1", "dc2"], 0)]})
	count(result) == 0
}
