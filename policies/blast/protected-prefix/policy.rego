# METADATA
# title: Protected prefix lost
# description: |
#   A prefix that routegate.yaml protects is originated by fewer routers than it must be, or is
#   announced to nobody outside any more.
# custom:
#   level: hard
#   scope: state
#   needs: [protect]
#   outages: [facebook-2021, google-2016, cloudflare-1111-2025]
package routegate.blast.protected_prefix

import data.routegate.lib

findings contains f if {
	some p in input.state.protected
	least := max([1, p.min_origins])
	have := count(p.origins)
	have < least
	f := {
		"key": sprintf("origins %s %s", [p.name, p.prefix]),
		"measure": least - have,
		"message": sprintf("%s %s is originated by %s, and must be by %d or more", [
			p.name, p.prefix,
			originators(p), least,
		]),
		"routers": array.concat(before(p).origins, p.origins),
		"prefixes": [p.prefix],
		"spans": array.concat([p.span], lib.cause(before(p).origins)),
		"values": [
			{"name": "origins", "before": originators(before(p)), "after": originators(p)},
			outside_value(p),
		],
		"hint": "restore the origination (network statement, route or announcement policy), or lower min-origins if that is meant",
	}
}

findings contains f if {
	some p in input.state.protected
	was := before(p).outside_neighbors
	was > 0
	p.outside_neighbors == 0
	f := {
		"key": sprintf("outside %s %s", [p.name, p.prefix]),
		"message": sprintf("%s %s is announced to nobody outside any more: %s had it", [
			p.name, p.prefix,
			lib.plural(was, "neighbor", "neighbors"),
		]),
		"routers": p.origins,
		"prefixes": [p.prefix],
		"spans": array.concat([p.span], lib.cause(p.origins)),
		"values": [outside_value(p)],
		"hint": "look at the export policies and at conditional advertisement: what they wait for may be gone",
	}
}

findings contains f if {
	some p in input.state.protected
	was := before(p).outside_neighbors
	p.outside_neighbors > 0
	p.outside_neighbors * 2 < was
	f := {
		"level": "advisory",
		"key": sprintf("fewer outside %s %s", [p.name, p.prefix]),
		"measure": was - p.outside_neighbors,
		"message": sprintf("%s %s is announced to %d of the %d outside neighbors that had it", [
			p.name, p.prefix,
			p.outside_neighbors, was,
		]),
		"prefixes": [p.prefix],
		"spans": [p.span],
		"values": [outside_value(p)],
		"hint": "check that the neighbors that are left carry the traffic",
	}
}

# before is the same protected prefix on the side before the change; itself when it is new there.
before(p) := was if {
	some was in input.before.protected
	was.name == p.name
	was.prefix == p.prefix
} else := p

originators(p) := "no router" if count(p.origins) == 0

originators(p) := lib.words(p.origins) if count(p.origins) > 0

outside_value(p) := {
	"name": "outside neighbors",
	"before": format_int(before(p).outside_neighbors, 10),
	"after": format_int(p.outside_neighbors, 10),
}
