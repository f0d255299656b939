# METADATA
# title: Sessions lost that the change does not shut down
# description: |
#   A session that goes down although nobody shut it down is a consequence that the author may not
#   have seen: the route to the peer is gone, a limit trips, the ends do not fit any more. What the
#   change itself shuts down or removes is reported; closing most sessions of the network at once is refused.
# custom:
#   level: hard
#   scope: change
#   outages: [facebook-2021, reddit-2023, optus-2023]
#   params:
#     - name: max-sessions-closed-percent
#       default: 50
#       unit: percent
#       range: [0, 100]
#       description: the share of session ends that one change may close on purpose
#     - name: min-sessions-closed
#       default: 8
#       unit: session ends
#       range: [1, 1000000]
#       description: fewer than this many ends may be closed whatever their share is
package routegate.blast.session_loss

import data.routegate.lib

gone := [e | some e in input.effects.sessions; e.kind in {"lost", "removed"}]

# intended: shut down or removed by the change, or on a link that the change takes down.
intended(e) if e.deliberate

intended(e) if {
	e.reason == "link down"
	some item in lib.effective
	item.router in {e.router, e.remote}
	startswith(item.path, "interface ")
}

closed := [e | some e in gone; intended(e)]

too_many_closed if lib.above(
	count(closed), input.effects.totals.sessions,
	input.params["max-sessions-closed-percent"], input.params["min-sessions-closed"],
)

# One finding for each reason.
findings contains f if {
	some reason in {e.reason | some e in gone; not intended(e)}
	lost := [e | some e in gone; not intended(e); e.reason == reason]
	f := object.union(about(lost), {
		"key": sprintf("lost %s", [reason]),
		"message": sprintf("%s down that the change does not shut down (%s): %s", [
			goes(count(pairs(lost))),
			words_of(reason), lib.words(pairs(lost)),
		]),
		"hint": "restore what the session needs, or shut it down on purpose in the same change",
	})
}

findings contains f if {
	count(closed) > 0
	not too_many_closed
	f := object.union(about(closed), {
		"level": "advisory",
		"key": "closed",
		"message": sprintf("the change closes %s: %s", [
			lib.plural(count(pairs(closed)), "session", "sessions"),
			lib.words(pairs(closed)),
		]),
		"hint": "make sure that the sessions are drained first",
	})
}

findings contains f if {
	too_many_closed
	total := input.effects.totals.sessions
	f := object.union(about(closed), {
		"level": "soft",
		"key": "closed",
		"message": sprintf("the change closes %d of %d session ends (%d%%), more than %v%%", [
			count(closed), total, lib.percent(count(closed), total),
			input.params["max-sessions-closed-percent"],
		]),
		"hint": "close them in parts",
	})
}

about(ends) := {
	"measure": count(ends),
	"routers": ({e.router | some e in ends} | {e.remote | some e in ends; e.remote != ""}),
	"neighbors": {e.neighbor | some e in ends},
	"count": count(pairs(ends)),
	"spans": array.slice(array.concat([e.span | some e in ends], lib.cause([])), 0, 5),
	"values": [{"name": pair(e), "before": "Established", "after": state(e)} | some e in array.slice(ends, 0, 5)],
	"proof": array.slice([e.detail | some e in ends; e.detail != ""], 0, 5),
}

# pairs name sessions once, though both of their ends may be listed.
pairs(ends) := {pair(e) | some e in ends}

pair(e) := concat(" and ", sort([e.router, e.remote])) if e.remote != ""

pair(e) := sprintf("%s and AS%d (%s)", [e.router, e.remote_as, e.neighbor]) if e.remote == ""

state(e) := "removed" if e.kind == "removed"

state(e) := sprintf("Down: %s", [words_of(e.reason)]) if e.kind != "removed"

words_of("") := "reason not known"

words_of(reason) := reason if reason != ""

goes(1) := "1 session goes"

goes(n) := sprintf("%d sessions go", [n]) if n != 1
