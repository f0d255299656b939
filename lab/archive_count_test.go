package lab_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// TestArchivesCount: how many routes a main table has is counted without making them, and before anybody has asked for one: it is as many as there are,
// and who counts changes none of them.
func TestArchivesCount(t *testing.T) {
	files, err := filepath.Glob("../routing/bgp/testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := config.Load(context.Background(), unpack(t, string(text)), config.Options{})
			if err != nil {
				t.Fatal(err)
			}
			solved := func() *routing.Result {
				r, err := routing.Solve(context.Background(), s.Network, routing.Options{})
				if err != nil {
					t.Fatal(err)
				}
				return r
			}
			counted, asked := solved(), solved()
			total := counted.Total()
			n := 0
			for _, r := range s.Network.Routers {
				for _, v := range r.VRFs {
					for _, f := range network.Families {
						for x := range asked.Routes(r.Name, v.Name, f) {
							n++
							if y, ok := counted.Route(r.Name, v.Name, x.Prefix); !ok || !y.Equal(&x) {
								t.Errorf("%s %s: %+v, and after the count %+v", r.Name, x.Prefix, x, y)
							}
						}
					}
				}
			}
			if total != n {
				t.Errorf("%d routes are counted, there are %d", total, n)
			}
		})
	}
}
