package routegate.rpki.vrps_too_old_test

import data.routegate.fixtures
import data.routegate.rpki.vrps_too_old.findings

check(hours) := result if {
	rpki := {"rpki": {"file": "rpki/vrps.json", "generated": "2026-01-30T12:00:00Z", "age_hours": hours, "vrps": 3}}
	result := findings with input as object.union(fixtures.empty, {"network": rpki})
}

test_a_day_and_an_hour if {
	some f in check(25)
	f.message == "rpki/vrps.json was written 25 hours ago (2026-01-30T12:00:00Z), more than 24: which origins are valid is not known"
}

test_just_a_day if count(check(24)) == 0

test_from_the_future if {
	some f in check(-3)
	startswith(f.message, "rpki/vrps.json says that it was written in the future")
}

test_clocks_differ_by_a_minute if count(check(-0.02)) == 0
