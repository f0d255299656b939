package routegate.bgp.neighbor_as_test

import data.routegate.bgp.neighbor_as.findings
import data.routegate.fixtures

check(list) := result if {
	result := findings with input as fixtures.step({"contradicted": list}, [])
}

test_contradicted if {
	some f in check([{"router": "r1", "neighbor": "10.0.0.1", "before": 64601, "after": 64610, "span": fixtures.span}])
	f.message == "r1 takes neighbor 10.0.0.1 to be in AS64610, and routegate.yaml knows it as AS64601: the session goes down (wrong AS)"
}

test_nothing_of_the_kind if count(check([])) == 0
