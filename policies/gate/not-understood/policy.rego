# METADATA
# title: The change touches lines that are not understood
# description: |
#   What the gate does not model it cannot judge. A line outside of the model that the change adds,
#   alters or removes makes the verdict unknown, which blocks as a refusal does.
# custom:
#   level: unknown
#   scope: change
#   outages: [kt-2021, centurylink-2020]
#   params:
#     - name: tolerate-other-protocols
#       default: false
#       per_router: true
#       description: let lines pass that concern only protocols and address families outside of the simulation (EVPN, PIM)
package routegate.gate.not_understood

import data.routegate.lib

lines[[l.router, l.reason, l.affects]] contains l if some l in input.change.not_modelled

findings contains f if {
	some key, list in lines
	ordered := [l | some l in list]
	f := {
		"level": level(key[0], key[2]),
		"key": sprintf("%s %s", [key[0], key[1]]),
		"measure": count(list),
		"message": sprintf("%s: the change touches %s outside of the model (%s), which may affect %s: %s", [
			key[0], lib.plural(count(list), "line", "lines"),
			key[1], key[2], lib.words({l.text | some l in list}),
		]),
		"routers": [key[0]],
		"count": count(list),
		"spans": array.slice([l.span | some l in ordered], 0, 10),
		"values": [value(l) | some l in array.slice(ordered, 0, 10)],
		"hint": "have a person who knows these lines look at them; without them, or in a change of their own, the rest can be judged",
	}
}

level(router, "other protocols") := "advisory" if lib.params_of(router)["tolerate-other-protocols"]

level(router, affects) := "unknown" if not tolerated(router, affects)

tolerated(router, "other protocols") if lib.params_of(router)["tolerate-other-protocols"]

value(l) := {"name": l.context, "before": l.text, "after": ""} if l.kind == "removed"

value(l) := {"name": l.context, "before": "", "after": l.text} if l.kind != "removed"
