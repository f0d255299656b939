# METADATA
# title: Management depends on the network that it manages
# description: |
#   With every BGP session down and every link cut that is not the management network's, a station does not reach
#   a router or a console server. The change takes such independence away, takes the only way that there
#   was, or floods the protocol that carries it.
# custom:
#   level: hard
#   scope: state
#   needs: [management]
#   outages: [facebook-2021, rogers-2022]
#   params:
#     - name: max-igp-externals-growth-percent
#       default: 100
#       unit: percent
#       range: [0, 1000000]
#       description: by how much one change may let what is redistributed into IGPs grow
#     - name: min-igp-externals-growth
#       default: 50
#       unit: routes
#       range: [1, 1000000000]
#       description: fewer routes than this may come in whatever their share is
package routegate.management.independence

import data.routegate.lib

# What depends on the network in band, by station.
dependent[f.station] contains f if {
	some f in input.state.independence
	not f.ok
}

# How it was, by station and address.
earlier[f.station][f.address] := f if some f in input.before.independence

# All that depends, and did before: it stands in a report, and refuses nothing.
findings contains f if {
	some station, list in dependent
	standing := [x | some x in list; settled(x)]
	count(standing) > 0
	f := object.union(described(station, standing), {
		"key": sprintf("%s in band", [station]),
		"measure": count(standing),
		"message": sprintf("management station %s reaches %s in band alone: with every BGP session down and every in-band link cut, %s", [
			station, who(standing), end(standing),
		]),
	})
}

settled(_) if input.state.side == "before"

settled(x) if {
	input.state.side == "after"
	not earlier[x.station][x.address].ok
	earlier[x.station][x.address]
}

# What was independent and is not any more.
findings contains f if {
	input.state.side == "after"
	some station, list in dependent
	lost := [x | some x in list; earlier[x.station][x.address].ok]
	count(lost) > 0
	f := object.union(described(station, lost), {
		"key": sprintf("%s lost", [station]),
		"message": sprintf("management station %s loses its independent way to %s: with every BGP session down and every in-band link cut, %s", [
			station, who(lost), end(lost),
		]),
	})
}

# What is new and depends. Where nothing is independent of that station the network is built so, and a rack more is not
# what would change it.
findings contains f if {
	input.state.side == "after"
	some station, list in dependent
	added := [x | some x in list; not earlier[x.station][x.address]]
	count(added) > 0
	f := object.union(described(station, added), {
		"key": sprintf("%s new", [station]),
		"level": customary(station),
		"message": sprintf("management station %s reaches %s, which the change adds, in band alone: with every BGP session down and every in-band link cut, %s", [
			station, who(added), end(added),
		]),
	})
}

customary(station) := "hard" if {
	some x in input.after.independence
	x.station == station
	x.ok
} else := "advisory"

# What had no way but in band, and loses it.
findings contains f if {
	input.state.side == "after"
	some station, list in dependent
	gone := [x | some x in list; not x.reached; was_in_band(earlier[x.station][x.address])]
	count(gone) > 0
	f := object.union(described(station, gone), {
		"key": sprintf("%s gone", [station]),
		"message": sprintf("management station %s had no way to %s but in band%s, and the change takes it: no other is left to undo the change", [
			station, who(gone), upon(earlier[station][gone[0].address]),
		]),
		"proof": earlier[station][gone[0].address].path,
	})
}

was_in_band(x) if {
	x.reached
	not x.ok
}

# What rests on a protocol that the change floods.
findings contains f if {
	input.state.side == "after"
	some station, list in dependent
	some protocol in {p | some x in list; some p in x.protocols}
	before := brought(input.before, protocol)
	now := brought(input.after, protocol)
	lib.above(now - before, before, input.params["max-igp-externals-growth-percent"], input.params["min-igp-externals-growth"])
	riding := [x | some x in list; protocol in x.protocols]
	f := object.union(described(station, riding), {
		"key": sprintf("%s over %s", [station, protocol]),
		"measure": now,
		"message": sprintf("management station %s has no way to %s but over %s, which takes in %s instead of %d: what floods it takes management with it", [
			station, who(riding), protocol, lib.plural(now, "redistributed route", "redistributed routes"), before,
		]),
		"spans": {x.span | some r in input.after.routers; some x in r.redistributions; x.into == protocol; x.routes > 0},
		"values": [{"name": sprintf("routes that others bring into %s", [protocol]), "before": format_int(before, 10), "after": format_int(now, 10)}],
		"proof": riding[0].path,
	})
}

brought(side, protocol) := sum([x.routes | some r in side.routers; some x in r.redistributions; x.into == protocol])

# described is what all findings about a station and what it manages say alike.
described(station, list) := {
	"routers": routers,
	"prefixes": [x.address | some x in list],
	"count": count(list),
	"spans": lib.cause(routers),
	"values": [{"name": "reached with everything in band gone", "before": left(input.before, station), "after": left(input.after, station)}],
	"proof": list[0].drop,
	"hint": "lead management over links of its own, inside of management.prefixes, with static routes; or make the change in steps that leave a way",
} if {
	routers := {x.router | some x in list; x.router != ""}
}

left(side, station) := sprintf("%d of %d", [count([x | some x in looked; x.ok]), count(looked)]) if {
	looked := [x | some x in side.independence; x.station == station]
}

who(list) := lib.words({name(x) | some x in list})

name(x) := x.router if x.router != ""

name(x) := sprintf("console server %s", [x.address]) if x.router == ""

end(list) := lib.outcome(list[0].outcome, list[0].at)

# upon says what a way rests on.
upon(x) := sprintf(" (over %s and %s)", [lib.words(x.protocols), lib.plural(count(x.in_band), "in-band link", "in-band links")]) if {
	count(x.protocols) > 0
} else := sprintf(" (over %s)", [lib.plural(count(x.in_band), "in-band link", "in-band links")])
