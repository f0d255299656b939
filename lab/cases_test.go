package lab_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/routegate/routegate/lab/labtest"
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
			o, err := tryFolder(ctx, name, dir, labtest.RunDir(t), patience)
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
