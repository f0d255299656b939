package bgp_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/routegate/routegate/network"
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
			n := build(t, sections)
			for _, s := range sections {
				if s.name == "sessions" || s.name == "fresh" {
					compareSessions(t, n, s)
				}
			}
		})
	}
}

// compareSessions holds sessions against a section of an archive: "fresh" is what stands right after daemons have
// been started, see routing.Options.
func compareSessions(t *testing.T, n *network.Network, want section) {
	t.Helper()
	res, err := routing.Solve(context.Background(), n, routing.Options{Fresh: want.name == "fresh"})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(want.text), "\n")
	var got []string
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
	slices.Sort(lines)
	slices.Sort(got)
	if !slices.Equal(lines, got) {
		t.Errorf("%s: got\n  %s\nwant\n  %s", want.name, strings.Join(got, "\n  "), strings.Join(lines, "\n  "))
	}
}
