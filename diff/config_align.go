package diff

import "slices"

// match pairs an entry of the list before with one of the list after; -1 where the
// other side has none.
type match struct {
	before, after int
	moved         bool // in another order among those that stayed
}

// align pairs the entries of two ordered lists: first those of equal content that keep
// their order (a longest common subsequence), then those of equal content that do not
// (moved), then those that one of the keys finds alike, the first key first: an empty key is
// like nothing. Entries that are only alike have moved where they stand on another side of one that stayed.
// The result is in the order of the list after, with removed entries where they stood.
func align[T any](before, after []T, content func(T) string, keys ...func(T) string) []match {
	cb, ca := make([]string, len(before)), make([]string, len(after))
	for i, x := range before {
		cb[i] = content(x)
	}
	for i, x := range after {
		ca[i] = content(x)
	}
	toAfter, toBefore := fill(len(before)), fill(len(after))
	moved := make([]bool, len(after))
	link := func(i, j int) { toAfter[i], toBefore[j] = j, i }
	commonSubsequence(cb, ca, link)
	stayed := slices.Clone(toAfter)

	// leftover pairs what is left on both sides by a text, each side in its order.
	leftover := func(textBefore, textAfter func(int) string, found func(i, j int)) {
		left := map[string][]int{}
		for i := range before {
			if toAfter[i] < 0 {
				k := textBefore(i)
				left[k] = append(left[k], i)
			}
		}
		for j := range after {
			if toBefore[j] >= 0 {
				continue
			}
			k := textAfter(j)
			if l := left[k]; k != "" && len(l) > 0 {
				link(l[0], j)
				left[k] = l[1:]
				found(l[0], j)
			}
		}
	}
	leftover(func(i int) string { return cb[i] }, func(j int) string { return ca[j] }, func(_, j int) { moved[j] = true })
	for _, key := range keys {
		leftover(func(i int) string { return key(before[i]) }, func(j int) string { return key(after[j]) },
			func(i, j int) { moved[j] = len(overtaken(stayed, i, j)) > 0 })
	}

	var out []match
	next := 0 // the first entry of before that is not told yet
	removedUpTo := func(end int) {
		for ; next < end; next++ {
			if toAfter[next] < 0 {
				out = append(out, match{before: next, after: -1})
			}
		}
	}
	for j := range after {
		if i := toBefore[j]; i >= 0 && !moved[j] {
			removedUpTo(i)
		}
		out = append(out, match{before: toBefore[j], after: j, moved: moved[j]})
	}
	removedUpTo(len(before))
	return out
}

// overtaken are the entries, as positions before, on whose other side an entry stands that was at i and is at j. To
// gives for the entries before that stayed in order where they are after, and -1 for others.
func overtaken(to []int, i, j int) (out []int) {
	for k, l := range to {
		if l >= 0 && (k < i) != (l < j) {
			out = append(out, k)
		}
	}
	return out
}

func fill(n int) []int { return slices.Repeat([]int{-1}, n) }

// maxAlign bounds the quadratic part of the alignment; longer middles are paired by
// content and number alone.
const maxAlign = 4_000_000

// commonSubsequence links a longest common subsequence: equal ends first, which is nearly
// everything in practice, then dynamic programming over the middle.
func commonSubsequence(b, a []string, link func(i, j int)) {
	lo := 0
	for lo < len(b) && lo < len(a) && b[lo] == a[lo] {
		link(lo, lo)
		lo++
	}
	eb, ea := len(b), len(a)
	for eb > lo && ea > lo && b[eb-1] == a[ea-1] {
		eb--
		ea--
		link(eb, ea)
	}
	b, a = b[lo:eb], a[lo:ea]
	if len(b) == 0 || len(a) == 0 {
		return
	}
	if len(b)*len(a) > maxAlign {
		greedySubsequence(b, a, func(i, j int) { link(i+lo, j+lo) })
		return
	}
	w := len(a) + 1
	length := make([]int32, (len(b)+1)*w)
	for i := len(b) - 1; i >= 0; i-- {
		for j := len(a) - 1; j >= 0; j-- {
			if b[i] == a[j] {
				length[i*w+j] = length[(i+1)*w+j+1] + 1
			} else {
				length[i*w+j] = max(length[(i+1)*w+j], length[i*w+j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(b) && j < len(a); {
		switch {
		case b[i] == a[j]:
			link(i+lo, j+lo)
			i++
			j++
		case length[(i+1)*w+j] >= length[i*w+j+1]:
			i++
		default:
			j++
		}
	}
}

// greedySubsequence links a common subsequence that need not be the longest, in linear time.
func greedySubsequence(b, a []string, link func(i, j int)) {
	at := map[string][]int{}
	for j, x := range a {
		at[x] = append(at[x], j)
	}
	last := -1
	for i, x := range b {
		l := at[x]
		for len(l) > 0 && l[0] <= last {
			l = l[1:]
		}
		if at[x] = l; len(l) > 0 {
			last = l[0]
			link(i, last)
		}
	}
}
