# METADATA
# title: Traffic for the world leaves through a customer
# description: |
#   Packets for the default route leave the network, after the change, at a router that has customers only, and
#   left it elsewhere before. A default route that got into the IGP does this: it beats what the border learned.
# custom:
#   level: hard
#   scope: change
#   outages: [ovh-2021]
#   needs: [relations]
package routegate.leak.exit_through_customer

import data.routegate.lib

# exits are, by router, what its connected neighbors outside are to us.
exits[router.name] contains neighbor.relation if {
	some router in input.after.routers
	some neighbor in router.neighbors
	lib.outside(neighbor)
	neighbor.state == "Established"
}

findings contains f if {
	some r in input.effects.reachability
	lib.default_route(r.class)
	r.kind in {"moved", "gained"}
	startswith(r.after, "leaves")
	some place in r.ends_after
	exits[place] == {"customer"}
	not place in r.ends_before
	f := {
		"key": sprintf("%s %s %s", [r.class, place, concat(" ", r.ends_before)]),
		"measure": count(r.from),
		"message": sprintf("%s would send packets for %s out at %s, where there are only customers: %s before, %s after", [
			lib.words(r.from), r.class, place, r.before, r.after,
		]),
		"routers": r.from,
		"prefixes": [r.class],
		"count": count(r.from),
		"spans": lib.cause([place]),
		"proof": [r.example],
		"hint": "a default route belongs to a router with a provider; look for default-information originate and for static default routes",
	}
}
