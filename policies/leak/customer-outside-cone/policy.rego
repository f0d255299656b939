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

spread[[e.router, e.neighbor, e.learned_as]] contains e if {
	some e in input.state.exports
	e.learned_from == "customer"
	not e.in_customer_cone
	e.learned_as != e.neighbor_as
}

findings contains f if {
	some key, exports in spread
	first := [e | some e in exports][0]
	n := sum([e.count | some e in exports])
	examples := {x | some e in exports; some x in e.examples}
	f := {
		"key": sprintf("%s %s from %d", key),
		"measure": n,
		"message": sprintf("%s announces %s of customer AS%d to %s that the customer may not announce%s", [
			first.router, lib.plural(n, "prefix", "prefixes"), first.learned_as,
			lib.whom(first.relation, first.neighbor_as, first.neighbor), lib.example(examples),
		]),
		"routers": first.path,
		"neighbors": [first.neighbor],
		"prefixes": examples,
		"count": n,
		"spans": array.concat([e.span | some e in exports], doors(first.learned_as)),
		"values": [{"name": "stated for the customer", "before": lib.words(cone(first.learned_as)), "after": lib.words(cone(first.learned_as))}],
		"proof": [concat(" -> ", array.concat([sprintf("AS%d", [first.learned_as])], array.concat(first.path, [sprintf("AS%d", [first.neighbor_as])])))],
		"hint": sprintf("filter the session with AS%d by a prefix-list of its own prefixes, and give it a maximum-prefix", [first.learned_as]),
	}
}

cone(asn) := {p | some r in input.network.relations; r.as == asn; some p in r.prefixes}

# doors are the sessions through which the customer's routes come in.
doors(asn) := [n.span | some r in input.state.routers; some n in r.neighbors; n.remote_as == asn]
