package bgp_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/routegate/routegate/routing"
)

// TestSessions: which sessions come up, and why the others do not. Whether they do was seen with FRR 8.4.4.
func TestSessions(t *testing.T) {
	files, _ := filepath.Glob("testdata/sessions/*.txtar")
	if len(files) == 0 {
		t.Fatal("no archives in testdata/sessions")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			sections := readArchive(t, file)
			res, err := routing.Solve(context.Background(), build(t, sections), routing.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var want, got []string
			for _, s := range sections {
				if s.name == "sessions" {
					want = strings.Split(strings.TrimSpace(s.text), "\n")
				}
			}
			for _, s := range res.Sessions {
				l := fmt.Sprintf("%s %s %s", s.Router, s.Neighbor, s.State)
				if s.Reason != 0 {
					l += ": " + s.Reason.String()
					if s.Detail == "" {
						t.Errorf("%s %s: no detail", s.Router, s.Neighbor)
					}
				}
				t.Log(l, "|", s.Detail)
				got = append(got, l)
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(want, got) {
				t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
			}
		})
	}
}
