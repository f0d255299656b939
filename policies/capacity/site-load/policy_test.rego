package routegate.capacity.site_load_test

import data.routegate.capacity.site_load.findings
import data.routegate.fixtures

site(gbit, failure) := {
	"name": "chat", "site": "fra", "routers": ["fra1"], "prefixes": ["203.0.113.0/24"], "failure": failure, "capacity": 10000000000, "load": gbit * 1000000000,
	"percent": gbit * 10, "demands": [{"name": "users in Paris", "load": 6000000000, "volume": 6000000000}], "count": 1, "span": fixtures.span,
}

on(before, after) := result if {
	result := findings with input as fixtures.judged({"sites": before}, {"sites": after})
}

test_users_land_on_the_next_site if {
	some f in on([site(6, "")], [site(11, "")])
	f.message == "site fra has to serve 11 Gbit/s of chat, which is 110 % of the 10 Gbit/s that it can (at most 100 %)"
	f.values == [{"name": "chat served at fra", "before": "6 Gbit/s (60 %)", "after": "11 Gbit/s (110 %)"}]
	f.proof == ["6 Gbit/s of users in Paris"]
	f.prefixes == ["203.0.113.0/24"]
}

test_in_a_failure if {
	some f in on([site(6, "")], [site(6, ""), site(12, "router ams1")])
	startswith(f.message, "if router ams1 fails, site fra has to serve 12 Gbit/s of chat")
	f.values[0].before == "not known"
	f.key == "chat fra failure"
}

test_it_just_can if count(on([], [site(10, ""), site(10, "router ams1")])) == 0
