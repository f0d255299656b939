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
		"key": s.address,
		"message": sprintf("%s have the same address %s", [lib.words(s.routers), s.address]),
		"routers": s.routers,
		"prefixes": [s.address],
		"count": count(s.routers),
		"spans": [s.span],
		"hint": "give each router an address of its own; a service that several share takes a single address (/32, /128)",
	}
}
