# METADATA
# title: Origination inside a route from outside
# description: |
#   Without owned in routegate.yaml nobody can say which prefixes are ours. An announced prefix that
#   a route from outside covers is held to be somebody else's all the same.
# custom:
#   level: hard
#   scope: state
#   outages: [pakistan-2008, telstra-2020]
package routegate.leak.origination_of_foreign_space

import data.routegate.lib

findings contains f if {
	count(input.network.owned) == 0
	some o in input.state.originated
	o.announced
	o.foreign_cover != ""
	lib.bits(o.foreign_cover) >= 8 # a default or the like covers everything
	not o.foreign_origin in input.network.our_asns
	not lib.inside_customers(o.prefix)
	f := {
		"key": sprintf("%s %s", [o.prefix, o.source]),
		"message": sprintf("%s (by %s) announces %s, which lies in %s that AS%d announces to us", [
			lib.words(o.routers), o.source,
			o.prefix, o.foreign_cover, o.foreign_origin,
		]),
		"routers": o.routers,
		"prefixes": [o.prefix],
		"spans": [o.span],
		"hint": "if the prefix is ours (assigned out of the provider's block, say), state owned in routegate.yaml",
	}
}
