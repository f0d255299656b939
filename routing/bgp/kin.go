package bgp

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/routegate/routegate/network"
)

// Classes are kin where neighbors outside send them what import policies make routes of that nothing in the network tells apart: the same
// but for ASes and communities that nobody names, and for how long AS paths are where their order alone decides. Every router then
// chooses for one of them as it does for the others; only what attributes are handed on differs, and that follows from
// where the best paths come from (walk). One of the kin is solved, and the others keep what of its table is theirs too.

// kin is a group of classes that a solver has found to fare alike.
type kin struct{ of *solver }

// kinOf is the table of a class of which its kin was solved.
func (t *table) kinOf(prefix netip.Prefix) *table {
	return &table{prefix: prefix, plain: true, ways: t.ways, lanes: t.lanes, timed: t.timed, like: t, kin: t.kin}
}

// solved is the table that all but a table's attributes stands in.
func (t *table) solved() *table {
	if t.like != nil {
		return t.like
	}
	return t
}

// best is solver.best with a worker at hand.
func (w *worker) bestAt(t *table, i int) path {
	if t.like == nil {
		return w.s.bestOf(t, i)
	}
	return w.walk(t, network.FamilyOf(t.prefix), i)
}

// walk makes an instance's best path of what the neighbor outside sends that it comes from, session by session.
func (w *worker) walk(t *table, f network.Family, i int) path {
	from := t.ways[i].from
	if from < 0 {
		return path{from: noPath} // kin have no routes of their own
	}
	p := w.s.peers[from]
	if p.remote == nil {
		for _, o := range w.s.seeds[t.prefix].outside {
			if o.peer == from {
				c, _ := w.receive(p, f, t.prefix, o.route)
				return c
			}
		}
	}
	b := w.walk(t, f, p.remote.in.id)
	w.plain.turn++
	c, _ := w.across(p.remote, p, f, t.prefix, &b)
	return c
}

// kins puts together those of some classes that fare alike. A class that has no kin is alone.
func (s *solver) kins(classes [][]netip.Prefix) [][][]netip.Prefix {
	keys := s.kinKeys(classes)
	out := make([][][]netip.Prefix, 0, len(classes))
	first := map[string]int{}
	for i, class := range classes {
		if keys == nil || keys[i] == "" {
			out = append(out, classes[i:i+1:i+1])
			continue
		}
		if n, ok := first[keys[i]]; ok {
			out[n] = append(out[n], class)
			continue
		}
		first[keys[i]] = len(out)
		out = append(out, classes[i:i+1:i+1])
	}
	return out
}

// kinKeys are what classes have in common with their kin, by class; "" where it has none, and nil where no class has any.
func (s *solver) kinKeys(classes [][]netip.Prefix) []string {
	if s.opts.EveryPrefix || len(classes) < 2 {
		return nil
	}
	shared := slices.ContainsFunc(classes, func(c []netip.Prefix) bool { return s.seeds[c[0]].shared })
	if !shared {
		return nil
	}
	var regards [network.NumFamilies]*regard
	for _, f := range network.Families {
		if s.brief[f] {
			regards[f] = s.regards(f)
		}
	}
	keys, cells := make([]string, len(classes)), make([]uint32, len(classes))
	for i, class := range classes {
		p := class[0]
		f := network.FamilyOf(p)
		if x := s.seeds[p]; !x.shared || regards[f].blind() || p.IsSingleIP() || p.Bits() == 0 || s.hiddenSomewhere(p) || s.cellsOf(f).every {
			continue
		}
		cells[i] = s.cellsOf(f).of(p) + 1
	}
	askers := make([]kinship, min(len(s.workers), 1+len(classes)/256))
	s.divide(len(askers), len(classes), 64, func(j int) func(int) {
		k := &askers[j]
		k.w = newWorker(s) // what import policies doubt is said where the prefix is solved
		return func(i int) {
			if p := classes[i][0]; cells[i] > 0 {
				f := network.FamilyOf(p)
				keys[i] = k.key(regards[f], cells[i], p, f, s.seeds[p])
			}
		}
	})
	if slices.ContainsFunc(askers, func(k kinship) bool { return len(k.w.doubts) > 0 }) {
		return nil
	}
	return keys
}

// blind reports that nothing can be said of kin.
func (g *regard) blind() bool { return g == nil || g.whole }

// kinship makes keys; for one goroutine.
type kinship struct {
	w      *worker
	routes []path
	known  []uint32 // ASes that nobody names, as they are met
	key_   []byte
}

// key is all that the network may regard of the routes of a seed.
func (k *kinship) key(g *regard, cell uint32, prefix netip.Prefix, f network.Family, x *seed) string {
	k.routes, k.known = k.routes[:0], k.known[:0]
	outside := x.outside
	if !slices.IsSortedFunc(outside, func(a, b outsideRoute) int { return int(a.peer - b.peer) }) {
		outside = slices.Clone(outside)
		slices.SortStableFunc(outside, func(a, b outsideRoute) int { return int(a.peer - b.peer) })
	}
	b := binary.AppendUvarint(k.key_[:0], uint64(cell)<<1|uint64(f))
	for _, o := range outside {
		p := k.w.s.peers[o.peer]
		if !p.families[f].up {
			continue
		}
		c, ok := k.w.receive(p, f, prefix, o.route)
		b = binary.AppendUvarint(b, uint64(o.peer)<<1|flag(ok))
		if ok {
			k.routes = append(k.routes, c)
		}
	}
	for i := range k.routes {
		b = k.route(g, b, i)
	}
	k.key_ = b
	return string(b)
}

