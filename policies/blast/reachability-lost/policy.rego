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

# gone: nobody has the destination any more, not even where it was; a router that is taken out takes its own along. An
# interface that changes its routing instance is still there, and so is what stands behind it.
intended contains class if {
	some class, at in places
	not class in outside
	count(at) > 0
	count((at - losers[class]) - {r | some r in input.change.routers_removed}) == 0
	count(at & regrouped) == 0
}

# withdrawn: nobody originates it any more, and the change says so by name on a router that did (or in routegate.yaml).
intended contains class if {
	some class, _ in lost
	within(class, withdrawn)
}

# isolated: the address of the one router whose sessions the change closes one and all.
intended contains class if {
	some class, at in places
	lib.host(class)
	count(at) == 1
	at == isolated
}

isolated := {r.name |
	some r in input.after.routers
	r.name in {e.router | some e in input.effects.sessions; e.deliberate}
	count([n | some n in r.neighbors; n.state == "Established"]) == 0
}

regrouped := {item.router | some item in lib.effective; item.object == "interface"; endswith(item.path, "/vrf")}

# nulled: the change itself names the destination, for a null route.
intended contains class if {
	some table in [lost, partly]
	some class, entries in table
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
	some item in lib.effective
	item.router in ({""} | {r | some r in o.before})
	takes_away(item, o.prefix)
}

# takes_away: the change removes a line that names the prefix (a network statement, a route, an entry of a list), the address that it
# is the subnet of, the interface, or what routegate.yaml injects. A list that has another mask now, or a policy that is gone, names nobody.
takes_away(item, prefix) if {
	item.kind == "removed"
	some text in [item.name, item.path, item.before]
	prefix in split(replace(text, ",", " "), " ")
}

takes_away(item, prefix) if {
	item.object == "interface"
	item.kind == "removed"
	some text in [item.path, item.before]
	some word in split(replace(text, ",", " "), " ")
	contains(word, "/")
	regex.match(`^[0-9a-fA-F.:]+/[0-9]+$`, word)
	lib.inside(split(word, "/")[0], [prefix])
}

takes_away(item, _) if {
	item.object == "interface"
	endswith(item.path, "/shutdown")
}

takes_away(item, _) if startswith(item.path, "environment/origination")

closed := {e.router | some e in input.effects.sessions; e.deliberate; e.remote == ""}

# within looks for the destination itself first: there may be thousands.
within(class, prefixes) if class in prefixes

within(class, prefixes) if {
	not class in prefixes
	lib.inside(class, prefixes)
}

# One router alone counts where it has no way to everything else any more and the change did not take it out: what stands
# behind it is cut off, though others find it.
level(class, routers) := "hard" if {
	lib.default_route(class)
	count(routers - taken_out) > 0
} else := "hard" if {
	not excused(class)
	lib.above(
		count(routers), input.effects.totals.routers,
		input.params["max-routers-losing-percent"], input.params["min-routers-losing"],
	)
} else := "advisory"

# taken_out are routers on which the change closes a session or an interface.
taken_out contains e.router if {
	some e in input.effects.sessions
	e.deliberate
}

taken_out contains item.router if {
	some item in lib.effective
	item.object == "interface"
}

taken_out contains router if some router in input.change.routers_removed

# The way to everything else is never given up on purpose, nor what routegate.yaml protects by this very prefix.
excused(class) if {
	class in intended
	not lib.default_route(class)
	not class in lib.guarded
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

# partly are destinations that some of the equal ways do not reach any more: what takes such a way is dropped, always.
partly[r.class] contains r if {
	some r in input.effects.reachability
	r.kind == "partly lost"
}

partly_level[class] := level(class, {router | some r in entries; some router in r.from}) if some class, entries in partly

findings contains f if {
	some grade in {g | some _, g in partly_level}
	classes := {class | some class, g in partly_level; g == grade}
	routers := {router | some class in classes; some r in partly[class]; some router in r.from}
	shown := lib.notable(classes)
	first := [r | some r in partly[shown[0]]][0]
	f := {
		"level": grade,
		"key": sprintf("partly %s", [grade]),
		"measure": count(classes),
		"message": sprintf("%s on some of their equal paths%s: %s before, %s after", [
			concat(" ", [lib.words(routers), verb(routers), lib.plural(count(classes), "destination", "destinations")]),
			lib.example(shown), first.before, first.after,
		]),
		"routers": routers,
		"prefixes": shown,
		"count": count(classes),
		"spans": lib.cause(routers),
		"values": [{"name": first.class, "before": first.before, "after": first.after}],
		"proof": [first.example],
		"hint": "some packets of every flow that takes the dead path are dropped",
	}
}

verb(routers) := "loses" if count(routers) == 1

verb(routers) := "lose" if count(routers) != 1

hint("hard") := "restore the route that the path below misses, or withdraw the destination where it originates if that is meant"

hint("advisory") := "if that is not meant, protect the prefix in routegate.yaml"
