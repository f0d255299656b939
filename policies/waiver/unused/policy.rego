# METADATA
# title: A waiver lifts nothing
# description: |
#   A waiver that lifts nothing waits for a finding that nobody has seen yet. It is taken away, or it is not
#   written as it was meant.
# custom:
#   level: advisory
#   scope: change
#   needs: [waivers]
package routegate.waiver.unused

findings contains f if {
	some w in input.waivers
	not w.expired
	w.lifts == 0
	f := {
		"key": w.name,
		"message": sprintf("waiver %s of %s lifts nothing: %s", [w.name, w.owner, w.why]),
		"routers": w.routers,
		"neighbors": w.neighbors,
		"spans": [w.span],
		"values": [{"name": "reason", "before": w.reason, "after": w.reason}],
		"hint": "remove it, or write it for what it is to lift: a waiver is not wider than its routers, neighbors and prefixes",
	}
}
