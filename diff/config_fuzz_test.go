package diff_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/routegate/routegate/config/frr"
	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/network"
)

// FuzzConfiguration: a configuration read twice has no difference, and the difference between
// any two is the same every time and never panics.
func FuzzConfiguration(f *testing.F) {
	files, _ := filepath.Glob("testdata/config/*.txtar")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		var sides []string
		for _, x := range txtar.Parse(data).Files {
			if strings.HasPrefix(x.Name, "before/") || strings.HasPrefix(x.Name, "after/") {
				sides = append(sides, string(x.Data))
			}
		}
		f.Add(sides[0], sides[len(sides)-1])
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		b, again, a := snapshot(before), snapshot(before), snapshot(after)
		if b == nil || a == nil {
			return
		}
		if d := diff.Configuration(b, again); !d.Empty() {
			t.Errorf("a configuration differs from itself:\n%s", renderDiff(d))
		}
		if x, y := renderDiff(diff.Configuration(b, a)), renderDiff(diff.Configuration(b, a)); x != y {
			t.Errorf("two answers to one question:\n%s\n%s", x, y)
		}
	})
}

// snapshot is a network of one router; nil where the text cannot be read.
func snapshot(text string) *network.Network {
	r, err := frr.Parse("r1", []frr.Source{{Path: "devices/r1/frr.conf", Text: []byte(text)}})
	if err != nil {
		return nil
	}
	return &network.Network{Routers: []*network.Router{r}}
}
