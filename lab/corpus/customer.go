package corpus

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	ownedSpace = regexp.MustCompile(`(?m)^owned: \[(.*)\]`)
	preferred  = regexp.MustCompile(`(?s)route-map FROM-CUSTOMER permit \d+\n((?: set [^\n]+\n)+)`)
)

// frrCustomer turns up a customer at a router that meets the outside already: an interface, a list of the one prefix that it may
// announce, a policy each way, a limit; its relation and its announcement in routegate.yaml. It is told of our own blocks.
func frrCustomer(d *draft) (string, bool) {
	b, ok := d.frrBGP()
	known := d.files[environment]
	owned := ownedSpace.FindStringSubmatch(known)
	if !ok || owned == nil || strings.Contains(known, "198.19.") || !regexp.MustCompile(`to: `+d.router()+`[,}]`).MatchString(known) {
		return "", false
	}
	n := 1 + d.random.IntN(200)
	as, near, far, prefix := 65100+n, fmt.Sprintf("172.31.%d.1", n), fmt.Sprintf("172.31.%d.2", n), fmt.Sprintf("198.19.%d.0/24", n)
	if strings.Contains(known, fmt.Sprint(as)) || d.network.ours(fmt.Sprint(as)) {
		return "", false
	}
	name := fmt.Sprintf("AS%d", as)
	lines := slices.Insert(d.lines(), b.family+1,
		"  neighbor "+far+" activate",
		"  neighbor "+far+" maximum-prefix 10 80",
		"  neighbor "+far+" route-map "+name+"-IN in",
		"  neighbor "+far+" route-map "+name+"-OUT out")
	at := b.family
	if strings.TrimSpace(lines[at-1]) == "!" {
		at--
	}
	d.set(slices.Insert(lines, at, fmt.Sprintf(" neighbor %s remote-as %d", far, as), " neighbor "+far+" description customer "+name))
	block := []string{"interface " + strings.ToLower(name), " ip address " + near + "/30", "exit", "!", "ip prefix-list " + name + "-IN seq 5 permit " + prefix, "!"}
	i := 0
	for p := range strings.SplitSeq(owned[1], ",") {
		if p = strings.TrimSpace(p); !strings.Contains(p, ":") {
			i++
			block = append(block, fmt.Sprintf("ip prefix-list %s-OUT seq %d permit %s", name, 5*i, p))
		}
	}
	block = append(block, "!", "route-map "+name+"-IN permit 10", " match ip address prefix-list "+name+"-IN")
	if m := preferred.FindStringSubmatch(d.text()); m != nil { // what this network marks its customers with
		block = append(block, strings.Split(strings.TrimSuffix(m[1], "\n"), "\n")...)
	}
	block = append(block, "exit", "!", "route-map "+name+"-OUT permit 10", " match ip address prefix-list "+name+"-OUT", "exit")
	if !d.frrInsert(block...) {
		return "", false
	}
	known = strings.Replace(known, "\nrelations:", fmt.Sprintf("\nrelations:\n  - {as: %d, is: customer, prefixes: [%s]}", as, prefix), 1)
	d.files[environment] = strings.Replace(known, "\nannouncements:", fmt.Sprintf("\nannouncements:\n  - {from: %d, to: %s, neighbor: %s, prefixes: [%s]}", as, d.router(), far, prefix), 1)
	return fmt.Sprintf("%s with %s at %s", name, prefix, far), true
}
