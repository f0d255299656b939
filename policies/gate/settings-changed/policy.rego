# METADATA
# title: The rules are changed with the change
# description: |
#   The change alters the policy settings in routegate.yaml (parameters, levels, what is disabled), and
#   is judged by the altered ones. Rules are changed on their own, where somebody looks at them.
# custom:
#   level: soft
#   scope: change
package routegate.gate.settings_changed

import data.routegate.lib

settings := [item |
	some item in input.change.items
	startswith(item.path, "environment/policy")
]

# Settings in a change of their own are what this policy asks for.
routers_change if {
	some item in lib.effective
	item.router != ""
}

findings contains f if {
	count(settings) > 0
	routers_change
	f := {
		"key": "policy settings",
		"measure": count(settings),
		"message": sprintf("the change alters routers and, in routegate.yaml, the rules that it is judged by: %s", [lib.words({item.summary | some item in settings})]),
		"count": count(settings),
		"spans": [item.span | some item in settings],
		"values": [{"name": item.path, "before": item.before, "after": item.after} | some item in settings],
		"hint": "change the rules first, in a change that touches nothing else",
	}
}
