package drill

import (
	"fmt"
	"io"
	"strings"
)

// WriteText writes the report for people: a line for each way, then what would not have worked.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "drill of %s with bundle %d, %s\n", r.Network, r.Serial, r.At.UTC().Format("2006-01-02 15:04 UTC"))
	for _, d := range r.Denied {
		fmt.Fprintf(&b, "without %s\n", d)
	}
	b.WriteString("\n")
	for _, x := range r.Routers {
		if len(x.Ways) == 0 {
			fmt.Fprintf(&b, "  ✗ %s: no way leads there with what the bundle has\n", x.Name)
		}
		for _, y := range x.Ways {
			mark := "✓"
			if !y.Reached || len(y.Problems) > 0 {
				mark = "✗"
			}
			fmt.Fprintf(&b, "  %s %s: %s, %.1f s\n", mark, x.Name, y.Name, y.Seconds)
			for _, p := range y.Problems {
				fmt.Fprintf(&b, "      %s\n", p)
			}
		}
	}
	for _, p := range r.Problems {
		fmt.Fprintf(&b, "  ✗ %s\n", p)
	}
	verdict := "it would have worked"
	if !r.Works() {
		verdict = "to mend"
	}
	fmt.Fprintf(&b, "\n%s: %s (%.1f s)\n", verdict, r.Summary(), r.Seconds)
	_, err := io.WriteString(w, b.String())
	return err
}
