package gate

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestChangedLines(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		want       []int
	}{
		{"the same", "one two three", "one two three", nil},
		{"one line added", "one two new three", "one two three", []int{3}},
		{"the same line added elsewhere", "shut one shut two", "shut one two", []int{3}},
		{"a new file", "one two", "", []int{1, 2}},
		{"an altered line", "one TWO three", "one two three", []int{2}},
		{"a moved line counts where it is now", "two one three", "one two three", []int{1}},
		{"two changes apart", "A one two B three", "one two three", []int{1, 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := slices.Sorted(maps.Keys(changedLines(strings.Fields(c.a), strings.Fields(c.b))))
			if !slices.Equal(got, c.want) {
				t.Errorf("changed lines %v, want %v", got, c.want)
			}
		})
	}
}
