# METADATA
# title: Too many routers at once
# description: |
#   The share of routers whose configuration the change alters with effect is a limit, not an
#   opinion: what is wrong with the change is wrong in all of them at once. Routers
#   that only behave otherwise are reported, not refused: one new prefix reaches every router.
# custom:
#   level: soft
#   scope: change
#   outages: [cloudflare-2022, azure-2023, optus-2023]
#   params:
#     - name: max-routers-changed-percent
#       default: 25
#       unit: percent
#       range: [0, 100]
#       description: the share of routers that one change may alter
#     - name: min-routers-changed
#       default: 10
#       unit: routers
#       range: [1, 1000000]
#       description: fewer than this many may change whatever their share is
#     - name: max-routers-touched-percent
#       default: 50
#       unit: percent
#       range: [0, 100]
#       description: the share of routers that may behave otherwise without a word
package routegate.blast.routers_touched

import data.routegate.lib

# changed are the routers that stood before and whose configuration means something else now.
changed := {item.router | some item in lib.effective; item.router != ""} - {r | some r in input.change.routers_added}

findings contains f if {
	n := count(changed)
	total := input.effects.totals.routers
	lib.above(n, total, input.params["max-routers-changed-percent"], input.params["min-routers-changed"])
	f := {
		"key": "changed",
		"measure": n,
		"message": sprintf("the change alters %d of %s (%d%%), more than %v%%", [
			n, lib.plural(total, "router", "routers"),
			lib.percent(n, total), input.params["max-routers-changed-percent"],
		]),
		"routers": changed,
		"count": n,
		"hint": "split the change: the first router of each role alone, then the rest in parts",
	}
}

findings contains f if {
	t := input.effects.totals
	lib.above(t.routers_touched, t.routers, input.params["max-routers-touched-percent"], input.params["min-routers-changed"])
	f := {
		"level": "advisory",
		"key": "touched",
		"measure": t.routers_touched,
		"message": sprintf("%d of %s (%d%%) will have other sessions, routes or announcements", [
			t.routers_touched, lib.plural(t.routers, "router", "routers"),
			lib.percent(t.routers_touched, t.routers),
		]),
		"count": t.routers_touched,
		"hint": "expect that far a reach when something goes wrong",
	}
}
