# METADATA
# title: Another's AS put into a path
# description: |
#   A router puts an AS into the paths that it announces that is neither ours nor was there: a prepend with a
#   mistyped number. With the neighbor's own AS the neighbor drops the route as a loop; with anybody else's, that network
#   drops it, and the path lies.
# custom:
#   level: hard
#   scope: change
#   outages: []
package routegate.bgp.foreign_as_in_path

import data.routegate.lib

groups[[a.router, a.neighbor, a.relation, a.neighbor_as, a.inserted]] contains a.prefix if {
	some a in input.effects.announcements
	count(a.inserted) > 0
}

findings contains f if {
	some group, prefixes in groups
	[router, neighbor, relation, neighbor_as, inserted] := group
	shown := lib.notable(prefixes)
	f := {
		"key": sprintf("%s %s %v", [router, neighbor, inserted]),
		"measure": count(prefixes),
		"message": sprintf("%s puts %s into the AS path of %s announced to %s%s: %s", [
			router, lib.words({sprintf("AS%d", [asn]) | some asn in inserted}), lib.plural(count(prefixes), "prefix", "prefixes"),
			lib.whom(relation, neighbor_as, neighbor), lib.example(shown), harm(neighbor_as, inserted),
		]),
		"routers": [router],
		"neighbors": [neighbor],
		"prefixes": shown,
		"count": count(prefixes),
		"spans": lib.cause([router]),
		"hint": "prepend our own AS",
	}
}

harm(neighbor_as, inserted) := "the neighbor finds its own AS there and drops the route" if neighbor_as in inserted

harm(neighbor_as, inserted) := "it is not ours, and whoever has it drops the route" if not neighbor_as in inserted
