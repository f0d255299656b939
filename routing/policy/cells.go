package policy

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// PrefixDiff is the exact difference of two prefix sets.
type PrefixDiff struct {
	Grew   netip.Prefix // accepted after and not before; invalid where there is none
	Shrank netip.Prefix // accepted before and not after; invalid where there is none
}

// Differ reports whether the sets accept different prefixes.
func (d PrefixDiff) Differ() bool { return d.Grew.IsValid() || d.Shrank.IsValid() }

// DiffPrefixSets compares what two sets accept, over all prefixes of the families
// that either is about. The answer is exact; a nil set accepts nothing.
func DiffPrefixSets(before, after *network.PrefixSet) PrefixDiff {
	var d PrefixDiff
	accepts := func(s *prefixSet, p netip.Prefix) bool { return s != nil && s.family(p) && s.accepts(p) }
	var b, a *prefixSet
	var ranges []network.PrefixRange
	if before != nil {
		b, ranges = compilePrefixSet(before), append(ranges, before.Entries...)
	}
	if after != nil {
		a, ranges = compilePrefixSet(after), append(ranges, after.Entries...)
	}
	for _, f := range network.Families {
		cells(f, ranges, nil, func(p netip.Prefix) bool {
			was, is := accepts(b, p), accepts(a, p)
			if is && !was && !d.Grew.IsValid() {
				d.Grew = p
			}
			if was && !is && !d.Shrank.IsValid() {
				d.Shrank = p
			}
			return !d.Grew.IsValid() || !d.Shrank.IsValid()
		})
	}
	return d
}

// cell is a node of the tree of all prefixes that the ranges start at. A prefix lies in
// the deepest node that contains it, and what any list says of it depends only on
// that node and on the interval between length limits that its length falls into.
type cell struct {
	prefix   netip.Prefix
	limits   []int // lengths at which some range of this node begins, or has just ended
	children []*cell
}

// cells calls visit with one representative of every class of prefixes that ranges can tell
// apart, until visit returns false: by node in order of address, by length. Lengths
// are further limits that hold everywhere.
func cells(f network.Family, ranges []network.PrefixRange, lengths []int, visit func(netip.Prefix) bool) {
	nodes := map[netip.Prefix]*cell{}
	at := func(p netip.Prefix) *cell {
		if nodes[p] == nil {
			nodes[p] = &cell{prefix: p}
		}
		return nodes[p]
	}
	root := at(f.Default())
	for _, l := range lengths {
		root.limits = append(root.limits, l, l+1)
	}
	for _, e := range ranges {
		p := e.Prefix.Masked()
		if p.IsValid() && network.FamilyOf(p) == f {
			n := at(p)
			for _, l := range []int{int(e.Min), int(e.Max) + 1} {
				if !slices.Contains(n.limits, l) {
					n.limits = append(n.limits, l)
				}
			}
		}
	}
	all := make([]*cell, 0, len(nodes))
	for _, n := range nodes {
		all = append(all, n)
	}
	slices.SortFunc(all, func(a, b *cell) int {
		if c := a.prefix.Addr().Compare(b.prefix.Addr()); c != 0 {
			return c
		}
		return a.prefix.Bits() - b.prefix.Bits()
	})
	var open []*cell
	for _, n := range all {
		for len(open) > 0 && !open[len(open)-1].prefix.Contains(n.prefix.Addr()) {
			open = open[:len(open)-1]
		}
		if k := len(open); k > 0 {
			open[k-1].children = append(open[k-1].children, n)
		}
		open = append(open, n)
	}
	root.walk(nil, visit)
}

// walk visits the classes of this node and of those below it.
func (n *cell) walk(inherited []int, visit func(netip.Prefix) bool) bool {
	limits := append(slices.Clone(inherited), n.limits...)
	lengths := []int{n.prefix.Bits()}
	for _, l := range limits {
		if l > n.prefix.Bits() && l <= n.prefix.Addr().BitLen() {
			lengths = append(lengths, l)
		}
	}
	slices.Sort(lengths)
	for _, l := range slices.Compact(lengths) {
		p, ok := n.free(l)
		if !ok {
			break // nor is there one at any greater length
		}
		if !visit(p) {
			return false
		}
	}
	for _, c := range n.children {
		if !c.walk(limits, visit) {
			return false
		}
	}
	return true
}

// free finds the first prefix of the length in the node that no child contains. The
// children are disjoint and in order; a prefix that contains one of them is free. Where one is
// free, so are its supernets inside the node.
func (n *cell) free(length int) (netip.Prefix, bool) {
	a := n.prefix.Addr()
	for _, c := range n.children {
		if c.prefix.Bits() > length || !c.prefix.Contains(a) {
			break
		}
		a = lastAddr(c.prefix).Next()
		if !a.IsValid() || !n.prefix.Contains(a) {
			return netip.Prefix{}, false
		}
	}
	return netip.PrefixFrom(a, length), true
}

// lastAddr is the highest address of a prefix.
func lastAddr(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}
