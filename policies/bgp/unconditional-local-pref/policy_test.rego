package routegate.bgp.unconditional_local_pref_test

import data.routegate.bgp.unconditional_local_pref.findings
import data.routegate.fixtures

entry(matches, pref) := {
	"name": "10", "result": "accept", "matches": matches, "matches_all": count(matches) == 0,
	"matches_only_type": "", "exports": [], "local_pref": pref, "span": fixtures.span,
}

side(statement, use) := {"routers": [fixtures.router({
	"neighbors": [fixtures.internal("10.255.0.2"), fixtures.neighbor("provider", 64600, {})],
	"policies": [{"name": "BBONE-OUT", "used_by": [use], "statements": [statement]}],
})]}

to_backbone := "neighbor 10.255.0.2 ipv4-unicast export"

check(statement, use) := result if {
	before := side(entry(["prefix-list SITE-LOCAL"], 200), use)
	result := findings with input as fixtures.judged(before, side(statement, use))
}

test_condition_removed if {
	some f in check(entry([], 200), to_backbone)
	f.message == "r1: BBONE-OUT 10 has no condition, so every route gets local preference 200 (the default is 100) at neighbor 10.255.0.2 ipv4-unicast export"
	f.values[0].before == "prefix-list SITE-LOCAL"
	f.values[0].after == "none"
	f.hint == "restore the condition of BBONE-OUT 10, or take the whole entry out: without it the routes are not sent at all"
}

test_new_entry if {
	result := findings with input as fixtures.judged({}, side(entry([], 200), to_backbone))
	some f in result
	f.values[0].before == "not there"
}

test_global_export_policy if count(check(entry([], 200), "global export")) == 1

test_with_a_condition if count(check(entry(["prefix-list SITE-LOCAL"], 200), to_backbone)) == 0

test_below_the_default if count(check(entry([], 90), to_backbone)) == 0

test_preferring_a_provider_on_import if count(check(entry([], 200), "neighbor 10.0.0.1 ipv4-unicast import")) == 0

test_refusing_entry if count(check(object.union(entry([], 200), {"result": "reject"}), to_backbone)) == 0

test_raised_threshold if {
	doc := object.union(fixtures.judged({}, side(entry([], 200), to_backbone)), {"params": {"default-local-preference": 200}})
	result := findings with input as doc
	count(result) == 0
}
