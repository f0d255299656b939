package routegate.leak.origination_of_foreign_space_test

import data.routegate.fixtures
import data.routegate.leak.origination_of_foreign_space.findings

origin(cover, asn) := {
	"prefix": "192.0.2.128/25", "routers": ["pk"], "source": "redistribute", "inside_owned": false, "announced": true,
	"foreign_cover": cover, "foreign_origin": asn, "span": fixtures.span,
}

bare := {"network": {"owned": []}}

check(o, more) := result if {
	result := findings with input as object.union(fixtures.judged({}, {"originated": [o]}), more)
}

test_inside_somebodys_route if {
	some f in check(origin("192.0.2.0/24", 64999), bare)
	f.message == "pk (by redistribute) announces 192.0.2.128/25, which lies in 192.0.2.0/24 that AS64999 announces to us"
}

test_inside_the_default if count(check(origin("0.0.0.0/0", 64999), bare)) == 0

test_no_cover if count(check(origin("", 0), bare)) == 0

test_our_own_route_comes_back if count(check(origin("192.0.2.0/24", 64500), bare)) == 0

test_owned_is_stated if count(check(origin("192.0.2.0/24", 64999), {})) == 0
