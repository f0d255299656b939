# Inputs for the library's tests: an empty document that a test fills where it matters.
package routegate.fixtures

side(name, facts) := object.union(
	{
		"side": name, "routers": [], "exports": [], "protected": [], "management": [],
		"originated": [], "limits": [], "failures": [], "shared": [], "independence": [],
		"rpki": {"originated": [], "accepted": []},
		"loads": [], "sites": [], "undelivered": [], "flowspec": [],
		"services": {"lists": [], "overlaps": [], "outside": []},
	},
	facts,
)

params := {
	"default-local-preference": 100, "max-attracted-routers-percent": 50, "max-attracted-outside-percent": 50, "min-attracted-routers": 3, "max-igp-external-routes": 1000,
	"max-outside-withdrawn-percent": 50, "max-prefix-headroom-percent": 80, "max-vrps-age-hours": 24, "max-routers-changed-percent": 25,
	"max-link-load-percent": 80, "max-link-load-in-failure-percent": 100, "max-site-load-percent": 100,
	"max-igp-externals-growth-percent": 100, "min-igp-externals-growth": 50, "max-routers-losing-percent": 10, "max-routers-touched-percent": 50, "max-routes-moved-percent": 50,
	"max-routes-withdrawn-percent": 20, "max-sessions-closed-percent": 50, "max-sessions-reset-percent": 20,
	"min-outside-withdrawn": 3, "min-routers-changed": 10, "min-routers-losing": 2, "min-routes-moved": 100,
	"min-routes-withdrawn": 30, "min-flowspec-length-ipv4": 24, "min-flowspec-length-ipv6": 48, "require-declared-intent": false, "min-sessions-closed": 8, "min-sessions-reset": 6, "tolerate-other-protocols": false,
}

empty := {
	"schema": "routegate.input/v1",
	"network": {
		"name": "test", "configured": true, "owned": ["203.0.113.0/24"],
		"relations": [
			{"as": 64600, "is": "provider", "prefixes": []},
			{"as": 64700, "is": "peer", "prefixes": []},
			{"as": 64800, "is": "customer", "prefixes": ["198.51.100.0/24"]},
		],
		"devices": {}, "management": {"prefixes": [], "stations": ["192.0.2.1"], "consoles": []}, "protected": true, "failures": true, "demands": true, "capacities": true, "flowspec": true, "services": true, "our_asns": [64500],
		"rpki": {"file": "rpki/vrps.json", "generated": "2026-01-31T12:00:00Z", "age_hours": 1, "vrps": 3},
	},
	"params": params,
	"params_at": [],
	"change": {"routers_changed": [], "routers_added": [], "routers_removed": [], "items": [], "not_modelled": []},
	"effects": {
		"sessions": [], "prefixes": [], "announcements": [], "reachability": [], "origins": [], "withheld": [], "emptied": [], "contradicted": [], "revalidated": [], "truncated": false,
		"totals": {
			"routers": 4, "routers_changed": 0, "routers_touched": 0, "sessions": 20, "sessions_lost": 0,
			"sessions_reset": 0, "routes": 100, "routes_withdrawn": 0, "routes_new": 0, "routes_moved": 0,
			"prefixes_outside": 10, "prefixes_withdrawn_outside": 0, "prefixes_new_outside": 0,
		},
	},
	"before": side("before", {}),
	"after": side("after", {}),
	"intent": {"declared": false, "file": "change.yaml", "summary": "", "declarations": [], "undeclared": []},
	"waivers": [],
}

# step is a document about a change: its effects and its items.
step(effects, items) := object.union(empty, {"effects": effects, "change": {"items": items}})

# judged is a document as a policy of scope "state" sees it for the side after the change.
judged(before, after) := object.union(empty, {
	"before": side("before", before),
	"after": side("after", after),
	"state": side("after", after),
})

span := {"side": "after", "file": "devices/r1/frr.conf", "first": 10, "last": 12}

item(router, path) := {
	"router": router, "path": path, "kind": "modified", "object": "", "name": "", "before": "", "after": "",
	"has_effect": true, "summary": "", "span": span,
}

vrp := {"prefix": "203.0.113.0/24", "max_length": 24, "as": 64500, "anchor": "ripe", "span": span}

originated := {
	"prefix": "203.0.113.0/25", "origin": 64500, "state": "invalid", "reason": "length", "routers": ["edge1"],
	"neighbors": ["provider AS64600 (10.0.0.1)"], "vrps": [vrp], "span": span,
}

export(relation, asn, learned, learned_as) := {
	"router": "r1", "neighbor": "10.0.0.1", "neighbor_as": asn, "relation": relation, "learned_from": learned,
	"learned_as": learned_as, "inside_owned": true, "in_customer_cone": true, "count": 812, "examples": ["8.8.8.0/24"],
	"path": ["r2", "r1"], "span": span,
}

