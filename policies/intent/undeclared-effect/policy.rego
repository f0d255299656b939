# METADATA
# title: An effect that is not declared
# description: |
#   The change declares what it is meant to do, and does more than that.
# custom:
#   level: advisory
#   scope: change
#   needs: [intent]
package routegate.intent.undeclared_effect

import data.routegate.lib

verbs := {
	"withdraw": "withdrawn", "announce": "announced", "move": "moved", "attributes": "changed in their attributes",
	"session-up": "come up", "session-down": "go down", "session-reset": "start anew", "configure": "changed",
}

findings contains f if {
	some u in input.intent.undeclared
	f := {
		"key": sprintf("%s %v", [u.effect, u.outside]),
		"measure": u.count,
		"message": sprintf("not declared: %s", [sentence(u)]),
		"routers": u.routers,
		"neighbors": u.neighbors,
		"prefixes": u.prefixes,
		"spans": causes(u),
		"proof": u.examples,
		"hint": "declare it where it is meant, or look for what causes it; `routegate check --propose-intent` writes down all that happens",
	}
}

sentence(u) := sprintf("%s %s at %s%s", [
	lib.plural(u.count, "path of the configuration is", "paths of the configuration are"), verbs[u.effect],
	lib.words(u.routers), lib.example(u.paths),
]) if {
	u.effect == "configure"
} else := sprintf("%s of sessions %s at %s%s", [
	lib.plural(u.count, "end", "ends"), verbs[u.effect], lib.words(u.routers), lib.example(u.examples),
]) if {
	startswith(u.effect, "session-")
} else := sprintf("prefixes %s for neighbors outside (%s) by %s%s", [
	verbs[u.effect], lib.words(u.neighbors), lib.words(u.routers), lib.example(u.prefixes),
]) if {
	u.outside
} else := sprintf("prefixes %s at %s%s", [verbs[u.effect], lib.words(u.routers), lib.example(u.prefixes)])

causes(u) := u.spans if count(u.spans) > 0

causes(u) := lib.cause(u.routers) if count(u.spans) == 0
