package bgp

import (
	"slices"

	"github.com/routegate/routegate/network"
)

// cell is an attribute set of the prefix that a worker is at: an interned one, or another cell with one AS more in front.
// In a fabric with an AS for every switch nearly every announcement is another attribute set; as cells they cost a few bytes,
// and only while the prefix is solved.
type cell struct {
	parent int32  // 0: full stands by itself
	as     uint32 // in front of the parent's path
	by     int32  // the instance that put it there
	length int32  // as attrs.length
	bare   bool   // the path is one sequence, or empty: an AS in front makes another cell
	bloom  uint64 // of the ASes in the path
	rest   *attrs // everything but the AS path
	full   *attrs // nil until somebody asks
}

// bloomBit is an AS's bit in cell.bloom.
func bloomBit(as uint32) uint64 { return 1 << (as * 0x9E3779B1 >> 26) }

// rootCell makes a cell of an interned attribute set.
func (r *plainRun) rootCell(in *interner, a *attrs) int32 {
	c := cell{length: a.length, full: a, rest: in.rest(a), bare: len(a.ASPath) == 0 || len(a.ASPath) == 1 && a.ASPath[0].Kind == network.ASSequence}
	for i := range a.ASPath {
		for _, as := range a.ASPath[i].AS {
			c.bloom |= bloomBit(as)
		}
	}
	r.cells = append(r.cells, c)
	return int32(len(r.cells) - 1)
}

// barely is the export of a cell that puts our AS in front and takes off what does not travel; 0 where there is
// more to it.
func (r *plainRun) barely(in *interner, of, by int32, as uint32, learned bool) int32 {
	c := &r.cells[of]
	if !c.bare || c.length > 254 || !c.rest.travelsBarely() {
		return 0
	}
	r.cells = append(r.cells, cell{parent: of, by: by, as: as, length: c.length + 1, bare: true, bloom: c.bloom | bloomBit(as), rest: in.barely(c.rest, learned)})
	return int32(len(r.cells) - 1)
}

// holds reports that an AS stands in the path of a cell.
func (r *plainRun) holds(id int32, as uint32) bool {
	for {
		c := &r.cells[id]
		switch {
		case c.bloom&bloomBit(as) == 0:
			return false
		case c.parent == 0:
			return c.full.holds(as)
		case c.as == as:
			return true
		}
		id = c.parent
	}
}

// whole interns what a cell stands for.
func (r *plainRun) whole(in *interner, id int32) *attrs {
	c := &r.cells[id]
	if c.full != nil {
		return c.full
	}
	path := make([]uint32, 0, c.length)
	at := id
	for ; r.cells[at].full == nil; at = r.cells[at].parent {
		path = append(path, r.cells[at].as)
	}
	c.full = in.inFront(path, r.cells[at].full.ASPath, c.rest)
	return c.full
}

// sameCell reports that two cells stand for the same.
func (r *plainRun) sameCell(in *interner, a, b int32) bool {
	x, y := &r.cells[a], &r.cells[b]
	switch {
	case a == b:
		return true
	case x.rest != y.rest || x.length != y.length || x.bloom != y.bloom:
		return false
	case x.bare && y.bare:
		return slices.Equal(r.asPath(a), r.asPath(b))
	}
	return r.whole(in, a) == r.whole(in, b)
}

// asPath are the ASes of a bare path.
func (r *plainRun) asPath(id int32) (path []uint32) {
	for ; r.cells[id].parent != 0; id = r.cells[id].parent {
		path = append(path, r.cells[id].as)
	}
	for _, s := range r.cells[id].full.ASPath {
		path = append(path, s.AS...)
	}
	return path
}

// rest is an attribute set without its AS path.
func (in *interner) rest(a *attrs) *attrs {
	if len(a.ASPath) == 0 {
		return a
	}
	if x := a.rest.Load(); x != nil {
		return x
	}
	b := a.PathAttributes
	b.ASPath = nil
	x := in.attrs(&b)
	a.rest.Store(x)
	return x
}

// travelsBarely reports that of an attribute set only what every daemon hands on to another AS is there.
func (a *attrs) travelsBarely() bool {
	return len(a.Communities)+len(a.Large)+len(a.Ext)+len(a.ClusterList) == 0 && !a.OriginatorID.IsValid() && !a.HasAIGP && !a.EmptyExt
}

// barely is what becomes of an attribute set without an AS path that travelsBarely, on the way to another AS.
func (in *interner) barely(a *attrs, learned bool) *attrs {
	known := &a.bare[flag(learned)]
	if x := known.Load(); x != nil {
		return x
	}
	b := network.PathAttributes{Origin: a.Origin, AtomicAggregate: a.AtomicAggregate, Aggregator: a.Aggregator, OTC: a.OTC}
	if !learned {
		b.MED, b.HasMED = a.MED, a.HasMED
	}
	x := in.attrs(&b)
	known.Store(x)
	return x
}

// inFront interns an attribute set with ASes in front of a path of at most one sequence.
func (in *interner) inFront(as []uint32, path network.ASPath, rest *attrs) *attrs {
	for _, s := range path {
		as = append(as, s.AS...)
	}
	a := rest.PathAttributes
	a.ASPath = network.ASPath{{Kind: network.ASSequence, AS: as}}
	return in.attrs(&a)
}
