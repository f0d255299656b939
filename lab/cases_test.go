package lab_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// TestCases replays networks that once showed a difference, each as small as it came out of shrinking or was written.
func TestCases(t *testing.T) {
	requireDaemons(t)
	dirs, err := filepath.Glob("testdata/cases/*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	gate := make(chan struct{}, number("ROUTEGATE_LAB_ABREAST", abreast))
	for _, dir := range dirs {
		name := filepath.Base(dir)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gate <- struct{}{}
			defer func() { <-gate }()
			ctx, cancel := context.WithTimeout(interrupted, trialLimit)
			defer cancel()
			// Not a test's own folder: the daemons run as users of their own and must be able to enter it.
			run, err := os.MkdirTemp("", "routegate-lab-")
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(run)
			if err := os.Chmod(run, 0o755); err != nil {
				t.Fatal(err)
			}
			o, err := tryFolder(ctx, name, dir, run, patience)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range o.notes {
				t.Log(line)
			}
			for _, d := range o.unexplained {
				t.Error(d)
			}
		})
	}
}
