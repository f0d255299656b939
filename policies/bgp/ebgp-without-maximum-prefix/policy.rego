# METADATA
# title: eBGP session without maximum-prefix
# description: |
#   A limit on the number of prefixes stops what slips through the filters: a neighbor that leaks its
#   whole table. For customers and peers the number is known and small. A provider's table is large and grows, and
#   of an unknown neighbor nobody can say: there the finding is advice.
# custom:
#   level: hard
#   scope: state
#   outages: [verizon-2019, cloudflare-2020]
package routegate.bgp.ebgp_without_maximum_prefix

import data.routegate.lib

findings contains f if {
	some router in input.state.routers
	some neighbor in router.neighbors
	lib.outside(neighbor)
	some family in neighbor.families
	some problem in [problem_of(family)]
	f := {
		"level": level(neighbor, family),
		"key": sprintf("%s%s %s %s", [router.name, lib.in_vrf(neighbor.vrf), neighbor.key, family.family]),
		"message": sprintf("%s%s accepts any number of %s prefixes from %s: %s", [
			router.name, lib.in_vrf(neighbor.vrf), family.family,
			lib.whom(neighbor.relation, neighbor.remote_as, neighbor.key), problem,
		]),
		"routers": [router.name],
		"neighbors": [neighbor.key],
		"spans": [neighbor.span, family.span],
		"values": [{"name": "prefixes received", "before": "", "after": format_int(family.received, 10)}],
		"hint": sprintf("set maximum-prefix for %s to about twice what it is expected to send (it sends %d now)", [neighbor.key, family.received]),
	}
}

problem_of(family) := "there is no maximum-prefix" if is_null(family.maximum_prefix)

problem_of(family) := sprintf("maximum-prefix %d only warns", [family.maximum_prefix.limit]) if family.maximum_prefix.warning_only

level(neighbor, family) := "hard" if {
	neighbor.relation in {"customer", "peer"}
	is_null(family.maximum_prefix)
} else := "advisory"
