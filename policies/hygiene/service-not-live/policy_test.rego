package routegate.hygiene.service_not_live_test

import data.routegate.fixtures
import data.routegate.hygiene.service_not_live.findings

check(list) := result if {
	result := findings with input as fixtures.services({"overlaps": [fixtures.overlap(facts) | some facts in list]})
}

protected := fixtures.owned_prefix({"service": "dns", "kind": "protected", "list": "", "prefix": "203.0.113.0/26", "count": 0, "routers": []})

test_of_a_live_service if {
	some f in check([{}])
	f.message == "dls, which is not live, has 203.0.113.0/26 in SERVICE-DLS of 2 routers (edge1 and edge2): it is of the live service resolver"
	f.measure == 2
}

test_of_a_live_service_and_protected if {
	facts := {"overlaps": [fixtures.overlap({}), fixtures.overlap({"first": protected})]}
	after := {"protected": [{"name": "dns", "prefix": "203.0.113.0/26"}], "services": object.union({"lists": [], "outside": []}, facts)}
	result := findings with input as fixtures.judged({}, after)
	count(result) == 1
	some f in result
	endswith(f.message, "it is of the live service resolver, and protected")
}

test_protected if {
	some f in check([{"first": protected}])
	endswith(f.message, ": 203.0.113.0/26 is protected (dns)")
}

test_inside_of_a_live_prefix if {
	some f in check([{"prefix": "203.0.113.16/28", "inside": true}])
	endswith(f.message, ": it lies in 203.0.113.0/26 of the live service resolver")
}

test_two_live_services if count(check([{"second": fixtures.owned_prefix({"service": "www"})}])) == 0

test_neither_is_live if count(check([{"first": object.union(fixtures.latent, {"service": "beta"})}])) == 0

test_a_fresh_prefix if count(check([])) == 0
