# METADATA
# title: Traffic that was delivered is not any more
# description: |
#   A demand that routegate.yaml states does not arrive, or not all of it: packets meet no route, a null route or a loop, or the
#   outside has no route to it.
# custom:
#   level: hard
#   scope: state
#   needs: [demands]
#   outages: []
package routegate.capacity.undelivered

import data.routegate.lib

findings contains f if {
	some x in input.state.undelivered
	f := {
		"key": x.demand,
		"measure": x.undelivered,
		"message": sprintf("%s of the %s of %s from %s do not arrive: %s", [
			lib.rate(x.undelivered), lib.rate(x.volume), x.demand, x.from, lib.outcome(x.outcome, x.at),
		]),
		"routers": routers(x),
		"prefixes": x.prefixes,
		"count": count(x.prefixes),
		"spans": array.concat([x.span], lib.cause(routers(x))),
		"values": [{"name": sprintf("%s that does not arrive", [x.demand]), "before": lost(input.before.undelivered, x), "after": lost(input.after.undelivered, x)}],
		"proof": x.path,
		"hint": "where nobody means to send this traffic any more, take the demand out of routegate.yaml in the same change",
	}
}

routers(x) := {r | some r in x.routers} | {x.at | x.at != ""}

lost(list, x) := lib.rate(y.undelivered) if {
	some y in list
	y.demand == x.demand
} else := "nothing"
