package generate

import (
	"fmt"
	"net/netip"
)

// bogons are what nobody may announce (RFC 6890, RFC 5737), a default route, and what is too long to be carried.
var bogons = []prefixRange{
	{prefix: netip.MustParsePrefix("0.0.0.0/0")},
	{prefix: netip.MustParsePrefix("0.0.0.0/8"), atMost: 32},
	{prefix: netip.MustParsePrefix("10.0.0.0/8"), atMost: 32},
	{prefix: netip.MustParsePrefix("100.64.0.0/10"), atMost: 32},
	{prefix: netip.MustParsePrefix("127.0.0.0/8"), atMost: 32},
	{prefix: netip.MustParsePrefix("169.254.0.0/16"), atMost: 32},
	{prefix: netip.MustParsePrefix("172.16.0.0/12"), atMost: 32},
	{prefix: netip.MustParsePrefix("192.0.0.0/24"), atMost: 32},
	{prefix: netip.MustParsePrefix("192.0.2.0/24"), atMost: 32},
	{prefix: netip.MustParsePrefix("192.168.0.0/16"), atMost: 32},
	{prefix: netip.MustParsePrefix("198.18.0.0/15"), atMost: 32},
	{prefix: netip.MustParsePrefix("198.51.100.0/24"), atMost: 32},
	{prefix: wanBlock, atMost: 32},
	{prefix: netip.MustParsePrefix("224.0.0.0/3"), atMost: 32},
	{prefix: netip.MustParsePrefix("0.0.0.0/0"), atLeast: 25, atMost: 32},
}

// The local preferences by kind of neighbor.
const (
	preferProvider = 100
	preferPeer     = 150
	preferCustomer = 200
)

// uplink makes the group for providers, or for peers, on an edge.
func (d *device) uplink(name string, peering bool) {
	if d.find(name).name != "" {
		return
	}
	mark, prefer := fromProvider, uint32(preferProvider)
	if peering {
		mark, prefer = fromPeer, preferPeer
	}
	d.edgeSets()
	d.groups = append(d.groups, group{name: name, in: "FROM-" + name, out: "TO-" + name})
	d.policies = append(d.policies,
		policy{name: "FROM-" + name, clauses: []clause{{prefixes: "BOGONS", deny: true}, {setCommunity: mark, setPref: prefer}}},
		policy{name: "TO-" + name, clauses: []clause{{prefixes: "OWN"}, {community: fromCustomer}}})
}

// fullTable is how many customers, by their number, are sent everything; the others get what a peer gets.
const fullTable = 2

// customer makes a group for one customer on an edge: its list of prefixes stands in its relation.
func (d *device) customer(n int) string {
	name := fmt.Sprintf("CUSTOMER-%02d", n)
	d.edgeSets()
	d.groups = append(d.groups, group{name: name, in: "FROM-CUSTOMER", out: map[bool]string{true: "TO-CUSTOMER-FULL", false: "TO-CUSTOMER"}[n < fullTable]})
	out := policy{name: "TO-CUSTOMER", clauses: []clause{{prefixes: "OWN"}, {community: fromCustomer}, {community: fromPeer}}}
	if n < fullTable {
		out = policy{name: "TO-CUSTOMER-FULL", clauses: []clause{{prefixes: "BOGONS", deny: true}, {}}}
		out.clauses = append([]clause{{prefixes: "OWN"}}, out.clauses...)
	}
	for _, p := range []policy{{name: "FROM-CUSTOMER", clauses: []clause{{prefixes: "BOGONS", deny: true}, {setCommunity: fromCustomer, setPref: preferCustomer}}}, out} {
		if !d.hasPolicy(p.name) {
			d.policies = append(d.policies, p)
		}
	}
	return name
}

func (d *device) hasPolicy(name string) bool {
	for _, p := range d.policies {
		if p.name == name {
			return true
		}
	}
	return false
}

func (d *device) edgeSets() {
	if len(d.sets) == 0 {
		d.sets = []prefixSet{{name: "BOGONS", entries: bogons}, {name: "OWN", entries: []prefixRange{{prefix: wanBlock}}}}
	}
}
