package routing

import (
	"net/netip"
	"slices"
	"sort"
	"strings"

	"github.com/routegate/routegate/network"
)

// OutcomeSet is a set of Outcomes: what can become of a packet, over all equal
// next hops. The zero set is that of a router whose outcome is not known.
type OutcomeSet uint8

// Has reports whether the outcome is in the set.
func (s OutcomeSet) Has(o Outcome) bool { return s&(1<<o) != 0 }

// good are the outcomes of Outcome.Good.
const good = OutcomeSet(1<<Delivered | 1<<LeavesNetwork)

// AllGood reports whether every branch gets anywhere, SomeGood whether at least one does.
func (s OutcomeSet) AllGood() bool  { return s != 0 && s&^good == 0 }
func (s OutcomeSet) SomeGood() bool { return s&good != 0 }

// String lists the outcomes: "delivered, loop".
func (s OutcomeSet) String() string {
	var parts []string
	for o := Delivered; o <= Loop; o++ {
		if s.Has(o) {
			parts = append(parts, o.String())
		}
	}
	return strings.Join(parts, ", ")
}

// Fate is what becomes of packets from one router (its default instance) to one
// class of destinations, over every branch.
type Fate struct {
	Router string
	Set    OutcomeSet
	// Owners are the routers that deliver or hand out of the network, At those where packets
	// are lost: that drop them, or that form the loop. Both sorted, shared and read-only.
	Owners, At []string
}

// Classes are the destinations that the network tells apart, sorted: a prefix stands
// for the addresses in it that lie in no longer prefix of the list. Every router
// treats all of those alike, because the list holds every prefix of every main
// table, and every router's own addresses. A prefix that longer ones cover
// completely is left out.
func (r *Result) Classes() []netip.Prefix { return r.state.classes() }

// Outcomes gives, for every router, the fate of packets to a class. Any prefix will do: where
// it is none of Classes, it stands for those of its addresses that no longer
// prefix covers. The cost is one pass over the routers, not a trace for each.
func (r *Result) Outcomes(class netip.Prefix) []Fate { return r.state.outcomes(class.Masked()) }

func (s *state) classes() []netip.Prefix {
	s.classesOnce.Do(func() { s.classList = s.classesOf(func(netip.Prefix) bool { return true }) })
	return s.classList
}

// classesOf are the classes in the prefixes that pass. Whatever passes must bring all longer prefixes in it along.
func (s *state) classesOf(within func(netip.Prefix) bool) []netip.Prefix {
	var all []netip.Prefix
	for i := range s.instances {
		for _, f := range network.Families {
			for r := range s.instances[i].table.Own(f) {
				if within(r.Prefix) {
					all = append(all, r.Prefix)
				}
			}
		}
	}
	for _, p := range s.bgp.Prefixes() {
		if within(p) && slices.ContainsFunc(s.instances, func(in instance) bool { return in.table.Has(p) }) {
			all = append(all, p)
		}
	}
	for a, ports := range s.wires.owners {
		if a.IsLoopback() || a.IsLinkLocalUnicast() || !within(netip.PrefixFrom(a, a.BitLen())) {
			continue
		}
		if slices.ContainsFunc(ports, func(p int32) bool { return s.wires.ports[p].owned }) {
			all = append(all, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	slices.SortFunc(all, netip.Prefix.Compare)
	all = slices.Compact(all)
	kept := slices.Clone(all)
	return slices.DeleteFunc(kept, func(p netip.Prefix) bool {
		return !p.IsSingleIP() && covered(all, lower(p)) && covered(all, upper(p))
	})
}

// covered reports whether the prefixes of a sorted list cover the whole of p.
func covered(sorted []netip.Prefix, p netip.Prefix) bool {
	i := sort.Search(len(sorted), func(i int) bool { return sorted[i].Compare(p) >= 0 })
	if i == len(sorted) || !p.Contains(sorted[i].Addr()) {
		return false // nothing at or inside of p: longer prefixes of p sort right after it
	}
	if sorted[i] == p {
		return true
	}
	return !p.IsSingleIP() && covered(sorted, lower(p)) && covered(sorted, upper(p))
}

// lower and upper are the halves of a prefix.
func lower(p netip.Prefix) netip.Prefix { return netip.PrefixFrom(p.Addr(), p.Bits()+1) }

func upper(p netip.Prefix) netip.Prefix {
	b := p.Addr().AsSlice()
	b[p.Bits()/8] |= 0x80 >> (p.Bits() % 8)
	a, _ := netip.AddrFromSlice(b)
	return netip.PrefixFrom(a, p.Bits()+1)
}
