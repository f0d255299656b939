# Helpers that the policies share: words, numbers, prefixes, and the lines of a change.
package routegate.lib

# params_of are the parameters at a router: those that routegate.yaml sets for it, its group, site or role, else the network's.
params_of(router) := at.params if {
	some at in input.params_at
	at.router == router
} else := input.params

# plural counts things: "1 router", "3 routers".
plural(1, one, _) := concat(" ", ["1", one])

plural(n, _, many) := sprintf("%d %s", [n, many]) if n != 1

# words joins a list or set for a sentence: "a", "a and b", "a, b, c and 9 more".
words(things) := "" if count(things) == 0

words(things) := sort(things)[0] if count(things) == 1

words(things) := sprintf("%s and %s", [concat(", ", array.slice(list, 0, n - 1)), list[n - 1]]) if {
	n := count(things)
	n > 1
	n <= 4
	list := sort(things)
}

words(things) := sprintf("%s and %d more", [concat(", ", array.slice(sort(things), 0, 3)), count(things) - 3]) if {
	count(things) > 4
}

# example shows one of several: ", for example 8.8.8.0/24"; nothing to show is "".
example(things) := "" if count(things) == 0

example(things) := sprintf(", for example %s", [[x | some x in things][0]]) if count(things) > 0

# notable are the ten prefixes that tell most: what is protected, then our own, then the rest; single
# addresses and the subnets of links come last, our own before others'.
notable(prefixes) := array.slice([x[1] | some x in sort([[importance(p), p] | some p in prefixes])], 0, 10)

importance(prefix) := 0 if prefix in guarded

else := 1 if {
	inside_owned(prefix)
	not infrastructure(prefix)
}

else := 2 if not infrastructure(prefix)

else := 3 if inside_owned(prefix)

else := 4

guarded contains p.prefix if some p in input.after.protected

# infrastructure holds for single addresses and the subnets of links.
infrastructure(prefix) if {
	not contains(prefix, ":")
	bits(prefix) >= 30
}

infrastructure(prefix) if {
	contains(prefix, ":")
	bits(prefix) >= 126
}

# percent is part of whole in whole percent; nothing of nothing is nothing.
percent(_, 0) := 0

percent(part, whole) := round((100 * part) / whole) if whole > 0

# above holds for a part that is at least so many and more than so many percent: small
# networks are not refused for one of four routers.
above(part, whole, limit, least) if {
	part >= least
	part * 100 > limit * whole
}

# inside holds for a prefix or address that one of the prefixes contains. Families that differ never do.
inside(prefix, prefixes) if {
	some p in prefixes
	contains(p, ":") == contains(prefix, ":")
	net.cidr_contains(p, prefix)
}

inside_owned(prefix) if inside(prefix, input.network.owned)

inside_customers(prefix) if {
	some relation in input.network.relations
	relation.is == "customer"
	inside(prefix, relation.prefixes)
}

# bits is the length of a prefix.
bits(prefix) := to_number(split(prefix, "/")[1])

# host holds for a single address.
host(prefix) if {
	endswith(prefix, "/32")
	not contains(prefix, ":")
}

host(prefix) if endswith(prefix, "/128")

default_route(prefix) if prefix in {"0.0.0.0/0", "::/0"}

# globally_short holds for what the world's routers accept: /24 and /48 are the longest.
globally_short(prefix) if {
	not contains(prefix, ":")
	bits(prefix) <= 24
}

globally_short(prefix) if {
	contains(prefix, ":")
	bits(prefix) <= 48
}

# whom names a neighbor: "provider AS64600 (10.0.0.1)".
whom("", asn, key) := sprintf("%s (%s)", [as_words(asn), key])

whom(relation, asn, key) := sprintf("%s %s (%s)", [relation, as_words(asn), key]) if relation != ""

# as_words: a neighbor on a link that leads nowhere may be in any AS.
as_words(0) := "a neighbor of unknown AS"

as_words(asn) := sprintf("AS%d", [asn]) if asn != 0

# outcome says how a packet ended: "no route at edge1".
outcome(what, "") := what

outcome(what, at) := sprintf("%s at %s", [what, at]) if at != ""

# in_vrf names a routing instance behind a router: "", " vrf red".
in_vrf("") := ""

in_vrf(name) := sprintf(" vrf %s", [name]) if name != ""

# effective are the changes of configuration that are not proven to mean nothing.
effective contains item if {
	some item in input.change.items
	item.has_effect
}

# cause are lines of the change that a finding about its effects points at: those on the
# routers concerned, else all; the first five. Only the change has them, not the side before it.
cause(routers) := [] if input.state.side == "before"

cause(routers) := array.slice(spans, 0, 5) if {
	not input.state.side == "before"
	spans := cause_spans(routers)
}

