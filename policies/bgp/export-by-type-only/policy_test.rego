package routegate.bgp.export_by_type_only_test

import data.routegate.bgp.export_by_type_only.findings
import data.routegate.fixtures

side(kind, exports, relation, asn) := {"routers": [fixtures.router({
	"neighbors": [fixtures.neighbor(relation, asn, {}), fixtures.internal("10.255.0.2")],
	"policies": [{"name": "TELIA-OUT", "used_by": [], "statements": [{
		"name": "20", "result": "accept", "matches": ["route type"], "matches_all": false, "matches_only_type": kind,
		"exports": exports, "span": fixtures.span,
	}]}],
})]}

check(kind, exports, relation, asn) := result if {
	result := findings with input as fixtures.judged({}, side(kind, exports, relation, asn))
}

outward := ["10.0.0.1", "10.255.0.2"]

test_internal_to_a_provider if {
	some f in check("internal", outward, "provider", 64600)
	f.message == "r1: the only condition on routes in TELIA-OUT 20 is route type internal, so that every such route may go to provider AS64600 (10.0.0.1)"
	f.neighbors == ["10.0.0.1"]
}

test_internal_to_a_stranger if count(check("internal", outward, "", 64900)) == 1

test_external_to_a_peer if count(check("external", outward, "peer", 64700)) == 1

test_internal_to_a_customer if count(check("internal", outward, "customer", 64800)) == 0

test_internal_inside if count(check("internal", ["10.255.0.2"], "provider", 64600)) == 0

test_local if count(check("local", outward, "provider", 64600)) == 0

test_with_another_condition if count(check("", outward, "provider", 64600)) == 0

test_on_import if count(check("internal", [], "provider", 64600)) == 0
