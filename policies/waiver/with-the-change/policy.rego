# METADATA
# title: A waiver comes with the change that it lets pass
# description: |
#   The change brings or alters a waiver, and the waiver lifts findings about the change. Somebody wrote both at once.
# custom:
#   level: advisory
#   scope: change
#   needs: [waivers]
package routegate.waiver.with_the_change

import data.routegate.lib

findings contains f if {
	some w in input.waivers
	w.new
	w.lifts > 0
	f := {
		"key": w.name,
		"message": sprintf("waiver %s comes with the change and lifts %s of %s; %s answers for it%s", [
			w.name, lib.plural(w.lifts, "finding", "findings"), w.policy, w.owner, approval(w),
		]),
		"routers": w.routers,
		"neighbors": w.neighbors,
		"spans": [w.span],
		"values": [{"name": "reason", "before": "", "after": w.reason}],
		"hint": "have waivers.yaml owned by those who may approve, so that the second name is theirs",
	}
}

approval(w) := ", approved by nobody else" if w.approved_by == ""

approval(w) := sprintf(", approved by %s", [w.approved_by]) if w.approved_by != ""
