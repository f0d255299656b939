# METADATA
# title: A live service's list that no router has
# description: |
#   routegate.yaml says that a list renders a live service, and no router where it should be has a list of that name: it is mistyped, or
#   the last one was removed.
# custom:
#   level: soft
#   scope: state
#   needs: [services]
#   outages: [cloudflare-1111-2025]
package routegate.hygiene.service_list_missing

findings contains f if {
	some list in input.state.services.lists
	list.live
	list.stated
	list.count == 0
	f := {
		"key": sprintf("%s %s", [list.service, list.name]),
		"message": sprintf("no router%s has the list %s of the live service %s", [where(list), list.name, list.service]),
		"routers": list.lacking,
		"spans": [list.span],
		"hint": "correct the name in services of routegate.yaml; a service that is gone goes out of it in the same change",
	}
}

where(list) := "" if list.lacking_count == 0

where(list) := sprintf(" of the %d where it is said to be", [list.lacking_count]) if list.lacking_count > 0
