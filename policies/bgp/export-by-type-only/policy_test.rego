package routegate.bgp.export_by_type_only_test

import data.routegate.bgp.export_by_type_only.findings
import data.routegate.fixtures

side(kind, use, relation, asn) := {"routers": [fixtures.router({
	"neighbors": [fixtures.neighbor(relation, asn, {}), fixtures.internal("10.255.0.2")],
	"policies": [{"name": "TELIA-OUT", "used_by": [use], "statements": [{
		"name": "20", "result": "accept", "matches": ["route type"], "matches_all": false, "matches_only_type": kind, "span": fixtures.span,
	}]}],
})]}

check(kind, use, relation, asn) := result if {
	result := findings with input as fixtures.judged({}, side(kind, use, relation, asn))
}

outward := "neighbor 10.0.0.1 ipv6-unicast export"

test_internal_to_a_provider if {
	some f in check("internal", outward, "provider", 64600)
	f.message == "r1: the only condition on routes in TELIA-OUT 20 is route type internal, so that every such route may go to provider AS64600 (10.0.0.1)"
	f.neighbors == ["10.0.0.1"]
}

test_internal_for_all_neighbors if count(check("internal", "global export", "peer", 64700)) == 1

test_internal_to_a_customer if count(check("internal", outward, "customer", 64800)) == 0

test_internal_inside if count(check("internal", "neighbor 10.255.0.2 ipv6-unicast export", "provider", 64600)) == 0

test_local if count(check("local", outward, "provider", 64600)) == 0

test_with_another_condition if count(check("", outward, "provider", 64600)) == 0

test_on_import if count(check("internal", "neighbor 10.0.0.1 ipv6-unicast import", "provider", 64600)) == 0

for_a_set(exports) := object.union(fixtures.judged({}, side("", outward, "provider", 64600)), {"state": {
	"exports": exports,
	"routers": [fixtures.router({
		"neighbors": [fixtures.neighbor("provider", 64600, {})],
		"policies": [{"name": "OUT", "used_by": [outward], "statements": [{
			"name": "TELIA", "result": "accept", "matches": ["the neighbor is in neighbor set TELIA", "the route is internal"],
			"matches_all": false, "matches_only_type": "", "span": fixtures.span,
		}]}],
	})],
}})

test_for_a_neighbor_set_that_leaks if {
	result := findings with input as for_a_set([fixtures.export("provider", 64600, "peer", 64700)])
	some f in result
	contains(f.message, "only condition on routes in OUT TELIA is route type internal")
}

test_for_a_neighbor_set_without_a_leak if {
	result := findings with input as for_a_set([fixtures.export("provider", 64600, "own", 0)])
	count(result) == 0
}

test_a_leak_by_another_entry if {
	elsewhere := object.union(fixtures.export("provider", 64600, "peer", 64700), {"span": {"first": 90, "last": 95}})
	result := findings with input as for_a_set([elsewhere])
	count(result) == 0
}
