# METADATA
# title: Reachability lost
# description: |
#   Routers lose every way to a destination that is still there: its place keeps it, and others
#   cannot get to it any more, or send its packets out of the network. What the change takes away altogether (its origin, its place, the session
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

# lost are the entries about destinations that some router lost, by destination. Where a default route leads
# outside, what is lost inside leaves the network instead.
lost[r.class] contains r if {
	some r in input.effects.reachability
	r.kind in {"lost", "moved"}
	nowhere(r)
}

nowhere(r) if {
	r.kind == "lost"
	not startswith(r.after, "leaves")
}

nowhere(r) if {
	startswith(r.before, "delivered")
	startswith(r.after, "leaves")
	not comes_back(r)
}

# comes_back: the outside sends it to where it was, because that router announces it.
comes_back(r) if {
	some place in r.ends_before
	lib.inside(r.class, announced_by[place])
}

announced_by := {router: prefixes |
	some router in {r | some o in input.after.originated; some r in o.routers}
	prefixes := [o.prefix |
		some o in input.after.originated
		o.announced
		router in o.routers
		not lib.default_route(o.prefix)
	]
}

# Objects, not partial rules: OPA would walk all entries again for each destination.
losers := {class: routers |
	some class, entries in lost
	routers := {router | some entry in entries; some router in entry.from}
}

# places are the routers where packets to a destination ended before: "delivered at dc1".
places := {class: at |
	some class, entries in lost
	at := {place | some entry in entries; some place in entry.ends_before}
}

# outside are destinations that were reached by leaving the network.
outside contains class if {
	some class, entries in lost
	some entry in entries
	startswith(entry.before, "leaves")
}

# gone: nobody has the destination any more, not even where it was; a router that is taken out takes its own along.
intended contains class if {
	some class, at in places
	not class in outside
	count(at) > 0
	count((at - losers[class]) - {r | some r in input.change.routers_removed}) == 0
}

# withdrawn: nobody originates it any more, and the change is on a router that did (or in routegate.yaml).
intended contains class if {
	some class, _ in lost
	within(class, withdrawn)
}

# nulled: the change itself names the destination, for a null route.
intended contains class if {
	some class, entries in lost
	some entry in entries
	contains(entry.after, "blackholed")
	some item in lib.effective
	some text in [item.name, item.path, item.after]
	contains(text, class)
}

# stumbled_on: nobody but its own router knew it; packets arrived because the way to everything else led past it.
# Link subnets and local LANs that no routing protocol carries are of this kind.
intended contains class if {
	some class, entries in lost
	some entry in entries
	startswith(entry.before, "delivered")
	entry.only_by_default
}

# closed: it was outside, behind a session that the change closes.
intended contains class if {
	some class in outside
	count(places[class] & closed) > 0
}

withdrawn contains o.prefix if {
	some o in input.effects.origins
	count(o.after) == 0
	count(changed & ({""} | {r | some r in o.before})) > 0
}

# changed: what routegate.yaml injects stands for the routers themselves.
changed contains item.router if {
	some item in lib.effective
	item.router != ""
}

changed contains "" if {
	some item in lib.effective
	startswith(item.path, "environment/origination")
}

closed := {e.router | some e in input.effects.sessions; e.deliberate; e.remote == ""}

# within looks for the destination itself first: there may be thousands.
within(class, prefixes) if class in prefixes

within(class, prefixes) if {
	not class in prefixes
	lib.inside(class, prefixes)
}

level(class, routers) := "hard" if {
	not excused(class)
	lib.above(
		count(routers), input.effects.totals.routers,
		input.params["max-routers-losing-percent"], input.params["min-routers-losing"],
	)
} else := "advisory"

# The way to everything else is never given up on purpose.
excused(class) if {
	class in intended
	not lib.default_route(class)
}

groups[[level(class, routers), routers]] contains class if some class, routers in losers

# One finding for each set of routers that lose the same.
findings contains f if {
	some group, classes in groups
	shown := lib.notable(classes)
	first := [entry | some entry in lost[shown[0]]][0]
	f := {
		"level": group[0],
		"key": sprintf("%s %s", [group[0], concat(" ", sort(group[1]))]),
		"measure": count(classes) * count(group[1]),
		"message": sprintf("%s %s %s%s: %s before, %s after", [
			lib.words(group[1]), verb(group[1]),
			lib.plural(count(classes), "destination", "destinations"),
			lib.example(shown), first.before, first.after,
		]),
		"routers": group[1],
		"prefixes": shown,
		"count": count(classes),
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
			lib.example(lib.notable(classes)), partly[0].before, partly[0].after,
		]),
		"routers": routers,
		"prefixes": lib.notable(classes),
		"count": count(classes),
		"spans": lib.cause(routers),
		"proof": [partly[0].example],
		"hint": "some packets of every flow that takes the dead path are dropped",
	}
}

verb(routers) := "loses" if count(routers) == 1

verb(routers) := "lose" if count(routers) != 1

hint("hard") := "restore the route that the path below misses, or withdraw the destination where it originates if that is meant"

hint("advisory") := "if that is not meant, protect the prefix in routegate.yaml"
