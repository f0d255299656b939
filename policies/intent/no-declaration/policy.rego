# METADATA
# title: The change does not say what it is for
# description: |
#   The network asks for a declared intent, and the change has none: change.yaml is missing, or is that of an earlier change.
# custom:
#   level: soft
#   scope: change
#   params:
#     - name: require-declared-intent
#       default: false
#       description: whether a change with an effect on routers must declare what it is meant to do
package routegate.intent.no_declaration

import data.routegate.lib

findings contains f if {
	input.params["require-declared-intent"]
	not input.intent.declared
	routers := {item.router | some item in lib.effective; item.router != ""}
	count(routers) > 0
	f := {
		"key": "no declaration",
		"message": sprintf("the change to %s does not declare what it is meant to do", [lib.words(routers)]),
		"routers": routers,
		"hint": "`routegate check --propose-intent > change.yaml` writes a draft: read it, correct it, and put it beside routegate.yaml",
	}
}
