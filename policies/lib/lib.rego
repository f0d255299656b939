# Helpers that the policies share: words, spans, prefixes.
package routegate.lib

# plural counts things: "1 router", "3 routers".
plural(1, one, _) := concat(" ", ["1", one])

plural(n, _, many) := sprintf("%d %s", [n, many]) if n != 1

# words joins a list for a sentence: "a", "a and b", "a, b and c", "a, b, c and 9 more".
words(list) := "" if count(list) == 0

words(list) := list[0] if count(list) == 1

words(list) := sprintf("%s and %s", [concat(", ", array.slice(list, 0, n - 1)), list[n - 1]]) if {
	n := count(list)
	n > 1
	n <= 4
}

words(list) := sprintf("%s and %d more", [concat(", ", array.slice(list, 0, 3)), count(list) - 3]) if {
	count(list) > 4
}

# sorted makes a sorted list of a set or a list.
sorted(things) := [x | some x in sort(things)]

# percent is part of whole in percent; nothing of nothing is nothing.
percent(_, 0) := 0

percent(part, whole) := (100 * part) / whole if whole > 0

# inside reports whether one of the prefixes contains the prefix or address.
inside(prefix, prefixes) if {
	some p in prefixes
	net.cidr_contains(p, prefix)
}

# inside_owned reports whether the prefix is ours as routegate.yaml says.
inside_owned(prefix) if inside(prefix, input.network.owned)

# whom names a neighbor: "provider AS64600 (10.0.0.1)".
whom("", asn, key) := sprintf("AS%d (%s)", [asn, key])

whom(relation, asn, key) := sprintf("%s AS%d (%s)", [relation, asn, key]) if relation != ""

# router is the router of one name on the side that is judged.
router(name) := r if {
	some r in input.state.routers
	r.name == name
}

# example shows one of several: ", for example 8.8.8.0/24"; nothing to show is "".
example([]) := ""

example(list) := sprintf(", for example %s", [list[0]]) if count(list) > 0
