package routegate.blast.sessions_reset_test

import data.routegate.blast.sessions_reset.findings
import data.routegate.fixtures

doc(n) := fixtures.step(
	{
		"totals": {"sessions": 20, "sessions_reset": n},
		"sessions": [fixtures.session("reset", "r1", "r2", {"detail": "router-id 1.1.1.1 becomes 2.2.2.2"})],
	},
	[],
)

test_identity_of_one_in_a_mesh_of_five if {
	result := findings with input as doc(8)
	some f in result
	not f.level
	f.message == "the change resets 8 session ends of 20 (40%), more than 20%: router-id 1.1.1.1 becomes 2.2.2.2"
}

test_one_session_is_advice if {
	result := findings with input as doc(2)
	some f in result
	f.level == "advisory"
}

test_nothing_resets if {
	result := findings with input as fixtures.step({}, [])
	count(result) == 0
}

test_details_not_known if {
	result := findings with input as fixtures.step({"totals": {"sessions_reset": 2}}, [])
	some f in result
	f.message == "the change resets 2 session ends of 20 (10%)"
}
