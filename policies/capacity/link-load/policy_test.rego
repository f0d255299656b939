package routegate.capacity.link_load_test

import data.routegate.capacity.link_load.findings
import data.routegate.fixtures
import data.routegate.lib

load(gbit, failure) := {
	"link": "core1 eth0 → core2 eth0", "routers": ["core1", "core2"], "failure": failure, "bandwidth": 10000000000, "load": gbit * 1000000000,
	"percent": gbit * 10, "demands": [{"name": "web", "load": 6000000000, "volume": 9000000000}, {"name": "dns", "load": 250000, "volume": 250000}],
	"count": 4, "span": fixtures.span,
}

on(before, after) := result if {
	result := findings with input as fixtures.judged({"loads": before}, {"loads": after})
}

test_it_is_overfilled if {
	some f in on([load(5, "")], [load(8.5, "")])
	f.message == "core1 eth0 → core2 eth0 has to carry 8.5 Gbit/s, which is 85 % of its 10 Gbit/s (at most 80 %)"
	f.measure == 85
	f.values == [{"name": "load of core1 eth0 → core2 eth0", "before": "5 Gbit/s (50 %)", "after": "8.5 Gbit/s (85 %)"}]
	f.proof == ["6 Gbit/s of web", "250 kbit/s of dns", "and 2 more demands"]
}

test_it_was_empty if {
	some f in on([], [load(12, "")])
	f.values[0].before == "less than half of its bandwidth"
}

test_it_is_full_as_it_may_be if count(on([], [load(8, "")])) == 0

test_a_failure_is_another_policys if count(on([], [load(12, "router core3")])) == 0

test_rates if {
	lib.rate(1500000000000) == "1.5 Tbit/s"
	lib.rate(400000000) == "400 Mbit/s"
	lib.rate(999) == "999 bit/s"
	lib.rate(8000) == "8 kbit/s"
}
