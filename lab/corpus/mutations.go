package corpus

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Mutations are the slips of a hand in a good configuration. Many change nothing that the network does: what they would let through does not
// come. The harm is counted by what the simulation says they do.
var Mutations = []Kind{
	{Name: "match dropped", What: "an entry loses one of its conditions", edits: edits{frr: frrDrop("match"), gobgp: gobgpDrop("conditions"), bird: birdDropMatch}},
	{Name: "set dropped", What: "an entry loses one of its sets", edits: edits{frr: frrDrop("set"), gobgp: gobgpDrop("actions.bgp-actions"), bird: removed(`^\s*bgp_\w+(?:\.add\(.*\)| = .*);$`)}},
	{Name: "entries swapped", What: "two entries of a route-map, or two statements of a policy, that follow each other change places", edits: edits{frr: frrSwapEntries, gobgp: gobgpSwapStatements}},
	{Name: "action turned", What: "permit instead of deny, or deny instead of permit", edits: edits{
		frr:   turned(`^(route-map \S+ |(?:ip prefix-list|bgp \S+ \S+) \S+ seq \d+ )(permit|deny)( .*)$`, "permit", "deny"),
		gobgp: turned(`^(\s*route-disposition\s*[=:]\s*"?)(accept-route|reject-route)("?)$`, "accept-route", "reject-route"),
		bird:  turned(`^(.*\b)(accept|reject)(;.*)$`, "accept", "reject")}},
	{Name: "list widened", What: "an entry takes all longer prefixes", edits: edits{frr: frrWiden, gobgp: gobgpWiden, bird: birdWiden}},
	{Name: "list entry dropped", What: "a list loses an entry", edits: edits{frr: removed(`^(?:ip prefix-list|bgp \S+ \S+) \S+ seq .*$`)}},
	{Name: "filter dropped", What: "a neighbor loses a policy, or a chain one of its own", edits: edits{frr: removed(`^  neighbor \S+ (?:route-map|prefix-list|filter-list) .*$`), gobgp: gobgpUnchain, bird: birdUnfilter}},
	{Name: "another's policy", What: "a neighbor gets the policy of another one", edits: edits{frr: frrOtherPolicy, bird: birdOtherPolicy}},
	{Name: "limit dropped", What: "a neighbor loses its maximum-prefix", edits: edits{frr: removed(`^  neighbor \S+ maximum-prefix .*$`), bird: removed(`^\s*import limit .*$`)}},
	{Name: "AS mistyped", What: "one digit of a neighbor's AS is another", edits: edits{
		frr:   mistyped(`^( neighbor \S+ remote-as )(\d+)()$`),
		gobgp: mistyped(`^(\s*peer-as\s*[=:]\s*)(\d+)()$`),
		bird:  mistyped(`^(\s*neighbor \S+ as )(\d+)(;)$`)}},
	{Name: "address mistyped", What: "one digit of a neighbor's address is another", edits: edits{
		frr:   frrAddress,
		gobgp: mistyped(`^(\s*(?:- )?neighbor-address\s*[=:]\s*"?[\d.]*\.)(\d+)("?)$`),
		bird:  mistyped(`^(\s*neighbor [\d.]*\.)(\d+)( as \d+;)$`)}},
	{Name: "prefix mistyped", What: "one digit of a prefix that is listed or announced is another", edits: edits{
		frr:   mistyped(`^((?:  network |ip prefix-list \S+ seq \d+ \w+ )\d+\.)(\d+)(\.\d+\.\d+/\d+.*)$`),
		gobgp: mistyped(`^(\s*(?:- )?ip-prefix\s*[=:]\s*"?\d+\.)(\d+)(\.\d+\.\d+/\d+"?)$`),
		bird:  mistyped(`^(.*\[ \d+\.)(\d+)(\.\d+\.\d+/\d+.*)$`)}},
	{Name: "next hop mistyped", What: "one digit of a static route's next hop is another", edits: edits{frr: mistyped(`^(ip route \S+ \d+\.\d+\.)(\d+)(\.\d+.*)$`)}},
	{Name: "announcement dropped", What: "a network statement or a static route is gone", edits: edits{frr: removed(`^(?:  network |ip route )\S+.*$`), bird: removed(`^\s*route \S+ .*$`)}},
	{Name: "origin unfiltered", What: "a redistribution loses its route-map", edits: edits{frr: turned(`^( +redistribute \w+)( route-map \S+)()$`, " route-map", "")}},
}

// removed takes out one of the lines that an expression matches.
func removed(line string) edit {
	re := regexp.MustCompile(line)
	return func(d *draft) (string, bool) {
		p, ok := d.anywhere(re)
		if !ok {
			return "", false
		}
		d.set(slices.Delete(d.lines(), p.line, p.line+1))
		return fmt.Sprintf("%q is gone", strings.TrimSpace(p.m[0])), true
	}
}

// turned replaces the second group of an expression: one word by the other, or the other way.
func turned(line, one, other string) edit {
	return rewritten(line, func(_ *draft, was string) (string, bool) {
		if strings.HasPrefix(was, one) {
			return other, true
		}
		return one, true
	})
}

// mistyped changes one digit of the number that is the second group of an expression.
func mistyped(line string) edit {
	return rewritten(line, func(d *draft, was string) (string, bool) {
		digits := []byte(was)
		i := d.random.IntN(len(digits))
		digits[i] = '0' + (digits[i]-'0'+byte(1+d.random.IntN(9)))%10
		return string(digits), digits[0] != '0' || len(digits) == 1
	})
}

// rewritten puts something else in the place of the second group of an expression.
func rewritten(line string, to func(d *draft, was string) (string, bool)) edit {
	re := regexp.MustCompile(line)
	return func(d *draft) (string, bool) {
		p, ok := d.anywhere(re)
		if !ok {
			return "", false
		}
		is, ok := to(d, p.m[2])
		if !ok {
			return "", false
		}
		l := p.m[1] + is + p.m[3]
		d.replaceLine(p.line, l)
		return fmt.Sprintf("%q instead of %q", strings.TrimSpace(l), strings.TrimSpace(p.m[0])), true
	}
}
