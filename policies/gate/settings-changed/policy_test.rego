package routegate.gate.settings_changed_test

import data.routegate.fixtures
import data.routegate.gate.settings_changed.findings

level := object.union(fixtures.item("", "environment/policy/level leak/route-leak"), {
	"before": "hard", "after": "advisory", "summary": "policy level leak/route-leak was hard and is advisory",
})

test_rules_and_routers_in_one_change if {
	result := findings with input as fixtures.step({}, [level, fixtures.item("r1", "policy OUT/entry 10/match")])
	some f in result
	f.message == "the change alters routers and, in routegate.yaml, the rules that it is judged by: policy level leak/route-leak was hard and is advisory"
	f.values[0].after == "advisory"
}

test_rules_alone if {
	result := findings with input as fixtures.step({}, [level])
	count(result) == 0
}

test_other_parts_of_routegate_yaml if {
	result := findings with input as fixtures.step({}, [fixtures.item("", "environment/owned"), fixtures.item("r1", "bgp")])
	count(result) == 0
}
