package diff

import (
	"runtime"
	"sync/atomic"

	"github.com/sourcegraph/conc"
)

// abreast calls do with 0 to n-1 on all processors: each call writes to what is its own.
func abreast(n int, do func(i int)) {
	var next atomic.Int64
	var wg conc.WaitGroup // a panic in a goroutine comes out at Wait, where the caller can catch it
	for range min(runtime.GOMAXPROCS(0), n) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}
