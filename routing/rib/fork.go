package rib

import (
	"slices"

	"github.com/gaissmai/bart"
)

// Fork makes a table to which everything but BGP offers what it offers to this one; nil where routes depend on BGP's or need
// lookups. The two share their nodes until either is offered something else. up and instance are as in New.
func (t *Table) Fork(up func(iface string) bool, instance func(vrf string) *Table) *Table {
	if len(t.offers[FromBGP]) > 0 || len(t.recursive) > 0 || len(t.unstable) > 0 || t.stale || len(t.touched) > 0 {
		return nil
	}
	o := New(up, instance, t.viaDefault)
	o.nodes, o.offers, o.lender = t.nodes, t.offers, t
	return o
}

// SharesWith reports that nothing but what BGP offers can tell two tables apart.
func (t *Table) SharesWith(o *Table) bool { return t == o || t.lender == o || o.lender == t }

// own makes the nodes the table's own before one of them is written to. Nobody writes to a table that has lent its nodes: its
// solution is finished.
func (t *Table) own() {
	if t.lender == nil {
		return
	}
	t.lender = nil
	nodes := new(bart.Table[*node])
	for p, n := range t.nodes.AllSorted() {
		c := *n
		c.candidates = slices.Clone(n.candidates)
		nodes.Insert(p, &c)
	}
	t.nodes = nodes
}
