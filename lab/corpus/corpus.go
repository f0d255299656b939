// Package corpus makes changes of configurations by the thousand, and counts what the gate says of them: harmless ones, of
// which it should refuse none, and mutations of good configurations, of which it should let none pass that matters. In come the
// museum's networks as they ran and generated fabrics; out go folders for the gate, and a table of counts. The same
// seed always makes the same changes.
package corpus

import (
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"

	"github.com/routegate/routegate/lab/generate"
)

// Dialects are the daemons in whose configurations changes are made, in the order of every table.
var Dialects = []generate.Dialect{generate.FRR, generate.GoBGP, generate.BIRD}

// Kind is one sort of change.
type Kind struct {
	// Name is what tables call it.
	Name string
	// What says what is done, and of a harmless kind why that does no harm.
	What string
	// Only bounds it to networks in which it is what it claims to be; nil: any.
	Only func(*Network) bool

	edits map[generate.Dialect]edit
}

// edit alters a draft and says what it did, in a few words. It reports false where the file has no place for it; the draft is thrown away then.
type edit func(*draft) (what string, ok bool)

// Can reports whether the kind can be said in a dialect.
func (k *Kind) Can(d generate.Dialect) bool { return k.edits[d] != nil }

// Change is one change of one network. Read-only once made.
type Change struct {
	Number  int // from 0, in the order in which they were made
	Kind    string
	Dialect generate.Dialect
	Network *Network
	// File is the one that the change is about; others may have to follow it.
	File string
	// What was done to it, in a few words.
	What string
	// After is the whole network as proposed.
	After Files
}

func (c *Change) String() string {
	return fmt.Sprintf("%d %s %s %s/%s: %s", c.Number, c.Kind, c.Dialect, c.Network.Name, c.File, c.What)
}

// tries is how many files a place for one change is looked for in, before it is given up.
const tries = 200

// Make draws n changes, all different: the kinds take turns, so do the dialects in which a kind can be said; the network, the router and the
// place are chance. A kind that finds no further place gives its turn to the next, so that fewer than n come only when all have none.
func Make(seed uint64, n int, kinds []Kind, networks []*Network) []*Change {
	var out []*Change
	random := rand.New(rand.NewPCG(seed, 0))
	seen := map[[sha256.Size]byte]bool{}
	turns := turnsOf(kinds)
	for i := 0; len(out) < n && len(turns) > 0; i++ {
		t := turns[i%len(turns)]
		c := t.draw(random, networks, seen)
		if c == nil {
			turns = slices.DeleteFunc(turns, func(x *turn) bool { return x == t && x.retire() })
			continue
		}
		c.Number = len(out)
		out = append(out, c)
	}
	return out
}

// turn is a kind, with the dialect that comes next.
type turn struct {
	kind     *Kind
	dialects []generate.Dialect
	next     int
}

func turnsOf(kinds []Kind) []*turn {
	var out []*turn
	for i := range kinds {
		t := &turn{kind: &kinds[i]}
		for _, d := range Dialects {
			if t.kind.Can(d) {
				t.dialects = append(t.dialects, d)
			}
		}
		out = append(out, t)
	}
	return out
}

// retire takes out the dialect that has no place left, and reports whether it was the last.
func (t *turn) retire() bool {
	t.dialects = slices.Delete(t.dialects, t.next, t.next+1)
	return len(t.dialects) == 0
}

// draw makes one change that was not made before; nil: there is none, and t.next is the dialect that has none.
func (t *turn) draw(random *rand.Rand, networks []*Network, seen map[[sha256.Size]byte]bool) *Change {
	t.next = (t.next + 1) % len(t.dialects)
	d := t.dialects[t.next]
	var fit []*Network
	for _, n := range networks {
		if len(n.paths[d]) > 0 && (t.kind.Only == nil || t.kind.Only(n)) {
			fit = append(fit, n)
		}
	}
	for range tries {
		if len(fit) == 0 {
			return nil
		}
		n := one(random, fit)
		x := newDraft(n, d, random)
		what, ok := t.kind.edits[d](x)
		if !ok {
			continue
		}
		if sum := x.sum(); !seen[sum] && sum != n.sum {
			seen[sum] = true
			return &Change{Kind: t.kind.Name, Dialect: d, Network: n, File: x.path, What: what, After: x.files}
		}
	}
	return nil
}

// one draws an element of a list, which must have some.
func one[T any](random *rand.Rand, list []T) T { return list[random.IntN(len(list))] }

// sumOf is a hash over the texts, in the order of their paths.
func sumOf(name string, files Files) [sha256.Size]byte {
	h := sha256.New()
	io.WriteString(h, name)
	for _, path := range files.Paths() {
		fmt.Fprintf(h, "\x00%s\x00%s", path, files[path])
	}
	return [sha256.Size]byte(h.Sum(nil))
}
