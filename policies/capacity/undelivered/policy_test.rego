package routegate.capacity.undelivered_test

import data.routegate.capacity.undelivered.findings
import data.routegate.fixtures

demand(mbit, outcome, at, routers) := {
	"demand": "web", "from": "site:ams", "routers": routers, "prefixes": ["203.0.113.0/24"], "volume": 400000000, "undelivered": mbit * 1000000,
	"outcome": outcome, "at": at, "path": ["edge1: bgp", "no route at core1"], "span": fixtures.span,
}

on(before, after) := result if {
	result := findings with input as fixtures.judged({"undelivered": before}, {"undelivered": after})
}

test_half_of_it_is_dropped if {
	some f in on([], [demand(200, "no route", "core1", ["edge1"])])
	f.message == "200 Mbit/s of the 400 Mbit/s of web from site:ams do not arrive: no route at core1"
	f.values == [{"name": "web that does not arrive", "before": "nothing", "after": "200 Mbit/s"}]
	f.routers == {"edge1", "core1"}
	f.proof == ["edge1: bgp", "no route at core1"]
}

test_more_than_before if {
	some f in on([demand(100, "no route", "core1", [])], [demand(400, "announced to none of AS64600", "", [])])
	f.values[0].before == "100 Mbit/s"
	endswith(f.message, "do not arrive: announced to none of AS64600")
	f.routers == set()
}

test_all_of_it_arrives if count(on([demand(100, "no route", "core1", [])], [])) == 0
