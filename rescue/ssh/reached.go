package ssh

import (
	"context"
	"fmt"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/rescue"
	"github.com/routegate/routegate/rescue/bundle"
)

// reached is a router behind a connection that may die: the next call makes a new one.
type reached struct {
	router bundle.Router
	open   func(context.Context, bundle.Router) (*session, error)
	now    *session // nil: none
}

var _ rescue.Reached = (*reached)(nil)

func reach(ctx context.Context, r bundle.Router, open func(context.Context, bundle.Router) (*session, error)) (rescue.Reached, error) {
	x := &reached{router: r, open: open}
	if err := x.connected(ctx); err != nil {
		return nil, err
	}
	return x, nil
}

// connected makes sure of a connection, and that it leads to the router that is meant: a console server's cable may have
// been moved.
func (x *reached) connected(ctx context.Context) error {
	if x.now != nil && !x.now.Broken() {
		return nil
	}
	s, err := x.open(ctx, x.router)
	if err != nil {
		return err
	}
	if s.Router != x.router.Name {
		_ = s.Close()
		return fmt.Errorf("the router there calls itself %.64q, wanted is %q: nothing was touched", s.Router, x.router.Name)
	}
	x.now = s
	return nil
}

// unreachable is a way that does not lead there any more.
func unreachable(err error) error {
	if err == nil {
		return nil
	}
	return &lostError{err}
}

type lostError struct{ why error }

func (e *lostError) Error() string   { return e.why.Error() }
func (e *lostError) Unwrap() []error { return []error{device.ErrUnreachable, e.why} }

func (x *reached) Status(ctx context.Context) (device.Status, error) {
	if err := x.connected(ctx); err != nil {
		return device.Status{}, unreachable(err)
	}
	return x.now.Status(ctx)
}

func (x *reached) Stored(ctx context.Context) ([]device.Stored, error) {
	if err := x.connected(ctx); err != nil {
		return nil, unreachable(err)
	}
	return x.now.Stored(ctx)
}

func (x *reached) Lease(ctx context.Context, holder string, term time.Duration) (rescue.Lease, error) {
	if err := x.connected(ctx); err != nil {
		return rescue.Lease{}, unreachable(err)
	}
	return x.now.Lease(ctx, holder, term)
}

func (x *reached) Release(ctx context.Context, holder string) error {
	if err := x.connected(ctx); err != nil {
		return unreachable(err)
	}
	return x.now.Release(ctx, holder)
}

func (x *reached) RestoreFor(ctx context.Context, to device.Hash, holder, reason string) (device.Status, error) {
	if err := x.connected(ctx); err != nil {
		return device.Status{}, unreachable(err)
	}
	return x.now.RestoreFor(ctx, to, holder, reason)
}

func (x *reached) Close() error {
	if x.now == nil {
		return nil
	}
	return x.now.Close()
}
