package routegate.intent.undeclared_effect_test

import data.routegate.fixtures
import data.routegate.intent.undeclared_effect.findings

network(undeclared) := object.union(fixtures.empty, {
	"intent": {"declared": true, "declarations": [object.union(fixtures.declaration, {"count": 1})], "undeclared": undeclared},
	"change": {"items": [fixtures.item("r1", "bgp")]},
})

message(u) := f.message if {
	result := findings with input as network([object.union(fixtures.undeclared, u)])
	some f in result
}

test_a_neighbor_outside_sees_more if {
	result := findings with input as network([fixtures.undeclared])
	some f in result
	f.message == "not declared: prefixes announced for neighbors outside (10.0.0.1) by r1, for example 203.0.113.0/24"
	f.spans == [fixtures.span]
	f.measure == 1
}

test_tables if message({"effect": "move", "outside": false}) == "not declared: prefixes moved at r1, for example 203.0.113.0/24"

test_sessions if {
	message({"effect": "session-down", "outside": false, "count": 2, "prefixes": [], "examples": ["10.0.0.1 at r1"], "spans": [fixtures.span]}) == "not declared: 2 ends of sessions go down at r1, for example 10.0.0.1 at r1"
}

test_configuration if {
	message({"effect": "configure", "outside": false, "paths": ["policy OUT"]}) == "not declared: 1 path of the configuration is changed at r1, for example policy OUT"
}

test_all_is_declared if {
	result := findings with input as network([])
	count(result) == 0
}
