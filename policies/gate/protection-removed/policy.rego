# METADATA
# title: Protection removed
# description: |
#   The change takes a prefix out of what routegate.yaml protects, or the VRPs that origins are validated by. Whatever
#   else it does to that is not held against it any more, so somebody has to say that this is meant.
# custom:
#   level: soft
#   scope: change
package routegate.gate.protection_removed

findings contains f if {
	some p in input.before.protected
	not still_protected(p.prefix)
	f := {
		"key": p.prefix,
		"message": sprintf("%s (%s) is not protected any more", [p.prefix, p.name]),
		"routers": p.origins,
		"prefixes": [p.prefix],
		"spans": [p.span],
		"hint": "remove the protection in a change of its own, after the service is gone",
	}
}

findings contains f if {
	some item in input.change.items
	item.path == "environment/rpki"
	item.kind == "removed"
	f := {
		"key": "rpki",
		"message": sprintf("origins are not validated any more: routegate.yaml names no VRPs, and named %s before", [item.before]),
		"spans": [item.span],
		"hint": "say why in a change of its own",
	}
}

still_protected(prefix) if {
	some p in input.after.protected
	p.prefix == prefix
}
