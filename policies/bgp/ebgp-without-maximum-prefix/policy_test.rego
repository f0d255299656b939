package routegate.bgp.ebgp_without_maximum_prefix_test

import data.routegate.bgp.ebgp_without_maximum_prefix.findings
import data.routegate.fixtures

check(relation, asn, f) := result if {
	state := {"routers": [fixtures.router({"neighbors": [fixtures.neighbor(relation, asn, f)]})]}
	result := findings with input as fixtures.judged({}, state)
}

test_customer_without_a_limit if {
	some f in check("customer", 64800, {"maximum_prefix": null})
	f.level == "hard"
	f.message == "r1 accepts any number of ipv4-unicast prefixes from customer AS64800 (10.0.0.1): there is no maximum-prefix"
}

test_provider_without_a_limit if {
	some f in check("provider", 64600, {"maximum_prefix": null})
	f.level == "advisory"
}

test_limit_that_only_warns if {
	some f in check("peer", 64700, {"maximum_prefix": {"limit": 50, "warning_only": true}})
	f.level == "advisory"
	contains(f.message, "maximum-prefix 50 only warns")
}

test_with_a_limit if count(check("customer", 64800, {})) == 0
