package routegate.lib_test

import data.routegate.fixtures
import data.routegate.lib

test_words if {
	lib.words([]) == ""
	lib.words({"b"}) == "b"
	lib.words(["b", "a"]) == "a and b"
	lib.words(["a", "b", "c", "d"]) == "a, b, c and d"
	lib.words(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
}

test_plural if {
	lib.plural(1, "prefix", "prefixes") == "1 prefix"
	lib.plural(0, "prefix", "prefixes") == "0 prefixes"
}

test_percent if {
	lib.percent(1, 3) == 33
	lib.percent(1, 0) == 0
}

test_above_needs_share_and_number if {
	lib.above(3, 4, 25, 3)
	not lib.above(2, 4, 25, 3)
	not lib.above(3, 12, 25, 3)
}

test_inside_keeps_families_apart if {
	lib.inside("192.0.2.7", ["192.0.2.0/24"])
	lib.inside("2001:db8:1::/48", ["192.0.2.0/24", "2001:db8::/32"])
	not lib.inside("2001:db8::/32", ["0.0.0.0/0"])
	not lib.inside("192.0.0.0/8", ["192.0.2.0/24"])
}

test_in_vrf if {
	lib.in_vrf("") == ""
	lib.in_vrf("red") == " vrf red"
}

test_outcome_without_a_place if lib.outcome("loop", "") == "loop"

test_no_example if lib.example([]) == ""

test_cause_prefers_the_routers_concerned if {
	other := object.union(fixtures.item("r2", "bgp"), {"span": {"side": "after", "file": "devices/r2/frr.conf", "first": 1, "last": 1}})
	doc := fixtures.step({}, [fixtures.item("r1", "bgp"), other])
	lib.cause(["r1"]) == [fixtures.span] with input as doc
	count(lib.cause(["r9"])) == 2 with input as doc
	lib.cause(["r1"]) == [] with input as object.union(doc, {"state": {"side": "before"}})
}

test_notable_names_what_is_protected_first if {
	doc := object.union(fixtures.empty, {"after": {"protected": [{"prefix": "203.0.113.53/32"}]}})
	list := lib.notable({"0.0.0.0/0", "203.0.113.53/32", "203.0.113.0/26"}) with input as doc
	list == ["203.0.113.53/32", "203.0.113.0/26", "0.0.0.0/0"]
	ten := lib.notable({sprintf("10.0.%d.0/24", [i]) | some i in numbers.range(1, 30)}) with input as doc
	count(ten) == 10
}

test_notable_leaves_links_to_the_end if {
	doc := object.union(fixtures.empty, {"after": {"protected": [{"prefix": "192.0.2.53/32"}]}})
	list := lib.notable({"10.0.0.0/31", "2001:db8::1/128", "2001:db8::/48", "8.8.8.0/24", "203.0.113.7/32", "192.0.2.53/32", "203.0.113.64/26"}) with input as doc
	list == ["192.0.2.53/32", "203.0.113.64/26", "2001:db8::/48", "8.8.8.0/24", "203.0.113.7/32", "10.0.0.0/31", "2001:db8::1/128"]
}
