package gate

import (
	"slices"
	"strings"
	"testing"
)

func TestDiffLines(t *testing.T) {
	for _, c := range []struct {
		name, a, b     string
		removed, added []int
		anchors        []int // of the removed lines
	}{
		{"the same", "one two three", "one two three", nil, nil, nil},
		{"one line added", "one two three", "one two new three", nil, []int{3}, nil},
		{"the same line added elsewhere", "shut one two", "shut one shut two", nil, []int{3}, nil},
		{"a new file", "", "one two", nil, []int{1, 2}, nil},
		{"an altered line", "one two three", "one TWO three", []int{2}, []int{2}, []int{2}},
		{"a removed line stood in front of the third", "one two gone three", "one two three", []int{3}, nil, []int{3}},
		{"a removed last line stood at the end", "one two gone", "one two", []int{3}, nil, []int{3}},
		{"two changes apart", "one two three", "A one two B three", nil, []int{1, 4}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := diffLines(strings.Fields(c.a), strings.Fields(c.b))
			removed, added := numbersOf(d.onlyA), numbersOf(d.onlyB)
			var anchors []int
			for _, n := range removed {
				anchors = append(anchors, d.anchor[n-1])
			}
			if !slices.Equal(removed, c.removed) || !slices.Equal(added, c.added) || !slices.Equal(anchors, c.anchors) {
				t.Errorf("removed %v at %v, added %v; want removed %v at %v, added %v", removed, anchors, added, c.removed, c.anchors, c.added)
			}
		})
	}
}

func numbersOf(set []bool) []int {
	var out []int
	for i, x := range set {
		if x {
			out = append(out, i+1)
		}
	}
	return out
}

// FuzzDiffLines: what both sides have in common is the same on both, in the same order, and every removed line
// stood somewhere.
func FuzzDiffLines(f *testing.F) {
	f.Add("one\ntwo\nthree", "one\nthree\nfour")
	f.Add("", "a")
	f.Add("a\na\na", "a\na")
	f.Fuzz(func(t *testing.T, x, y string) {
		a, b := strings.Split(x, "\n"), strings.Split(y, "\n")
		d := diffLines(a, b)
		var common [2][]string
		for i, l := range trimmed(a) {
			if !d.onlyA[i] {
				common[0] = append(common[0], l)
			} else if d.anchor[i] < 1 || d.anchor[i] > len(b)+1 {
				t.Errorf("line %d stood in front of line %d of %d", i+1, d.anchor[i], len(b))
			}
		}
		for i, l := range trimmed(b) {
			if !d.onlyB[i] {
				common[1] = append(common[1], l)
			}
		}
		if !slices.Equal(common[0], common[1]) {
			t.Errorf("in common: %q and %q", common[0], common[1])
		}
	})
}
