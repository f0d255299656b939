# METADATA
# title: Management out of reach
# description: |
#   A management station does not reach a router's management address any more. What cannot be
#   reached cannot be rolled back: that turned minutes into hours in most of the museum's outages.
# custom:
#   level: hard
#   scope: state
#   needs: [management]
#   outages: [facebook-2021, cloudflare-2022, rogers-2022, t-mobile-2020]
package routegate.management.reachability

import data.routegate.lib

unreached[m.station] contains m if {
	some m in input.state.management
	m.known
	not m.ok
}

findings contains f if {
	some station, list in unreached
	routers := {m.router | some m in list}
	first := [m | some m in list][0]
	f := {
		"key": sprintf("station %s", [station]),
		"measure": count(routers),
		"message": sprintf("management station %s cannot reach %s (%s): %s", [
			station, lib.words(routers),
			first.address, lib.outcome(first.outcome, first.at),
		]),
		"routers": routers,
		"prefixes": [m.address | some m in list],
		"count": count(routers),
		"spans": lib.cause(routers),
		"values": [{"name": "routers in reach", "before": reached(input.before, station), "after": reached(input.after, station)}],
		"proof": first.path,
		"hint": "keep the way to management apart from what is changed, or change the routers behind it last and with commit-confirm",
	}
}

reached(side, station) := sprintf("%d of %d", [
	count([m | some m in looked; m.ok]),
	count(looked),
]) if {
	looked := [m | some m in side.management; m.station == station; m.known]
}
