package gate

import (
	"context"

	"github.com/routegate/routegate/config"
	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/routing"
)

// Reading and solving the largest networks look at their context seconds apart, and a person who presses Ctrl-C waits for
// none of them: at the context's end the work is left alone, to end when it next looks, and what it finds is thrown away.

// load reads a snapshot.
func load(ctx context.Context, where string, o config.Options) (*config.Snapshot, error) {
	o.Progress = while(ctx, o.Progress)
	return abandoned(ctx, func() (*config.Snapshot, error) { return config.Load(ctx, where, o) })
}

// solve computes what a network does.
func solve(ctx context.Context, n *network.Network, o routing.Options) (*routing.Result, error) {
	o.Progress = while(ctx, o.Progress)
	return abandoned(ctx, func() (*routing.Result, error) { return routing.Solve(ctx, n, o) })
}

// while reports progress until the context ends.
func while(ctx context.Context, progress func(string, int, int)) func(string, int, int) {
	if progress == nil {
		return nil
	}
	return func(stage string, done, total int) {
		if ctx.Err() == nil {
			progress(stage, done, total)
		}
	}
}

// abandoned waits for f, or for the context's end. f writes to nothing that somebody else reads.
func abandoned[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		o.err = guard(func() (err error) {
			o.value, err = f()
			return err
		})
		done <- o
	}()
	select {
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	case o := <-done:
		return o.value, o.err
	}
}
