# METADATA
# title: Transit between neighbors of unknown relation
# description: |
#   Routes of one outside AS are announced to another, and routegate.yaml does not say what one of
#   them is to us: whether that is a service or a leak (RFC 7908) cannot be told.
# custom:
#   level: advisory
#   scope: state
#   outages: [cloudflare-2026, verizon-2019]
package routegate.leak.unknown_relation

import data.routegate.lib

# transit is unknown where the side that would make it a leak is not stated; what a
# customer sends, and what is sent to a customer, is a service whatever the other is.
transit[[e.router, e.neighbor, e.learned_as]] contains e if {
	some e in input.state.exports
	e.learned_from in {"unknown", "provider", "peer"}
	e.relation in {"", "provider", "peer"}
	unknown(e)
	e.learned_as != e.neighbor_as
}

unknown(e) if e.learned_from == "unknown"

unknown(e) if e.relation == ""

findings contains f if {
	some key, exports in transit
	first := [e | some e in exports][0]
	n := sum([e.count | some e in exports])
	examples := {x | some e in exports; some x in e.examples}
	f := {
		"key": sprintf("%s %s from %d", key),
		"measure": n,
		"message": sprintf("%s announces %s learned from %s to %s, and what %s to us is not stated%s", [
			first.router, lib.plural(n, "prefix", "prefixes"),
			source(first), lib.whom(first.relation, first.neighbor_as, first.neighbor),
			unstated(first), lib.example(examples),
		]),
		"routers": first.path,
		"neighbors": [first.neighbor],
		"prefixes": examples,
		"count": n,
		"spans": [e.span | some e in exports],
		"hint": sprintf("state the relation of %s in routegate.yaml: relations: [{as: N, is: provider|peer|customer}]", [unstated_names(first)]),
	}
}

source(e) := "an AS that is not known" if e.learned_as == 0

source(e) := sprintf("AS%d", [e.learned_as]) if e.learned_as != 0

missing(e) := [asn |
	some asn in array.concat(
		[e.learned_as | e.learned_from == "unknown"],
		[e.neighbor_as | e.relation == ""],
	)
	asn != 0
]

unstated_names(e) := lib.words([sprintf("AS%d", [asn]) | some asn in missing(e)])

unstated(e) := sprintf("%s is", [unstated_names(e)]) if count(missing(e)) == 1

unstated(e) := sprintf("%s are", [unstated_names(e)]) if count(missing(e)) > 1

unstated(e) := "it is" if count(missing(e)) == 0
