# METADATA
# title: Neighbor in another AS than it is known to be
# description: |
#   The change gives a neighbor outside another AS, while routegate.yaml goes on to say that the old AS announces routes here.
#   The neighbor does not change with us: the session goes down.
# custom:
#   level: hard
#   scope: change
#   outages: []
package routegate.bgp.neighbor_as

findings contains f if {
	some c in input.effects.contradicted
	f := {
		"key": sprintf("%s %s", [c.router, c.neighbor]),
		"message": sprintf("%s takes neighbor %s to be in AS%d, and routegate.yaml knows it as AS%d: the session goes down (wrong AS)", [
			c.router, c.neighbor, c.after, c.before,
		]),
		"routers": [c.router],
		"neighbors": [c.neighbor],
		"count": 1,
		"spans": [c.span],
		"hint": "correct the number; if the neighbor does change its AS, let routegate.yaml say so (announcements from the new AS)",
	}
}
