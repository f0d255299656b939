package routegate.leak.customer_outside_cone_test

import data.routegate.fixtures
import data.routegate.leak.customer_outside_cone.findings

spread(inside) := object.union(fixtures.export("peer", 64700, "customer", 64800), {"in_customer_cone": inside})

doc(inside) := fixtures.judged({}, {
	"exports": [spread(inside)],
	"routers": [fixtures.router({"neighbors": [object.union(fixtures.neighbor("customer", 64800, {}), {"span": {"side": "after", "file": "devices/r2/frr.conf", "first": 3, "last": 3}})]})],
})

test_more_specifics_of_others if {
	result := findings with input as doc(false)
	some f in result
	f.message == "812 prefixes of customer AS64800, which it may not announce, go on to 1 neighbor: peer AS64700 (10.0.0.1), for example 8.8.8.0/24"
	f.values[0].before == "198.51.100.0/24"
	f.proof == ["AS64800 -> r2 -> r1 -> AS64700"]
	count(f.spans) == 2
}

test_its_own_prefixes if {
	result := findings with input as doc(true)
	count(result) == 0
}

test_one_prefix if {
	one := object.union(spread(false), {"count": 1})
	result := findings with input as fixtures.judged({}, {"exports": [one]})
	some f in result
	contains(f.message, "1 prefix of customer AS64800, which it may not announce, goes on")
}
