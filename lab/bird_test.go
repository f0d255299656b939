package lab_test

import (
	"path/filepath"
	"testing"

	"github.com/routegate/routegate/lab/generate"
)

// TestFatTreeOfBIRD boots the generated fat-tree of twenty BIRDs: every route, and every way of every kernel.
func TestFatTreeOfBIRD(t *testing.T) {
	if testing.Short() {
		t.Skip("requires daemon time: left out in short mode")
	}
	requireDaemons(t)
	s, err := generate.FatTree(4, generate.BIRD)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "net")
	if err := s.Write(dir); err != nil {
		t.Fatal(err)
	}
	t.Parallel()
	compare(t, dir)
}
