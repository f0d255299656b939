package routegate.bgp.ebgp_without_policy_test

import data.routegate.bgp.ebgp_without_policy.findings
import data.routegate.fixtures

with_neighbor(n) := {"routers": [fixtures.router({"neighbors": [n]})]}

check(n) := result if {
	result := findings with input as fixtures.judged({}, with_neighbor(n))
}

none := {"import": [], "export": []}

open := {"import_accepts_all": true, "export_accepts_all": true}

test_only_a_remote_as if {
	result := check(fixtures.neighbor("customer", 64800, object.union(none, open)))
	{f.message | some f in result} == {
		"r1 has a session with customer AS64800 (10.0.0.1) for ipv4-unicast without an import policy: it accepts whatever customer AS64800 (10.0.0.1) sends",
		"r1 has a session with customer AS64800 (10.0.0.1) for ipv4-unicast without an export policy: it sends customer AS64800 (10.0.0.1) every route that it has",
	}
	every f in result {
		not f.level
		f.values[0] == {"name": "routes accepted", "before": "no session", "after": "2"}
	}
}

test_routes_pass_without_a_policy if {
	result := check(fixtures.neighbor("provider", 64600, none))
	count(result) == 2
}

test_the_daemon_refuses_everything if {
	result := check(fixtures.neighbor("provider", 64600, object.union(none, {"accepted": 0, "sent": 0})))
	some f in result
	f.level == "advisory"
	contains(f.message, "without an export and import policy: the daemon refuses")
}

test_customer_policy_in_name_only if {
	result := check(fixtures.neighbor("customer", 64800, {"import_accepts_all": true, "import_accepts_foreign": true}))
	some f in result
	not f.level
	contains(f.message, "(IN) that accepts everything")
}

test_export_that_refuses_nothing if {
	result := check(fixtures.neighbor("peer", 64700, {"export_accepts_all": true, "export_refuses_nothing": true, "export_accepts_foreign": true}))
	some f in result
	not f.level
	contains(f.message, "(OUT) that refuses nothing")
}

test_export_that_lets_other_networks_routes_out if {
	result := check(fixtures.neighbor("provider", 64600, {"export_accepts_foreign": true}))
	some f in result
	not f.level
	contains(f.message, "(OUT) that lets other networks' routes out (8.8.8.0/24 behind AS3356), whatever they carry")
}

test_a_customer_may_hear_of_other_networks if count(check(fixtures.neighbor("customer", 64800, {"export_accepts_foreign": true}))) == 0

test_export_that_refuses_by_community_is_advice if {
	result := check(fixtures.neighbor("peer", 64700, {"export_accepts_all": true}))
	some f in result
	f.level == "advisory"
}

test_a_provider_may_send_everything if count(check(fixtures.neighbor("provider", 64600, {"import_accepts_all": true}))) == 0

test_both_policies if count(check(fixtures.neighbor("customer", 64800, {}))) == 0

test_shut_down if {
	n := object.union(fixtures.neighbor("customer", 64800, object.union(none, open)), {"shutdown": true})
	count(check(n)) == 0
}

test_inside if count(check(fixtures.internal("10.0.0.9"))) == 0

test_a_customer_that_may_send_all_but_bogons if {
	some f in check(fixtures.neighbor("customer", 64800, {"import_accepts_foreign": true}))
	contains(f.message, "accepts other networks' routes")
}