func (k *kinship) route(g *regard, b []byte, i int) []byte {
	c := &k.routes[i]
	a := c.attrs
	b = append(b, byte(a.Origin), byte(c.kept), c.distance, byte(c.source),
		byte(flag(a.HasMED)|flag(a.HasLocalPref)<<1|flag(a.AtomicAggregate)<<2|flag(a.HasAIGP)<<3|flag(c.ok)<<4|flag(a.Learned != network.Learned{})<<5))
	for _, v := range []uint64{uint64(a.MED), uint64(a.LocalPref), uint64(a.Weight), uint64(a.Tag), uint64(a.OTC), a.AIGP, uint64(a.Aggregator.AS), uint64(c.hop), uint64(c.metric), uint64(c.id)} {
		b = binary.AppendUvarint(b, v)
	}
	if a.Aggregator.AS != 0 {
		b = appendAddr(b, a.Aggregator.RouterID)
	}
	b = appendAddr(b, a.OriginatorID)
	b = binary.AppendUvarint(b, uint64(len(a.ClusterList)))
	for _, x := range a.ClusterList {
		b = appendAddr(b, x)
	}
	if a.Learned != (network.Learned{}) {
		b = binary.AppendUvarint(append(b, byte(a.Learned.Protocol)), uint64(len(a.Learned.Name)))
		b = append(b, a.Learned.Name...)
	}
	b = binary.AppendUvarint(b, uint64(len(a.Large)))
	for _, x := range a.Large {
		b = binary.AppendUvarint(binary.AppendUvarint(binary.AppendUvarint(b, uint64(x.Global)), uint64(x.Data1)), uint64(x.Data2))
	}
	b = binary.AppendUvarint(b, uint64(len(a.Ext)))
	for _, x := range a.Ext {
		b = binary.AppendUvarint(b, uint64(x))
	}
	others := uint64(0)
	for _, x := range a.Communities {
		if g.named(x) {
			b = binary.AppendUvarint(b, uint64(x)<<1|1)
		} else {
			others = 2 // that there are some is seen by who takes all away
		}
	}
	b = binary.AppendUvarint(b, others)
	if !g.carried {
		return k.whole(g, b, a.ASPath)
	}
	return k.carried(g, b, i)
}

// whole are the ASes of a path, those that nobody names by their order: two seeds of one key are the same but for other names.
func (k *kinship) whole(g *regard, b []byte, p network.ASPath) []byte {
	b = binary.AppendUvarint(b, uint64(len(p)))
	for _, s := range p {
		b = binary.AppendUvarint(append(b, byte(s.Kind)), uint64(len(s.AS)))
		for _, as := range s.AS {
			if g.ases[as] {
				b = binary.AppendUvarint(b, uint64(as)<<1|1)
				continue
			}
			n := slices.Index(k.known, as)
			if n < 0 {
				n = len(k.known)
				k.known = append(k.known, as)
			}
			b = binary.AppendUvarint(b, uint64(n)<<1)
		}
	}
	return b
}

// carried is what is asked of a path that travels as it is: the ASes in it that somebody names, whether it is longer than the others or
// the same, and whether it is from the same neighboring AS.
func (k *kinship) carried(g *regard, b []byte, i int) []byte {
	a := k.routes[i].attrs
	p := a.ASPath
	if !oneSequence(p) {
		b = append(b, 0, byte(len(p)))
		for _, s := range p {
			b = binary.AppendUvarint(append(b, byte(s.Kind)), uint64(len(s.AS)))
			for _, as := range s.AS {
				b = binary.AppendUvarint(b, uint64(as))
			}
		}
	} else {
		as := p[0].AS
		b = append(b, 1, byte(flag(len(as) == 1)))
		for n, x := range as {
			if g.ases[x] {
				b = binary.AppendUvarint(b, uint64(x)<<3|flag(n == 0)<<2|flag(n == len(as)-1)<<1|1)
			}
		}
		b = append(b, 0)
	}
	length, equal, near := 0, i, i
	for j := range k.routes {
		o := k.routes[j].attrs
		if o.length < a.length && !slices.ContainsFunc(k.routes[:j], func(x path) bool { return x.attrs.length == o.length }) {
			length++
		}
		if j < equal && samePath(o.ASPath, p) {
			equal = j
		}
		if j < near && neighborAS(o.ASPath) == neighborAS(p) {
			near = j
		}
	}
	if g.lengths {
		length = int(a.length)
	}
	return binary.AppendUvarint(binary.AppendUvarint(binary.AppendUvarint(b, uint64(length)), uint64(equal)), uint64(near))
}

func appendAddr(b []byte, a netip.Addr) []byte {
	if !a.IsValid() {
		return append(b, 0)
	}
	x := a.AsSlice()
	return append(append(b, byte(len(x))), x...)
}
