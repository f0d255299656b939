package failures

import (
	"context"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/sourcegraph/conc"

	"github.com/routegate/routegate/routing"
)

// Each solves the network anew for every failure, as far as packets to some addresses depend on it. judge is called, from several
// goroutines, with the failure's place in the list and the network as it settles then; it must not keep what it is given. Where and how
// traffic divides changes with failures that lose nothing, so that none is left out. workers 0 is one a processor; progress may be nil. The
// error is ctx's.
func Each(ctx context.Context, base *routing.Result, list []Failure, to []netip.Addr, workers int, progress func(done, total int), judge func(i int, res *routing.Result)) error {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	only := base.Dependencies(to)
	var next atomic.Int64
	var mu sync.Mutex
	done := 0
	var wg conc.WaitGroup // a panic in a goroutine comes out at Wait, where the caller can catch it
	for range min(workers, len(list)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(list); i = int(next.Add(1)) - 1 {
				res, err := routing.Solve(ctx, base.Network, routing.Options{Workers: 1, Fail: list[i].Take, Only: only, Base: base})
				if err != nil {
					return // ctx has ended
				}
				judge(i, res)
				mu.Lock()
				if done++; progress != nil {
					progress(done, len(list))
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}
