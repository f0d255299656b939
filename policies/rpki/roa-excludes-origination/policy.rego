# METADATA
# title: A ROA makes a prefix of ours invalid
# description: |
#   The proposed VRPs make invalid what our routers originate, and those before did not: a ROA with a
#   maximum length below a more specific that is announced, or for another AS only.
# custom:
#   level: hard
#   scope: change
#   needs: [rpki]
package routegate.rpki.roa_excludes_origination

import data.routegate.lib

findings contains f if {
	some e in input.effects.revalidated
	f := {
		"key": sprintf("%s AS%d", [e.prefix, e.origin]),
		"message": sprintf("%s of %s was %s and becomes invalid: %s; %s no longer hears it where origins are validated", [
			e.prefix, lib.origin_words(e.origin),
			e.before, lib.invalid_words(e), lib.words(e.neighbors),
		]),
		"routers": e.routers,
		"prefixes": [e.prefix],
		"spans": array.concat([v.span | some v in array.slice(e.vrps, 0, 3)], [e.span]),
		"values": [{"name": "ROA", "before": "", "after": lib.roa(v)} | some v in e.vrps],
		"hint": sprintf("publish a ROA for %s by %s as well, or stop announcing it first", [e.prefix, lib.origin_words(e.origin)]),
	}
}
