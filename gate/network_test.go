package gate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/routing"
)

// edit replaces text in one file of the network of testdata/networks/two-edges.
type edit struct{ file, old, new string }

const (
	edge1 = "devices/edge1/frr.conf"
	edge2 = "devices/edge2/frr.conf"
	known = "routegate.yaml"
)

// twoEdges writes the network with some text replaced; what is replaced must be there.
func twoEdges(t *testing.T, edits ...edit) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../testdata/networks/two-edges")); err != nil {
		t.Fatal(err)
	}
	for _, e := range edits {
		file := filepath.Join(dir, filepath.FromSlash(e.file))
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), e.old) {
			t.Fatalf("%s does not have %q", e.file, e.old)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), e.old, e.new, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// solvedSide loads and solves the network with some text replaced.
func solvedSide(t *testing.T, edits ...edit) *side {
	t.Helper()
	return solvedAt(t, twoEdges(t, edits...))
}

// solvedAt loads and solves a snapshot.
func solvedAt(t *testing.T, dir string) *side {
	t.Helper()
	s, err := config.Load(t.Context(), dir, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := routing.Solve(t.Context(), s.Network, routing.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return newSide("after", s, r)
}
