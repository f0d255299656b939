# METADATA
# title: Origination of somebody else's prefix
# description: |
#   Our routers originate and announce a prefix that is neither within owned nor within what
#   routegate.yaml states for a customer. When a route from outside covers it, it is taken from its
#   holder by the longest match.
# custom:
#   level: hard
#   scope: state
#   needs: [owned]
#   outages: [pakistan-2008, telstra-2020, verizon-2019]
package routegate.leak.origination_outside_owned

import data.routegate.lib

findings contains f if {
	some o in input.state.originated
	o.announced
	not o.inside_owned
	not lib.inside_owned(o.prefix)
	not lib.inside_customers(o.prefix)
	not lib.default_route(o.prefix) # default-originate towards a customer
	f := {
		"key": sprintf("%s %s", [o.prefix, o.source]),
		"message": sprintf("%s (by %s) announces %s, which is outside of what this network owns%s", [
			lib.words(o.routers), o.source,
			o.prefix, harm(o),
		]),
		"routers": o.routers,
		"prefixes": [o.prefix],
		"spans": [o.span],
		"values": [{"name": "covered by", "before": "", "after": cover(o)}],
		"hint": "take it out of the announcement (a prefix-list on the redistribution or on every export), or add it to owned if it is ours",
	}
}

foreign(o) if {
	o.foreign_cover != ""
	not lib.default_route(o.foreign_cover)
}

harm(o) := sprintf(": it hijacks a more specific of %s of AS%d", [o.foreign_cover, o.foreign_origin]) if {
	foreign(o)
	o.foreign_cover != o.prefix
}

harm(o) := sprintf(": it re-originates the route of AS%d (RFC 7908 type 5)", [o.foreign_origin]) if {
	foreign(o)
	o.foreign_cover == o.prefix
}

harm(o) := "" if not foreign(o)

cover(o) := sprintf("%s of AS%d", [o.foreign_cover, o.foreign_origin]) if foreign(o)

cover(o) := "no route from outside" if not foreign(o)
