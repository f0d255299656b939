# METADATA
# title: Reference to something that is not defined
# description: |
#   A route-map, prefix-list or other set is referred to and does not exist. Daemons differ in what
#   they make of it: everything is refused, everything passes, or the condition never matches.
# custom:
#   level: hard
#   scope: state
#   outages: [rogers-2022]
package routegate.hygiene.missing_reference

findings contains f if {
	some router in input.state.routers
	some ref in router.dangling
	f := {
		"key": sprintf("%s %s %s by %s", [router.name, ref.kind, ref.name, ref.by]),
		"message": sprintf("%s: %s refers to %s %s, which is not defined%s", [
			router.name, ref.by,
			ref.kind, ref.name, effect(ref),
		]),
		"routers": [router.name],
		"count": 1,
		"spans": [ref.span],
		"hint": sprintf("define %s %s, or remove the reference together with what it was to filter", [ref.kind, ref.name]),
	}
}

effect(ref) := "" if ref.effect == ""

effect(ref) := sprintf(": %s", [ref.effect]) if ref.effect != ""
