# METADATA
# title: A declared effect does not happen
# description: |
#   The change declares what it is meant to do, and the simulation shows that it does not do all of it: the
#   change is another than the one that somebody has in mind.
# custom:
#   level: soft
#   scope: change
#   needs: [intent]
package routegate.intent.declared_effect_missing

import data.routegate.lib

findings contains f if {
	some d in input.intent.declarations
	count(d.missing) > 0
	f := {
		"key": d.name,
		"message": sprintf("declared, and does not happen: %s (%s)", [d.name, lib.words(d.missing)]),
		"routers": [r | some r in d.at; not contains(r, ":")],
		"neighbors": d.neighbors,
		"spans": [d.span],
		"values": [{"name": "what happens of it", "before": "declared", "after": happens(d)}],
		"proof": d.examples,
		"hint": "either the configuration does not do what is meant, or change.yaml says more than is meant",
	}
}

happens(d) := "nothing" if d.count == 0

happens(d) := lib.plural(d.count, "time", "times") if d.count > 0
