package routegate.intent.no_declaration_test

import data.routegate.fixtures
import data.routegate.intent.no_declaration.findings

network(required, declared) := object.union(fixtures.empty, {
	"params": {"require-declared-intent": required},
	"intent": {"declared": declared},
	"change": {"items": [fixtures.item("r1", "bgp")]},
})

test_required_and_missing if {
	result := findings with input as network(true, false)
	some f in result
	f.message == "the change to r1 does not declare what it is meant to do"
}

test_required_and_there if {
	result := findings with input as network(true, true)
	count(result) == 0
}

test_not_required if {
	result := findings with input as network(false, false)
	count(result) == 0
}

test_nothing_on_any_router if {
	empty := object.union(network(true, false), {"change": {"items": [fixtures.item("", "environment/owned")]}})
	result := findings with input as empty
	count(result) == 0
}