cause_spans(routers) := spans if {
	spans := [item.span | some item in effective; item.router in routers]
	count(spans) > 0
} else := [item.span | some item in effective]

# outside holds for an eBGP neighbor that is outside of the snapshot and not shut down.
outside(neighbor) if {
	neighbor.external
	neighbor.ebgp
	not neighbor.shutdown
}

# conditions of one entry of a routing policy on one side, in words.
conditions(side, router, policy, statement) := conditions_of(s) if {
	some r in side.routers
	r.name == router
	some p in r.policies
	p.name == policy
	some s in p.statements
	s.name == statement
} else := "not there"

conditions_of(statement) := "none" if count(statement.matches) == 0

conditions_of(statement) := concat(" and ", statement.matches) if count(statement.matches) > 0

# origin_words: a path that ends in an AS_SET has no origin to validate.
origin_words(0) := "an AS_SET"

origin_words(asn) := sprintf("AS%d", [asn]) if asn != 0

# roa says what a VRP authorizes.
roa(vrp) := sprintf("the holder of %s lets nobody originate it (AS 0)", [vrp.prefix]) if vrp.as == 0

roa(vrp) := sprintf("AS%d may originate %s up to /%d", [vrp.as, vrp.prefix, vrp.max_length]) if vrp.as != 0

# invalid_words says which ROA an invalid origination breaks.
invalid_words(o) := sprintf("%s only", [roa([v | some v in o.vrps; v.as == o.origin][0])]) if o.reason == "length"

invalid_words(o) := roa(o.vrps[0]) if {
	o.reason == "origin"
	o.vrps[0].as == 0
}

invalid_words(o) := sprintf("only %s", [roa(o.vrps[0])]) if {
	o.reason == "origin"
	o.vrps[0].as != 0
}

# rate writes bit/s as people do, with three digits or so: "8.4 Gbit/s".
rate(n) := sprintf("%v Tbit/s", [round(n / 10000000000) / 100]) if n >= 1000000000000

else := sprintf("%v Gbit/s", [round(n / 10000000) / 100]) if n >= 1000000000

else := sprintf("%v Mbit/s", [round(n / 10000) / 100]) if n >= 1000000

else := sprintf("%v kbit/s", [round(n / 10) / 100]) if n >= 1000

else := sprintf("%d bit/s", [n])

# load_on is what a link of one side carries while everything works.
load_on(loads, x) := load_words(y) if {
	some y in loads
	y.link == x.link
	y.failure == ""
} else := "less than half of its bandwidth"

# failing_on is what it carries in the failure that fills it most.
failing_on(loads, x) := sprintf("%s, if %s fails", [load_words(y), y.failure]) if {
	some y in loads
	y.link == x.link
	y.failure != ""
} else := "less than half of its bandwidth"

load_words(x) := sprintf("%s (%v %%)", [rate(x.load), x.percent])

# filling names the demands that fill a link or a site, line by line.
filling(x) := array.concat(
	[sprintf("%s of %s", [rate(d.load), d.name]) | some d in x.demands],
	[sprintf("and %s", [plural(x.count - count(x.demands), "more demand", "more demands")]) | x.count > count(x.demands)],
)

in_failure(x) := "" if x.failure == ""

in_failure(x) := sprintf("if %s fails, ", [x.failure]) if x.failure != ""

# flow_key names a rule of flow specification as BGP does.
flow_key(rule) := sprintf("%s %s %s", [rule.router, rule.family, rule.match])

# taking are the rules of one side that keep packets from going on as they would.
taking contains rule if {
	some rule in input.state.flowspec
	rule.takes
}

# flow_examples joins the examples of what a rule hits: all of few, and how many more there are.
flow_examples(hits) := sprintf("%s and %d more", [concat(", ", array.slice(hits.examples, 0, 3)), hits.count - 3]) if hits.count > 4

flow_examples(hits) := concat(", ", hits.examples) if hits.count <= 4

# router_words names a few routers, or counts them with those.
router_words(1, routers) := routers[0]

router_words(n, routers) := sprintf("%d routers (%s)", [n, words(routers)]) if {
	n != 1
	n == count(routers)
}

router_words(n, routers) := sprintf("%d routers (%s and others)", [n, concat(", ", array.slice(routers, 0, 3))]) if {
	n != 1
	n != count(routers)
}

# service_place says where it stands that prefixes are a service's.
service_place(x) := sprintf("in %s of %s", [x.list, router_words(x.count, x.routers)]) if x.kind == "list"

service_place(x) := "among its prefixes in routegate.yaml" if x.kind == "stated"

service_place(x) := "under protect in routegate.yaml" if x.kind == "protected"

# service_routers are those that have a prefix of two services: the second's, else the first's.
service_routers(o) := o.second.routers if count(o.second.routers) > 0

service_routers(o) := o.first.routers if count(o.second.routers) == 0
