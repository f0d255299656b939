# METADATA
# title: A single failure loses a protected prefix
# description: |
#   With one link or one router out of order, a source that routegate.yaml names in reachable-from does not reach a
#   protected prefix, though it does while everything works.
# custom:
#   level: hard
#   scope: state
#   needs: [protect, failures]
#   outages: [tmobile-2020, whatsapp-2014]
package routegate.failure.single_failure

import data.routegate.lib

findings contains f if {
	some x in input.state.failures
	f := {
		"key": sprintf("%s loses %s %s from %s", [x.failure, x.name, x.prefix, x.source]),
		"measure": x.count,
		"message": sprintf("if %s fails, %s: %s", [x.failure, loses(x), lib.outcome(x.outcome, x.at)]),
		"routers": routers(x),
		"prefixes": [x.prefix],
		"count": x.count,
		"spans": array.concat([x.span], lib.cause(routers(x))),
		"values": [
			{"name": sprintf("%s that lose it in this failure", [x.source]), "before": sprintf("%d", [earlier(x)]), "after": sprintf("%d", [x.count])},
			{"name": "way while everything works", "before": way(x), "after": way(x)},
		],
		"proof": x.drop,
		"hint": "nothing is lost yet: give the prefix a second way that does not share this link or router, or leave the old way in place",
	}
}

loses(x) := sprintf("nobody originates %s %s", [x.name, x.prefix]) if x.source == "origin"

loses(x) := sprintf("the outside loses %s %s", [x.name, x.prefix]) if x.source == "outside"

loses(x) := sprintf("%s lose%s %s %s", [who(x), verb(x.count), x.name, x.prefix]) if not x.source in {"origin", "outside"}

who(x) := x.source if x.losing == [x.source]

who(x) := sprintf("%s (%s)", [lib.words(x.losing), x.source]) if {
	x.losing != [x.source]
	x.count == count(x.losing)
}

who(x) := sprintf("%d routers (%s)", [x.count, x.source]) if {
	x.losing != [x.source]
	x.count != count(x.losing)
}

verb(1) := "s"

verb(n) := "" if n != 1

# routers are the one that fails, or those at the link, and those that lose the prefix.
routers(x) := {r | some r in x.routers} | {r | some r in x.losing; not r in {"origin", "outside"}}

way(x) := concat("; ", x.path)

earlier(x) := n if {
	some y in input.before.failures
	y.failure == x.failure
	y.name == x.name
	y.prefix == x.prefix
	y.source == x.source
	n := y.count
} else := 0
