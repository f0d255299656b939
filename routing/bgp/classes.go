package bgp

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/gaissmai/bart"

	"github.com/routegate/routegate/network"
)

// Prefixes that start alike and that nothing in the network tells apart end alike: one of them is solved, and what comes
// out stands for all. They start alike where the same neighbors outside send the same attributes (they share
// their seed), and are told apart by the prefix sets and the lengths that policies and filters on sessions look at (by
// their cell). What the simulation itself asks of a prefix makes it a class of its own: the default route
// (default-originate), host routes (which may be their own next hops), what an aggregate hides, and everything where
// maximum-prefix-out lets the first so many through.

// cells are the parts of a family's prefixes that no policy or filter tells apart.
type cells struct {
	ranges  bart.Table[[]cellRange] // of all prefix sets, by the prefix that they begin with
	count   uint32
	lengths bool // policies match lengths by number
	every   bool // a policy looks at the prefix as a whole: each is a cell of its own
	known   map[string]uint32
}

type cellRange struct {
	id       uint32
	min, max uint8
}

// tellApart collects what sessions of a family hold prefixes against.
func (s *solver) tellApart(f network.Family) *cells {
	c := &cells{known: map[string]uint32{}}
	seen := map[network.PrefixRange]bool{}
	for _, in := range s.instances {
		chains := map[string]bool{}
		for _, p := range in.peers {
			x := &p.families[f]
			if !x.up {
				continue
			}
			c.every = c.every || x.c.MaximumPrefixOut > 0
			for _, r := range []network.Ref{x.c.DistributeIn, x.c.DistributeOut, x.c.PrefixListIn, x.c.PrefixListOut} {
				if r.IsSet() {
					for k := network.PrefixList; k <= network.AccessList6; k++ {
						c.add(in.device.PrefixSet(k, r.Name), seen)
					}
				}
			}
			for _, chain := range x.chains() {
				if !chain.Configured() || chains[chainKey(chain)] {
					continue
				}
				chains[chainKey(chain)] = true
				reads := in.policies.Reads(chain)
				c.every, c.lengths = c.every || reads.Every, c.lengths || reads.Lengths
				for _, set := range reads.Prefixes {
					c.add(set, seen)
				}
			}
		}
	}
	return c
}

// chains are all policies that routes of the session may be held against.
func (x *exchange) chains() []network.PolicyChain {
	out := []network.PolicyChain{x.c.Import, x.c.Export}
	one := func(r network.Ref) {
		if r.IsSet() {
			out = append(out, network.PolicyChain{Policies: []network.Ref{r}})
		}
	}
	one(x.c.UnsuppressMap)
	if k := x.c.Conditional; k != nil {
		one(k.Advertise)
		one(k.Condition)
	}
	if d := x.c.DefaultOriginate; d != nil {
		one(d.Policy)
	}
	return out
}

func chainKey(c network.PolicyChain) string {
	var key []byte
	for _, r := range c.Policies {
		key = append(append(key, r.Name...), 0)
	}
	return string(key)
}

func (c *cells) add(set *network.PrefixSet, seen map[network.PrefixRange]bool) {
	if set == nil {
		return
	}
	for _, e := range set.Entries {
		key := network.PrefixRange{Prefix: e.Prefix.Masked(), Min: e.Min, Max: e.Max}
		if seen[key] {
			continue
		}
		seen[key] = true
		list, _ := c.ranges.Get(key.Prefix)
		c.ranges.Insert(key.Prefix, append(slices.Clip(list), cellRange{c.count, e.Min, e.Max}))
		c.count++
	}
}

// of is the number of a prefix's cell: that of the ranges that hold it.
func (c *cells) of(p netip.Prefix) uint32 {
	var buf [128]byte
	key := buf[:0]
	bits := uint8(p.Bits())
	if c.lengths {
		key = append(key, bits)
	}
	for _, list := range c.ranges.Supernets(netip.PrefixFrom(p.Addr(), p.Addr().BitLen())) {
		for _, r := range list {
			if bits >= r.min && bits <= r.max {
				key = binary.AppendUvarint(key, uint64(r.id))
			}
		}
	}
	n, ok := c.known[string(key)]
	if !ok {
		n = uint32(len(c.known))
		c.known[string(key)] = n
	}
	return n
}

func (s *solver) cellsOf(f network.Family) *cells {
	if s.cells[f] == nil {
		s.cells[f] = s.tellApart(f)
	}
	return s.cells[f]
}

