package corpus

import (
	"slices"
	"strings"

	"github.com/routegate/routegate/lab/generate"
)

const (
	frr   = generate.FRR
	gobgp = generate.GoBGP
	bird  = generate.BIRD
)

type edits = map[generate.Dialect]edit

// plain are the harmless kinds that touch one router and no other file.
var plain = []Kind{
	{Name: "comment", What: "a comment is written; a daemon does not read it", edits: edits{frr: frrComment, gobgp: hashComment, bird: hashComment}},
	{Name: "white space", What: "blank lines and blanks at the end; no dialect minds them", edits: edits{frr: whiteSpace, gobgp: whiteSpace, bird: whiteSpace}},
	{Name: "description", What: "an interface, a neighbor, a list or an entry is described; GoBGP starts that one session anew", edits: edits{frr: frrDescription, gobgp: gobgpDescription, bird: birdDescription}},
	{Name: "logging", What: "what is logged, and how long an operator may idle; routes do not depend on it", edits: edits{frr: frrLogging, bird: birdLogging}},
	{Name: "timers", What: "timers of one neighbor, which FRR takes up when the session starts the next time, or how often BIRD looks at interfaces", edits: edits{frr: frrTimers, bird: birdScanTime}},
	{Name: "soft reconfiguration", What: "received routes are kept before the import policy, or no more", edits: edits{frr: frrSoftReconfiguration}},
	{Name: "default spelled out", What: "a setting is written down with the value that it has without a line", edits: edits{frr: frrDefault}},
	{Name: "name", What: "a route-map, policy, filter, list or set is called otherwise, where it stands and wherever it is referred to", edits: edits{frr: frrName, gobgp: gobgpName, bird: birdName}},
	{Name: "peer group's name", What: "a peer group of one or two neighbors is called otherwise; its sessions start anew", edits: edits{frr: frrGroupName}},
	{Name: "renumbered", What: "sequence numbers change and the order does not", edits: edits{frr: frrRenumber}},
	{Name: "moved", What: "two blocks of a file whose order has no meaning change places", edits: edits{frr: frrMove, gobgp: gobgpMove, bird: birdMove}},
	{Name: "reordered", What: "two entries of which it does not matter who is asked first change places", edits: edits{frr: frrReorder, gobgp: gobgpReorder, bird: birdReorder}},
	{Name: "covered entry", What: "a list gets an entry for part of what the entry before it decides already", edits: edits{frr: frrCovered}},
	{Name: "entry split", What: "one entry of a route-map becomes two, each with a part of its list and with the same sets", edits: edits{frr: frrSplit}},
	{Name: "nobody's object", What: "a list, route-map, set or filter is defined that nothing refers to", edits: edits{frr: frrUnused, gobgp: gobgpUnused, bird: birdUnused}},
	{Name: "limit raised", What: "a maximum-prefix becomes half as large again to twice as large", edits: edits{
		frr:   limited(`^(  neighbor \S+ maximum-prefix )(\d+)(.*)$`),
		gobgp: limited(`^(\s*max-prefixes\s*[=:]\s*)(\d+)()$`),
		bird:  limited(`^(\s*import limit )(\d+)( .*)$`)}},
}

// Harmless are the kinds of changes that do no harm, each with the reason why it cannot.
var Harmless = append(slices.Clip(plain), []Kind{
	{Name: "prepended", What: "the router's own AS is put once or twice more into what an export policy sends outside", edits: edits{frr: frrPrepend}},
	{Name: "drained", What: "one link or session of several, or one switch of the top tier, is taken out", Only: redundant, edits: edits{frr: frrDrain, gobgp: gobgpDrain, bird: birdDrain}},
	{Name: "new prefix", What: "a top-of-rack switch gets a second rack, announced as the first is", Only: tiered, edits: edits{frr: frrPrefix, gobgp: gobgpPrefix, bird: birdPrefix}},
	{Name: "new rack", What: "a top-of-rack switch like its neighbor, with the other ends", Only: tiered, edits: edits{frr: rack, gobgp: rack, bird: rack}},
	{Name: "new customer", What: "a customer with its prefix, its policies, a limit, and its relation", Only: related, edits: edits{frr: frrCustomer}},
	{Name: "several", What: "two to four changes of the kinds above that touch one router, at routers of one network", edits: edits{frr: several, gobgp: several, bird: several}},
}...)

// redundant networks are generated ones: that nothing hangs on one link is known by how they are built. What a drain does
// to an exhibit its README says, and it is not always harmless.
func redundant(n *Network) bool { return n.Fabric != "" }

func tiered(n *Network) bool { return n.Fabric == "fattree" || n.Fabric == "clos" }

// related networks say who their neighbors are, and what those send.
func related(n *Network) bool {
	known := n.Files[environment]
	return strings.Contains(known, "\nrelations:") && strings.Contains(known, "\nannouncements:")
}

// environment is the file that says what configurations cannot.
const environment = "routegate.yaml"

// several makes plain changes one after the other.
func several(d *draft) (string, bool) {
	var said []string
	for range 2 + d.random.IntN(3) {
		d.path = one(d.random, d.network.paths[d.dialect])
		k := one(d.random, plain)
		if !k.Can(d.dialect) {
			continue
		}
		was := d.text()
		if what, ok := k.edits[d.dialect](d); ok {
			said = append(said, d.router()+": "+what)
		} else {
			d.setText(was)
		}
	}
	return strings.Join(said, "; "), len(said) > 1
}
