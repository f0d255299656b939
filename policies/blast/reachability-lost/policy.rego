# METADATA
# title: Reachability lost
# description: |
#   Routers lose every way to a destination that is still there: its place keeps it, and others
#   cannot get to it any more. What the change takes away altogether (its origin, its place, the session
#   to where it was) is reported only, since that looks like intent; protect what must never go.
# custom:
#   level: hard
#   scope: change
#   outages: [facebook-2021, cloudflare-2022, rogers-2022, reddit-2023]
#   params:
#     - name: max-routers-losing-percent
#       default: 10
#       unit: percent
#       range: [0, 100]
#       description: the share of routers that may lose a destination
#     - name: min-routers-losing
#       default: 2
#       unit: routers
#       range: [1, 1000000]
#       description: fewer than this many may lose it whatever their share is
package routegate.blast.reachability_lost

import data.routegate.lib

lost := [r | some r in input.effects.reachability; r.kind == "lost"]

losers[r.class] contains router if {
	some r in lost
	some router in r.from
}

# places are the routers where packets to a destination ended before: "delivered at dc1".
places[r.class] contains trim_right(found[1], ",;") if {
	some r in lost
	some found in regex.find_all_string_submatch_n(`\bat (\S+)`, r.before, -1)
}

# gone: nobody has the destination any more, not even where it was.
intended(class) if {
	not leaves(class)
	count(places[class]) > 0
	count(places[class] - losers[class]) == 0
}

# withdrawn: nobody originates it any more, and the change is on a router that did (or in routegate.yaml).
intended(class) if {
	some o in input.effects.origins
	count(o.after) == 0
	lib.inside(class, [o.prefix])
	some item in lib.effective
	item.router in array.concat(o.before, [""])
}

# nulled: the change itself names the destination, for a null route.
intended(class) if {
	some r in lost
	r.class == class
	contains(r.after, "blackholed")
	some item in lib.effective
	some text in [item.name, item.path, item.after]
	contains(text, class)
}

# closed: it was outside, behind a session that the change closes.
intended(class) if {
	leaves(class)
	some e in input.effects.sessions
	e.deliberate
	e.remote == ""
	e.router in places[class]
}

leaves(class) if {
	some r in lost
	r.class == class
	startswith(r.before, "leaves")
}

level(class) := "hard" if {
	not excused(class)
	lib.above(
		count(losers[class]), input.effects.totals.routers,
		input.params["max-routers-losing-percent"], input.params["min-routers-losing"],
	)
} else := "advisory"

# The way to everything else is never given up on purpose.
excused(class) if {
	intended(class)
	not lib.default_route(class)
}

# One finding for each set of routers that lose the same.
findings contains f if {
	some group in {[level(class), sort(routers)] | some class, routers in losers}
	classes := {class |
		some class, routers in losers
		[level(class), sort(routers)] == group
	}
	some first in [r | some r in lost; r.class == sort(classes)[0]]
	first == [r | some r in lost; r.class == sort(classes)[0]][0]
	f := {
		"level": group[0],
		"key": sprintf("%s %s", [group[0], concat(" ", group[1])]),
		"measure": count(classes) * count(group[1]),
		"message": sprintf("%s %s %s%s: %s before, %s after", [
			lib.words(group[1]), verb(group[1]),
			lib.plural(count(classes), "destination", "destinations"),
			lib.example(classes), first.before, first.after,
		]),
		"routers": group[1],
		"prefixes": classes,
		"spans": lib.cause(group[1]),
		"values": [{"name": first.class, "before": first.before, "after": first.after}],
		"proof": [first.example],
		"hint": hint(group[0]),
	}
}

findings contains f if {
	partly := [r | some r in input.effects.reachability; r.kind == "partly lost"]
	count(partly) > 0
	routers := {router | some r in partly; some router in r.from}
	classes := {r.class | some r in partly}
	f := {
		"level": "advisory",
		"key": "partly",
		"measure": count(partly),
		"message": sprintf("%s on some of their equal paths%s: %s before, %s after", [
			concat(" ", [lib.words(routers), verb(routers), lib.plural(count(classes), "destination", "destinations")]),
			lib.example(classes), partly[0].before, partly[0].after,
		]),
		"routers": routers,
		"prefixes": classes,
		"spans": lib.cause(routers),
		"proof": [partly[0].example],
		"hint": "some packets of every flow that takes the dead path are dropped",
	}
}

verb(routers) := "loses" if count(routers) == 1

verb(routers) := "lose" if count(routers) != 1

hint("hard") := "restore the route that the path below misses, or withdraw the destination where it originates if that is meant"

hint("advisory") := "if that is not meant, protect the prefix in routegate.yaml"
