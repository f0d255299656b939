package routegate.blast.session_emptied_test

import data.routegate.blast.session_emptied.findings
import data.routegate.fixtures

emptied(direction) := {"emptied": [{
	"router": "r1", "neighbor": "10.0.0.1", "neighbor_as": 64600, "relation": "provider", "family": "ipv4-unicast",
	"direction": direction, "before": 3, "example": "203.0.113.0/24", "span": fixtures.span,
}]}

check(direction, routers) := result if {
	result := findings with input as object.union(fixtures.step(emptied(direction), []), {"after": {"routers": routers}})
}

policy(first) := [fixtures.router({"policies": [{
	"name": "IN", "used_by": ["neighbor 10.0.0.1 ipv4-unicast import"],
	"statements": [object.union({"name": "5", "result": "reject", "matches": [], "matches_all": true}, first)],
}]})]

test_all_is_refused if {
	some f in check("import", policy({"matches": ["the prefix is in prefix-list ANY"]}))
	f.level == "soft"
	f.message == "r1 refuses all that provider AS64600 (10.0.0.1) sends any more: 3 prefixes were accepted before, and the session stays up"
}

test_nothing_is_announced if {
	some f in check("export", [])
	f.level == "soft"
	f.message == "r1 announces nothing to provider AS64600 (10.0.0.1) any more: 3 prefixes before, and the session stays up"
}

test_drained if {
	some f in check("import", policy({}))
	f.level == "advisory"
}

test_the_other_direction_is_drained if {
	some f in check("export", policy({}))
	f.level == "soft"
}
