# METADATA
# title: eBGP session without a policy
# description: |
#   A neighbor outside of the network without an import or an export policy sends and receives
#   whatever there is; RFC 8212 asks every implementation to refuse that. A policy for a customer that
#   accepts everything is one in name only.
# custom:
#   level: hard
#   scope: state
#   outages: [verizon-2019, rogers-2022]
package routegate.bgp.ebgp_without_policy

import data.routegate.lib

session contains [router, neighbor, family] if {
	some router in input.state.routers
	some neighbor in router.neighbors
	lib.outside(neighbor)
	some family in neighbor.families
}

# No policy at all, and routes may pass.
findings contains about(s, "import", sprintf("without an import policy: it accepts whatever %s sends", [whom(s)])) if {
	some s in session
	count(s[2].import) == 0
	opens_import(s[2])
}

findings contains about(s, "export", sprintf("without an export policy: it sends %s every route that it has", [whom(s)])) if {
	some s in session
	count(s[2].export) == 0
	opens_export(s[2])
}

# No policy, and the daemon therefore lets nothing pass (RFC 8212).
findings contains object.union(about(s, "nothing", sprintf("without an %s policy: the daemon refuses every route until there is one (RFC 8212)", [lib.words(directions)])), {
	"level": "advisory",
	"measure": 0,
}) if {
	some s in session
	directions := closed(s[2])
	count(directions) > 0
}

# A policy that is none.
findings contains about(s, "customer", sprintf("with an import policy (%s) that accepts %s, though %s is a customer", [lib.words(s[2].import), what(s[2]), whom(s)])) if {
	some s in session
	s[1].relation == "customer"
	count(s[2].import) > 0
	s[2].import_accepts_foreign
}

what(family) := "everything" if family.import_accepts_all

what(family) := "other networks' routes (8.8.8.0/24 behind AS3356)" if not family.import_accepts_all

findings contains about(s, "everything", sprintf("with an export policy (%s) that %s", [lib.words(s[2].export), lets_out(s)])) if {
	some s in session
	s[1].relation in {"provider", "peer"}
	s[2].export_accepts_foreign
}

lets_out(s) := sprintf("refuses nothing: it lets every route out to %s", [whom(s)]) if s[2].export_refuses_nothing

lets_out(s) := "lets other networks' routes out (8.8.8.0/24 behind AS3356), whatever they carry" if not s[2].export_refuses_nothing

# It refuses by community alone: that is a way to do it, as long as every import sets them.
findings contains object.union(about(s, "by community", sprintf("with an export policy (%s) that lets out to %s whatever carries no community", [lib.words(s[2].export), whom(s)])), {"level": "advisory"}) if {
	some s in session
	s[1].relation in {"provider", "peer"}
	count(s[2].export) > 0
	s[2].export_accepts_all
	not s[2].export_accepts_foreign
}

opens_import(family) if family.import_accepts_all

opens_import(family) if family.accepted > 0

opens_export(family) if family.export_accepts_all

opens_export(family) if family.sent > 0

closed(family) := {"import" | count(family.import) == 0; not opens_import(family)} | {"export" | count(family.export) == 0; not opens_export(family)}

whom(s) := lib.whom(s[1].relation, s[1].remote_as, s[1].key)

about(s, direction, problem) := {
	"key": sprintf("%s%s %s %s %s", [s[0].name, lib.in_vrf(s[1].vrf), s[1].key, s[2].family, direction]),
	"measure": 1,
	"message": sprintf("%s%s has a session with %s for %s %s", [
		s[0].name, lib.in_vrf(s[1].vrf), whom(s),
		s[2].family, problem,
	]),
	"routers": [s[0].name],
	"neighbors": [s[1].key],
	"count": 1,
	"spans": [s[1].span, s[2].span],
	"values": [
		{"name": "routes accepted", "before": counted(input.before, s, "accepted"), "after": counted(input.after, s, "accepted")},
		{"name": "routes sent", "before": counted(input.before, s, "sent"), "after": counted(input.after, s, "sent")},
	],
	"hint": sprintf("give %s an import and an export policy that name what may pass", [s[1].key]),
}

# counted is a counter of the same session on one side; "no session" where it is not configured.
counted(side, s, what) := format_int(family[what], 10) if {
	some router in side.routers
	router.name == s[0].name
	some neighbor in router.neighbors
	neighbor.key == s[1].key
	neighbor.vrf == s[1].vrf
	some family in neighbor.families
	family.family == s[2].family
} else := "no session"
