package corpus

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/routegate/routegate/gate"
	"github.com/routegate/routegate/testdata/outages"
)

var update = flag.Bool("update", false, "write the table of exhibits in docs/MUSEUM.md anew")

// TestMuseum: the table in docs/MUSEUM.md has every exhibit, with the policies that refuse its change today.
func TestMuseum(t *testing.T) {
	const page, begin, end = "../../docs/MUSEUM.md", "<!-- exhibits: written by a test -->\n", "<!-- end of exhibits -->\n"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(text), begin)
	_, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the exhibits", page)
	}
	want := head + begin + exhibitTable(t) + end + tail
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(text) {
		t.Errorf("%s is not what the museum says today; go test ./lab/corpus -run TestMuseum -update writes it", page)
	}
}

func exhibitTable(t *testing.T) string {
	t.Helper()
	all, err := outages.List()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("| exhibit | outage | mechanism | dialects | refused by |\n|---|---|---|---|---|\n")
	for _, x := range all {
		dir := "../../testdata/outages/" + x.Name
		v, err := gate.Check(t.Context(), gate.Options{Before: dir + "/before", After: dir + "/after", Now: day})
		if err != nil {
			t.Fatal(err)
		}
		var by []string
		for i := range v.Findings {
			if f := &v.Findings[i]; f.Denies && !slices.Contains(by, f.Policy) {
				by = append(by, f.Policy)
			}
		}
		slices.Sort(by)
		if len(by) == 0 {
			t.Errorf("%s: %s, by no policy", x.Name, v.Verdict)
		}
		fmt.Fprintf(&b, "| [%s](../testdata/outages/%s/README.md) | %s | %s | %s | %s |\n", x.Name, x.Name, x.Title, x.Mechanism, x.Dialects, strings.Join(by, ", "))
	}
	return b.String()
}
