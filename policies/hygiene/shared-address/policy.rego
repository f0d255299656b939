# METADATA
# title: Address that another router has already
# description: |
#   Two routers with the same address on a subnet of hosts: a typing mistake in an address, or a
#   configuration that was copied. Half of the packets end at the wrong one.
# custom:
#   level: hard
#   scope: state
#   outages: []
package routegate.hygiene.shared_address

import data.routegate.lib

# An address that several routers shared before the change is meant to be shared, by one router more as well.
findings contains f if {
	some s in input.state.shared
	f := {
		"level": level(s),
		"key": s.address,
		"message": sprintf("%s have the same address %s", [lib.words(s.routers), s.address]),
		"routers": s.routers,
		"prefixes": [s.address],
		"count": count(s.routers),
		"spans": [s.span],
		"hint": "give each router an address of its own; a service that several share takes a single address (/32, /128)",
	}
}

# meant: the change gives it to all of them at once, as one does with the gateway address of a fabric.
meant(s) if {
	givers := {item.router |
		some item in lib.effective
		item.kind == "added"
		some text in [item.path, item.after]
		s.address in split(replace(text, ",", " "), " ")
	}
	count({r | some r in s.routers} - (givers | {r | some r in input.change.routers_added})) == 0
}

level(s) := "advisory" if meant(s)

level(s) := "hard" if not meant(s)
