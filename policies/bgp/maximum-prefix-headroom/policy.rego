# METADATA
# title: maximum-prefix about to trip
# description: |
#   A limit is two-edged: what exceeds it takes the session down. The simulation counts what each neighbor
#   will send; a limit that trips is refused, one that is nearly reached is reported.
# custom:
#   level: hard
#   scope: state
#   outages: [optus-2023]
#   params:
#     - name: max-prefix-headroom-percent
#       default: 80
#       unit: percent
#       range: [1, 100]
#       per_router: true
#       description: how full a limit may be without a word
package routegate.bgp.maximum_prefix_headroom

import data.routegate.lib

findings contains f if {
	some l in input.state.limits
	l.tripped
	f := object.union(about(l), {
		"level": tripped_level(l),
		"measure": 1000,
		"message": sprintf("%s receives %d %s prefixes from %s, more than its maximum-prefix of %d: %s", [
			l.router, l.received, l.family,
			neighbor(l), l.limit, consequence(l),
		]),
		"hint": sprintf("raise the limit of %s first, or find out why there are so many prefixes", [l.neighbor]),
	})
}

findings contains f if {
	some l in input.state.limits
	not l.tripped
	l.received * 100 > lib.params_of(l.router)["max-prefix-headroom-percent"] * l.limit
	f := object.union(about(l), {
		"level": "advisory",
		"measure": lib.percent(l.received, l.limit),
		"message": sprintf("%s receives %d %s prefixes from %s: %d%% of its maximum-prefix of %d", [
			l.router, l.received, l.family,
			neighbor(l), lib.percent(l.received, l.limit), l.limit,
		]),
		"hint": sprintf("raise the limit of %s before it is reached", [l.neighbor]),
	})
}

about(l) := {
	"key": sprintf("%s %s %s", [l.router, l.neighbor, l.family]),
	"routers": [r | some r in [l.router, l.remote]; r != ""],
	"neighbors": [l.neighbor],
	"count": l.received,
	"spans": [l.span],
	"values": [{"name": "prefixes received of the limit", "before": filling(input.before, l), "after": filling(input.after, l)}],
}

tripped_level(l) := "advisory" if l.warning_only

tripped_level(l) := "hard" if not l.warning_only

consequence(l) := "it only warns" if l.warning_only

consequence(l) := "the session goes down" if not l.warning_only

neighbor(l) := l.neighbor if l.remote == ""

neighbor(l) := sprintf("%s (%s)", [l.remote, l.neighbor]) if l.remote != ""

filling(side, l) := sprintf("%d of %d", [x.received, x.limit]) if {
	some x in side.limits
	x.router == l.router
	x.neighbor == l.neighbor
	x.family == l.family
} else := "no limit"
