# METADATA
# title: Route leak
# description: |
#   Routes learned from a provider or a peer go to customers only. Sent to another provider or peer they
#   are a leak: this network becomes the way for traffic that it is not paid to carry (RFC 7908 types 1 to 4).
# custom:
#   level: hard
#   scope: state
#   needs: [relations]
#   outages: [cloudflare-2026, verizon-2019]
package routegate.leak.route_leak

import data.routegate.lib

# RFC 7908 section 3, by where a route was learned and to whom it is announced.
types := {
	["provider", "provider"]: 1,
	["peer", "peer"]: 2,
	["provider", "peer"]: 3,
	["peer", "provider"]: 4,
}

leaks[[e.router, e.neighbor, e.learned_from]] contains e if {
	some e in input.state.exports
	types[[e.learned_from, e.relation]]
	e.learned_as != e.neighbor_as
}

findings contains f if {
	some key, exports in leaks
	n := sum([e.count | some e in exports])
	first := [e | some e in exports][0]
	examples := {x | some e in exports; some x in e.examples}
	sources := {sprintf("AS%d", [e.learned_as]) | some e in exports}
	f := {
		"key": sprintf("%s %s from %s", key),
		"measure": n,
		"message": sprintf("%s announces %s learned from %s %s to %s (RFC 7908 type %d)%s", [
			first.router, lib.plural(n, "prefix", "prefixes"),
			kind(first.learned_from, count(sources)), lib.words(sources),
			lib.whom(first.relation, first.neighbor_as, first.neighbor),
			types[[first.learned_from, first.relation]], lib.example(lib.notable(examples)),
		]),
		"routers": {r | some e in exports; some r in array.concat(e.path, [e.router])},
		"neighbors": [first.neighbor],
		"prefixes": examples,
		"count": n,
		"spans": [e.span | some e in exports],
		"values": [{"name": "prefixes announced", "before": format_int(announced(input.before, key), 10), "after": format_int(announced(input.after, key), 10)}],
		"proof": proof(first),
		"hint": sprintf("let the export policy towards %s match what is our own or a customer's (a community set at import, or a prefix-list), and refuse the rest", [lib.whom(first.relation, first.neighbor_as, first.neighbor)]),
	}
}

kind(relation, 1) := relation

kind(relation, n) := sprintf("%ss", [relation]) if n > 1

announced(side, key) := sum([e.count |
	some e in side.exports
	[e.router, e.neighbor, e.learned_from] == key
	e.learned_as != e.neighbor_as
])

# proof is the way of the first example through the network.
proof(e) := array.concat(
	array.concat(
		[sprintf("%s learned from %s AS%d", [subject(e), e.learned_from, e.learned_as])],
		[sprintf("carried by %s", [concat(" -> ", e.path)]) | count(e.path) > 0],
	),
	[sprintf("sent by %s to %s", [e.router, lib.whom(e.relation, e.neighbor_as, e.neighbor)])],
)

subject(e) := e.examples[0] if count(e.examples) > 0

subject(e) := "a prefix" if count(e.examples) == 0
