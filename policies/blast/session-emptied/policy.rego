# METADATA
# title: Session that carries nothing any more
# description: |
#   A session with a neighbor outside stays up, and one direction of it falls silent: we refuse
#   all that the neighbor sends, or announce nothing of what we still have. Monitoring sees a session that is up. An
#   entry that refuses everything by itself, at the head of the policy, is how traffic is drained, and is reported only.
# custom:
#   level: soft
#   scope: change
#   outages: [google-2016]
package routegate.blast.session_emptied

import data.routegate.lib

# drained: the first entry of a policy of that session refuses everything without a condition.
drained(e) if {
	some router in input.after.routers
	router.name == e.router
	some policy in router.policies
	sprintf("neighbor %s %s %s", [e.neighbor, e.family, e.direction]) in policy.used_by
	first := policy.statements[0]
	first.result == "reject"
	count(first.matches) == 0
}

level(e) := "advisory" if drained(e)

level(e) := "soft" if not drained(e)

findings contains f if {
	some e in input.effects.emptied
	f := {
		"level": level(e),
		"key": sprintf("%s %s %s %s", [e.router, e.neighbor, e.family, e.direction]),
		"measure": e.before,
		"message": sprintf("%s %s %s %s, and the session stays up", [
			e.router, verb(e.direction), lib.whom(e.relation, e.neighbor_as, e.neighbor), what(e),
		]),
		"routers": [e.router],
		"neighbors": [e.neighbor],
		"prefixes": [e.example | e.example != ""],
		"count": e.before,
		"spans": lib.cause([e.router]),
		"values": [{"name": sprintf("%s prefixes %s", [e.family, counted(e.direction)]), "before": format_int(e.before, 10), "after": "0"}],
		"hint": "look for a list or a policy that matches nothing any more; to drain the session, shut it down or refuse everything in its first entry",
	}
}

verb("import") := "refuses all that"

verb("export") := "announces nothing to"

what(e) := sprintf("sends any more: %s before", [lib.plural(e.before, "prefix was accepted", "prefixes were accepted")]) if e.direction == "import"

what(e) := sprintf("any more: %s before", [lib.plural(e.before, "prefix", "prefixes")]) if e.direction == "export"

counted("import") := "accepted"

counted("export") := "announced"
