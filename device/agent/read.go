package agent

import (
	"context"
	"slices"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent/deadman"
)

// read asks the driver something that touches nothing. It is cut short by what is more urgent: a read must not delay the
// way back.
func read[T any](ctx context.Context, a *Agent, ask func(context.Context) (T, error)) (T, error) {
	var none T
	if err := a.take(ctx, false); err != nil {
		return none, err
	}
	defer a.give()
	short, end := a.short(ctx, a.o.Longest)
	defer end()
	v, err := ask(short)
	switch {
	case err == nil:
		return v, nil
	case ctx.Err() != nil:
		return none, ctx.Err()
	case short.Err() == context.Canceled:
		return none, &device.Refusal{Code: device.RefusedDaemon, Detail: "cut short: something more urgent came"}
	}
	return none, &device.Refusal{Code: device.RefusedDaemon, Detail: err.Error()}
}

func (a *Agent) Running(ctx context.Context) (device.Configuration, error) {
	return read(ctx, a, a.o.Driver.Running)
}

func (a *Agent) Differences(ctx context.Context, want device.Configuration) ([]device.Difference, error) {
	if err := checkFiles(want); err != nil {
		return nil, err
	}
	return read(ctx, a, func(ctx context.Context) ([]device.Difference, error) {
		return a.o.Driver.Differences(ctx, want.Sorted())
	})
}

func (a *Agent) Observe(ctx context.Context) (device.Observation, error) {
	o, err := read(ctx, a, a.o.Driver.Observe)
	if err == nil {
		o.Router = a.o.Router
	}
	return o, err
}

// history is what the router has had, as the last step left it.
func (a *Agent) history() []deadman.Entry {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.view.Record().History
}

// Stored lists what the record names, the newest first.
func (a *Agent) Stored(context.Context) ([]device.Stored, error) {
	var out []device.Stored
	for _, e := range slices.Backward(a.history()) {
		out = append(out, device.Stored{Hash: e.Hash, Change: e.Change, At: e.At, Files: e.Files})
	}
	return out, nil
}
