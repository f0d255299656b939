# METADATA
# title: Customer announces what is not its own, and we pass it on
# description: |
#   What routegate.yaml states as a customer's prefixes is what we may announce for it. The rest is a
#   leak that we receive and spread: in 2019 one optimizer's more-specifics went through two
#   networks that did not filter.
# custom:
#   level: hard
#   scope: state
#   needs: [relations]
#   outages: [verizon-2019]
package routegate.leak.customer_outside_cone

import data.routegate.lib

spread[e.learned_as] contains e if {
	some e in input.state.exports
	e.learned_from == "customer"
	not e.in_customer_cone
	e.learned_as != e.neighbor_as
}

# One finding for each customer: all of it comes in through the same doors.
findings contains f if {
	some asn, exports in spread
	n := max([e.count | some e in exports])
	examples := {x | some e in exports; some x in e.examples}
	receivers := {lib.whom(e.relation, e.neighbor_as, e.neighbor) | some e in exports}
	first := [e | some e in exports][0]
	f := {
		"key": sprintf("customer %d", [asn]),
		"measure": sum([e.count | some e in exports]),
		"message": sprintf("%s of customer AS%d, which it may not announce, %s on to %s: %s%s", [
			lib.plural(n, "prefix", "prefixes"), asn,
			goes(n), lib.plural(count(receivers), "neighbor", "neighbors"),
			lib.words(receivers), lib.example(examples),
		]),
		"routers": {r | some e in exports; some r in array.concat(e.path, [e.router])},
		"neighbors": {e.neighbor | some e in exports},
		"prefixes": examples,
		"count": n,
		"spans": array.slice(array.concat(doors(asn), [e.span | some e in exports]), 0, 10),
		"values": [{"name": "stated for the customer", "before": lib.words(cone(asn)), "after": lib.words(cone(asn))}],
		"proof": [concat(" -> ", array.concat([sprintf("AS%d", [asn])], array.concat(first.path, [sprintf("AS%d", [first.neighbor_as])])))],
		"hint": sprintf("filter the session with AS%d by a prefix-list of its own prefixes, and give it a maximum-prefix", [asn]),
	}
}

goes(1) := "goes"

goes(n) := "go" if n != 1

cone(asn) := {p | some r in input.network.relations; r.as == asn; some p in r.prefixes}

# doors are the sessions through which the customer's routes come in.
doors(asn) := [n.span | some r in input.state.routers; some n in r.neighbors; n.remote_as == asn]
