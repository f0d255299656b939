# METADATA
# title: A waiver has expired
# description: |
#   The last day of a waiver is over. It lifts nothing any more; whoever owns it renews it with a reason, or
#   takes it away.
# custom:
#   level: advisory
#   scope: change
#   needs: [waivers]
package routegate.waiver.expired

findings contains f if {
	some w in input.waivers
	w.expired
	f := {
		"key": w.name,
		"message": sprintf("waiver %s of %s, for %s, held until %s and lifts nothing", [w.name, w.owner, w.policy, w.expires]),
		"routers": w.routers,
		"neighbors": w.neighbors,
		"spans": [w.span],
		"values": [{"name": "reason", "before": w.reason, "after": w.reason}],
		"hint": "remove it, or have it renewed by a second person",
	}
}
