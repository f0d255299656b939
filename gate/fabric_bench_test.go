package gate_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/routegate/routegate/gate"
	"github.com/routegate/routegate/lab/generate"
)

// fabricChange writes a fat-tree twice; in the second one leaf prepends its AS to what it announces.
func fabricChange(tb testing.TB, k int) (before, after string) {
	tb.Helper()
	s, err := generate.FatTree(k, generate.FRR)
	if err != nil {
		tb.Fatal(err)
	}
	dir := tb.TempDir()
	before, after = filepath.Join(dir, "before"), filepath.Join(dir, "after")
	for _, d := range []string{before, after} {
		if err := s.Write(d); err != nil {
			tb.Fatal(err)
		}
	}
	file := filepath.Join(after, "devices", "edge-00-00", "frr.conf")
	text, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	line := []byte("route-map TO-UPLINKS permit 10\n")
	changed := bytes.Replace(text, line, append(line, " set as-path prepend 4200000000\n"...), 1)
	if bytes.Equal(text, changed) {
		tb.Fatal("the leaf has no export policy")
	}
	if err := os.WriteFile(file, changed, 0o644); err != nil {
		tb.Fatal(err)
	}
	return before, after
}

// BenchmarkCheckFatTree is a whole check, from files to the verdict: both sides, one leaf's export policy changed.
func BenchmarkCheckFatTree(b *testing.B) {
	for _, k := range []int{10, 20, 40} {
		b.Run(fmt.Sprintf("k=%d", k), func(b *testing.B) {
			before, after := fabricChange(b, k)
			for b.Loop() {
				v, err := gate.Check(context.Background(), gate.Options{Before: before, After: after})
				if err != nil || v.Verdict != gate.Allow {
					b.Fatal(err)
				}
			}
		})
	}
}
