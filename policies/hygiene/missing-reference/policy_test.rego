package routegate.hygiene.missing_reference_test

import data.routegate.fixtures
import data.routegate.hygiene.missing_reference.findings

check(refs) := result if {
	result := findings with input as fixtures.judged({}, {"routers": [fixtures.router({"dangling": refs})]})
}

ref := {"kind": "route-map", "name": "FLT", "by": "redistribute bgp", "effect": "every route passes", "span": fixtures.span}

test_filter_cleaned_up if {
	some f in check([ref])
	f.message == "r1: redistribute bgp refers to route-map FLT, which is not defined: every route passes"
	f.spans == [fixtures.span]
}

test_effect_not_known if {
	some f in check([object.union(ref, {"effect": ""})])
	endswith(f.message, "which is not defined")
}

test_everything_defined if count(check([])) == 0
