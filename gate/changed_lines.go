package gate

import (
	"slices"
	"strings"
)

// changedLines gives the numbers (from 1) of those lines of a that are not in b in the same
// order: what a change removes from a; with the sides swapped, what it adds. White space at line ends does not count.
func changedLines(a, b []string) map[int]bool {
	a, b = trimmed(a), trimmed(b)
	out := map[int]bool{}
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	endA, endB := len(a), len(b)
	for endA > start && endB > start && a[endA-1] == b[endB-1] {
		endA, endB = endA-1, endB-1
	}
	a, b = a[start:endA], b[start:endB]
	if len(a)*len(b) > 4_000_000 {
		// Too much to align: a line counts as changed when the other side has no such line at all.
		for i, l := range a {
			if !slices.Contains(b, l) {
				out[start+i+1] = true
			}
		}
		return out
	}
	// longest[i][j] is the length of the longest common subsequence of a[i:] and b[j:].
	longest := make([][]int32, len(a)+1)
	for i := range longest {
		longest[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) {
		switch {
		case j < len(b) && a[i] == b[j]:
			i, j = i+1, j+1
		case j < len(b) && longest[i][j+1] > longest[i+1][j]:
			j++
		default:
			out[start+i+1] = true
			i++
		}
	}
	return out
}

func trimmed(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = strings.TrimRight(l, " \t")
	}
	return out
}
