package rescue

import (
	"context"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/rescue/bundle"
)

// Way is one kind of way in: the agent over the management address, SSH to the router, SSH through a jump host or a
// console server, or this machine itself. Ways hold no state of a router; several may be walked at once.
type Way interface {
	// Name is for people, e.g. "agent" or "ssh through the console server".
	Name() string
	// Offered reports whether the bundle says how this router is reached by this way.
	Offered(router bundle.Router) bool
	// Reach goes in and proves who is at the other end by the bundle's keys. It connects to literal addresses only. The
	// error is one line that says how far it came: no answer, another host's key, credential refused, no routegate there.
	Reach(ctx context.Context, router bundle.Router) (Reached, error)
}

// Reached is a router that a way led to, and all that the rescue credential may do there. Calls can be repeated, and are made
// one at a time. Errors are as device.Agent's: a *device.Refusal, a *device.Failure, or device.ErrUnreachable.
type Reached interface {
	Status(ctx context.Context) (device.Status, error)
	// Stored lists what the router can return to, the newest first.
	Stored(ctx context.Context) ([]device.Stored, error)
	// Lease takes the router for the holder, or prolongs what the holder has; where another person holds it, the lease
	// returned is theirs and the error is a *device.Refusal. A lease ends by itself: a dead laptop locks nobody out.
	Lease(ctx context.Context, holder string, term time.Duration) (Lease, error)
	// Release gives back the holder's lease.
	Release(ctx context.Context, holder string) error
	// Restore returns to a stored configuration and verifies it by reading back. It refuses while another holds the lease.
	Restore(ctx context.Context, to device.Hash, holder, reason string) (device.Status, error)
	Close() error
}

// Lease says who is bringing a router back. The zero value is nobody's.
type Lease = device.Lease
