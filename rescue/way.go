package rescue

import (
	"context"
	"net"
	"net/netip"

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
// one at a time.
type Reached = device.Rescuer

// Replacer is a Reached at which whoever rescues may do anything, as root on the router's own console: it can run what the router
// does not have any more. A rescue's credential never can.
type Replacer interface {
	// Replace runs a configuration, confirmed, as a change of that name: the dead man's switch takes it back where it does not take hold.
	// Errors are those of device.Agent.
	Replace(ctx context.Context, with device.Configuration, change string) (device.Status, error)
}

// Lease says who is bringing a router back. The zero value is nobody's.
type Lease = device.Lease

// Dial opens a TCP connection to a literal address.
type Dial func(ctx context.Context, at netip.AddrPort) (net.Conn, error)

// TCP is the system's Dial.
func TCP(ctx context.Context, at netip.AddrPort) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", at.String())
}
