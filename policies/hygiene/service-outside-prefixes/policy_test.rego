package routegate.hygiene.service_outside_prefixes_test

import data.routegate.fixtures
import data.routegate.hygiene.service_outside_prefixes.findings

stray := fixtures.owned_prefix({"prefix": "198.51.100.0/24 le 26", "count": 1, "routers": ["edge1"]})

check(facts) := result if {
	result := findings with input as fixtures.services(facts)
}

test_a_stray_prefix if {
	some f in check({"outside": [stray]})
	f.message == "resolver has 198.51.100.0/24 le 26 in SERVICE-RESOLVER of edge1, which routegate.yaml does not say is its own"
	f.prefixes == ["198.51.100.0/24"]
}

test_told_by_another_policy if {
	count(check({"outside": [fixtures.latent], "overlaps": [fixtures.overlap({})]})) == 0
}

test_another_overlap if {
	count(check({"outside": [stray], "overlaps": [fixtures.overlap({})]})) == 1
}

test_all_are_its_own if count(check({"lists": [fixtures.service_list({})]})) == 0
