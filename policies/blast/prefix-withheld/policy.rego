# METADATA
# title: Prefix withheld from the world
# description: |
#   A prefix that providers and peers received, and none of them does any more, although it is still
#   there: a router of ours originates it (or is told to), or the customer keeps announcing it to us. Nobody withdrew it; a filter, a
#   community or a policy on the way stopped letting it pass.
# custom:
#   level: hard
#   scope: change
#   outages: [google-2016, cloudflare-1111-2025, cloudflare-2022]
package routegate.blast.prefix_withheld

import data.routegate.lib

# named: the change removes a statement or an entry of a list that names this very prefix, which is how a prefix is withdrawn on purpose.
named contains w.prefix if {
	some w in input.effects.withheld
	some item in lib.effective
	item.kind == "removed"
	not item.object in {"static-route", "interface"} # these only carry what is announced
	some text in [item.name, item.path, item.before]
	w.prefix in split(replace(text, ",", " "), " ")
}

# serious: what is ours or a customer's is to be announced. Of what was learned from a neighbor of unknown relation, and
# of what nobody should have received, the change may well be the repair.
serious(w) if {
	w.learned_from in {"own", "customer"}
	not w.prefix in named
}

level(w) := "hard" if serious(w)

level(w) := "advisory" if {
	not serious(w)
	w.learned_from in {"own", "customer", "unknown"}
}

groups[[level(w), w.learned_from, w.routers]] contains w.prefix if some w in input.effects.withheld

findings contains f if {
	some group, prefixes in groups
	shown := lib.notable(prefixes)
	first := [w | some w in input.effects.withheld; w.prefix == shown[0]][0]
	f := {
		"level": group[0],
		"key": sprintf("%s %s %s", [group[0], group[1], concat(" ", group[2])]),
		"measure": count(prefixes),
		"message": sprintf("%s %s announced to no provider and no peer any more%s: %s", [
			lib.plural(count(prefixes), owner(group[1], "prefix"), owner(group[1], "prefixes")),
			be(count(prefixes)), lib.example(shown), first.still,
		]),
		"routers": group[2],
		"prefixes": shown,
		"count": count(prefixes),
		"spans": lib.cause(group[2]),
		"values": [{"name": first.prefix, "before": sprintf("announced to %s", [lib.words(first.neighbors)]), "after": "announced to none of them"}],
		"hint": "let it pass again; to withdraw it on purpose, remove it where it originates",
	}
}

owner("own", word) := sprintf("%s of our own", [word])

owner("customer", word) := sprintf("%s of a customer", [word])

owner(from, word) := word if not from in {"own", "customer"}

be(1) := "is"

be(n) := "are" if n != 1
