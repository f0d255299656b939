package agent

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/routegate/routegate/device"
)

// BoundedDriver is a driver whose calls end: one that does not heed its context is given up after a grace.
type BoundedDriver struct {
	driver device.Driver
	grace  time.Duration
	lost   chan struct{}
	once   sync.Once
}

var _ device.Driver = (*BoundedDriver)(nil)

var errLost = errors.New("a call to the daemon did not return; no other is made beside it")

// Bounded wraps a driver.
func Bounded(d device.Driver, grace time.Duration) *BoundedDriver {
	return &BoundedDriver{driver: d, grace: grace, lost: make(chan struct{})}
}

// Lost is closed when a call was given up: from then on every call fails, for drivers take one at a time.
func (b *BoundedDriver) Lost() <-chan struct{} { return b.lost }

func within[T any](ctx context.Context, b *BoundedDriver, call func() (T, error)) (T, error) {
	type answer struct {
		v   T
		err error
	}
	var none T
	select {
	case <-b.lost:
		return none, errLost
	default:
	}
	done := make(chan answer, 1)
	go func() {
		v, err := call()
		done <- answer{v, err}
	}()
	select {
	case a := <-done:
		return a.v, a.err
	case <-ctx.Done():
	}
	select {
	case a := <-done:
		return a.v, a.err
	case <-time.After(b.grace):
	}
	b.once.Do(func() { close(b.lost) })
	return none, fmt.Errorf("%w (%w)", errLost, ctx.Err())
}

func only(call func() error) func() (struct{}, error) {
	return func() (struct{}, error) { return struct{}{}, call() }
}

func (b *BoundedDriver) Running(ctx context.Context) (device.Configuration, error) {
	return within(ctx, b, func() (device.Configuration, error) { return b.driver.Running(ctx) })
}

func (b *BoundedDriver) Check(ctx context.Context, candidate device.Configuration) error {
	_, err := within(ctx, b, only(func() error { return b.driver.Check(ctx, candidate) }))
	return err
}

func (b *BoundedDriver) Apply(ctx context.Context, to device.Configuration) error {
	_, err := within(ctx, b, only(func() error { return b.driver.Apply(ctx, to) }))
	return err
}

func (b *BoundedDriver) Differences(ctx context.Context, want device.Configuration) ([]device.Difference, error) {
	return within(ctx, b, func() ([]device.Difference, error) { return b.driver.Differences(ctx, want) })
}

func (b *BoundedDriver) Persist(ctx context.Context, c device.Configuration) error {
	_, err := within(ctx, b, only(func() error { return b.driver.Persist(ctx, c) }))
	return err
}

func (b *BoundedDriver) Incarnation(ctx context.Context) (string, error) {
	return within(ctx, b, func() (string, error) { return b.driver.Incarnation(ctx) })
}

func (b *BoundedDriver) Observe(ctx context.Context) (device.Observation, error) {
	return within(ctx, b, func() (device.Observation, error) { return b.driver.Observe(ctx) })
}
