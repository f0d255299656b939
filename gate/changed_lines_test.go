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
