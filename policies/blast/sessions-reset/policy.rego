# METADATA
# title: Too many sessions start anew
# description: |
#   Settings that daemons only take over by resetting the session (an AS, a router id, an address, a
#   capability) drop every route of that session until it is up again. Many at once are an outage.
# custom:
#   level: soft
#   scope: change
#   outages: [azure-2023]
#   params:
#     - name: max-sessions-reset-percent
#       default: 20
#       unit: percent
#       range: [0, 100]
#       description: the share of session ends that one change may reset
#     - name: min-sessions-reset
#       default: 6
#       unit: session ends
#       range: [1, 1000000]
#       description: fewer than this many ends may be reset whatever their share is; a session inside has two
package routegate.blast.sessions_reset

import data.routegate.lib

resets := [e | some e in input.effects.sessions; e.kind == "reset"]

too_many if {
	t := input.effects.totals
	lib.above(t.sessions_reset, t.sessions, input.params["max-sessions-reset-percent"], input.params["min-sessions-reset"])
}

findings contains object.union(reset, {
	"key": "too many",
	"message": sprintf("the change resets %s of %d (%d%%), more than %v%%%s", [
		ends, input.effects.totals.sessions,
		share, input.params["max-sessions-reset-percent"], because,
	]),
	"hint": "change one router at a time, drained of traffic",
}) if {
	too_many
}

findings contains object.union(reset, {
	"level": "advisory",
	"key": "some",
	"message": sprintf("the change resets %s of %d (%d%%)%s", [ends, input.effects.totals.sessions, share, because]),
	"hint": "the routes of these sessions are gone until they are up again",
}) if {
	input.effects.totals.sessions_reset > 0
	not too_many
}

reset := {
	"measure": input.effects.totals.sessions_reset,
	"routers": {e.router | some e in resets},
	"neighbors": {e.neighbor | some e in resets},
	"count": input.effects.totals.sessions_reset,
	"spans": array.slice([e.span | some e in resets], 0, 5),
}

ends := lib.plural(input.effects.totals.sessions_reset, "session end", "session ends")

share := lib.percent(input.effects.totals.sessions_reset, input.effects.totals.sessions)

because := sprintf(": %s", [lib.words(details)]) if {
	details := {e.detail | some e in resets; e.detail != ""; not startswith(e.detail, "reset by ")} # what the far end says is the same once more
	count(details) > 0
} else := ""
