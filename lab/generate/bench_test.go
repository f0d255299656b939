package generate_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/diff"
	"github.com/routegate/routegate/lab/generate"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

func fabric(b *testing.B, k int) *network.Network {
	b.Helper()
	s, err := generate.FatTree(k, generate.FRR)
	if err != nil {
		b.Fatal(err)
	}
	dir := filepath.Join(b.TempDir(), "net")
	if err := s.Write(dir); err != nil {
		b.Fatal(err)
	}
	snap, err := config.Load(context.Background(), dir, config.Options{})
	if err != nil {
		b.Fatal(err)
	}
	return snap.Network
}

// BenchmarkSolveFatTree is routing alone, one side.
func BenchmarkSolveFatTree(b *testing.B) {
	for _, k := range []int{10, 20, 30} {
		b.Run(fmt.Sprintf("k=%d", k), func(b *testing.B) {
			n := fabric(b, k)
			for b.Loop() {
				if r, err := routing.Solve(context.Background(), n, routing.Options{}); err != nil || !r.Converged {
					b.Fatal(err)
				}
			}
		})
	}
}

// processor is what this process has used so far, in all threads.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkSecondLook is another change of a fabric that is solved and has been compared with once: one edge switch's export
// policy. What is measured is all but reading the files: the solution from the state before, and everything that differs. ROUTEGATE_SOAK adds the largest.
func BenchmarkSecondLook(b *testing.B) {
	sizes := []int{20, 40}
	if os.Getenv("ROUTEGATE_SOAK") != "" {
		sizes = append(sizes, 90)
	}
	for _, k := range sizes {
		b.Run(fmt.Sprintf("k=%d", k), func(b *testing.B) {
			dir := filepath.Join(b.TempDir(), "net")
			s, err := generate.FatTree(k, generate.FRR)
			if err != nil {
				b.Fatal(err)
			}
			read := func(base *config.Snapshot) *config.Snapshot {
				if err := os.RemoveAll(dir); err != nil {
					b.Fatal(err)
				}
				if err := s.Write(dir); err != nil {
					b.Fatal(err)
				}
				out, err := config.Load(context.Background(), dir, config.Options{Base: base})
				if err != nil {
					b.Fatal(err)
				}
				return out
			}
			before := read(nil)
			for i, f := range s {
				if strings.Contains(f.Path, "edge-00-00/frr.conf") {
					entry := "route-map TO-UPLINKS permit 10\n"
					s[i].Text = []byte(strings.Replace(string(f.Text), entry, entry+" set as-path prepend 4200000000\n", 1))
				}
			}
			after := read(before)
			was, err := routing.Solve(context.Background(), before.Network, routing.Options{})
			if err != nil {
				b.Fatal(err)
			}
			look := func() {
				is, err := routing.Solve(context.Background(), after.Network, routing.Options{Base: was})
				if err != nil {
					b.Fatal(err)
				}
				if d := diff.Behave(was, is); len(d.Routes) == 0 {
					b.Fatal("nothing changes")
				}
			}
			look() // the first
			runtime.GC()
			used := processor(b)
			for b.Loop() {
				look()
			}
			b.ReportMetric((processor(b)-used).Seconds()/float64(b.N), "processor-s/op")
		})
	}
}

// BenchmarkBreadthFirst is the floor: a plain breadth-first pass over every (prefix, session) pair of the same
// fabric, which finds the distances and the equal ways, and nothing else that BGP knows.
func BenchmarkBreadthFirst(b *testing.B) {
	for _, k := range []int{10, 20, 40, 90} {
		b.Run(fmt.Sprintf("k=%d", k), func(b *testing.B) {
			next, origins := links(k)
			dist := make([]int32, len(next))
			ways := make([]int32, len(next))
			queue := make([]int32, 0, len(next))
			used := processor(b)
			for b.Loop() {
				for _, o := range origins {
					for i := range dist {
						dist[i], ways[i] = -1, 0
					}
					dist[o] = 0
					queue = append(queue[:0], o)
					for n := 0; n < len(queue); n++ {
						v := queue[n]
						for _, u := range next[v] {
							if dist[u] < 0 {
								dist[u] = dist[v] + 1
								queue = append(queue, u)
							}
							if dist[u] == dist[v]+1 {
								ways[u]++
							}
						}
					}
				}
			}
			pairs := 0
			for _, x := range next {
				pairs += len(x)
			}
			spent := processor(b) - used // the machine may have other work
			b.ReportMetric(float64(pairs*len(origins)), "pairs")
			b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N*pairs*len(origins)), "ns/pair")
			b.ReportMetric(spent.Seconds()/float64(b.N), "processor-s/op")
		})
	}
}

// links are the neighbors of every switch of a fat-tree, and the edge switches.
func links(k int) (next [][]int32, origins []int32) {
	half := k / 2
	next = make([][]int32, k*k+half*half)
	edge := func(p, i int) int { return p*k + i }
	agg := func(p, i int) int { return p*k + half + i }
	join := func(a, b int) {
		next[a], next[b] = append(next[a], int32(b)), append(next[b], int32(a))
	}
	for p := range k {
		for i := range half {
			origins = append(origins, int32(edge(p, i)))
			for j := range half {
				join(edge(p, i), agg(p, j))
				join(agg(p, i), k*k+i*half+j)
			}
		}
	}
	return next, origins
}
