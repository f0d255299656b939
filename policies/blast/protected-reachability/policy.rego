# METADATA
# title: Protected prefix out of reach
# description: |
#   A source that routegate.yaml names in reachable-from does not reach a protected prefix: some
#   path of the simulated packet ends in a drop or a loop.
# custom:
#   level: hard
#   scope: state
#   needs: [protect]
#   outages: [facebook-2021, cloudflare-2022]
package routegate.blast.protected_reachability

import data.routegate.lib

findings contains f if {
	some p in input.state.protected
	some source in {from.source | some from in p.from}
	lost := [from | some from in p.from; from.source == source; not from.ok]
	count(lost) > 0
	routers := {from.router | some from in lost; not from.router in {"", "outside"}}
	f := {
		"key": sprintf("%s %s from %s", [p.name, p.prefix, source]),
		"measure": count(lost),
		"message": sprintf("%s cannot reach %s %s: %s", [
			who(source, routers), p.name,
			p.prefix, lib.outcome(lost[0].outcome, lost[0].at),
		]),
		"routers": routers,
		"prefixes": [p.prefix],
		"count": count(lost),
		"spans": array.concat([p.span], lib.cause(routers)),
		"values": [{"name": sprintf("path from %s", [lost[0].router]), "before": earlier(p, lost[0]), "after": lib.outcome(lost[0].outcome, lost[0].at)}],
		"proof": lost[0].path,
		"hint": "restore the route that the path below misses",
	}
}

who("outside", routers) := "the outside" if count(routers) == 0

who(source, routers) := source if {
	count(routers) == 0
	source != "outside"
}

who(source, routers) := lib.words(routers) if source in routers

who(source, routers) := sprintf("%s (%s)", [lib.words(routers), source]) if {
	count(routers) > 0
	not source in routers
}

# earlier is how the same packet fared before the change.
earlier(p, from) := lib.outcome(was.outcome, was.at) if {
	some q in input.before.protected
	q.name == p.name
	q.prefix == p.prefix
	some was in q.from
	was.source == from.source
	was.router == from.router
} else := ""
