package bgp_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/routegate/routegate/routing"
)

// TestGrowth: networks in which an AS path grows without end (three FRR 8.4.4 were seen at it for minutes, at
// thousands of ASes) do not converge; the result names those that the route goes round, and is there at once.
func TestGrowth(t *testing.T) {
	files, _ := filepath.Glob("testdata/growth/*.txtar")
	if len(files) == 0 {
		t.Fatal("no archives in testdata/growth")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			sections := readArchive(t, file)
			last := sections[len(sections)-1]
			if last.name != "moving" {
				t.Fatal("the archive ends without a section moving")
			}
			n := build(t, sections[:len(sections)-1])
			res, err := routing.Solve(t.Context(), n, routing.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if want := strings.Fields(last.text); res.Converged || !slices.Equal(res.Oscillating, want) {
				t.Errorf("converged %v, oscillating %v, want %v", res.Converged, res.Oscillating, want)
			}
			for _, r := range n.Routers {
				for e := range res.Entries(r.Name, "", 0) {
					for i := range e.Paths {
						if n := e.Paths[i].Attributes.ASPath.Length(true); n > 300 {
							t.Errorf("%s %s: a path of %d ASes before it was noticed", r.Name, e.Prefix, n)
						}
					}
				}
			}
		})
	}
}

// countdown is a context that ends when it is asked for the nth time.
type countdown struct {
	context.Context
	asked, ends int
}

func (c *countdown) Err() error {
	if c.asked++; c.asked >= c.ends {
		return context.Canceled
	}
	return nil
}

// TestInterrupt: a caller who gives up is heard while one prefix goes round and round.
func TestInterrupt(t *testing.T) {
	looks := func(prefers map[int]int) int {
		c := &countdown{Context: t.Context(), ends: 1 << 30}
		if _, err := routing.Solve(c, build(t, wheel(prefers, 3)), routing.Options{Workers: 1}); err != nil {
			t.Fatal(err)
		}
		return c.asked
	}
	restless := map[int]int{1: 2, 2: 3, 3: 1}
	calm, whole := looks(map[int]int{1: 2, 2: 3}), looks(restless)
	if whole < calm+4 {
		t.Errorf("%d looks at the context where a prefix oscillates, %d where it settles", whole, calm)
	}
	n := build(t, wheel(restless, 3))
	for ends := range whole {
		if _, err := routing.Solve(&countdown{Context: t.Context(), ends: ends}, n, routing.Options{Workers: 1}); !errors.Is(err, context.Canceled) {
			t.Fatalf("canceled at look %d of %d: %v", ends, whole, err)
		}
	}
}
