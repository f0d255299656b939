package routegate.blast.routers_touched_test

import data.routegate.blast.routers_touched.findings
import data.routegate.fixtures

items(n) := [fixtures.item(sprintf("r%d", [i]), "policy X") | some i in numbers.range(1, n)]

test_six_tenths_of_twenty if {
	result := findings with input as fixtures.step({"totals": {"routers": 20}}, items(12))
	some f in result
	f.key == "changed"
	f.message == "the change alters 12 of 20 routers (60%), more than 25%"
}

test_all_of_a_small_network if {
	result := findings with input as fixtures.step({"totals": {"routers": 9}}, items(9))
	count(result) == 0
}

test_ten_of_a_large_network if {
	result := findings with input as fixtures.step({"totals": {"routers": 40}}, items(10))
	count(result) == 0
}

test_changes_without_effect_do_not_count if {
	same := [object.union(i, {"has_effect": false}) | some i in items(12)]
	result := findings with input as fixtures.step({"totals": {"routers": 20}}, same)
	count(result) == 0
}

test_added_routers_do_not_count if {
	doc := object.union(fixtures.step({"totals": {"routers": 20}}, items(12)), {"change": {"routers_added": [i.router | some i in items(12)]}})
	result := findings with input as doc
	count(result) == 0
}

test_behaviour_is_advice if {
	result := findings with input as fixtures.step({"totals": {"routers": 20, "routers_touched": 20}}, items(1))
	some f in result
	f.level == "advisory"
}