family := {
	"family": "ipv4-unicast", "import": ["IN"], "export": ["OUT"], "import_accepts_all": false, "import_accepts_foreign": false, "unusable": 0, "unusable_example": "", "export_accepts_all": false, "export_refuses_nothing": false, "export_accepts_foreign": false,
	"maximum_prefix": {"limit": 100, "warning_only": false, "span": span}, "received": 3, "accepted": 2, "sent": 1, "span": span,
}

neighbor(relation, asn, f) := {
	"key": "10.0.0.1", "vrf": "", "description": "", "remote_as": asn, "external": true, "ebgp": true, "relation": relation,
	"state": "Established", "reason": "", "shutdown": false, "families": [object.union(family, f)], "span": span,
}

internal(key) := object.union(neighbor("", 64500, {}), {"key": key, "external": false, "ebgp": false})

router(facts) := object.union(
	{
		"name": "r1", "dialect": "frr", "role": "", "as": 64500, "changed": true, "neighbors": [], "policies": [],
		"dangling": [], "redistributions": [], "not_modelled": 0,
	},
	facts,
)

session(kind, router, remote, facts) := object.union(
	{
		"router": router, "neighbor": "10.0.0.2", "remote": remote, "remote_as": 64500, "type": "iBGP", "kind": kind,
		"reason": "no route to the peer", "detail": "", "deliberate": false, "span": span,
	},
	facts,
)

reach(class, kind, from, before, after) := {
	"class": class, "kind": kind, "from": from, "before": before, "after": after, "example": concat(" ", [from[0], "no route"]),
	"ends_before": ends(before), "ends_after": ends(after), "served_elsewhere": 4,
}

# ends are the routers in "delivered at dc1, dc2"; those of a loss are none.
ends(words) := split(split(words, " at ")[1], ", ") if {
	some good in ["delivered", "leaves"]
	startswith(words, good)
} else := []

declaration := {
	"name": "retire the block", "effect": "withdraw", "prefixes": ["203.0.113.0/26"], "at": ["r1"], "neighbors": [], "paths": [],
	"count": 0, "examples": [], "missing": [], "span": span,
}

undeclared := {
	"effect": "announce", "outside": true, "count": 1, "routers": ["r1"], "neighbors": ["10.0.0.1"], "prefixes": ["203.0.113.0/24"],
	"paths": [], "examples": ["203.0.113.0/24 at r1 to 10.0.0.1"], "spans": [],
}

waiver := {
	"name": "works-4711", "policy": "blast/session-loss", "routers": ["r1"], "neighbors": [], "prefixes": [], "reason": "the line card is replaced",
	"owner": "anna", "approved_by": "ben", "expires": "2026-12-31", "expired": false, "new": false, "lifts": 0, "why": "", "span": span,
}

no_hits := {"count": 0, "of": 9, "examples": [], "routers": []}

# flow_rule is a rule that discards UDP to one address and hits nothing of the network.
flow_rule(facts) := object.union(
	{
		"router": "rs1", "family": "ipv4-flowspec", "rule": "match destination 203.0.113.7/32 protocol udp then discard",
		"match": "destination 203.0.113.7/32 protocol udp", "takes": true, "discards": true, "destination": "203.0.113.7/32",
		"length": 32, "narrowed": true, "sessions": no_hits, "infrastructure": no_hits, "management": no_hits, "protected": no_hits,
		"span": {"side": "after", "file": "routegate.yaml", "first": 20, "last": 20},
	},
	facts,
)

# every_tcp discards TCP to everywhere.
every_tcp := flow_rule({"rule": "match protocol tcp then discard", "match": "protocol tcp", "destination": "", "length": 0})

flow_rules(list) := judged({}, {"flowspec": list})

# owned_prefix are prefixes that a service has in its list on two routers.
owned_prefix(facts) := object.union(
	{
		"service": "resolver", "live": true, "kind": "list", "list": "SERVICE-RESOLVER", "prefix": "203.0.113.0/26", "count": 2,
		"routers": ["edge1", "edge2"], "span": span,
	},
	facts,
)

# latent is a service that is not live with the same prefix in its list.
latent := owned_prefix({"service": "dls", "live": false, "list": "SERVICE-DLS"})

overlap(facts) := object.union({"prefix": "203.0.113.0/26", "inside": false, "first": owned_prefix({}), "second": latent}, facts)

service_list(facts) := object.union(
	{
		"service": "resolver", "live": true, "stated": true, "name": "SERVICE-RESOLVER", "count": 2, "routers": ["edge1", "edge2"], "lacking": [],
		"lacking_count": 0, "differing": [], "span": span,
	},
	facts,
)

services(facts) := judged({}, {"services": object.union({"lists": [], "overlaps": [], "outside": []}, facts)})
