package diff

import (
	"cmp"
	"slices"

	"github.com/routegate/routegate/network"
)

// ledgerKey is what makes two lines outside of the model the same line: where it
// stands and what it says, not its number.
type ledgerKey struct{ context, text string }

// ledger compares the lines outside of the model of one router. Lines that occur several
// times are counted. What is left on one side only was removed or added.
func (c *comparison) ledger(before, after *network.Router) {
	name := c.router
	left := map[ledgerKey][]network.Note{}
	for _, n := range notes(before) {
		k := ledgerKey{n.Context, n.Text}
		left[k] = append(left[k], n)
	}
	count := LedgerCount{Router: name}
	for _, n := range notes(after) {
		k := ledgerKey{n.Context, n.Text}
		if len(left[k]) > 0 {
			left[k] = left[k][1:]
			count.Lines++
			if !slices.Contains(count.Affects, n.Affects) {
				count.Affects = append(count.Affects, n.Affects)
			}
			continue
		}
		c.out.Ledger = append(c.out.Ledger, ledgerChange(name, Added, n))
	}
	for _, n := range notes(before) {
		k := ledgerKey{n.Context, n.Text}
		for i, m := range left[k] {
			if m == n {
				left[k] = slices.Delete(left[k], i, i+1)
				c.out.Ledger = append(c.out.Ledger, ledgerChange(name, Removed, n))
				break
			}
		}
	}
	if count.Lines > 0 {
		slices.Sort(count.Affects)
		c.out.NotModelled = append(c.out.NotModelled, count)
	}
}

func notes(r *network.Router) []network.Note {
	var all []network.Note
	if r != nil {
		for i := range r.Files {
			all = append(all, r.Files[i].Notes...)
		}
	}
	return all
}

func ledgerChange(router string, k ChangeKind, n network.Note) LedgerChange {
	return LedgerChange{Router: router, Kind: k, Context: n.Context, Text: n.Text, Reason: n.Reason, Affects: n.Affects, Span: n.Span}
}

func sortLedger(l []LedgerChange) {
	slices.SortStableFunc(l, func(a, b LedgerChange) int {
		return cmp.Or(cmp.Compare(a.Router, b.Router), cmp.Compare(a.Span.File, b.Span.File),
			cmp.Compare(a.Span.First, b.Span.First), cmp.Compare(b.Kind, a.Kind), cmp.Compare(a.Text, b.Text))
	})
}
