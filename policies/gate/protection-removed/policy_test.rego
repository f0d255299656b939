package routegate.gate.protection_removed_test

import data.routegate.fixtures
import data.routegate.gate.protection_removed.findings

dns := {"protected": [{"name": "dns", "prefix": "203.0.113.53/32", "origins": ["dc1"], "span": fixtures.span}]}

test_taken_out if {
	result := findings with input as fixtures.judged(dns, {})
	some f in result
	f.message == "203.0.113.53/32 (dns) is not protected any more"
}

test_renamed if {
	after := {"protected": [object.union(p, {"name": "resolver"}) | some p in dns.protected]}
	result := findings with input as fixtures.judged(dns, after)
	count(result) == 0
}

test_origins_are_not_validated_any_more if {
	item := object.union(fixtures.item("", "environment/rpki"), {"kind": "removed", "before": "3 VRPs of 2026-01-31T12:00:00Z"})
	some f in findings with input as fixtures.step({}, [item])
	f.message == "origins are not validated any more: routegate.yaml names no VRPs, and named 3 VRPs of 2026-01-31T12:00:00Z before"
}

test_other_vrps if {
	result := findings with input as fixtures.step({}, [fixtures.item("", "environment/rpki")])
	count(result) == 0
}
