package gate_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
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

// BenchmarkCheckFailures is the same check with every single link and router failed on both sides: every rack
// is protected, and must be reached from all edge switches.
func BenchmarkCheckFailures(b *testing.B) {
	for _, k := range []int{10, 20} {
		b.Run(fmt.Sprintf("k=%d", k), func(b *testing.B) {
			before, after := fabricChange(b, k)
			for _, dir := range []string{before, after} {
				protectRacks(b, dir)
			}
			for b.Loop() {
				v, err := gate.Check(context.Background(), gate.Options{Before: before, After: after, Failures: &gate.FailureKinds{Links: true, Routers: true}})
				if err != nil || v.Verdict != gate.Allow {
					b.Fatal(err)
				}
				if f := v.Failures.After; f.Links != k*k*k/2 || f.Losing != k*k/2 {
					b.Fatalf("%+v", f) // a rack hangs on its switch alone
				}
			}
		})
	}
}

// protectRacks protects every rack of a fat-tree.
func protectRacks(tb testing.TB, dir string) {
	tb.Helper()
	edges, err := filepath.Glob(filepath.Join(dir, "devices", "edge-*"))
	if err != nil || len(edges) == 0 {
		tb.Fatal("no edge switches", err)
	}
	file := filepath.Join(dir, "routegate.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	out := bytes.NewBuffer(append(text, "devices:\n"...))
	protect := "protect:\n"
	for _, e := range edges {
		name := filepath.Base(e)
		fmt.Fprintf(out, "  %s: {role: edge}\n", name)
		text, err := os.ReadFile(filepath.Join(e, "frr.conf"))
		if err != nil {
			tb.Fatal(err)
		}
		_, rest, ok := strings.Cut(string(text), "\n  network ")
		if !ok {
			tb.Fatalf("%s announces no rack", name)
		}
		protect += fmt.Sprintf("  - {name: %s, prefixes: [%s], reachable-from: [role:edge]}\n", name, strings.Fields(rest)[0])
	}
	out.WriteString(protect)
	if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
		tb.Fatal(err)
	}
}

// BenchmarkCheckDemands is the check of BenchmarkCheckFatTree with three thousand demands between edge switches and racks of other switches.
func BenchmarkCheckDemands(b *testing.B) {
	for _, k := range []int{20, 40} {
		b.Run(fmt.Sprintf("k=%d", k), func(b *testing.B) {
			before, after := fabricChange(b, k)
			for _, dir := range []string{before, after} {
				demandRacks(b, dir, 3000)
			}
			for b.Loop() {
				v, err := gate.Check(context.Background(), gate.Options{Before: before, After: after})
				if err != nil || v.Verdict != gate.Allow {
					b.Fatal(err, v.Summary)
				}
				if c := v.Capacity; c.After.Demands != 3000 || c.After.Undelivered != 0 {
					b.Fatalf("%+v", c)
				}
				for _, s := range v.Run.Stages {
					b.ReportMetric(s.Milliseconds, strings.ReplaceAll(s.Name, " ", "-")+"-ms")
				}
			}
		})
	}
}

// demandRacks states demands of a fat-tree: each edge switch sends to the racks of others, which are further on in the list each time.
func demandRacks(tb testing.TB, dir string, n int) {
	tb.Helper()
	edges, err := filepath.Glob(filepath.Join(dir, "devices", "edge-*"))
	if err != nil || len(edges) == 0 {
		tb.Fatal("no edge switches", err)
	}
	racks := make([]string, len(edges))
	for i, e := range edges {
		text, err := os.ReadFile(filepath.Join(e, "frr.conf"))
		if err != nil {
			tb.Fatal(err)
		}
		_, rest, ok := strings.Cut(string(text), "\n  network ")
		if !ok {
			tb.Fatalf("%s announces no rack", e)
		}
		racks[i] = strings.Fields(rest)[0]
	}
	file := filepath.Join(dir, "routegate.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	out := bytes.NewBuffer(append(text, "defaults: {bandwidth: 100G}\ndemands:\n"...))
	for i := range n {
		from := i % len(edges)
		to := (from + 1 + 7*(i/len(edges))) % len(edges)
		fmt.Fprintf(out, "  - {name: d%d, from: %s, to: %s, volume: 100M}\n", i, filepath.Base(edges[from]), racks[to])
	}
	if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
		tb.Fatal(err)
	}
}
