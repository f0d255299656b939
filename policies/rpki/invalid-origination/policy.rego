# METADATA
# title: We originate what a ROA forbids
# description: |
#   A prefix of ours goes out that the published ROAs make invalid: another AS is authorized, or only a
#   shorter prefix is. Whoever validates origins drops it, and the prefix is gone for that part of the world.
# custom:
#   level: hard
#   scope: state
#   needs: [rpki]
#   outages: [pakistan-2008, telstra-2020]
package routegate.rpki.invalid_origination

import data.routegate.lib

findings contains f if {
	some o in input.state.rpki.originated
	o.state == "invalid"
	f := {
		"key": sprintf("%s AS%d", [o.prefix, o.origin]),
		"measure": count(o.neighbors),
		"message": sprintf("%s: %s announced with origin %s to %s is invalid: %s", [
			lib.words(o.routers), o.prefix,
			lib.origin_words(o.origin), lib.words(o.neighbors), lib.invalid_words(o),
		]),
		"routers": o.routers,
		"prefixes": [o.prefix],
		"spans": array.concat([o.span], [v.span | some v in array.slice(o.vrps, 0, 3)]),
		"values": [{"name": "ROA", "before": roa, "after": roa} | some v in o.vrps; roa := lib.roa(v)],
		"hint": "announce what the ROA authorizes, or publish a ROA for this prefix and origin first",
	}
}