// classes puts together those of some prefixes, sorted, that are solved as one.
func (s *solver) classes(prefixes []netip.Prefix) [][]netip.Prefix {
	type key struct {
		seed   *seed
		family network.Family
		cell   uint32
	}
	first := map[key]int{}
	out := make([][]netip.Prefix, 0, len(prefixes))
	for i, p := range prefixes {
		x := s.seeds[p]
		if !x.shared || s.opts.EveryPrefix || p.IsSingleIP() || p.Bits() == 0 || s.hiddenSomewhere(p) {
			out = append(out, prefixes[i:i+1:i+1])
			continue
		}
		f := network.FamilyOf(p)
		if s.cellsOf(f).every {
			out = append(out, prefixes[i:i+1:i+1])
			continue
		}
		k := key{x, f, s.cellsOf(f).of(p)}
		if n, ok := first[k]; ok {
			out[n] = append(out[n], p)
			continue
		}
		first[k] = len(out)
		out = append(out, prefixes[i:i+1:i+1])
	}
	return out
}

func (s *solver) hiddenSomewhere(p netip.Prefix) bool {
	return slices.ContainsFunc(s.hidden, func(m map[netip.Prefix]bool) bool { return m[p] })
}

// standing is a table with the number of prefixes, of some, that it stands for, those of its kin included.
type standing struct {
	*table
	n int
}

// weigh are the tables of some prefixes, one of each kin.
func (s *solver) weigh(prefixes []netip.Prefix) []standing {
	at, kins := map[*table]int{}, map[*kin]int{}
	var out []standing
	for _, p := range prefixes {
		t := s.tables[p]
		if t == nil {
			continue
		}
		i, ok := at[t]
		if !ok && t.kin != nil && t.kin.of == s {
			if i, ok = kins[t.kin]; !ok {
				kins[t.kin] = len(out)
			}
		}
		if !ok {
			i = len(out)
			out = append(out, standing{t, 0})
		}
		at[t] = i
		out[i].n++
	}
	return out
}

// reseat gives a table another prefix where that which it was made for has left it: what is
// made of a table when it is asked for is made for one that it stands for.
func (s *solver) reseat() {
	moved := map[*table]*table{}
	for _, p := range s.prefixes {
		t := s.tables[p]
		if t == nil || s.tables[t.prefix] == t {
			continue
		}
		if moved[t] == nil {
			moved[t] = t.of(p)
		}
		s.tables[p] = moved[t]
	}
}

// of is the same table for another prefix.
func (t *table) of(p netip.Prefix) *table {
	u := *t
	u.prefix = p
	return &u
}

// tablesOf solves classes that are kin, and gives the table of each: it solves the first prefix, and counts and doubts for all.
func (w *worker) tablesOf(classes [][]netip.Prefix) []*table {
	w.size = 0
	for _, c := range classes {
		w.size += len(c)
	}
	first := classes[0][0]
	if w.size == 1 {
		return []*table{w.table(first)}
	}
	own := w.doubts
	w.doubts = map[Uncertainty]bool{}
	t := w.table(first)
	if len(classes) > 1 && !t.plain {
		// It does not settle, or hangs on more than best paths: each says what it comes to.
		w.doubts = own
		return w.tablesApart(classes)
	}
	if t.plain && t.lanes != nil && w.tally != nil {
		w.countPlain(t, w.tally, w.size-1, nil)
	}
	for u := range w.doubts {
		own[u] = true
		w.common = append(w.common, commonDoubt{u, classes})
	}
	w.doubts = own
	out := []*table{t}
	if len(classes) > 1 {
		t.kin = &kin{w.s}
	}
	for _, c := range classes[1:] {
		out = append(out, t.kinOf(c[0]))
	}
	return out
}

// tablesApart solves classes one by one.
func (w *worker) tablesApart(classes [][]netip.Prefix) (out []*table) {
	for i := range classes {
		out = append(out, w.tablesOf(classes[i:i+1])...)
	}
	return out
}

// commonDoubt is a doubt about the first of some classes, which holds for all of them.
type commonDoubt struct {
	Uncertainty
	classes [][]netip.Prefix
}

// spread adds what is doubted of classes for each prefix in them.
func (d *commonDoubt) spread(into map[Uncertainty]bool) {
	for _, c := range d.classes {
		for _, p := range c {
			u := d.Uncertainty
			u.Prefix = p
			into[u] = true
		}
	}
}
