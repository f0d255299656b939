package routegate.blast.prefix_withheld_test

import data.routegate.blast.prefix_withheld.findings
import data.routegate.fixtures

withheld(from) := {"withheld": [{
	"prefix": "203.0.113.0/24", "learned_from": from, "still": "still originated at dc1",
	"routers": ["edge1"], "neighbors": ["provider AS64600 (10.0.0.1)"],
}]}

check(from, items) := result if {
	result := findings with input as fixtures.step(withheld(from), items)
}

test_ours if {
	some f in check("own", [fixtures.item("edge1", "prefix-list OWN/entry 5")])
	f.level == "hard"
	f.message == "1 prefix of our own is announced to no provider and no peer any more, for example 203.0.113.0/24: still originated at dc1"
}

test_a_customers if {
	some f in check("customer", [])
	f.level == "hard"
}

test_two_prefixes if {
	two := [object.union(w, {"prefix": p}) | some w in withheld("customer").withheld; some p in ["198.51.100.0/25", "198.51.100.128/25"]]
	some f in findings with input as fixtures.step({"withheld": two}, [])
	startswith(f.message, "2 prefixes of a customer are announced to no provider and no peer any more")
}

removed := object.union(fixtures.item("edge1", "prefix-list OWN/entry 5"), {"kind": "removed", "before": "permit 203.0.113.0/24"})

test_the_change_removes_the_line_that_names_it if {
	some f in check("own", [removed])
	f.level == "advisory"
}

test_another_line_is_removed if {
	some f in check("own", [object.union(removed, {"before": "permit 203.0.113.0/25"})])
	f.level == "hard"
}

test_of_unknown_relation if {
	some f in check("unknown", [])
	f.level == "advisory"
}

test_a_leak_is_mended if count(check("provider", [])) == 0
