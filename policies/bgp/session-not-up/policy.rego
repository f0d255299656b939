# METADATA
# title: Configured session that does not come up
# description: |
#   A BGP neighbor is configured and not shut down, and the session cannot be established: the other
#   end does not expect it, is in another AS, is not reachable, or nothing is negotiated. A typing mistake
#   in an address looks like this, and so does the first half of a change in two steps.
# custom:
#   level: advisory
#   scope: state
#   outages: []
package routegate.bgp.session_not_up

findings contains f if {
	some router in input.state.routers
	some neighbor in router.neighbors
	neighbor.state == "Down"
	not deliberate(neighbor)
	f := {
		"key": sprintf("%s %s %s", [router.name, neighbor.vrf, neighbor.key]),
		"message": sprintf("%s: the session with %s does not come up: %s", [router.name, neighbor.key, neighbor.reason]),
		"routers": [router.name],
		"neighbors": [neighbor.key],
		"count": 1,
		"spans": [neighbor.span],
		"hint": "compare address, AS, update-source and address families of both ends",
	}
}

# deliberate: one of the ends is shut down, or is torn down by a limit that has a policy of its own.
deliberate(neighbor) if neighbor.shutdown

deliberate(neighbor) if neighbor.reason in {"shut down", "shut down by the peer", "maximum-prefix exceeded"}
