package routegate.capacity.failure_load_test

import data.routegate.capacity.failure_load.findings
import data.routegate.fixtures

load(gbit, failure) := {
	"link": "core1 eth0 → core2 eth0", "routers": ["core1", "core2"], "failure": failure, "bandwidth": 10000000000, "load": gbit * 1000000000,
	"percent": gbit * 10, "demands": [{"name": "web", "load": 6000000000, "volume": 9000000000}], "count": 1, "span": fixtures.span,
}

on(before, after) := result if {
	result := findings with input as fixtures.judged({"loads": before}, {"loads": after})
}

test_a_failure_overfills_it if {
	some f in on([load(5, ""), load(9, "router core3")], [load(6, ""), load(10.5, "link core1 eth1 – core3 eth0")])
	f.message == "if link core1 eth1 – core3 eth0 fails, core1 eth0 → core2 eth0 has to carry 10.5 Gbit/s, which is 105 % of its 10 Gbit/s (at most 100 %)"
	f.values[0] == {
		"name": "load in the failure that fills it most", "before": "9 Gbit/s (90 %), if router core3 fails",
		"after": "10.5 Gbit/s (105 %), if link core1 eth1 – core3 eth0 fails",
	}
	f.values[1] == {"name": "load while everything works", "before": "5 Gbit/s (50 %)", "after": "6 Gbit/s (60 %)"}
	f.proof == ["6 Gbit/s of web"]
}

test_none_filled_it_before if {
	some f in on([], [load(11, "router core3")])
	f.values[0].before == "less than half of its bandwidth"
}

test_it_just_holds if count(on([], [load(10, "router core3")])) == 0

test_without_a_failure_is_another_policys if count(on([], [load(12, "")])) == 0
