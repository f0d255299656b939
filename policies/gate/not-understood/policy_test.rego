package routegate.gate.not_understood_test

import data.routegate.fixtures
import data.routegate.gate.not_understood.findings

line(kind, affects) := {
	"router": "r1", "kind": kind, "context": "router bgp 64500", "text": "neighbor X weird", "reason": "unknown command",
	"affects": affects, "span": fixtures.span,
}

doc(lines, tolerate) := object.union(fixtures.empty, {"change": {"not_modelled": lines}, "params": {"tolerate-other-protocols": tolerate}})

test_unknown_line if {
	result := findings with input as doc([line("added", "anything")], false)
	some f in result
	f.level == "unknown"
	f.message == "r1: the change touches 1 line outside of the model (unknown command), which may affect anything: neighbor X weird"
	f.values[0] == {"name": "router bgp 64500", "before": "", "after": "neighbor X weird"}
}

test_removed_line if {
	result := findings with input as doc([line("removed", "routes")], true)
	some f in result
	f.level == "unknown"
	f.values[0].before == "neighbor X weird"
}

test_other_protocol if {
	result := findings with input as doc([line("added", "other protocols")], false)
	some f in result
	f.level == "unknown"
}

test_other_protocol_tolerated if {
	result := findings with input as doc([line("added", "other protocols")], true)
	some f in result
	f.level == "advisory"
}

test_every_line_understood if {
	result := findings with input as doc([], false)
	count(result) == 0
}
