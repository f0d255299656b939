package gate

import (
	"net/netip"
	"slices"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/network"
)

func distinctPrefixes(list []netip.Prefix) []netip.Prefix {
	list = slices.Clone(list)
	slices.SortFunc(list, netip.Prefix.Compare)
	return slices.Compact(list)
}

// prefixSets writes prefixes as few sets: the four quarters of a block are one set. Where exact sets would be too many, wider ones
// stand for them, each with at least one of the prefixes in it.
func prefixSets(list []netip.Prefix) (sets []string, wider bool) {
	var ranges []network.PrefixRange
	for _, p := range distinctPrefixes(list) {
		ranges = append(ranges, config.ExactRange(p))
	}
	ranges = joinHalves(ranges)
	for _, bits := range []int{24, 20, 16, 12, 8, 0} {
		if len(ranges) > draftSets {
			ranges, wider = widen(ranges, bits), true
		}
	}
	for _, r := range ranges {
		sets = append(sets, config.RangeText(r))
	}
	return sets, wider
}

// joinHalves makes one range of two that are the halves of a block and hold the same lengths, until there are none.
func joinHalves(in []network.PrefixRange) []network.PrefixRange {
	have := map[network.PrefixRange]bool{}
	var byBits [129][]network.PrefixRange
	for _, r := range in {
		have[r] = true
		byBits[r.Prefix.Bits()] = append(byBits[r.Prefix.Bits()], r)
	}
	for bits := 128; bits > 0; bits-- {
		for _, r := range byBits[bits] {
			block := netip.PrefixFrom(r.Prefix.Addr(), bits-1).Masked()
			if block.Addr() != r.Prefix.Addr() {
				continue // the upper half: the lower one finds it
			}
			other := network.PrefixRange{Prefix: netip.PrefixFrom(lastOf(block), bits).Masked(), Min: r.Min, Max: r.Max}
			if !have[other] {
				continue
			}
			whole := network.PrefixRange{Prefix: block, Min: r.Min, Max: r.Max}
			delete(have, r)
			delete(have, other)
			have[whole] = true
			byBits[bits-1] = append(byBits[bits-1], whole)
		}
	}
	out := make([]network.PrefixRange, 0, len(have))
	for r := range have {
		out = append(out, r)
	}
	return sortRanges(out)
}

func sortRanges(list []network.PrefixRange) []network.PrefixRange {
	slices.SortFunc(list, func(a, b network.PrefixRange) int {
		if c := a.Prefix.Compare(b.Prefix); c != 0 {
			return c
		}
		return 1000*(int(a.Min)-int(b.Min)) + int(a.Max) - int(b.Max)
	})
	return list
}

// widen makes one set of all ranges within one block of a length, where there are several; IPv6 blocks are as many
// bits longer again, as its prefixes are.
func widen(in []network.PrefixRange, bits int) []network.PrefixRange {
	var by groups[netip.Prefix, []network.PrefixRange]
	for _, r := range in {
		n := bits
		if !r.Prefix.Addr().Is4() {
			n = 2 * bits
		}
		block := r.Prefix
		if block.Bits() > n {
			block = netip.PrefixFrom(block.Addr(), n).Masked()
		}
		g, _ := by.get(block)
		*g = append(*g, r)
	}
	var out []network.PrefixRange
	for _, block := range by.order {
		if g := *by.by[block]; len(g) == 1 {
			out = append(out, g[0])
			continue
		}
		out = append(out, network.PrefixRange{Prefix: block, Min: uint8(block.Bits()), Max: uint8(block.Addr().BitLen())})
	}
	return sortRanges(out)
}
