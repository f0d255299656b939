# METADATA
# title: A site has to serve more than it can
# description: |
#   The demands for a protected service bring more traffic to a site than routegate.yaml says that it can serve: while everything
#   works or, where failures were tried, in a single failure.
# custom:
#   level: soft
#   scope: state
#   needs: [demands, capacity]
#   outages: [telegram-2014]
#   params:
#     - name: max-site-load-percent
#       default: 100
#       unit: "%"
#       range: [1, 1000]
#       description: how much of its capacity a site may have to serve
package routegate.capacity.site_load

import data.routegate.lib

findings contains f if {
	some x in input.state.sites
	x.percent > input.params["max-site-load-percent"]
	f := {
		"key": concat(" ", [x.name, x.site, kind(x)]),
		"measure": x.percent,
		"message": sprintf("%ssite %s has to serve %s of %s, which is %v %% of the %s that it can (at most %v %%)", [
			lib.in_failure(x), x.site, lib.rate(x.load), x.name, x.percent, lib.rate(x.capacity), input.params["max-site-load-percent"],
		]),
		"routers": x.routers,
		"prefixes": x.prefixes,
		"count": x.count,
		"spans": array.concat([x.span], lib.cause(x.routers)),
		"values": [{"name": sprintf("%s served at %s", [x.name, x.site]), "before": serves(input.before.sites, x), "after": serves(input.after.sites, x)}],
		"proof": lib.filling(x),
		"hint": "users of a site that is withdrawn land on the next one: withdraw it where the others have room, and bring it back in steps",
	}
}

kind(x) := "now" if x.failure == ""

kind(x) := "failure" if x.failure != ""

serves(sites, x) := sprintf("%s (%v %%)", [lib.rate(y.load), y.percent]) if {
	some y in sites
	y.name == x.name
	y.site == x.site
	kind(y) == kind(x)
} else := "not known"
