package generate

import (
	"math/rand/v2"
	"net/netip"
	"slices"
)

// tables is the outside's routing table: atoms, sets of prefixes that fare alike everywhere because one network announces
// them alike, and what each neighbor says of each atom.
type tables struct {
	size      WANSize
	seed      uint64
	atoms     []atom
	customers [][]netip.Prefix
}

// atom is some prefixes of one origin.
type atom struct {
	origin   uint32
	transit  []uint32 // from the core of the outside to the origin
	prepends int
	unseen   uint32 // neighbors that have no route to it, by number
	prefixes []netip.Prefix
}

// peerShare is the part of the atoms that a peer announces: its own customers', one in so many.
const peerShare = 40

// lengths are how many of a thousand prefixes have a length, about as in the table of 2026.
var lengths = []struct{ bits, share int }{
	{24, 600}, {23, 100}, {22, 110}, {21, 50}, {20, 45}, {19, 28}, {18, 17}, {17, 10}, {16, 33}, {15, 3}, {14, 2}, {13, 1}, {12, 1},
}

func newTables(z WANSize, r *rand.Rand) *tables {
	t := &tables{size: z, seed: z.Seed}
	seen := map[netip.Prefix]bool{}
	draw := func() netip.Prefix {
		for {
			if p := drawPrefix(r); !seen[p] {
				seen[p] = true
				return p
			}
		}
	}
	for range z.Customers {
		var list []netip.Prefix
		for range 1 + r.IntN(6) {
			list = append(list, draw())
		}
		slices.SortFunc(list, netip.Prefix.Compare)
		t.customers = append(t.customers, list)
	}
	var a atom
	origin := uint32(131072)
	for n, left := 0, 0; n < z.Prefixes; n++ {
		if n == 0 || left == 0 {
			if n > 0 {
				t.atoms = append(t.atoms, a)
			}
			if n == 0 || r.IntN(3) > 0 {
				origin++ // a third of the atoms are of the origin before: traffic engineering
			}
			a, left = t.drawAtom(r, origin), atomSize(r)
		}
		left--
		p := draw()
		if n%20_000 == 19_999 {
			p = drawBogon(r) // others make mistakes too
		}
		a.prefixes = append(a.prefixes, p)
	}
	t.atoms = append(t.atoms, a)
	return t
}

// atomSize is small for most, and some are very large.
func atomSize(r *rand.Rand) int {
	switch x := r.IntN(100); {
	case x < 45:
		return 1
	case x < 75:
		return 2 + r.IntN(3)
	case x < 95:
		return 4 + r.IntN(12)
	}
	return 16 + r.IntN(120)
}

// drawAtom chooses how the origin is reached: over two to five networks, one in eight with its AS more than once, and
// one in twelve is not known to every neighbor.
func (t *tables) drawAtom(r *rand.Rand, origin uint32) atom {
	a := atom{origin: origin}
	for range 1 + r.IntN(2) + r.IntN(2) + r.IntN(2) {
		a.transit = append(a.transit, 3000+uint32(r.IntN(40)*r.IntN(40)))
	}
	if r.IntN(8) == 0 {
		a.prepends = 1 + r.IntN(3)
	}
	if r.IntN(12) == 0 {
		a.unseen = r.Uint32() & (1<<t.size.Feeds - 1)
		if a.unseen == 1<<t.size.Feeds-1 {
			a.unseen &^= 1 << r.IntN(t.size.Feeds)
		}
	}
	return a
}

// drawPrefix chooses a prefix that may be announced.
func drawPrefix(r *rand.Rand) netip.Prefix {
	for {
		x, bits := r.IntN(1000), 0
		for _, l := range lengths {
			if bits = l.bits; x < l.share {
				break
			}
			x -= l.share
		}
		p := netip.PrefixFrom(address("1.0.0.0", r.Uint32N(223<<24)), bits).Masked()
		if !slices.ContainsFunc(bogons[1:len(bogons)-1], func(b prefixRange) bool { return b.prefix.Overlaps(p) }) {
			return p
		}
	}
}

// drawBogon chooses one that may not.
func drawBogon(r *rand.Rand) netip.Prefix {
	if r.IntN(2) == 0 {
		return netip.PrefixFrom(address("10.0.0.0", r.Uint32N(1<<24)), 24).Masked()
	}
	return netip.PrefixFrom(address("1.0.0.0", r.Uint32N(8<<24)), 25+r.IntN(8)).Masked()
}

// view is what a neighbor says of an atom; ok is false when it has no route.
func (t *tables) view(as uint32, n, share int, i int) (path []uint32, med uint32, tags []uint32, ok bool) {
	a := &t.atoms[i]
	if share == 1 && a.unseen&(1<<n) != 0 {
		return nil, 0, nil, false
	}
	r := rand.New(rand.NewPCG(t.seed^uint64(i), uint64(n)+7))
	if share > 1 && i != n && r.IntN(share) > 0 { // everybody has something
		return nil, 0, nil, false
	}
	path = append(path, as)
	if share == 1 {
		// Neighbors reach the same network over different ways of different lengths.
		for range r.IntN(3) {
			path = append(path, 1000+uint32(r.IntN(20)))
		}
		path = append(path, a.transit...)
	}
	for range a.prepends + 1 {
		path = append(path, a.origin)
	}
	if r.IntN(10) == 0 {
		med = uint32(10 * r.IntN(5))
	}
	// Where it was learned, as most providers tell; by the origin, as regions go.
	tags = append(tags, as<<16|2000+a.origin%8)
	if r.IntN(4) == 0 {
		tags = append(tags, as<<16|3000+uint32(r.IntN(4)))
	}
	return path, med, tags, true
}
