package gate

import (
	"slices"
	"strings"
)

// lineDiff is the difference of two files by lines. Numbers count from 1.
type lineDiff struct {
	onlyA, onlyB []bool // by index: the line is not in the other file in the same order
	// anchor is, for a line that only a has, the number of the line of b in front of which it stood;
	// one more than the number of lines for the end.
	anchor []int
}

// diffLines aligns two files. White space at line ends does not count.
func diffLines(a, b []string) *lineDiff {
	a, b = trimmed(a), trimmed(b)
	d := &lineDiff{onlyA: make([]bool, len(a)), onlyB: make([]bool, len(b)), anchor: make([]int, len(a))}
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	endA, endB := len(a), len(b)
	for endA > start && endB > start && a[endA-1] == b[endB-1] {
		endA, endB = endA-1, endB-1
	}
	midA, midB := a[start:endA], b[start:endB]
	if len(midA)*len(midB) > 4_000_000 {
		// Too much to align: a line counts as changed when the other side has no such line at all.
		for i, l := range midA {
			d.onlyA[start+i], d.anchor[start+i] = !slices.Contains(midB, l), endB+1
		}
		for j, l := range midB {
			d.onlyB[start+j] = !slices.Contains(midA, l)
		}
		return d
	}
	// longest[i][j] is the length of the longest common subsequence of midA[i:] and midB[j:].
	longest := make([][]int32, len(midA)+1)
	for i := range longest {
		longest[i] = make([]int32, len(midB)+1)
	}
	for i := len(midA) - 1; i >= 0; i-- {
		for j := len(midB) - 1; j >= 0; j-- {
			if midA[i] == midB[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(midA) || j < len(midB) {
		switch {
		case i < len(midA) && j < len(midB) && midA[i] == midB[j]:
			i, j = i+1, j+1
		case i == len(midA) || j < len(midB) && longest[i][j+1] > longest[i+1][j]:
			d.onlyB[start+j] = true
			j++
		default:
			d.onlyA[start+i], d.anchor[start+i] = true, start+j+1
			i++
		}
	}
	return d
}

func trimmed(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = strings.TrimRight(l, " \t")
	}
	return out
}
